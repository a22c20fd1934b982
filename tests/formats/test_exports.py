"""The files of `export`, read by programs that other people wrote: every word is in each, whatever the words are."""

import copy
import csv
import html
import io
import json
import math
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import docx
import pysubs2
import pytest
import ttconv.imsc.reader
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from support import pbcore_dtd
from support.clips import clip_of
from ttconv.model import P, Text

from radio_archive.formats import WRITERS, segments
from radio_archive.formats import docx as docx_format
from radio_archive.formats.cues import BROADCAST, CaptionStyle, cues
from radio_archive.formats.paragraphs import paragraphs, turn
from radio_archive.formats.ttml import write as write_ttml
from radio_archive.formats.vtt import write as write_vtt
from radio_archive.formats.xml import clean
from radio_archive.models import Chapter, Clip, Credit, Gap, Segment, TranscriptInfo, Word
from radio_archive.pipeline.export import Export
from radio_archive.text import redacted
from radio_archive.text.segmenting import split

INFO = TranscriptInfo(
    "engine", "whisper", "1.2", "small", None, {}, "en", None, "2024-11-06T10:00:00+00:00", True, 3, ()
)  # fmt: skip
PBCORE = "{http://www.pbcore.org/PBCore/PBCoreNamespace.html}"
TT, TTM = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/ns/ttml#metadata}"
XML = "{http://www.w3.org/XML/1998/namespace}"
OHMS = "{https://www.weareavp.com/nunncenter/ohms}"
OHMS_ORDER = """
    version date date_nonpreferred_format cms_record_id title accession duration collection_id collection_name
    series_id series_name repository funding repository_url subject keyword interviewee interviewer format
    file_name sync sync_alt transcript_alt_lang translate media_id media_url mediafile kembed language
    user_notes index type description rel transcript vtt_transcript transcript_alt rights fmt usage
    userestrict xmllocation xmlfilename collection_link series_link
""".split()
"""What a record may have, in the order of the published schema."""
MANY = settings(max_examples=60)
FEW = settings(max_examples=15)
HOSTILE = st.one_of(
    st.text(max_size=20),
    st.text("abc def.", max_size=60),
    st.sampled_from(
        [
            "-->", "]]>", "<b>", "</v>", "&amp;", "&", "\u202eabc", "\ufffe", "\uffff", "\ud800", "\x00", "\x0b",
            "\x85", "שלום", "=1+1", "@SUM(A1)", "|", "# x", "- x", "```", "[a](b)", "{\\an8}", "\r\n", "NOTE", "",
            "日本語です。",
            "\u2028", "e\u0301", "\u0301", "'", '"', "\\", "1", "WEBVTT", "\U0001f399",
        ]
    ),
)  # fmt: skip


@st.composite
def clips(draw: st.DrawFn, texts: st.SearchStrategy[str] = HOSTILE) -> Clip:
    """A clip in which anything is said, by anybody, at any time, also in no time."""
    at, words = 0.0, []
    for text in draw(st.lists(texts, max_size=14)):
        at += draw(st.sampled_from([0.0, 0.02, 0.5, 40.0]))
        end = at + draw(st.sampled_from([0.0, 0.3, 9.0]))
        language = draw(st.sampled_from([None, None, "de"]))
        words.append(Word(at, end, f" {text}", draw(st.sampled_from([None, 0.2, 0.9])), language))
        at = end
    names = st.one_of(st.none(), texts)
    title, name, speaker = draw(texts), draw(names), draw(names)
    voices = [speaker if i % 2 else "Ann Lee" for i in range(len(words))] if speaker else [None] * len(words)
    words = [replace(word, speaker=voice) for word, voice in zip(words, voices, strict=True)]
    return clip_of(
        "k3v9", title, show=name, reporter=name, summary=name, rights=name, station=name, language="en",
        duration=at, words=tuple(words), segments=tuple(split(words)), transcripts=(INFO,),
        corrected=draw(st.integers(0, 2)), subjects=(title,), credits=(Credit("guest", title), Credit("host", title)),
    )  # fmt: skip


def english(sentence: str, each: float = 0.4) -> Clip:
    words = tuple(Word(i * 0.5, i * 0.5 + each, f" {text}", 0.9) for i, text in enumerate(sentence.split()))
    return clip_of("k3v9", "Tide", duration=83.0, words=words, segments=tuple(split(words)), transcripts=(INFO,))


