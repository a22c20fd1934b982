"""Read the metadata of WAV files, `LIST INFO` and the `bext` chunk of broadcast WAVs, and of AIFF files.

RIFF is specified in Microsoft's Multimedia Programming Interface 1.0, its larger forms in EBU Tech 3306 (RF64) and
ITU-R BS.2088 (BW64), `bext` in EBU Tech 3285. AIFF files have chunks too, with big-endian numbers.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from radio_archive.audio.container import AudioFile
from radio_archive.metadata.tags.cart import LARGEST_XML, read_cart, read_rivendell
from radio_archive.metadata.tags.raw import LARGEST_TEXT, MOST_PARTS, AudioTag, decoded, fixed_text

_BEXT = struct.Struct("<256s32s32s10s8sQ")
_AIFF_TEXTS = frozenset({b"NAME", b"AUTH", b"ANNO"})
_UNKNOWN = 0xFFFFFFFF
"""As a size: too large for 32 bits, given in `ds64` instead."""


class RiffChunk(NamedTuple):
    """A chunk of a file: its name, the start of its content and its size in bytes."""

    name: bytes
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The fixed part of a `bext` chunk, as written; times are those of the recording, not of the broadcast."""

    description: str
    originator: str
    reference: str
    date: str
    """YYYY-MM-DD, though separators vary."""
    time: str
    time_reference: int
    """Samples from midnight to the first sample."""


def is_wave(head: bytes) -> bool:
    """Whether a file that starts with `head` (12 bytes) is a WAV of any size."""
    return head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE"


def is_aiff(head: bytes) -> bool:
    """Whether a file that starts with `head` (12 bytes) is an AIFF."""
    return head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}


def chunks(source: AudioFile, *, big: bool = False) -> Iterator[RiffChunk]:
    """Yield the chunks of a WAV, or with `big` of an AIFF; the last one may reach past the end of the file."""
    offset, large = 12, 0
    for _ in range(MOST_PARTS):
        head = source.read_at(offset, 8)
        if len(head) < 8:
            return
        name, size = head[:4], int.from_bytes(head[4:], "big" if big else "little")
        if name == b"ds64":
            large = int.from_bytes(source.read_at(offset + 16, 8), "little")
        if name == b"data" and size == _UNKNOWN:
            if not large:
                return
            size = large
        yield RiffChunk(name, offset + 8, size)
        offset += 8 + size + size % 2


def id3_offset(source: AudioFile, *, big: bool = False) -> int | None:
    """Return the offset of the ID3 tag in a WAV, or with `big` in an AIFF."""
    return next((chunk.start for chunk in chunks(source, big=big) if chunk.name in {b"id3 ", b"ID3 "}), None)


def read(source: AudioFile) -> list[AudioTag]:
    """Return the contents of the `LIST INFO`, `bext`, `cart` and `rdxl` chunks of a WAV."""
    found: list[AudioTag | None] = []
    for chunk in chunks(source):
        if chunk.name == b"LIST" and source.read_at(chunk.start, 4) == b"INFO":
            content = source.read_at(chunk.start + 4, min(max(chunk.size - 4, 0), 8 * LARGEST_TEXT))
            found.append(AudioTag.of_bytes("INFO", _info(content)))
        elif chunk.name == b"bext":
            broadcast = source.read_at(chunk.start, min(chunk.size, 1000))
            found.append(AudioTag.of_bytes("bext", _texts(broadcast)) if read_bext(broadcast) else None)
        elif chunk.name == b"cart":
            found.append(read_cart(source.read_at(chunk.start, min(chunk.size, 2048))))
        elif chunk.name == b"rdxl" and chunk.size <= LARGEST_XML:
            found.append(read_rivendell(source.read_at(chunk.start, chunk.size)))
        if len(found) >= 8:
            break
    return [tag for tag in found if tag]


def read_aiff(source: AudioFile) -> AudioTag:
    """Return the text chunks of an AIFF: its name, author and annotations."""
    texts = (chunk for chunk in chunks(source, big=True) if chunk.name in _AIFF_TEXTS and chunk.size <= LARGEST_TEXT)
    first = ((chunk.name.decode(), source.read_at(chunk.start, chunk.size)) for chunk in islice(texts, 20))
    return AudioTag.of_bytes("AIFF", [(name, fixed_text(content)) for name, content in first])


def read_bext(content: bytes) -> Broadcast | None:
    """Return the contents of a `bext` chunk; None if it is too short."""
    try:
        *fields, time_reference = _BEXT.unpack_from(content)
    except struct.error:
        return None
    description, originator, reference, date, time = (decoded(fixed_text(field)) for field in fields)
    return Broadcast(description, originator, reference, date, time, time_reference)


def _texts(bext: bytes) -> Iterator[tuple[str, bytes]]:
    description, originator, _, date, *_ = map(fixed_text, _BEXT.unpack_from(bext)[:5])
    # Hyphens are the usual separators; spaces and colons are allowed too.
    date = date.replace(b":", b"-").replace(b" ", b"-")
    for key, text in (("Description", description), ("Originator", originator), ("OriginationDate", date)):
        if text:
            yield key, text


def _info(content: bytes) -> Iterator[tuple[str, bytes]]:
    position = 0
    for _ in range(MOST_PARTS):
        if position + 8 > len(content):
            return
        name, size = struct.unpack_from("<4sI", content, position)
        value = content[position + 8 : position + 8 + size]
        if value and size <= LARGEST_TEXT:
            yield name.decode("latin-1"), fixed_text(value)
        position += 8 + size + size % 2
