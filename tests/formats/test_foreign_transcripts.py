"""Transcripts as other programs write them: what is kept of each, and what is said of one that is damaged."""

import html
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clips import clip_of

from radio_archive.formats import WRITERS, podcast_json, text_tree
from radio_archive.formats.captions import examine_captions, examine_script, read_captions
from radio_archive.metadata.sidecar import examine_sidecar
from radio_archive.models import Word, clean_text
from radio_archive.text.segmenting import split

WHISPER = {
    "text": " The tide came in. [Music]",
    "segments": [
        {
            "id": 0, "seek": 0, "start": 0.0, "end": 2.0, "text": " The tide came in.", "tokens": [50364, 440, 50464],
            "temperature": 0.0, "avg_logprob": -0.21, "compression_ratio": 1.1, "no_speech_prob": 0.01,
            "words": [
                {"word": " The", "start": 0.1, "end": 0.3, "probability": 0.93},
                {"word": " tide", "start": 0.3, "end": 0.8, "probability": 0.71},
                {"word": " came", "start": 0.8, "end": 1.2, "probability": 0.99},
                {"word": " in.", "start": 1.2, "end": 1.6, "probability": 0.98},
            ],
        },
        {"id": 1, "start": 2.0, "end": 9.0, "text": " [Music]", "avg_logprob": -1.0, "words": [
            {"word": " [Music]", "start": 2.0, "end": 9.0, "probability": 0.2}]},
    ],
    "language": "en",
}  # fmt: skip


def token(text: str, start: int, end: int, p: float) -> dict[str, object]:
    clock = {"from": f"00:00:00,{start:03}", "to": f"00:00:00,{end:03}"}
    return {"text": text, "timestamps": clock, "offsets": {"from": start, "to": end}, "id": 1, "p": p, "t_dtw": -1}


WHISPER_CPP: dict[str, Any] = {
    "systeminfo": "AVX = 1 | AVX2 = 1",
    "model": {"type": "base", "multilingual": False, "vocab": 51864, "mels": 80, "ftype": 1},
    "params": {"model": "models/ggml-base.en.bin", "language": "en", "translate": False},
    "result": {"language": "en"},
    "transcription": [
        {
            "timestamps": {"from": "00:00:00,000", "to": "00:00:02,000"},
            "offsets": {"from": 0, "to": 2000},
            "text": " The tide came in.",
            "tokens": [
                token("[_BEG_]", 0, 0, 0.99), token(" The", 100, 300, 0.93), token(" ti", 300, 500, 0.6),
                token("de", 500, 800, 0.82), token(" came", 800, 1200, 0.99), token(" in", 1200, 1500, 0.98),
                token(".", 1500, 1600, 0.98), token("[_TT_100]", 2000, 2000, 0.5),
            ],
        }
    ],
}  # fmt: skip
BY_WHISPER_CPP = {"format": "whisper.cpp JSON", "tool": "whisper.cpp", "model": "base.en"}
WHISPERX = {
    "segments": [
        {
            "start": 0.1, "end": 2.0, "text": " In 2014 the tide", "speaker": "SPEAKER_00",
            "words": [
                {"word": "In", "start": 0.1, "end": 0.3, "score": 0.93, "speaker": "SPEAKER_00"},
                {"word": "2014"},
                {"word": "the", "start": 0.9, "end": 1.1, "score": 0.71, "speaker": "SPEAKER_00"},
                {"word": "tide", "start": 1.1, "end": 1.6, "score": 0.99, "speaker": "SPEAKER_00"},
            ],
        }
    ],
    "word_segments": [{"word": "In", "start": 0.1, "end": 0.3, "score": 0.93}],
    "language": "en",
}  # fmt: skip
AAPB = {
    "id": "cpb-aacip-111-02c8693q",
    "language": "en-US",
    "tpme": [{"application_name": "Whisper", "inference_model": "large-v2", "human_review_level": "machine-generated"}],
    "parts": [
        {"start_time": "0.0", "end_time": "2.0", "text": "The tide came in.", "speaker_id": 1},
        {"start_time": 2.0, "text": "It went.", "speaker_id": 2},
        {"start_time": "5.5", "end_time": "6.5", "text": "Yes.", "speaker_id": 2},
    ],
}
OHMS = """<?xml version="1.0" encoding="UTF-8"?>
<ROOT xmlns="https://www.weareavp.com/nunncenter/ohms"><record id="1" dt="2020-01-01"><version>5.4</version>
<title>Interview</title><sync>1:|3(2)|4(1)</sync><language>English</language>
<transcript>SMITH: The tide came in.[[footnote]]1[[/footnote]]

JONES: It was cold and
wet.
[[footnotes]]
[[note]]See the map.[[/note]]
[[/footnotes]]</transcript></record></ROOT>"""
OHMS_VTT = """<?xml version="1.0" encoding="UTF-8"?>
<ROOT xmlns="https://www.weareavp.com/nunncenter/ohms"><record><version>6.0</version><vtt_transcript>WEBVTT

NOTE
TRANSCRIPTION BEGIN

00:00:00.100 --> 00:00:02.000
&lt;v Ann Smith&gt;The tide came in.

00:02.000 --> 00:04.000
&lt;v Jones&gt;It &amp;amp; we went.
</vtt_transcript></record></ROOT>"""


