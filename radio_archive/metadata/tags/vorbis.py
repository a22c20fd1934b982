"""Read Vorbis comments (xiph.org/vorbis/doc/v-comment.html) in FLAC (RFC 9639) and Ogg (RFC 3533) files.

Chapters (wiki.xiph.org/Chapter_Extension) and pictures are read too. Only the part of a file with the comments is
read, up to a limit.
"""

import base64
import binascii
import re
import struct
from collections.abc import Iterable, Iterator

from radio_archive.audio.container import AudioFile
from radio_archive.metadata.tags.mojibake import readable
from radio_archive.metadata.tags.raw import (
    LARGEST_PICTURE,
    LARGEST_TAG,
    LARGEST_TEXT,
    MOST_PARTS,
    AudioTag,
    Picture,
    decoded,
    ordered,
)
from radio_archive.models import Chapter

_PICTURE = "METADATA_BLOCK_PICTURE"
_CHAPTER = re.compile(r"CHAPTER(\d{2,3})(NAME)?")
_TIME = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d{1,9})?)")
_COMMENT_TYPE, _PICTURE_TYPE = 4, 6
_FRONT = 3
# The prefix of the comments in the second packet of an Ogg stream, by the start of its first packet.
_OGG_CODECS = {
    b"\x01vorbis": b"\x03vorbis",
    b"OpusHead": b"OpusTags",
    b"Speex   ": b"",
    b"\x7fFLAC": None,
    b"\x80theora": b"\x81theora",
}


def read_flac(source: AudioFile, offset: int, *, pictures: bool = False) -> AudioTag | None:
    """Return the comments of a FLAC file; `offset` is the place of `fLaC`."""
    comments: bytes | None = None
    blocks: list[bytes] = []
    position = offset + 4
    for _ in range(MOST_PARTS):
        head = source.read_at(position, 4)
        if len(head) < 4:
            break
        kind, size = head[0] & 127, int.from_bytes(head[1:])
        if kind == _COMMENT_TYPE and comments is None:
            comments = source.read_at(position + 4, size)
        elif kind == _PICTURE_TYPE and pictures and size <= LARGEST_PICTURE + 1000 and len(blocks) < 4:
            blocks.append(source.read_at(position + 4, size))
        if head[0] & 128:
            break
        position += 4 + size
    return _found(comments or b"", blocks, pictures=pictures)


def read_ogg(source: AudioFile, *, pictures: bool = False) -> AudioTag | None:
    """Return the comments of the first stream that has any; None if there is none."""
    packet = _comment_packet(source)
    return None if packet is None else _found(packet, (), pictures=pictures)


def _found(content: bytes, blocks: Iterable[bytes], *, pictures: bool) -> AudioTag:
    texts = tuple(_comments(content, pictures=pictures))
    packed = (_unpacked(text) for key, text in texts if key == _PICTURE)
    read = (_picture(block) for block in (*blocks, *packed))
    return AudioTag(
        "Vorbis",
        tuple((key, text) for key, text in texts if key != _PICTURE),
        ordered(_chapters(texts)),
        tuple(picture for picture in read if picture),
    )


def _comments(content: bytes, *, pictures: bool) -> Iterator[tuple[str, str]]:
    """Yield key (in capitals) and text of each comment; invalid and far too long ones are left out."""
    position = 4 + int.from_bytes(content[:4], "little")
    count = int.from_bytes(content[position : position + 4], "little")
    position += 4
    for _ in range(min(count, MOST_PARTS)):
        if position + 4 > len(content):
            return
        size = int.from_bytes(content[position : position + 4], "little")
        start, position = position + 4, position + 4 + size
        if position > len(content):
            return
        key, equals, _rest = content[start : min(position, start + 100)].partition(b"=")
        name = key.decode("ascii", "replace").upper()
        largest = LARGEST_PICTURE * 4 // 3 + 1000 if name == _PICTURE and pictures else LARGEST_TEXT
        if equals and size <= largest and (pictures or name != _PICTURE):
            yield name, decoded(content[start + len(key) + 1 : position])


def _chapters(texts: Iterable[tuple[str, str]]) -> Iterator[Chapter]:
    starts: dict[str, float] = {}
    names: dict[str, str] = {}
    for key, text in texts:
        match = _CHAPTER.fullmatch(key)
        time = _TIME.fullmatch(text.strip()) if match and not match[2] and len(text) < 40 else None
        if match and match[2]:
            names.setdefault(match[1], readable(text[:1000]))
        elif match and time:
            starts.setdefault(match[1], int(time[1]) * 3600 + int(time[2]) * 60 + float(time[3]))
    for number, start in starts.items():
        yield Chapter(start, names.get(number, ""))


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _picture(block: bytes) -> Picture | None:
    """Read a FLAC picture block: kind, media type, description, four numbers, and the picture with its length."""
    try:
        kind, size = struct.unpack_from(">II", block)
        position = 8 + size
        (size,) = struct.unpack_from(">I", block, position)
        position += 4 + size + 16
        (size,) = struct.unpack_from(">I", block, position)
    except struct.error:
        return None
    content = block[position + 4 : position + 4 + size]
    return Picture(content, kind == _FRONT) if len(content) == size <= LARGEST_PICTURE else None


def _comment_packet(source: AudioFile) -> bytes | None:
    """The comments of the first Ogg stream with a known codec, without their prefix."""
    prefixes: dict[int, bytes | None] = {}
    packets: dict[int, bytearray] = {}
    position = held = 0
    for _ in range(MOST_PARTS):
        head = source.read_at(position, 27)
        if len(head) < 27 or not head.startswith(b"OggS"):
            return None
        serial, lacing = int.from_bytes(head[14:18], "little"), source.read_at(position + 27, head[26])
        body = position + 27 + len(lacing)
        position = body + sum(lacing)
        if head[5] & 2:
            first = source.read_at(body, 64)
            known = [prefix for start, prefix in _OGG_CODECS.items() if first.startswith(start)]
            if known:
                prefixes[serial], packets[serial] = known[0], bytearray()
        elif serial in packets:
            size, ends = _first_packet(lacing)
            held += size
            packets[serial] += source.read_at(body, size)
            if held > LARGEST_TAG:
                return None
            if ends:
                return _without(prefixes[serial], bytes(packets[serial]))
    return None


def _first_packet(lacing: bytes) -> tuple[int, bool]:
    """How many bytes of a page belong to its first packet, and whether that packet ends there."""
    size = 0
    for length in lacing:
        size += length
        if length < 255:
            return size, True
    return size, False


def _without(prefix: bytes | None, packet: bytes) -> bytes | None:
    if prefix is None:
        # FLAC in Ogg: the packet is a native FLAC block.
        return packet[4:] if packet[:1] and packet[0] & 127 == _COMMENT_TYPE else None
    return packet[len(prefix) :] if packet.startswith(prefix) else None
