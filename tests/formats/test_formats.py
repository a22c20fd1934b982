"""The files for players, editing programs, readers and other programs, read back as strictly as these do."""

import html
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clips import clip_of

from radio_archive.formats import MEDIA_TYPES, WRITERS
from radio_archive.formats.captions import examine_captions, examine_script, read_captions
from radio_archive.formats.paragraphs import paragraphs, paragraphs_and_gaps
from radio_archive.models import Clip, Gap, Segment, TranscriptInfo, Word, clean_text
from radio_archive.text.segmenting import split


class Cue(NamedTuple):
    start: float
    end: float
    lines: list[str]


INFO = TranscriptInfo(
    "engine", "whisper", "1.2", "small", None, {}, "en", None, "2024-11-06T10:00:00+00:00", True, 3, ()
)  # fmt: skip


def spoken(*texts: str, each: float = 0.4) -> Clip:
    words = tuple(Word(i * 0.5, i * 0.5 + each, text, 0.75) for i, text in enumerate(texts))
    return clip_of(
        "k3v9",
        "The tide at Kāneʻohe",
        show="Harbor Watch",
        reporter="Ann Lee",
        date="2024-11-05",
        language="en",
        duration=83.25,
        segments=tuple(split(words)),
        words=words,
        transcripts=(INFO,),
    )


def english(sentence: str) -> Clip:
    return spoken(*(f" {word}" for word in sentence.split()))


LONG = english(
    "When the water rose above the old stone wall that the fishers built by hand, the families who lived on the "
    "low side of the road carried what they had to the school. Nobody slept."
)


def read_vtt(text: str) -> list[Cue]:
    header, note, *blocks = text.removesuffix("\n").split("\n\n")
    assert header == "WEBVTT"
    assert note.split("\n")[0] == "NOTE"
    assert "-->" not in note
    cues = []
    for number, block in enumerate(blocks, start=1):
        name, timing, *lines = block.split("\n")
        assert name == str(number)
        for line in lines:
            assert not re.search(r"<|>|&(?!(amp|lt|gt);)", line), line
        cues.append(read_cue(timing, ".", [html.unescape(line) for line in lines]))
    return cues


def read_srt(text: str) -> list[Cue]:
    cues = []
    for number, block in enumerate(text.removesuffix("\n").split("\n\n") if text else [], start=1):
        name, timing, *lines = block.split("\n")
        assert name == str(number)
        assert not any("-->" in line for line in lines)
        cues.append(read_cue(timing, ",", lines))
    return cues


def read_cue(timing: str, point: str, lines: list[str]) -> Cue:
    time = rf"(\d{{2,}}):([0-5]\d):([0-5]\d){re.escape(point)}(\d{{3}})"
    match = re.fullmatch(f"{time} --> {time}", timing)
    assert match, timing
    hours, minutes, seconds, thousandths = (list(map(int, match.groups()))[i::4] for i in range(4))
    start, end = (hours[i] * 3600 + minutes[i] * 60 + seconds[i] + thousandths[i] / 1000 for i in range(2))
    assert lines
    assert all(line.strip() and line == clean_text(line) for line in lines), lines
    return Cue(start, end, lines)


def check_order(cues: list[Cue]) -> None:
    assert all(cue.start < cue.end for cue in cues)
    assert all(before.end <= after.start for before, after in pairwise(cues))


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


READERS: list[tuple[str, Callable[[str], list[Cue]]]] = [("vtt", read_vtt), ("srt", read_srt)]
both = pytest.mark.parametrize(("name", "read"), READERS)


def test_what_the_site_offers_has_a_media_type() -> None:
    assert MEDIA_TYPES.keys() == {"vtt", "srt", "txt", "json", "html"} <= WRITERS.keys()


def test_vtt_as_a_whole() -> None:
    assert WRITERS["vtt"](english("The tide & the <boats>.")) == (
        "WEBVTT\n\n"
        "NOTE\nThe tide at Kāneʻohe\nHarbor Watch\nAnn Lee\n2024-11-05\n\n"
        "1\n00:00:00.000 --> 00:00:02.400\nThe tide &amp; the &lt;boats&gt;.\n"
    )