def spoken_by(clip: Clip, speaker: str) -> Clip:
    words = tuple(replace(word, speaker=speaker) for word in clip.words)
    return replace(clip, words=words, segments=tuple(split(words)))


def bare(text: str) -> str:
    """The letters and accents of a text, without spaces."""
    return unicodedata.normalize("NFD", "".join(clean(text).split()))


def said(clip: Clip) -> str:
    return bare("".join(segment.text for segment in clip.segments))


def with_names(clip: Clip) -> str:
    return bare("".join(turn(one) + one.text for one in paragraphs(clip.segments)))


def xml_of(text: str) -> etree._Element:
    return etree.fromstring(text.encode("utf-8"))


@pytest.fixture(scope="module")
def pbcore(shared: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared / "schemas" / "pbcore-2.1.xsd"))


@MANY
@given(clip=clips())
def test_the_schema_of_pbcore_holds_for_any_clip(pbcore: etree.XMLSchema, clip: Clip) -> None:
    root = xml_of(WRITERS["pbcore"](clip))
    assert pbcore.validate(root), pbcore.error_log
    found = "".join(root.itertext(f"{PBCORE}pbcoreAnnotation"))
    assert with_names(clip) in bare(re.sub(r"(^|\n)\[[\d:]+\] (\[de\] )?", "", found))


@FEW
@given(clip=clips())
def test_elements_of_pbcore_are_in_order_for_any_clip(clip: Clip) -> None:
    rules = pbcore_dtd.dtd()
    for one in (clip, known()):
        assert rules.validate(xml_of(WRITERS["pbcore"](one))), rules.error_log


def test_what_the_schema_refuses_our_own_rules_refuse(pbcore: etree.XMLSchema) -> None:
    """Of what there is in a record: each element and attribute taken out, and each two elements exchanged."""
    root, rules = xml_of(WRITERS["pbcore"](known())), pbcore_dtd.dtd()
    refused = 0
    for at in range(1, len(list(root.iter()))):
        for change in ("out", "before", "attributes"):
            changed = copy.deepcopy(root)
            element = list(changed.iter())[at]
            parent, before = element.getparent(), element.getprevious()
            if change == "out":
                parent.remove(element)
            elif change == "before" and before is not None:
                before.addprevious(element)
            elif change == "attributes":
                element.attrib.clear()
            assert rules.validate(changed) == pbcore.validate(changed), (change, element.tag)
            refused += not pbcore.validate(changed)
    assert refused > 20


def known() -> Clip:
    """A clip of which all is known that a record can say."""
    people = (Credit("reporter", "Ann Lee"), Credit("host", "Bo Ray"), Credit("guest", "Cy Ono"))
    clip = replace(
        english("The tide."), show="Harbor Watch", summary="High water.", language="en", station="KHON", rights="CC BY",
        subjects=("Tides", "Fish"), date="2024-11-05", corrected=2, credits=people, file="media/a.mp3",
    )  # fmt: skip
    return replace(clip, recording=replace(clip.recording, bit_rate=64_000))


def test_a_pbcore_record_says_what_is_known() -> None:
    clip = known()
    root = xml_of(WRITERS["pbcore"](clip))
    found = {name: [one.text for one in root.iter(f"{PBCORE}{name}")] for name in (
        "pbcoreTitle", "pbcoreAssetDate", "pbcoreSubject", "pbcoreDescription", "creator", "creatorRole", "contributor",
        "publisher", "rightsSummary", "instantiationLanguage", "instantiationLocation", "instantiationDuration",
        "pbcoreAnnotation",
    )}  # fmt: skip
    assert found == {
        "pbcoreTitle": ["Tide", "Harbor Watch"],
        "pbcoreAssetDate": ["2024-11-05"],
        "pbcoreSubject": ["Tides", "Fish"],
        "pbcoreDescription": ["High water."],
        "creator": ["Ann Lee", "Bo Ray"],
        "creatorRole": ["Reporter", "Host"],
        "contributor": ["Cy Ono"],
        "publisher": ["KHON"],
        "rightsSummary": ["CC BY"],
        "instantiationLanguage": ["eng"],
        "instantiationLocation": ["media/a.mp3"],
        "instantiationDuration": ["00:01:23.000"],
        "pbcoreAnnotation": ["[00:00] The tide.", "small by whisper 1.2; corrected in 2 places"],
    }
    # Where a recording lies on one machine is nobody else's business.
    outside = replace(clip, file="/srv/secret/a.mp3", storage="referenced")
    assert "secret" not in WRITERS["pbcore"](outside)


