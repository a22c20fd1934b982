"""Reads the transcript in an interview's XML of OHMS, the Oral History Metadata Synchronizer.

https://www.oralhistoryonline.org/documentation/. Version 6 has WebVTT in `<vtt_transcript>`. Before, `<transcript>` had
lines of text, and `<sync>` the line and word with which each minute ends: `1:|13(3)|19(14)` says that the first one
ends after the third word of line 13, where the first line is 1.
"""

import re
from itertools import groupby, repeat
from operator import itemgetter

from radio_archive.formats.captions import subtitles
from radio_archive.formats.captions.document import Document, Turns, spoken
from radio_archive.models import clean_text
from radio_archive.text.languages import language_called

_SYNC = re.compile(r"\s*(\d{1,3})\s*:")
_POINT = re.compile(r"\|\s*(\d{1,6})(?:\((\d{1,4})\))?")
_NOTES = re.compile(
    r"\[\[footnotes\]\].*?(?:\[\[/footnotes\]\]|\Z)|\[\[footnote\]\]\d*\[\[/footnote\]\]|\{[\d:]+\}", re.DOTALL
)
_TITLE = re.compile(r"\A\s*Transcript: *")


def read(content: bytes, duration: float | None) -> Document:
    """Return the transcript in an OHMS record of a recording of `duration` seconds. Never raises."""
    from lxml import etree  # type: ignore[import-untyped]

    found = Document("OHMS XML")
    # The file comes from anywhere: nothing outside it is read, and nothing in it is multiplied.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        found.problem = f"it is no valid XML: {clean_text(str(error))[:100]}" if content.strip() else "it is empty"
        return found
    if root.getroottree().docinfo.doctype:
        found.problem = "it has a document type, in which anything may be declared: OHMS writes none"
        return found
    texts: dict[str, str] = {}
    for element in root.iter("{*}vtt_transcript", "{*}transcript", "{*}sync", "{*}language"):
        texts.setdefault(etree.QName(element).localname, "".join(element.itertext()))
    found.language = language_called(texts.get("language", ""))
    if texts.get("vtt_transcript", "").strip():
        cues = subtitles.read(texts["vtt_transcript"].replace("\r\n", "\n"), "a.vtt")
        found.cues, found.unread, found.turns = cues.cues, cues.unread, cues.turns
    elif texts.get("transcript", "").strip():
        _lines(found, texts["transcript"], texts.get("sync", ""), duration)
    else:
        found.problem = "it has no transcript of OHMS"
    return found


def _lines(found: Document, transcript: str, sync: str, duration: float | None) -> None:
    chunk = _SYNC.match(sync)
    every = int(chunk[1]) * 60 if chunk else 0
    # A footnote of several lines leaves them empty, so that the lines keep their numbers.
    whole = _NOTES.sub(lambda note: "\n" * note[0].count("\n"), transcript.replace("\r\n", "\n"))
    turns = Turns(lasting=True)
    words: list[tuple[str | None, str]] = []
    begins: list[int] = []
    for line in _TITLE.sub("", whole).split("\n"):
        begins.append(len(words))
        one = spoken(clean_text(line))
        words += zip(repeat(turns.speaker(one)), one.text.split(), strict=False)
    lines = whole.split("\n")
    points = [0]
    for point in _POINT.finditer(sync) if every else ():
        row, before = max(0, int(point[1]) - 1), int(point[2] or 0)
        if row >= len(lines):
            found.unread += 1
            continue
        inside = len(spoken(clean_text(" ".join(lines[row].split()[:before]))).text.split())
        points.append(min(len(words), max(points[-1], begins[row] + inside)))
    found.timed = len(points) > 1
    for number, (begin, end) in enumerate(zip(points, [*points[1:], len(words)], strict=True)):
        start = float(number * every)
        last = number == len(points) - 1
        until = max(start, duration or start + every) if last else start + every
        voices = groupby(words[begin:end], key=itemgetter(0))
        said = tuple((name, " ".join(word for _, word in part)) for name, part in voices)
        found.add(start, until, " ".join(text for _, text in said), voices=said)