def test_srt_as_a_whole() -> None:
    assert WRITERS["srt"](english("The tide & the <boats>. They left the harbor.")) == (
        "1\n00:00:00,000 --> 00:00:02,400\nThe tide & the <boats>.\n\n"
        "2\n00:00:02,500 --> 00:00:04,400\nThey left the harbor.\n"
    )


@both
def test_a_long_segment_is_several_readable_captions(name: str, read: Callable[[str], list[Cue]]) -> None:
    cues = read(WRITERS[name](LONG))
    check_order(cues)
    assert [cue.lines for cue in cues] == [
        ["When the water rose above the old stone", "wall that the fishers built by hand,"],
        ["the families who lived on", "the low side of the road"],
        ["carried what they had to", "the school. Nobody slept."],
    ]
    assert " ".join(line for cue in cues for line in cue.lines) == " ".join(s.text for s in LONG.segments)


def test_captions_are_shown_when_their_words_are_said() -> None:
    words = LONG.words
    for cue in read_vtt(WRITERS["vtt"](LONG)):
        first, last = cue.lines[0].split()[0], cue.lines[-1].split()[-1]
        assert cue.start in {word.start for word in words if word.text.strip() == first}
        assert cue.end in {word.end for word in words if word.text.strip() == last}


@both
def test_japanese_lines_hold_half_as_many_letters(name: str, read: Callable[[str], list[Cue]]) -> None:
    words = [
        "今日",
        "は",
        "いい",
        "天気",
        "で",
        "、",
        "港",
        "に",
        "は",
        "船",
        "が",
        "たくさん",
        "来",
        "て",
        "い",
        "ます",
        "。",
    ] * 3
    clip = spoken(*words)
    cues = read(WRITERS[name](clip))
    assert all(width(line) <= 42 for cue in cues for line in cue.lines)
    assert not any(line.startswith(("。", "、")) for cue in cues for line in cue.lines)
    assert "".join(line for cue in cues for line in cue.lines) == "".join(words)


@both
def test_corrected_text_without_words_of_its_own_is_timed_evenly(name: str, read: Callable[[str], list[Cue]]) -> None:
    text = (
        "A correction put in more than a hundred letters, which stand in none of the words that the engine heard here."
    )
    clip = replace(spoken(" heard", " this"), segments=(Segment(10.0, 20.0, text, 0, 1),))
    cues = read(WRITERS[name](clip))
    check_order(cues)
    assert cues[0].start == 10
    assert cues[-1].end == 20
    assert len(cues) == 2
    assert cues[0].end == pytest.approx(15, abs=1.5)
    assert " ".join(line for cue in cues for line in cue.lines) == text


@both
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("-->", "->"),
        ("--->", "->"),
        ("a --> b", "a -> b"),
        ("00:00:01.000 --> 00:00:02.000", "00:00:01.000 -> 00:00:02.000"),
    ],
)
def test_an_arrow_is_no_timing(name: str, read: Callable[[str], list[Cue]], said: str, expected: str) -> None:
    clip = replace(spoken(f" {said}"), title=f"T {said} U", show=f"{said}\n\n1\n{said}", reporter="x\n\ny")
    (cue,) = read(WRITERS[name](clip))
    assert cue == Cue(0.0, 0.4, [said if name == "vtt" else expected])


def test_times_past_an_hour() -> None:
    words = (Word(3599.9996, 3600.5, " Late"), Word(360_000.0, 360_001.0, " Later"))
    clip = replace(spoken(), words=words, segments=tuple(split(words)))
    assert re.findall(r".* --> .*", WRITERS["vtt"](clip)) == [
        "01:00:00.000 --> 01:00:00.500",
        "100:00:00.000 --> 100:00:01.000",
    ]