def told(found: Any) -> list[tuple[str, float, float, float | None]]:
    return [
        (w.text, round(w.start, 2), round(w.end, 2), None if w.probability is None else round(w.probability, 2))
        for w in found.words
    ]


TIDE = [(" The", 0.1, 0.3, 0.93), (" tide", 0.3, 0.8, 0.71), (" came", 0.8, 1.2, 0.99), (" in.", 1.2, 1.6, 0.98)]
EVEN = [(" The", 0.0, 0.5, None), (" tide", 0.5, 1.0, None), (" came", 1.0, 1.5, None), (" in.", 1.5, 2.0, None)]


@pytest.mark.parametrize(
    ("document", "words", "options"),
    [
        (WHISPER, TIDE, {"times": "words", "format": "Whisper JSON", "tool": "Whisper"}),
        (WHISPER_CPP, TIDE, {"times": "words", **BY_WHISPER_CPP}),
        (
            {**WHISPER_CPP, "transcription": [
                {key: value for key, value in WHISPER_CPP["transcription"][0].items() if key != "tokens"}]},
            EVEN,
            {"times": "lines", **BY_WHISPER_CPP},
        ),
        (
            WHISPERX,
            [(" In", 0.1, 0.3, 0.93), (" 2014", 0.3, 0.9, None), (" the", 0.9, 1.1, 0.71), (" tide", 1.1, 1.6, 0.99)],
            {"times": "words", "format": "WhisperX JSON", "tool": "WhisperX"},
        ),
        (
            AAPB,
            [*EVEN, (" It", 2.0, 3.75, None), (" went.", 3.75, 5.5, None), (" Yes.", 5.5, 6.5, None)],
            {"times": "lines", "format": "AAPB JSON", "tool": "Whisper", "model": "large-v2"},
        ),
        (
            {"version": "1.0.0",
             "segments": [{"speaker": "Ann", "startTime": 0, "endTime": 2, "body": "The tide came in."}]},
            EVEN,
            {"times": "lines", "format": "Podcasting 2.0 JSON"},
        ),
    ],
)  # fmt: skip
def test_json_as_each_program_writes_it(
    document: Mapping[str, object], words: list[tuple[object, ...]], options: Mapping[str, object]
) -> None:
    found = read_captions(json.dumps(document).encode(), origin="import", name="a.json")
    assert found is not None
    assert told(found) == words
    assert found.options == options
    assert found.language == (None if "version" in document else "en")


def test_letters_that_whisper_cpp_cut_apart_are_put_together() -> None:
    tokens = [token(" se", 0, 300, 0.9), token("@", 300, 400, 0.6), token("#or", 400, 800, 0.9)]
    segment = {"offsets": {"from": 0, "to": 1000}, "text": " señor", "tokens": tokens}
    content = json.dumps({"transcription": [segment]}, ensure_ascii=False).encode()
    content = content.replace(b"@", "ñ".encode()[:1]).replace(b"#", "ñ".encode()[1:])
    found = examine_captions(content, origin="import", name="a.json")
    assert found.problems == ()
    assert found.transcript is not None
    assert told(found.transcript) == [(" señor", 0.0, 0.8, 0.8)]
    assert examine_sidecar("a.json", content).has_segments