@MANY
@given(clip=clips())
def test_webvtt_py_reads_any_captions(clip: Clip) -> None:
    for style in (CaptionStyle(), replace(BROADCAST, classes=True, line_length=20)):
        read = webvtt.from_string(write_vtt(clip, style).encode().decode()).captions
        assert bare("".join(html.unescape(caption.text) for caption in read)) == said(clip)
        assert all(before.end_in_seconds <= after.start_in_seconds for before, after in pairwise(read))
        known = {bare(one.speaker or "") for one in clip.segments if one.text} - {""}
        assert {bare(html.unescape(caption.voice or "")) for caption in read} - {""} == known


@MANY
@given(clip=clips(st.text(st.characters(exclude_categories=["Nd"], exclude_characters="<>{}\\-"), max_size=30)))
def test_pysubs2_reads_any_captions(clip: Clip) -> None:
    """But for what its own rules take out: tags, numbers at the end."""
    text = WRITERS["srt"](clip).encode().decode()
    read = pysubs2.SSAFile.from_string(text, format_="srt") if text else []
    assert bare("".join(event.plaintext for event in read)) == said(clip)


@MANY
@given(clip=clips())
def test_ttconv_reads_any_captions(clip: Clip) -> None:
    tree = ET.ElementTree(ET.fromstring(write_ttml(clip, BROADCAST)))  # noqa: S314 - our own
    body = ttconv.imsc.reader.to_model(tree).get_body()
    assert bare("".join(one.get_text() for one in body.dfs_iterator() if isinstance(one, Text))) == said(clip)
    ends = [float(one.get_end()) for one in body.dfs_iterator() if isinstance(one, P)]
    assert ends == [cue.end / 1000 for cue in cues(clip, BROADCAST)]
    names = {one.get(f"{XML}id"): one[0].text for one in tree.iter(f"{TTM}agent")}
    voices = [names.get(one.get(f"{TTM}agent")) for one in tree.iter(f"{TT}p")]
    assert voices == [clean(cue.speaker or "") or None for cue in cues(clip, BROADCAST)]


@MANY
@given(clip=clips())
def test_markdown_shows_any_text_as_it_is(clip: Clip) -> None:
    shown = re.sub(r"<[^>]*>", "", MarkdownIt("commonmark").enable("table").render(WRITERS["md"](clip)))
    without_times = re.sub(r"(?m)^\[[\d:]+\]", "", html.unescape(shown))
    assert bare(clip.title) in bare(without_times)
    if not any(one.speaker for one in clip.segments):
        assert bare("".join(segment.text for segment in clip.segments)) in bare(without_times.replace("[de]", ""))
    assert shown.count("\n") < 40


@FEW
@given(clip=clips())
def test_a_word_processor_reads_any_text(clip: Clip) -> None:
    content = docx_format.write(clip)
    assert content == docx_format.write(clip)
    document = docx.Document(io.BytesIO(content))
    runs = [run for paragraph in document.paragraphs[2:] for run in paragraph.runs if not (run.italic or run.bold)]
    assert bare("".join(run.text for run in runs)) == said(clip)
    assert bare(document.core_properties.title) == bare(clip.title)


def test_a_document_names_its_facts_its_times_and_its_language() -> None:
    clip = replace(english("The tide."), show="Harbor Watch", language="haw", corrected=1)
    clip = spoken_by(clip, "Ann Lee")
    document = docx.Document(io.BytesIO(docx_format.write(replace(clip, gaps=(Gap(5, 9),)))))
    table = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert ["Show", "Harbor Watch"] in table
    assert ["Text", "corrected in 1 place"] in table
    assert [paragraph.text for paragraph in document.paragraphs] == [
        "Tide", "", "[00:00] Ann Lee: The tide.", "[0:05–0:09: somebody speaks; not understood]",
    ]  # fmt: skip
    assert 'w:lang w:val="haw"' in document.styles["Normal"].element.xml