def test_a_segment_of_thousands_of_words_is_cut_all_through() -> None:
    words = tuple(Word(i * 0.3, i * 0.3 + 0.2, f" word{i}") for i in range(4000))
    whole = Segment(0, 1200, clean_text("".join(word.text for word in words)), 0, len(words) - 1)
    cues = read_vtt(WRITERS["vtt"](replace(spoken(), words=words, segments=(whole,))))
    check_order(cues)
    assert [word for cue in cues for line in cue.lines for word in line.split()] == whole.text.split()
    assert all(len(cue.lines) <= 2 for cue in cues)


def test_plain_text_as_a_whole() -> None:
    clip = spoken(" The", " tide", " came", " in.", " The", " boats", " left", " us.")
    later = tuple(Word(80 + i, 80.5 + i, text) for i, text in enumerate([" Nobody", " saw", " them."]))
    words = clip.words + later
    assert WRITERS["txt"](replace(clip, words=words, segments=tuple(split(words)))) == (
        "The tide at Kāneʻohe\nShow: Harbor Watch\nReporter: Ann Lee\nDate: 2024-11-05\nLanguage: en\n"
        "Length: 01:23\nClip: k3v9\n\n"
        "[00:00] The tide came in. The boats left us.\n\n"
        "[01:20] Nobody saw them.\n"
    )


def test_plain_text_leaves_out_what_is_not_known() -> None:
    clip = clip_of("k3v9", "Tide", duration=3725.0)
    assert WRITERS["txt"](clip) == "Tide\nLength: 1:02:05\nClip: k3v9\n"


def test_a_corrected_text_says_so_where_its_format_can() -> None:
    clip = replace(spoken(" The", " tide."), corrected=2)
    for name in ("vtt", "txt", "html", "json"):
        assert ("corrected in 2 places" if name != "json" else '"corrected": 2') in WRITERS[name](clip), name
    assert "corrected" not in WRITERS["srt"](clip), "it would be a caption"
    assert "1 place\n" in WRITERS["vtt"](replace(clip, corrected=1))


def test_japanese_paragraphs_have_no_spaces() -> None:
    clip = spoken("今日", "は", "いい", "天気", "です。", "明日", "は", "雨", "です。")
    assert WRITERS["txt"](clip).endswith("\n[00:00] 今日はいい天気です。明日は雨です。\n")


def test_json_as_a_whole() -> None:
    clip = spoken(" Kāneʻohe", " tide.")
    text = WRITERS["json"](clip)
    assert "Kāneʻohe" in text
    assert text.startswith('{\n  "clip": "k3v9",\n')
    assert text.endswith("\n}\n")
    assert json.loads(text) == {
        "clip": "k3v9",
        "title": "The tide at Kāneʻohe",
        "show": "Harbor Watch",
        "reporter": "Ann Lee",
        "date": "2024-11-05",
        "language": "en",
        "duration": 83.25,
        "corrected": 0,
        "transcript": {
            "origin": "small by whisper 1.2",
            "engine": "whisper",
            "engine_version": "1.2",
            "model": "small",
            "revision": None,
            "created_at": "2024-11-06T10:00:00+00:00",
        },
        "segments": [{"start": 0.0, "end": 0.9, "text": "Kāneʻohe tide.", "language": None, "speaker": None}],
        "gaps": [],
        "words": [
            {"start": 0.0, "end": 0.4, "text": " Kāneʻohe", "probability": 0.75, "speaker": None},
            {"start": 0.5, "end": 0.9, "text": " tide.", "probability": 0.75, "speaker": None},
        ],
    }


def gapped() -> Clip:
    """`Nobody slept.` is said, then something that nobody understands, then a sentence in German, then one more."""
    texts = [" Nobody", " slept."], [" Wir", " gehen."], [" They", " left."]
    words = tuple(
        Word(10.0 * n + 0.5 * i, 10.0 * n + 0.5 * i + 0.4, text, 0.75, "de" if n == 1 else None)
        for n, sentence in enumerate(texts)
        for i, text in enumerate(sentence)
    )
    return replace(spoken(), words=words, segments=tuple(split(words)), gaps=(Gap(3.0, 8.5),))


