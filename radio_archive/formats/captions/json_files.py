"""Reads transcripts in JSON: of Whisper and the programs around it, of Podcasting 2.0, of the AAPB, and our own.

openai-whisper: https://github.com/openai/whisper/blob/main/whisper/transcribe.py. whisper.cpp, with `--output-json` and
`--output-json-full`: https://github.com/ggml-org/whisper.cpp/blob/master/examples/cli/cli.cpp. WhisperX:
https://github.com/m-bain/whisperX. Podcasting 2.0:
https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md. The American
Archive of Public Broadcasting: https://github.com/WGBH-MLA/transcript_converter.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from radio_archive.formats.captions.document import Cue, Document, is_time, label, seconds, share, timed_words
from radio_archive.models import Word, clean_text
from radio_archive.text.doubts import MARK
from radio_archive.text.languages import language_code

_MODEL = re.compile(r"(?:.*[/\\])?(?:ggml-)?([^/\\]{1,100}?)(?:\.bin)?")
Table = Mapping[str, Any]


def read(text: str) -> Document:
    """Return the lines of a transcript in JSON. Never raises."""
    found = Document("JSON")
    try:
        document = json.loads(text)
    except RecursionError:
        found.problem = "its brackets are nested too deeply"
        return found
    except ValueError as error:
        found.problem = f"it is no valid JSON: {clean_text(str(error))[:100]}" if text.strip() else "it is empty"
        return found
    if not isinstance(document, dict):
        return found
    language = document.get("language")
    if isinstance(document.get("transcription"), list):
        _whisper_cpp(found, document)
        language = _table(document.get("result")).get("language")
    elif isinstance(document.get("parts"), list):
        _aapb(found, document)
    elif "clip" in document and isinstance(document.get("words"), list):
        _own(found, document)
    else:
        _segments(found, document)
    found.language = language_code(language) if isinstance(language, str) else None
    return found


def _segments(found: Document, document: Table) -> None:
    """Whisper and WhisperX have `start`, `end` and `text`, Podcasting 2.0 `startTime`, `endTime` and `body`."""
    listed = _tables(document.get("segments"))
    if "word_segments" in document:
        found.format, found.tool = "WhisperX JSON", "WhisperX"
        listed = listed or _tables(document["word_segments"])
    elif any("avg_logprob" in one for one in listed[:1]):
        found.format, found.tool = "Whisper JSON", "Whisper"
    elif any("startTime" in one for one in listed[:1]):
        found.format = "Podcasting 2.0 JSON"
    for one in listed:
        start = one.get("startTime", one.get("start"))
        # A segment may be a single word without an end.
        end = one.get("endTime", one.get("end", start))
        body = next((one[key] for key in ("body", "text", "word") if isinstance(one.get(key), str)), "")
        _add(found, start, end, body, _words(one.get("words"), start, end), one.get("speaker"))


def _words(listed: object, start: object, end: object) -> Iterator[Word]:
    """Yield the words of a segment. Those without times, as numbers in WhisperX, share the time between the others."""
    if not isinstance(listed, list) or not (is_time(start) and is_time(end)):
        return
    words = [one for one in _tables(listed) if isinstance(one.get("word", one.get("text")), str)]
    known: list[tuple[float, float] | None] = [
        (one["start"], one["end"]) if is_time(one.get("start")) and is_time(one.get("end")) else None for one in words
    ]
    at, last = 0, float(start)
    while at < len(words):
        until = at
        while until < len(words) and known[until] is None:
            until += 1
        following = known[until] if until < len(words) else None
        limit = max(last, following[0] if following else float(end))
        for place in range(at, until):
            step = (limit - last) / (until - at)
            times = last + (place - at) * step, last + (place - at + 1) * step
            yield _word(words[place], *times)
        if following:
            yield _word(words[until], following[0], max(following))
            last = max(following)
        at = until + 1


def _word(one: Table, start: float, end: float) -> Word:
    probability = share(one.get("probability", one.get("score")))
    return Word(start, end, one.get("word", one.get("text")) or "", probability, None, label(one.get("speaker")))


def _whisper_cpp(found: Document, document: Table) -> None:
    found.format, found.tool = "whisper.cpp JSON", "whisper.cpp"
    named = _table(document.get("params")).get("model") or _table(document.get("model")).get("type")
    model = _MODEL.fullmatch(clean_text(named)) if isinstance(named, str) else None
    found.model = model[1] if model else None
    for one in _tables(document["transcription"]):
        start, end = _offsets(one)
        _add(found, start, end, one.get("text"), _from_tokens(_tables(one.get("tokens"))), one.get("speaker"))


def _offsets(one: Table) -> tuple[object, object]:
    """Return the times of a segment or token, which are in milliseconds."""
    offsets = _table(one.get("offsets"))
    found = [offsets.get(key) for key in ("from", "to")]
    start, end = (value / 1000 if is_time(value) or isinstance(value, int) else None for value in found)
    return start, end


def _from_tokens(tokens: Sequence[Table]) -> Iterator[Word]:
    """Yield words, each of the tokens from one that begins with a space to before the next."""
    held: list[tuple[float, float, str, float | None]] = []
    for one in tokens:
        text, (start, end) = one.get("text"), _offsets(one)
        # Times and the like are tokens too: `[_BEG_]`, `[_TT_150]`.
        if not isinstance(text, str) or text.startswith("[_") or not (is_time(start) and is_time(end)):
            continue
        if held and text[:1].isspace():
            yield _joined(held)
            held = []
        held.append((float(start), float(end), text, share(one.get("p"))))
    if held:
        yield _joined(held)


def _joined(tokens: Sequence[tuple[float, float, str, float | None]]) -> Word:
    sure = [one for *_, one in tokens if one is not None]
    start, end = tokens[0][0], max(tokens[-1][1], tokens[0][0])
    return Word(start, end, _whole("".join(text for _, _, text, _ in tokens)), sum(sure) / len(sure) if sure else None)


def _whole(text: str) -> str:
    """Return text whose letters were in parts, each byte a lone surrogate."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text