@MANY
@given(st.lists(clips(), max_size=3))
def test_tables_have_a_row_for_each_segment(found: list[Clip]) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(segments.write_csv(found)), newline="")))
    objects = [json.loads(line) for line in "".join(segments.write_jsonl(found)).encode().splitlines()]
    assert [row.keys() for row in rows] == [one.keys() for one in objects]
    assert bare("".join(one["text"] for one in objects)) == bare("".join(map(said, found)))
    for row, one in zip(rows, objects, strict=True):
        assert row["text"] in {one["text"], f"'{one['text']}"}
        assert not re.match(r"[=@]|[+-](?![\d.])", row["text"]), "a spreadsheet would compute it"
        assert float(row["start"]) == one["start"] <= one["end"]


def test_a_table_reads_a_clip_when_its_rows_are_asked_for() -> None:
    read: list[int] = []

    def thousands() -> Iterator[Clip]:
        for number in range(5000):
            read.append(number)
            yield english("The tide came in.")

    for name in ("csv", "jsonl"):
        read.clear()
        lines = Export(name).content(thousands())
        for _ in range(3):
            next(lines)
        assert len(read) <= 3, name


@MANY
@given(clip=clips())
def test_json_for_podcast_apps_and_for_the_american_archive(clip: Clip) -> None:
    podcast = json.loads(WRITERS["podcast"](clip).encode())
    assert bare("".join(one["body"] for one in podcast["segments"])) == said(clip)
    aapb = json.loads(WRITERS["aapb"](clip).encode())
    assert bare("".join(part["text"] for part in aapb["parts"])) == said(clip)
    assert [float(part["start_time"]) for part in aapb["parts"]] == [one["startTime"] for one in podcast["segments"]]
    assert ({part.get("speaker_id") for part in aapb["parts"]} - {None}) <= {1, 2}


@MANY
@given(clip=clips())
def test_records_of_oral_history_can_be_read(clip: Clip) -> None:
    record = xml_of(WRITERS["ohms"](clip))[0]
    assert (record.findtext(f"{OHMS}version"), record.findtext(f"{OHMS}fmt")) == ("5.4", "audio")
    assert int(record.get("id") or "") < 2**31
    assert date.fromisoformat(record.get("dt") or "")
    names = [etree.QName(element).localname for element in record]
    assert names == sorted(names, key=OHMS_ORDER.index)
    assert {"version", "date", "title"} <= set(names)
    lines = (record.findtext(f"{OHMS}transcript") or "").split("\n")
    assert bare("".join(lines)) == with_names(clip)
    for line, word in re.findall(r"\|(\d+)\((\d+)\)", record.findtext(f"{OHMS}sync") or ""):
        assert 1 <= int(word) <= max(1, len(lines[int(line) - 1].split()))
    newer = xml_of(WRITERS["ohms-vtt"](clip))[0]
    read = webvtt.from_string(newer.findtext(f"{OHMS}vtt_transcript") or "").captions
    assert bare("".join(html.unescape(caption.text) for caption in read)) == said(clip)


def test_an_oral_history_is_synchronized_at_each_minute() -> None:
    words = tuple(Word(i * 7.0, i * 7.0 + 6.9, f" word{i}") for i in range(30))
    clip = replace(english(""), words=words, segments=tuple(split(words)), duration=212.0)
    clip = replace(clip, recording=replace(clip.recording, chapters=(Chapter(61.5, "The reef"),)))
    record = xml_of(WRITERS["ohms"](clip))[0]
    lines = (record.findtext(f"{OHMS}transcript") or "").split("\n")
    sync = record.findtext(f"{OHMS}sync") or ""
    assert sync.startswith("1:|")
    # The last words that begin within the first, second and third minute.
    marks = [lines[int(line) - 1].split()[int(word) - 1] for line, word in re.findall(r"\|(\d+)\((\d+)\)", sync)]
    assert marks == ["word8", "word17", "word25"]
    assert [(point[0].text, point[1].text) for point in record.iter(f"{OHMS}point")] == [("61", "The reef")]


