"""Read what broadcast automation writes into WAV files: the `cart` chunk of AES46, and Rivendell's `rdxl`."""

from collections.abc import Iterator
from xml.parsers import expat

from radio_archive.metadata.tags.raw import AudioTag, fixed_text

_FIELDS = (("Title", 4, 64), ("Artist", 68, 64), ("StartDate", 452, 10))
"""Name, offset and length in bytes."""
LARGEST_XML = 1 << 20
"""Bytes of an `rdxl` chunk."""
_WANTED = frozenset({"cart/title", "cart/artist", "cart/album", "cut/startDatetime"})


def read_cart(content: bytes) -> AudioTag:
    """Return title, artist and the first day on air of a `cart` chunk. Of a cut one, as much as is there."""
    texts = [(name, fixed_text(content[start : start + length])) for name, start, length in _FIELDS]
    return AudioTag.of_bytes("cart", [(name, text) for name, text in texts if text])


def read_rivendell(content: bytes) -> AudioTag | None:
    """Return what an `rdxl` chunk says of its cart and first cut; None if it is not well-formed."""
    # Nothing that Rivendell writes needs a document type, and its entities could grow without a limit.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    reader = _CartReader()
    try:
        reader.parser.Parse(content.rstrip(b"\0"), True)
    except (expat.ExpatError, LookupError, ValueError):
        return None
    return AudioTag("rdxl", tuple(reader.texts()))


class _CartReader:
    def __init__(self) -> None:
        self._open: list[str] = []
        self._found: dict[str, list[str]] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = lambda name, _: self._open.append(name)
        self.parser.EndElementHandler = lambda _: self._open.pop()
        self.parser.CharacterDataHandler = self._text

    def _text(self, text: str) -> None:
        place = "/".join(self._open[-2:])
        if place in _WANTED:
            self._found.setdefault(place, []).append(text)

    def texts(self) -> Iterator[tuple[str, str]]:
        for place, pieces in self._found.items():
            yield place.partition("/")[2], "".join(pieces)