def _aapb(found: Document, document: Table) -> None:
    found.format = "AAPB JSON"
    made = next(iter(_tables(document.get("tpme"))), {})
    names = [made.get(key) for key in ("application_name", "inference_model")]
    found.tool, found.model = (clean_text(name)[:100] or None if isinstance(name, str) else None for name in names)
    parts = _tables(document["parts"])
    for at, one in enumerate(parts):
        start = seconds(one.get("start_time"))
        following = parts[at + 1].get("start_time") if at + 1 < len(parts) else one.get("start_time")
        end = seconds(one.get("end_time", following))
        _add(found, start, end, one.get("text"), iter(()), one.get("speaker_id"))


def _own(found: Document, document: Table) -> None:
    """What `export --format json` writes, whose words are taken as they are."""
    found.format = "radio-archive JSON"
    made = document.get("transcript")
    tool, model = (_table(made).get(key) for key in ("engine", "model"))
    found.tool = clean_text(tool) or None if isinstance(tool, str) and tool not in {"captions", "script"} else None
    found.model = clean_text(model) or None if isinstance(model, str) else None
    for one in _tables(document["words"]):
        start, end, text = one.get("start"), one.get("end"), one.get("text")
        if not isinstance(text, str) or not clean_text(text):
            continue
        if not (is_time(start) and is_time(end) and start <= end):
            found.unread += 1
            continue
        lead = " " if text[:1].isspace() else ""
        who = label(one.get("speaker"))
        word = Word(float(start), float(end), f"{lead}{clean_text(text)}", share(one.get("probability")), None, who)
        found.cues.append(Cue(word.start, word.end, clean_text(text), (word,)))
    for one in _tables(document.get("gaps")):
        found.add(one.get("start"), one.get("end"), MARK)


def _add(found: Document, start: object, end: object, text: object, words: Iterator[Word], speaker: object) -> None:
    if isinstance(text, str):
        # A program may write a letter's bytes into two tokens: their words are not those of the text.
        line = clean_text(text)
        found.add(start, end, line, tuple(timed_words(tuple(words), line)), ((label(speaker), line),))


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> list[Table]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
