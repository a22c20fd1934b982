"""What WAV files say of themselves: `LIST INFO`, `bext` of broadcast waves, and where an ID3 tag stands.

RIFF is Microsoft's Multimedia Programming Interface 1.0; its larger forms are RF64 (EBU Tech 3306) and BW64 (ITU-R
BS.2088). `bext` is EBU Tech 3285. AIFF files are made of chunks too, with their numbers the other way round.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from radio_archive.audio.container import Source
from radio_archive.metadata.tags.raw import LARGEST_TEXT, MOST_PARTS, Found, decoded

_UNKNOWN = 0xFFFFFFFF
"""As a size: it does not fit into 32 bits, and `ds64` has it."""


class Chunk(NamedTuple):
    """A chunk of a file: its name, and where its content begins and how many bytes it has."""

    name: bytes
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The fixed part of a `bext` chunk, as written; times are of the recording, not of the broadcast."""

    description: str
    originator: str
    reference: str
    date: str
    """YYYY-MM-DD, though separators vary."""
    time: str
    time_reference: int
    """Samples since midnight at the first one."""


def is_wave(head: bytes) -> bool:
    """Whether a file that begins with `head`, 12 bytes, is a WAV of any size."""
    return head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE"


def is_aiff(head: bytes) -> bool:
    """Whether a file that begins with `head`, 12 bytes, is an AIFF."""
    return head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}


def chunks(source: Source, *, big: bool = False) -> Iterator[Chunk]:
    """Yield the chunks of a WAV, or with `big`, of an AIFF; the last may end after the end of the file."""
    offset, large = 12, 0
    for _ in range(MOST_PARTS):
        head = source.at(offset, 8)
        if len(head) < 8:
            return
        name, size = head[:4], int.from_bytes(head[4:], "big" if big else "little")
        if name == b"ds64":
            large = int.from_bytes(source.at(offset + 16, 8), "little")
        if name == b"data" and size == _UNKNOWN:
            if not large:
                return
            size = large
        yield Chunk(name, offset + 8, size)
        offset += 8 + size + size % 2


def id3_offset(source: Source, *, big: bool = False) -> int | None:
    """Return where the ID3 tag in a WAV, or with `big`, in an AIFF stands."""
    return next((chunk.start for chunk in chunks(source, big=big) if chunk.name in {b"id3 ", b"ID3 "}), None)


def read(source: Source) -> list[Found]:
    """Return what the `LIST INFO` and `bext` chunks of a WAV say."""
    found = []
    for chunk in chunks(source):
        if chunk.name == b"LIST" and source.at(chunk.start, 4) == b"INFO":
            content = source.at(chunk.start + 4, min(max(chunk.size - 4, 0), 8 * LARGEST_TEXT))
            found.append(Found("INFO", tuple(_info(content))))
        elif chunk.name == b"bext":
            broadcast = read_bext(source.at(chunk.start, min(chunk.size, 1000)))
            if broadcast:
                found.append(Found("bext", tuple(_texts(broadcast))))
        if len(found) >= 8:
            break
    return found


def read_bext(content: bytes) -> Broadcast | None:
    """Return what a `bext` chunk says; None where it is too short to be one."""
    try:
        *fields, time_reference = struct.unpack_from("<256s32s32s10s8sQ", content)
    except struct.error:
        return None
    description, originator, reference, date, time = (_until_nul(_whole(field)) for field in fields)
    return Broadcast(description, originator, reference, date, time, time_reference)


def _texts(broadcast: Broadcast) -> Iterator[tuple[str, str]]:
    for key, text in (
        ("Description", broadcast.description),
        ("Originator", broadcast.originator),
        # Of the separators that are allowed, ours are the commonest; spaces and colons stand for the same.
        ("OriginationDate", broadcast.date.replace(":", "-").replace(" ", "-")),
    ):
        if text:
            yield key, text


def _info(content: bytes) -> Iterator[tuple[str, str]]:
    position = 0
    for _ in range(MOST_PARTS):
        if position + 8 > len(content):
            return
        name, size = struct.unpack_from("<4sI", content, position)
        value = content[position + 8 : position + 8 + size]
        if value and size <= LARGEST_TEXT:
            yield name.decode("latin-1"), _until_nul(value)
        position += 8 + size + size % 2


def _until_nul(text: bytes) -> str:
    """A text field: what follows its first NUL is what was in the memory of the program that wrote it."""
    return decoded(text.partition(b"\0")[0])


def _whole(field: bytes) -> bytes:
    """A field of fixed length without the half of a letter that may stand at its end, where it is UTF-8."""
    try:
        field.decode("utf-8")
    except UnicodeDecodeError as error:
        # One odd letter alone, and that the last, is more likely to be Latin-1.
        if error.reason == "unexpected end of data" and not field[: error.start].isascii():
            return field[: error.start]
    return field
