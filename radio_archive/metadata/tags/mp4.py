"""Read iTunes tags in MP4 files (moov.udta.meta.ilst, in boxes of ISO/IEC 14496-12), and those of 3GPP TS 26.244."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from radio_archive.audio.container import AudioFile
from radio_archive.metadata.tags.raw import LARGEST_PICTURE, LARGEST_TEXT, MOST_PARTS, AudioTag, Picture

_PATH = (b"moov", b"udta", b"meta", b"ilst")
_3GP = frozenset({b"titl", b"perf", b"auth", b"albm", b"dscp"})
_FREE, _COVER = b"----", b"covr"
# The known text types of a value; 0 means that the key decides.
_ENCODINGS = {0: "utf-8", 1: "utf-8", 2: "utf-16-be"}


class _Box(NamedTuple):
    """A box in a file or in another box: its name, and the start and end of its content."""

    name: bytes
    start: int
    end: int


def read(source: AudioFile, *, pictures: bool = False) -> AudioTag | None:
    """Return the tags of an MP4 file: keys as in iTunes, free-form keys in capitals."""
    texts: list[tuple[str, str]] = []
    covers: list[Picture] = []
    box = _inside(source, _PATH)
    if box is None:
        return None
    for item in _boxes(source, box):
        size = item.end - item.start
        if item.name == _COVER:
            if pictures and len(covers) < 5 and size <= LARGEST_PICTURE + 1000:
                covers += (Picture(value, is_front=True) for _, value in _values(source, item))
        elif size <= LARGEST_TEXT:
            key = _free_name(source, item) if item.name == _FREE else item.name.decode("latin-1")
            texts += ((key, text) for kind, value in _values(source, item) if (text := _text(kind, value)))
        if len(texts) > MOST_PARTS:
            break
    return AudioTag("MP4", tuple(texts), pictures=tuple(covers))


def read_3gp(source: AudioFile) -> AudioTag | None:
    """Return the texts that phones write into 3GP files, which neither mutagen nor libav read."""
    outer = _inside(source, _PATH[:2])
    boxes = _boxes(source, outer) if outer else iter(())
    known = (box for box in boxes if box.name in _3GP and 6 < box.end - box.start <= LARGEST_TEXT)
    texts = [(box.name.decode(), source.read_at(box.start + 6, box.end - box.start - 6)) for box in known]
    return AudioTag("3GP", tuple((key, _asset_text(content)) for key, content in texts)) if texts else None


def _asset_text(content: bytes) -> str:
    if content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return content.decode("utf-16", "replace").partition("\0")[0]
    return content.decode("utf-8", "replace").partition("\0")[0]


def _inside(source: AudioFile, path: Sequence[bytes]) -> _Box | None:
    box = _Box(b"", 0, source.size)
    for name in path:
        inside = next((child for child in _boxes(source, box) if child.name == name), None)
        if inside is None:
            return None
        box = inside
    return box


def _boxes(source: AudioFile, outer: _Box) -> Iterator[_Box]:
    start = outer.start
    # In MP4, unlike QuickTime, `meta` has a version before its boxes.
    if outer.name == b"meta" and source.read_at(start + 4, 4) != b"hdlr":
        start += 4
    for _ in range(MOST_PARTS):
        head = source.read_at(start, 16) if start + 8 <= outer.end else b""
        if len(head) < 8:
            return
        size, body = int.from_bytes(head[:4]), start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16]), start + 16
        elif size == 0:
            size = outer.end - start
        if start + size < body or start + size > outer.end:
            return
        yield _Box(head[4:8], body, start + size)
        start += size


def _values(source: AudioFile, item: _Box) -> Iterator[tuple[int, bytes]]:
    """Yield the type and content of each value of an item."""
    for box in _boxes(source, item):
        if box.name == b"data" and box.end - box.start >= 8:
            content = source.read_at(box.start, box.end - box.start)
            yield int.from_bytes(content[1:4]), content[8:]


def _free_name(source: AudioFile, item: _Box) -> str:
    """The key of a free-form item, without the domain before it."""
    names = (
        source.read_at(box.start + 4, box.end - box.start - 4) for box in _boxes(source, item) if box.name == b"name"
    )
    return next(names, b"")[:100].decode("utf-8", "replace").upper()


def _text(kind: int, value: bytes) -> str:
    encoding = _ENCODINGS.get(kind)
    return value.decode(encoding, "replace") if encoding else ""