def test_what_was_not_understood_is_in_every_file() -> None:
    clip = gapped()
    assert WRITERS["txt"](clip).endswith(
        "[00:00] Nobody slept.\n\n[0:03–0:09: somebody speaks; not understood]\n\n"
        "[00:10] [de] Wir gehen.\n\n[00:20] They left.\n"
    )
    assert WRITERS["html"](clip) == (
        "<p>Nobody slept.</p>\n<p>[0:03–0:09: somebody speaks; not understood]</p>\n"
        '<p lang="de">Wir gehen.</p>\n<p>They left.</p>\n'
    )
    assert read_srt(WRITERS["srt"](clip)) == [
        Cue(0.0, 0.9, ["Nobody slept."]),
        Cue(3.0, 8.5, ["[not understood]"]),
        Cue(10.0, 10.9, ["Wir gehen."]),
        Cue(20.0, 20.9, ["They left."]),
    ]
    vtt = WRITERS["vtt"](clip)
    assert "\n2\n00:00:03.000 --> 00:00:08.500\n[not understood]\n" in vtt
    assert vtt.count("\n<lang de>Wir gehen.</lang>\n") == vtt.count("<lang") == 1
    document = json.loads(WRITERS["json"](clip))
    assert document["gaps"] == [{"start": 3.0, "end": 8.5}]
    assert [segment["language"] for segment in document["segments"]] == [None, "de", None]


def test_a_gap_or_another_language_ends_a_paragraph() -> None:
    words = [Word(0.75 * i, 0.75 * i + 0.5, text) for i, text in enumerate([" We", " go.", " You", " stay."])]
    clip = replace(spoken(), words=tuple(words), segments=tuple(split(words)))
    assert len(paragraphs(clip.segments)) == 1
    assert [one.start for one in paragraphs_and_gaps(replace(clip, gaps=(Gap(1.3, 1.4),)))] == [0.0, 1.3, 1.5]
    words[2:] = [replace(word, language="de") for word in words[2:]]
    assert [one.language for one in paragraphs(split(words))] == [None, "de"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.script.txt", "MAY LI: The tide\n\n(RAIN)\ncame in.".encode("utf-16"), "The tide came in."),
        ("a.script.txt", "Señor".encode("cp1252"), "Señor"),
        ("a.html", b"A<p><cite>M:</cite> The <b>ti</b>de</p>came&nbsp;in.<style>a</style>", "A The tide came in."),
        ("a.html", b"<head><title>A</title></head><time>0:01</time>The tide<br>came in.", "The tide came in."),
        ("a.html", b"<cite>" * 1000, ""),
        ("a.script.txt", b"[A\n" + b"A, " * 1000, ("[A " + "A, " * 1000).strip()),
        ("a.txt", b"\x00 \xff\xfe", ""),
    ],
)  # fmt: skip
def test_scripts_say_what_is_said_without_times(name: str, content: bytes, words: str) -> None:
    found = examine_script(content, origin="feed", name=name).transcript
    assert (found.text if found else "") == words
    assert found is None or found.options == {"times": "none"}


def test_a_script_of_more_words_than_are_read_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radio_archive.formats.captions.MAX_WORDS", 3)
    for content, problems in ((b"one two three", ()), (b"one two three four", ("only its first 3 words were read",))):
        found = examine_script(content, origin="import", name="script.txt")
        assert found.transcript
        assert found.transcript.text == "one two three"
        assert found.problems == problems
        cue = b"WEBVTT\n\n00:00.000 --> 00:09.000\n" + content
        assert examine_captions(cue, origin="import", name="said.vtt").problems == problems


@pytest.mark.parametrize(("texts", "times"), [(["The tide", "came in."], "lines"), (["The", "tide", "came"], "words")])
def test_captions_of_single_words_have_the_times_of_words(texts: list[str], times: str) -> None:
    segments = [{"start": at, "end": at + 1, "text": text} for at, text in enumerate(texts)]
    found = read_captions(json.dumps({"segments": segments}).encode(), origin="feed", name="a.json")
    assert found
    assert found.options == {"times": times, "format": "JSON"}


