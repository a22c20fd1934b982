"""Read ID3 tags, versions 1 to 2.4 (id3.org), and their chapters (id3v2-chapters-1.0) in bounded memory and time.

A tag of 1 MB may hold frames that unpack to gigabytes, nested chapters, or a million frames, and mutagen sets no limit.
So the known frames are copied into a small, simple tag of version 2.3 or 2.2, with nothing packed and nothing nested
except a chapter's title; mutagen then reads that tag.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from radio_archive.audio.container import AudioFile, syncsafe
from radio_archive.metadata.tags.mojibake import readable
from radio_archive.metadata.tags.raw import (
    LARGEST_PICTURE,
    LARGEST_TAG,
    LARGEST_TEXT,
    MOST_CHAPTERS,
    MOST_PARTS,
    PARSER_DAMAGE,
    AudioTag,
    Picture,
    ordered,
)
from radio_archive.models import Chapter
from radio_archive.text.spelling import fold

TEXTS = frozenset(b"TXXX TIT2 TALB TPE1 TDRL TDRC TYER TDAT TLAN COMM TXX TT2 TAL TP1 TYE TDA TLA COM".split())
PICTURES = frozenset({b"APIC", b"PIC"})
_IDENTIFIER = re.compile(rb"[A-Z][A-Z0-9]{3}|\0{4}|$")
# By version, flags in the second byte: a frame is packed; it is encrypted, in a group, and has its length before it.
_PACKED = {2: 0, 3: 0x80, 4: 0x08}
_FLAGS = {2: (0, 0, 0), 3: (0x40, 0x20, 0x80), 4: (0x04, 0x40, 0x09)}
_FRONT = 3
_FROM_THE_FILE = 0xFFFFFFFF
"""As a chapter's start: the start is given in bytes of the file, not in milliseconds."""
_LATIN_1, _UTF_16 = 0, 1
"""The encodings of a text that programs fill with others."""


class _Frame(NamedTuple):
    name: bytes
    flags: int
    body: memoryview


class _Tag(NamedTuple):
    """A tag's version (2, 3 or 4), whether the whole tag is unsynchronised, and its frames as stored."""

    version: int
    unsynchronised: bool
    content: memoryview


def read(source: AudioFile, offset: int, *, pictures: bool = False, old: bool = False) -> AudioTag | None:
    """Return the tag at `offset`; with `old`, also the version 1 tag at the end of the file.

    None if there is none or it is too damaged. Pictures are read only with `pictures`.
    """
    from mutagen import MutagenError
    from mutagen.id3 import ID3

    tag = _tag(source, offset)
    plain = _plain(tag, TEXTS | {b"CHAP"} | (PICTURES if pictures else frozenset())) if tag else b""
    tail = source.read_at(source.size - 128, 128) if old and source.size >= 128 else b""
    try:
        frames: Any = ID3(io.BytesIO(plain + (tail if tail.startswith(b"TAG") else b"")))  # type: ignore[no-untyped-call]
        # Version 1 cuts its texts at 30 bytes; the evidence should show that.
        kind = "ID3v1" if frames.version[0] == 1 else "ID3"
        covers = (Picture(bytes(p.data), p.type == _FRONT) for p in frames.getall("APIC"))
        found = list(_texts(frames))
        undeclared = frozenset(text for _, text, encoding in found if encoding == _LATIN_1)
        texts = tuple((key, text) for key, text, _ in found)
        return AudioTag(kind, texts, ordered(_chapters(frames)), tuple(covers), undeclared)
    except (MutagenError, *PARSER_DAMAGE):
        # What is damaged may be a picture.
        return read(source, offset, old=old) if pictures else None


def appended(source: AudioFile) -> int | None:
    """Return the offset of a version 2.4 tag that ends the file, or stands before its version 1 tag; else None."""
    for end in (source.size, source.size - 128):
        footer = source.read_at(end - 10, 10) if end >= 20 else b""
        if footer.startswith(b"3DI"):
            start = end - 20 - syncsafe(footer[6:])
            return start if start >= 0 else None
    return None


def _texts(frames: Any) -> Iterator[tuple[str, str, int]]:
    """Yield key, text and the number of its encoding."""
    for frame in frames.values():
        name = frame.FrameID
        if name == "TXXX":
            name = f"TXXX:{frame.desc.strip().upper()}"
        elif name == "COMM" and fold(frame.desc).startswith(("itun", "songs db")):
            continue
        encoding = int(getattr(frame, "encoding", _UTF_16))
        for text in getattr(frame, "text", []):
            yield name, _swapped(str(text)) if encoding == _UTF_16 else str(text), encoding