def test_ohms_says_with_which_word_each_minute_ends() -> None:
    found = examine_captions(OHMS.encode(), origin="import", name="a.xml", duration=150.0)
    assert found.transcript is not None
    assert found.problems == ()
    assert (found.transcript.text, found.transcript.language) == ("The tide came in. It was cold and wet.", "en")
    starts = {word.text.strip(): round(word.start) for word in found.transcript.words}
    assert (starts["The"], starts["was"], starts["cold"], starts["wet."]) == (0, 60, 75, 105)


def test_ohms_may_have_webvtt() -> None:
    found = read_captions(OHMS_VTT.encode(), origin="import", name="a.xml")
    assert found is not None
    assert found.text == "The tide came in. It & we went."
    assert (found.words[0].start, found.options["format"]) == (0.1, "OHMS XML")


def test_cues_that_overlap_do_not_mix_their_words() -> None:
    content = b"""1\n00:00:00,000 --> 00:00:04,000\nThe tide came in.\n
2\n00:00:02,000 --> 00:00:06,000\nIt was very cold.\n"""
    found = read_captions(content, origin="import", name="a.srt")
    assert found is not None
    assert found.text == "The tide came in. It was very cold."
    assert [word.start for word in found.words] == [0, 0.5, 1, 1.5, 2, 3, 4, 5]


def by_speaker(words: Sequence[Word]) -> list[tuple[str | None, str]]:
    runs = groupby(words, key=lambda word: word.speaker)
    return [(who, "".join(word.text for word in run).strip()) for who, run in runs]


VTT = """WEBVTT

00:00.000 --> 00:04.000
<v.loud Ann Lee>The <b>tide</b></v> <v Bo &amp; Co>came in. <v>It

00:04.000 --> 00:08.000
went.
"""
CAPTIONS = """1
00:00:00,000 --> 00:00:04,000
MARY MEYER, HOST: The tide

2
00:00:04,000 --> 00:00:08,000
came in. >> BOB: It
went.

3
00:00:08,000 --> 00:00:12,000
[SPEAKER_01]: And now
- MAYOR: the reef.
"""
WHISPER_CPP_SRT = """1
00:00:00,000 --> 00:00:02,000
(speaker 1) The tide.

2
00:00:02,000 --> 00:00:04,000
(speaker ?)It went.
"""
PODCAST_PAGE = """<cite>
 <b>Ann Lee</b>:
</cite><time>0:01</time><p>The tide</p><p>came in.</p></cite><cite>Bo</cite><p>It went.</p>"""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.vtt", VTT, [("Ann Lee", "The tide"), ("Bo & Co", "came in."), (None, "It went.")]),
        ("a.srt", CAPTIONS, [("MARY MEYER, HOST", "The tide came in."), ("BOB", "It went."), ("SPEAKER_01", "And now"),
                             ("MAYOR", "the reef.")]),
        ("a.srt", WHISPER_CPP_SRT,
         [("Speaker 1", "The tide."), (None, "It went.")]),
        ("a.json", json.dumps(WHISPERX), [("SPEAKER_00", "In 2014 the tide")]),
        ("a.json", json.dumps(AAPB), [("Speaker 1", "The tide came in."), ("Speaker 2", "It went. Yes.")]),
        ("a.json", json.dumps({"transcription": [{**WHISPER_CPP["transcription"][0], "speaker": "0"}]}),
         [("Speaker 0", "The tide came in.")]),
        ("a.json", json.dumps({"segments": [
            {"start": 0, "end": 2, "text": "MAYOR: Yes."}, {"start": 2, "end": 4, "text": "No."}]}),
         [("MAYOR", "Yes."), (None, "No.")]),
        ("a.json", json.dumps({"segments": [
            {"start": 0, "end": 2, "text": "Yes. No.", "speaker": "Ann", "words": [
                {"word": "Yes.", "start": 0, "end": 1}, {"word": "No.", "start": 1, "end": 2, "speaker": "Bo"}]}]}),
         [("Ann", "Yes."), ("Bo", "No.")]),
        ("a.xml", OHMS, [("SMITH", "The tide came in."), ("JONES", "It was cold and wet.")]),
        ("a.xml", OHMS_VTT, [("Ann Smith", "The tide came in."), ("Jones", "It & we went.")]),
        ("a.script.txt", "MARY: The tide\ncame in.\n\n>> It went.",
         [("MARY", "The tide came in."), (None, "It went.")]),
        ("a.html", PODCAST_PAGE, [("Ann Lee", "The tide came in. It went.")]),
    ],
)  # fmt: skip
def test_who_speaks_as_each_program_writes_it(name: str, content: str, said: list[tuple[str | None, str]]) -> None:
    read = examine_script if name.endswith((".txt", ".html")) else examine_captions
    found = read(content.encode(), origin="import", name=name, duration=150.0)
    assert found.transcript is not None
    assert by_speaker(found.transcript.words) == said


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Ann\u202e Lee\x00\n", "Ann Lee"), ("e\u0301", "é"), ("<img src=x onerror=y>Ann <b>Lee</b>", "Ann Lee"),
        ("x" * 1_000_000, "x" * 100), ("\x00" * 1_000_000 + "Ann", None), (7, "Speaker 7"), ("07", "Speaker 7"),
        (True, None), (-1, None), (10**400, None), (1.5, None), (["Ann"], None), ("", None), ("?", None),
        ("\ud800", None), ("<b>", None),
    ],
)  # fmt: skip
def test_a_label_is_a_short_clean_line(value: object, name: str | None) -> None:
    content = {"segments": [{"start": 0, "end": 2, "text": "The tide.", "speaker": value}]}
    found = read_captions(json.dumps(content).encode(), origin="import", name="a.json")
    assert found is not None
    assert by_speaker(found.words) == [(name, "The tide.")]
    if isinstance(value, str) and ">" not in value:
        tag = f"WEBVTT\n\n00:00.000 --> 00:02.000\n<v {html.escape(value)}>The tide.\n"
        found = read_captions(tag.encode("utf-8", "replace"), origin="import", name="a.vtt")
        assert found is not None
        assert found.text == "The tide."
        assert (found.words[0].speaker or "")[:100] == (name or "")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
