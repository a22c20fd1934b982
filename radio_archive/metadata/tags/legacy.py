"""Tags of no declared encoding, read again as the station or the spoken language tells: `Ïîäâîäíûé` was `Подводный`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from radio_archive.metadata.tags.raw import AudioTag

LONGEST = 20_000
"""Characters; a longer text is left as it is."""
_LEAST = 0.34
"""Part of the letters that are not ASCII: in a Latin script they are fewer, in others nearly all."""
_CYRILLIC, _GREEK, _HEBREW, _ARABIC, _THAI = (
    "[\u0400-\u04ff]",
    "[\u0370-\u03ff]",
    "[\u0590-\u05ff]",
    "[\u0600-\u06ff]",
    "[\u0e00-\u0e7f]",
)
_JAPANESE, _CHINESE, _KOREAN = (
    "[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]",
    "[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]",
    "[\uac00-\ud7a3\u3000-\u303f]",
)
_WITHOUT_SPACES = frozenset({_JAPANESE, _CHINESE, _KOREAN})
_ENCODINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "tt", "mn"), (_CYRILLIC, ("cp1251", "koi8-u", "cp866"))),
    "el": (_GREEK, ("cp1253",)),
    **dict.fromkeys(("he", "yi"), (_HEBREW, ("cp1255",))),
    **dict.fromkeys(("ar", "fa", "ur"), (_ARABIC, ("cp1256",))),
    "th": (_THAI, ("cp874",)),
    "ja": (_JAPANESE, ("cp932", "euc_jp")),
    "zh": (_CHINESE, ("gb18030",)),
    "yue": (_CHINESE, ("big5hkscs", "gb18030")),
    "ko": (_KOREAN, ("cp949",)),
}
"""By the language's code: its letters, and the encodings of programs that declared none, the likelier first."""


def has_undeclared(tag: AudioTag) -> bool:
    """Whether a tag has texts that `redecoded` may change."""
    return not all(text.isascii() for text in tag.undeclared)


def redecoded(tags: Iterable[AudioTag], *, encoding: str = "", language: str = "") -> list[AudioTag]:
    """Return the tags with their undeclared texts in `encoding`, or else in the one that fits the spoken language.

    A text that the encoding cannot be the right one for stays as it is.
    """
    return [_redecoded(tag, encoding, language) if has_undeclared(tag) else tag for tag in tags]


def _redecoded(tag: AudioTag, encoding: str, language: str) -> AudioTag:
    read = {text: new for text in tag.undeclared if (new := _text(text, encoding, language))}
    return replace(tag, texts=tuple((key, read.get(text, text)) for key, text in tag.texts))


def _text(text: str, encoding: str, language: str) -> str | None:
    content = _bytes(text) if len(text) <= LONGEST and not text.isascii() else None
    if content is None or _decoded(content, "utf-8") is not None:
        return None
    if encoding:
        return _decoded(content, encoding)
    letters, encodings = _ENCODINGS.get(language, ("(?!)", ()))
    return max(_candidates(content, letters, encodings), default=(0, None))[1]


def _candidates(content: bytes, letters: str, encodings: Iterable[str]) -> Iterator[tuple[float, str]]:
    """Yield the plausible readings of a text, each with how plausible it is."""
    for number, encoding in enumerate(encodings):
        found = _decoded(content, encoding)
        foreign = [character for character in found or "" if not character.isascii()]
        if not found or not foreign or len(foreign) < _LEAST * sum(map(str.isalpha, found)):
            continue
        # No word is of two alphabets.
        if letters not in _WITHOUT_SPACES and re.search(f"[A-Za-z]{letters}|{letters}[A-Za-z]", found):
            continue
        known = len(re.findall(letters, found)) / len(foreign)
        # In the wrong one of two encodings, capitals stand within words.
        odd = len(re.findall(r"(?<=[^\W\d_])[А-ЯЁ](?=[а-яё])|(?<=[а-яё])[А-ЯЁ]", found)) / len(foreign)
        if known >= 0.8:
            yield known - odd - number / 1000, found


def _bytes(text: str) -> bytes | None:
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:
            continue
    return None


def _decoded(content: bytes, encoding: str) -> str | None:
    # A field of fixed length may cut the last letter in two.
    for part in (content, content[:-1]):
        try:
            return part.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return None