def test_our_own_captions_are_read_back_with_their_gaps() -> None:
    for name in ("vtt", "srt"):
        read = read_captions(WRITERS[name](gapped()).encode(), origin="import", name=f"a.{name}")
        assert read is not None
        assert read.gaps == (Gap(3.0, 8.5),)
        assert read.text == "Nobody slept. Wir gehen. They left."


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.5, 9)), max_size=6))
def test_no_caption_hides_another(gaps: list[tuple[float, float]]) -> None:
    clip = replace(LONG, gaps=tuple(Gap(start, start + length) for start, length in sorted(gaps)))
    for name, read in READERS:
        cues = read(WRITERS[name](clip))
        check_order(cues)
        assert [cue for cue in cues if cue.lines != ["[not understood]"]] == read(WRITERS[name](LONG))


@pytest.mark.parametrize("name", WRITERS)
def test_a_clip_without_speech_can_be_written(name: str) -> None:
    text = WRITERS[name](clip_of("k3v9", "Waves"))
    if name in {"podcast", "aapb"}:
        assert json.loads(text)[{"podcast": "segments", "aapb": "parts"}[name]] == []
    else:
        assert text == "" if name in {"srt", "html"} else "Waves" in text


def bare(text: str) -> str:
    """The letters of `text`, without spaces."""
    return unicodedata.normalize("NFC", "".join(clean_text(text).split()))


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["-->", "\n\n", "<b>", "&amp;", "&", "\u2028", "\u200b", "\ud800", "1", "", " ", "。", "\r\n", "NOTE"]
    ),
)


@given(st.lists(HOSTILE, max_size=30), st.lists(st.floats(0, 4), min_size=30, max_size=30), HOSTILE)
def test_any_text_can_be_written_and_read_back(texts: list[str], times: list[float], title: str) -> None:
    words = tuple(
        Word(t + i * 0.3, t + i * 0.3 + 0.2, text) for i, (text, t) in enumerate(zip(texts, times, strict=False))
    )
    clip = clip_of("k3v9", title, reporter=title, segments=tuple(split(words)), words=words)
    for name, read in READERS:
        cues = read(WRITERS[name](clip).encode("utf-8").decode("utf-8"))
        check_order(cues)
        shown = bare("".join(line for cue in cues for line in cue.lines))
        # SubRip cannot escape an arrow, so a part of it is removed.
        lost = "->" if name == "srt" else ""
        assert shown.translate(dict.fromkeys(map(ord, lost))) == bare("".join(texts)).translate(
            dict.fromkeys(map(ord, lost))
        )
    json.loads(WRITERS["json"](clip).encode("utf-8"))
    WRITERS["txt"](clip).encode("utf-8")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nThe tide\n", [" The", " tide"]),
        (
            "a.vtt",
            b"WEBVTT\n\n00:01.000 --> 00:02.000\n>> MAY LI, HOST: The tide\n(SOUND OF RAIN)\n",
            [" The", " tide"],
        ),
        (
            "a.srt",
            b"1\n00:00:01,000 --> 00:00:02,000\n(laughs)\n\n2\n00:00:02,000 --> 00:00:03,000\nI said: no [sic]\n",
            [" I", " said:", " no"],
        ),
        ("a.json", b'{"segments": [{"startTime": 1, "endTime": 2, "body": "The tide"}]}', [" The", " tide"]),
        ("a.JSON", b'\xef\xbb\xbf{"segments": [{"startTime": 1, "body": " tide"}]}', [" tide"]),
        ("a.json", b'{"segments": [{"startTime": 1e999, "body": "x"}, {"startTime": NaN, "body": "x"}]}', []),
        ("a.json", b'{"segments": [{"startTime": true, "body": "x"}, {"startTime": 1, "body": 2}, null]}', []),
        ("a.json", b'{"segments": {"startTime": 1}}', []),
        ("a.json", b"[" * 100_000, []),
        ("a.json", b"\xff", []),
    ],
)
def test_transcripts_by_others(name: str, content: bytes, words: list[str]) -> None:
    read = read_captions(content, origin="feed", name=name)
    assert ([word.text for word in read.words] if read else []) == words