def _swapped(text: str) -> str:
    """`text` with the bytes of each character exchanged, if it is UTF-16 in big-endian order without its mark."""
    reversed_ = sum(ord(character) > 255 and not ord(character) & 255 for character in text)
    if 2 * reversed_ <= len(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-be", "replace")


def _chapters(frames: Any) -> Iterator[Chapter]:
    for frame in frames.getall("CHAP"):
        if frame.start_time != _FROM_THE_FILE:
            titles = [str(text) for title in frame.sub_frames.getall("TIT2") for text in title.text]
            title = readable(titles[0][:1000]) if titles else ""
            end = frame.end_time / 1000 if frame.start_time < frame.end_time < _FROM_THE_FILE else None
            yield Chapter(frame.start_time / 1000, title, end)


def _tag(source: AudioFile, offset: int) -> _Tag | None:
    head = source.read_at(offset, 10)
    if len(head) < 10 or not head.startswith(b"ID3") or head[3] not in {2, 3, 4}:
        return None
    version, flags = head[3], head[5]
    content = source.read_at(offset + 10, min(syncsafe(head[6:10]), LARGEST_TAG))
    unsynchronised = bool(flags & 0x80)
    if unsynchronised and version < 4:
        content, unsynchronised = _synchronised(content), False
    start = 0
    # Some tags declare an extended header but have none.
    if version > 2 and flags & 0x40 and not _IDENTIFIER.match(content[:4]):
        start = syncsafe(content[:4]) if version == 4 else 4 + int.from_bytes(content[:4])
    return _Tag(version, unsynchronised, memoryview(content)[start:])


def _frames(tag: _Tag) -> Iterator[_Frame]:
    """Yield a tag's frames without copying them, up to the padding or to invalid data."""
    position, width = 0, 3 if tag.version == 2 else 4
    head = 6 if tag.version == 2 else 10
    for _ in range(MOST_PARTS):
        if len(tag.content) - position <= head:
            return
        name = bytes(tag.content[position : position + width])
        if not name.strip(b"\0"):
            return
        size = _size(tag, position + width, head)
        flags = 0 if tag.version == 2 else tag.content[position + 9]
        yield _Frame(name, flags, tag.content[position + head : position + head + size])
        position += head + size


def _size(tag: _Tag, position: int, head: int) -> int:
    raw = bytes(tag.content[position : position + (3 if tag.version == 2 else 4)])
    plain = int.from_bytes(raw)
    if tag.version < 4 or any(byte & 0x80 for byte in raw):
        return plain
    safe = syncsafe(raw)
    after = position - 4 + head
    # Old iTunes wrote version 2.4 with sizes as in version 2.3: see where the next frame starts.
    if not _starts_frame(tag.content, after + safe) and _starts_frame(tag.content, after + plain):
        return plain
    return safe


def _starts_frame(content: memoryview, position: int) -> bool:
    return position <= len(content) and bool(_IDENTIFIER.match(bytes(content[position : position + 4])))


def _plain(tag: _Tag, wanted: frozenset[bytes]) -> bytes:
    """The wanted frames of a tag, unpacked within limits, as a simple tag of version 2.3 or 2.2."""
    budget, parts, chapters = LARGEST_TAG, [], 0
    # However large its pictures are, its texts are read.
    for frame in sorted(_frames(tag), key=lambda frame: frame.name.rstrip(b"\0") in PICTURES):
        name = frame.name.rstrip(b"\0")
        if name not in wanted:
            continue
        largest = LARGEST_PICTURE + 1000 if name in PICTURES else LARGEST_TEXT
        if name == b"CHAP":
            chapters += 1
            # A chapter also holds its picture, which is not copied.
            largest = LARGEST_TEXT if _is_packed(tag, frame) else LARGEST_PICTURE
        body = _unpacked(tag, frame, min(largest, budget)) if chapters <= MOST_CHAPTERS else None
        budget -= min(len(frame.body) if body is None else len(body), budget)
        if _is_packed(tag, frame) and body is None:
            # A frame that was too large has still been unpacked up to the limit.
            budget -= min(largest, budget)
        if body is not None:
            parts.append(_emitted(tag, frame.name, _titled(tag, body) if name == b"CHAP" else body))
    content = b"".join(parts)
    return b"ID3" + bytes([2 if tag.version == 2 else 3, 0, 0]) + _as_syncsafe(len(content)) + content


def _titled(tag: _Tag, chapter: bytes) -> bytes:
    """A chapter's body with only its times and its title."""
    start = chapter.find(b"\0") + 17
    inner = tag._replace(unsynchronised=False, content=memoryview(chapter)[start:])
    frame = next((frame for frame in _frames(inner) if frame.name == b"TIT2"), None)
    title = _unpacked(inner, frame, LARGEST_TEXT) if frame else None
    return chapter[:start] + (_emitted(tag, b"TIT2", title) if title else b"")


def _emitted(tag: _Tag, name: bytes, body: bytes) -> bytes:
    return name + (len(body).to_bytes(3) if tag.version == 2 else struct.pack(">IH", len(body), 0)) + body


def _is_packed(tag: _Tag, frame: _Frame) -> bool:
    return bool(frame.flags & _PACKED[tag.version])


def _unpacked(tag: _Tag, frame: _Frame, largest: int) -> bytes | None:
    """A frame's unpacked body; None if it is encrypted or larger than `largest` bytes."""
    locked, grouped, measured = _FLAGS[tag.version]
    if frame.flags & locked:
        return None
    # It starts with the group's number and the unpacked length.
    body = frame.body[(1 if frame.flags & grouped else 0) + (4 if frame.flags & measured else 0) :]
    if len(body) > largest:
        return None
    content = bytes(body)
    if tag.version == 4 and (tag.unsynchronised or frame.flags & 0x02):
        content = _synchronised(content)
    return _inflated(content, largest) if _is_packed(tag, frame) else content


def _inflated(content: bytes, largest: int) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(content, largest + 1)
    except zlib.error:
        return None
    return inflated if inflater.eof and len(inflated) <= largest else None


def _synchronised(content: bytes) -> bytes:
    """`content` without the zeros that were inserted after each 0xFF, if there are any."""
    return content if re.search(rb"\xff[\xe0-\xff]", content) else content.replace(b"\xff\0", b"\xff")


def _as_syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))
