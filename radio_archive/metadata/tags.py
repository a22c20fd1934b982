"""Claims from the tags inside an audio file: ID3, Vorbis comments, MP4."""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from radio_archive.metadata.dates import WRITTEN, date_of
from radio_archive.models import Claim, Field, Source, clean_text
from radio_archive.text.spelling import fold

LONGEST = {Field.SUMMARY: 5000}
LONGEST_OTHER = 1000
"""Characters; a longer value is not what its frame is for."""

# What mutagen raises on damaged files instead of a MutagenError. Fuzzing showed IndexError (an Ogg page without
# packets), OverflowError (an MP4 atom longer than memory), struct.error (a frame cut short) and RecursionError
# (chapters within chapters); the others are what its parsers of lengths, numbers and encodings could raise as well.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


class _Rule(NamedTuple):
    """What a frame says, and how far it is believed."""

    field: Field
    confidence: float


_SHOW, _REPORTER, _ARTIST = _Rule(Field.SHOW, 0.95), _Rule(Field.REPORTER, 0.95), _Rule(Field.REPORTER, 0.6)
_TITLE, _ALBUM, _DATE = _Rule(Field.TITLE, 0.9), _Rule(Field.SHOW, 0.8), _Rule(Field.DATE, 0.8)
_LANGUAGE, _SUMMARY = _Rule(Field.LANGUAGE, 0.5), _Rule(Field.SUMMARY, 0.5)

_ID3 = {
    "TXXX:SHOW": _SHOW,
    "TXXX:REPORTER": _REPORTER,
    "TIT2": _TITLE,
    "TALB": _ALBUM,
    "TPE1": _ARTIST,
    "TDRL": _Rule(Field.DATE, 0.9),
    "TDRC": _DATE,
    "TLAN": _LANGUAGE,
    "COMM": _SUMMARY,
}
_VORBIS = {
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "TITLE": _TITLE,
    "ALBUM": _ALBUM,
    "ARTIST": _ARTIST,
    "DATE": _DATE,
    "LANGUAGE": _LANGUAGE,
    "DESCRIPTION": _SUMMARY,
    "COMMENT": _SUMMARY,
}
_MP4 = {
    "tvsh": _SHOW,
    "SHOW": _SHOW,
    "REPORTER": _REPORTER,
    "©nam": _TITLE,
    "©alb": _ALBUM,
    "©ART": _ARTIST,
    "©day": _DATE,
    "LANGUAGE": _LANGUAGE,
    "desc": _SUMMARY,
    "©cmt": _SUMMARY,
}

_LANGUAGES = dict(
    pair.split(":")
    for pair in (
        "afr:af amh:am ara:ar aze:az bel:be ben:bn bos:bs bul:bg cat:ca ces:cs cze:cs cym:cy wel:cy dan:da deu:de "
        "ger:de ell:el gre:el eng:en est:et eus:eu baq:eu fas:fa per:fa fij:fj fin:fi fra:fr fre:fr gle:ga glg:gl "
        "guj:gu hat:ht hau:ha haw:haw heb:he hin:hi hrv:hr hun:hu hye:hy arm:hy ibo:ig ind:id isl:is ice:is ita:it "
        "jav:jv jpn:ja kan:kn kat:ka geo:ka kaz:kk khm:km kor:ko lao:lo lat:la lav:lv lit:lt mal:ml mar:mr mkd:mk "
        "mac:mk mlg:mg mlt:mt mon:mn mri:mi mao:mi msa:ms may:ms mya:my bur:my nep:ne nld:nl dut:nl nor:no pan:pa "
        "pol:pl por:pt pus:ps ron:ro rum:ro rus:ru sin:si slk:sk slo:sk slv:sl smo:sm som:so spa:es sqi:sq alb:sq "
        "srp:sr swa:sw swe:sv tam:ta tel:te tgl:tl tha:th tir:ti ton:to tur:tr ukr:uk urd:ur uzb:uz vie:vi yor:yo "
        "yue:yue zho:zh chi:zh zul:zu"
    ).split()
)

_STATION = re.compile(
    r"\b(radio|news|newsroom|network|broadcasting|podcasts?|station|productions?|fm|various artists|unknown artist)\b"
)
_CALL_SIGN = re.compile(r"[KW][A-Z]{2,3}([- ](FM|AM|TV|HD\d))?")
_JUNK = re.compile(
    r"(?i)(lame|lavf|lavc|libsndfile|encod(ed|er)|created (with|by)|processed (with|by)|ripped|converted (with|by)"
    r"|audacity|auphonic|exact audio copy|itun)|[0-9a-f ]{40,}$"
)