SRT = "1\r\n00:00:00,000 --> 00:00:01,000\r\nSeñor Ibáñez\r\n"


@pytest.mark.parametrize(
    ("name", "content", "text", "problem"),
    [
        ("a.srt", b"\xef\xbb\xbf" + SRT.encode(), "Señor Ibáñez", None),
        ("a.srt", SRT.encode("utf-16"), "Señor Ibáñez", None),
        ("a.srt", SRT.encode("latin-1"), "Señor Ibáñez", "it is not UTF-8, and was read as Windows-1252"),
        ("a.srt", b"", "", "it is empty"),
        ("a.vtt", b"WEBVTT\n", "", "no captions can be read in it"),
        ("a.json", b"", "", "it is empty"),
        ("a.xml", b" ", "", "it is empty"),
        ("a.srt", b"1\n-00:00:01,000 --> 00:00:02,000\nNo\n\n2\n00:00:02,000 --> 00:00:03,000\nYes\n", "Yes",
         "the times of 1 cue cannot be read"),
        ("a.srt", b"1\n00:00:05,000 --> 00:00:02,000\nNo\n\n2\n00:00:02,000 --> 00:00:03,000\nYes\n", "Yes",
         "the times of 1 cue cannot be read"),
        ("a.json", b'{"segments": [{"start": NaN, "end": 1, "text": "No"}, {"start": 0, "end": Infinity, "text": "No"},'
                   b'{"start": -1, "end": 1, "text": "No"}, {"start": 0, "end": 1, "text": "Yes"}]}', "Yes",
         "the times of 3 cues cannot be read"),
        ("a.json", b'{"transcription": [{"offsets": {"from": -5, "to": 1}, "text": "No"},'
                   b'{"offsets": {"from": 1' + b"0" * 40 + b', "to": 1}, "text": "No"},'
                   b'{"offsets": {"from": 0, "to": 1000}, "text": "Yes"}]}', "Yes",
         "the times of 2 cues cannot be read"),
        ("a.json", b'{"parts": [{"start_time": "nan", "text": "No"}, {"start_time": "0", "text": "Yes"}]}', "Yes",
         "the times of 1 cue cannot be read"),
        ("a.json", b'{"segments": ' + b"[" * 200_000, "", "its brackets are nested too deeply"),
        ("a.json", b'{"segments": [{"start"', "", "it is no valid JSON: "),
        ("a.json", b"[1, 2]", "", "no captions can be read in it"),
        ("a.xml", b"<ROOT><record><transcript>", "", "it is no valid XML: "),
        ("a.xml", b"<pbcore><title>The tide</title></pbcore>", "", "it has no transcript of OHMS"),
        ("a.xml", f'<!DOCTYPE R [<!ENTITY l0 "ha">{LAUGHS}]><R><transcript>&l8;</transcript></R>'.encode(), "",
         "it is no valid XML: Maximum entity amplification"),
        ("a.xml", b'<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]><R><transcript>&x;</transcript></R>', "",
         "it has a document type"),
        ("a.xml", b'<!DOCTYPE R SYSTEM "http://127.0.0.1:1/x.dtd"><R><transcript>The tide</transcript></R>', "",
         "it has a document type"),
        ("a.srt", SRT.replace("00:00:01", "00:05:00").encode(), "Señor Ibáñez",
         "it goes on until 5:00, but the recording ends at 0:11: it may be another clip's"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_transcript_is_said(name: str, content: bytes, text: str, problem: str | None) -> None:
    found = examine_captions(content, origin="import", name=name, duration=11.0)
    assert (found.transcript.text if found.transcript else "") == text
    if problem is None:
        assert found.problems == ()
    else:
        assert found.problems[0].startswith(problem), found.problems


SPEAKERS = (None, None, "Ann Lee", "DANA", "Speaker 2", 'Lī & "Ō" < x')
OF_OHMS = {"Ann Lee": "ANN LEE", "DANA": "DANA", "Speaker 2": "SPEAKER 2"}
WORDS = st.lists(
    st.tuples(
        st.text(st.characters(categories=("Ll", "Lu", "Nd"), exclude_characters="\u0345"), min_size=1, max_size=8),
        st.integers(0, 400), st.integers(1, 900), st.sampled_from(SPEAKERS),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@given(WORDS)
def test_what_we_write_is_read_back(said: list[tuple[str, int, int, str | None]]) -> None:
    words: list[Word] = []
    at = 0
    for text, pause, length, speaker in said:
        if clean_text(text):
            start, at = at + pause, at + pause + length
            words.append(Word(start / 1000, at / 1000, f" {clean_text(text)}", 0.5, None, speaker))
    clip = clip_of("k3x9m2pq", "Waves", language="en", words=tuple(words), segments=tuple(split(words)))
    texts, voices = [word.text for word in words], [word.speaker for word in words]
    for name, content in (
        ("a.srt", WRITERS["srt"](clip)), ("a.vtt", WRITERS["vtt"](clip)), ("a.json", podcast_json.write(clip)),
        ("a.json", WRITERS["aapb"](clip)), ("a.xml", WRITERS["ohms-vtt"](clip)),
    ):  # fmt: skip
        read = read_captions(content.encode(), origin="import", name=name)
        assert read is not None
        assert "".join(word.text for word in read.words).split() == "".join(texts).split(), name
        assert read.words[0].start == pytest.approx(words[0].start, abs=0.002)
        assert all(one.start <= other.start for one, other in zip(read.words, read.words[1:], strict=False))
        found = [word.speaker for word in read.words]
        if name == "a.srt":
            assert not any(found), "SubRip has no place for speakers"
        elif "parts" not in content:
            assert found == voices, name
        else:
            numbered = dict(zip(voices, found, strict=True))
            assert [numbered[voice] for voice in voices] == found, "AAPB: who says the same says the same again"
            assert len(set(found)) == len(set(voices))
            assert {one: other for one, other in numbered.items() if one in {None, "Speaker 2"} and one != other} == {}
    own = read_captions(WRITERS["json"](clip).encode(), origin="import", name="a.json")
    assert own is not None
    assert (own.words, own.options["times"]) == (tuple(words), "words")
    record = examine_captions(WRITERS["ohms"](clip).encode(), origin="import", name="a.xml", duration=at / 1000)
    assert record.transcript is not None
    assert "".join(word.text for word in record.transcript.words).split() == "".join(texts).split()
    assert [word.speaker for word in record.transcript.words] == [OF_OHMS.get(one or "") for one in voices]
    assert all(abs(word.start - heard.start) <= 60 for word, heard in zip(record.transcript.words, words, strict=True))
    tree = text_tree.read(text_tree.write(clip, 1, "0" * 64).replace("\n", "\r\n").encode())
    assert tree.problem is None
    assert " ".join(tree.lines).split() == "".join(texts).split()
    assert (tree.path, tree.facts["transcript"]) == ("no-show/k3x9m2pq.txt", "1")