STYLES = st.builds(
    CaptionStyle,
    line_length=st.integers(12, 60),
    lines=st.integers(1, 3),
    min_duration=st.sampled_from([0, 5 / 6, 2]),
    max_duration=st.sampled_from([3.0, 7.0, math.inf]),
    reading_speed=st.sampled_from([12.0, 20.0, math.inf]),
    gap=st.sampled_from([0, 0.08, 0.5]),
)


@MANY
@given(
    st.lists(st.tuples(st.from_regex("[a-d]{1,11}[,.]?", fullmatch=True), st.sampled_from([0, 0.2, 4]),
                       st.sampled_from([0.05, 0.3, 8])), min_size=1, max_size=60), STYLES,
)  # fmt: skip
def test_captions_keep_to_the_rules(spoken: list[tuple[str, float, float]], style: CaptionStyle) -> None:
    at, words = 0.0, []
    for text, pause, length in spoken:
        words.append(Word(at + pause, at + pause + length, f" {text}"))
        at += pause + length
    made = cues(replace(english(""), words=tuple(words), segments=tuple(split(words))), style)
    assert " ".join(line for cue in made for line in cue.lines).split() == [text for text, *_ in spoken]
    for cue, following in zip(made, [*made[1:], None], strict=True):
        assert len(cue.lines) <= style.lines
        assert all(len(line) <= style.line_length for line in cue.lines)
        length, until = cue.end - cue.start, following.start if following else math.inf
        assert 1 <= length <= max(1, 1000 * style.max_duration)
        assert cue.end <= until - 1000 * style.gap or length == 1
        needed = max(style.min_duration, sum(map(len, cue.lines)) / style.reading_speed)
        assert length >= int(min(1000 * needed, 1000 * style.max_duration, until - 1000 * style.gap - cue.start))


def test_a_broadcaster_gets_captions_of_a_readable_length() -> None:
    words = (Word(0, 0.2, " Yes."), Word(3, 3.2, " Slowly"), Word(12, 12.4, " he"), Word(12.4, 12.6, " came."))
    segments = (Segment(0, 0.2, "Yes.", 0, 0), Segment(3, 12.6, "Slowly he came.", 1, 3))
    clip = replace(english(""), words=words, segments=segments)
    assert [(cue.start, cue.end, cue.lines) for cue in cues(clip, BROADCAST)] == [
        (0, 834, ("Yes.",)),
        (3000, 3834, ("Slowly",)),
        (12000, 12834, ("he came.",)),
    ]
    assert [(cue.start, cue.end) for cue in cues(clip)] == [(0, 200), (3000, 12600)]


def test_doubtful_and_corrected_words_are_marked_only_on_request() -> None:
    words = (
        Word(0, 0.4, " The", 0.9), Word(0.4, 0.8, " Ti<de", 0.2), Word(0.8, 1, " came"),
        Word(1, 1.4, f" {redacted.MARK}"), Word(1.4, 1.8, " in.", 0.9),
    )  # fmt: skip
    clip = replace(english(""), words=words, segments=tuple(split(words)), corrected=1)
    marked = "The <c.uncertain>Ti&lt;de</c> <c.corrected>came</c> [redacted] in."
    assert marked in write_vtt(clip, CaptionStyle(classes=True))
    assert "The Ti&lt;de came [redacted] in." in write_vtt(clip)
    # Without a probability anywhere, nobody knows which words were put in.
    imported = replace(clip, words=tuple(replace(word, probability=None) for word in words))
    assert "<c" not in write_vtt(imported, CaptionStyle(classes=True))


@pytest.mark.parametrize(
    "name", ["vtt", "ttml", "txt", "md", "html", "json", "podcast", "pbcore", "ohms", "ohms-vtt", "csv"]
)
def test_a_known_speaker_is_named(name: str) -> None:
    clip = spoken_by(english("The tide."), "Ann Lee")
    write: Callable[[Clip], str] = WRITERS.get(name) or (lambda one: "".join(segments.write_csv([one])))
    capitals = name in {"txt", "pbcore", "ohms"}
    named = "ANN LEE: The" if capitals else "&lt;v Ann Lee&gt;" if name == "ohms-vtt" else "Ann Lee"
    assert named in write(clip)
    assert "ann lee" not in write(english("The tide.")).lower()