def read_tags(path: Path) -> list[Claim]:
    """Return what the tags of the audio file at `path` say; nothing for a file that is damaged or has no tags.

    A year alone is no date, a station is no reporter, and what an encoder writes about itself is no summary.
    """
    kind, rules, found = _read(path)
    texts = {key: text for key, text in ((key, _first(values, rules[key])) for key, values in found.items()) if text}
    claims = []
    for key, text in texts.items():
        rule = rules[key]
        value = _value(rule, text, texts, rules)
        if value:
            claims.append(Claim(rule.field, value, Source.TAGS, f"{kind} {key}", rule.confidence, key))
    return claims


def _read(path: Path) -> tuple[str, Mapping[str, _Rule], dict[str, list[str]]]:
    """The name of the file's kind of tags, the rules for them, and the texts of the frames that have a rule."""
    import mutagen
    from mutagen.asf import ASFTags
    from mutagen.id3 import ID3
    from mutagen.mp4 import MP4Tags

    try:
        file = mutagen.File(path)
        tags = file.tags if file is not None else None
        if isinstance(tags, ID3):
            # Version 1 cuts its texts at 30 bytes; a reader of the evidence should know.
            kind = "ID3v1" if tags.version[0] == 1 else "ID3"
            return kind, _ID3, _gather(_id3(tags), _ID3)
        # Vorbis comments have no public class of their own; only they and ASF's are lists of pairs.
        if isinstance(tags, list) and not isinstance(tags, ASFTags):
            return "Vorbis", _VORBIS, _gather(((key.upper(), [text]) for key, text in tags), _VORBIS)
        if isinstance(tags, MP4Tags):
            return "MP4", _MP4, _gather(_mp4(tags), _MP4)
    except (mutagen.MutagenError, *_DAMAGE):
        pass
    return "", {}, {}


def _gather(frames: Iterable[tuple[str, Iterable[Any]]], rules: Mapping[str, _Rule]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {key: [] for key in rules}
    for key, values in frames:
        if key in found:
            found[key] += [value if isinstance(value, str) else str(value) for value in values]
    return found


def _id3(tags: Any) -> Iterator[tuple[str, list[Any]]]:
    for frame in tags.values():
        name = frame.FrameID
        if name == "TXXX":
            name = f"TXXX:{frame.desc.strip().upper()}"
        elif name == "COMM" and fold(frame.desc).startswith(("itun", "songs db")):
            continue
        yield name, list(getattr(frame, "text", []))


def _mp4(tags: Any) -> Iterator[tuple[str, list[Any]]]:
    for key, values in tags.items():
        if key.startswith("----:"):
            yield key.rpartition(":")[2].upper(), [bytes(value).decode("utf-8", "replace") for value in values]
        elif isinstance(values, list):
            yield key, values


def _first(values: Iterable[str], rule: _Rule) -> str:
    """The first of a frame's texts that can be a value of the rule's field; empty if none can."""
    longest = LONGEST.get(rule.field, LONGEST_OTHER)
    for value in values:
        # Cleaning megabytes takes minutes, and no spaces are worth it.
        text = clean_text(value) if len(value) <= 4 * longest else ""
        if text and len(text) <= longest and not (rule.field == Field.SUMMARY and _JUNK.match(text)):
            return text
    return ""


def _value(rule: _Rule, text: str, texts: Mapping[str, str], rules: Mapping[str, _Rule]) -> str | None:
    if rule.field == Field.DATE:
        match = WRITTEN.match(text)
        return date_of(match) if match else None
    if rule.field == Field.LANGUAGE:
        code = re.split(r"[-_]", text)[0].casefold()
        return _LANGUAGES.get(code, code if code in _LANGUAGES.values() else None)
    if rule == _ARTIST:
        shows = {fold(texts[key]) for key, other in rules.items() if other.field == Field.SHOW and key in texts}
        return None if fold(text) in shows or _is_station(text) else text
    return text


def _is_station(name: str) -> bool:
    return bool(_STATION.search(fold(name)) or _CALL_SIGN.fullmatch(name))
