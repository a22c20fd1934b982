"""The size of a picture by its content, PNG (ISO/IEC 15948) or JPEG (ITU-T T.81), and whether directories take it."""

import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from radio_archive.errors import ConfigError

SMALLEST, LARGEST = 1_400, 3_000
"""Pixels of an edge that podcast directories take: https://podcasters.apple.com/support/896-artwork-requirements"""
MOST_BYTES = 20_000_000
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}
"""How the names of pictures end, by their media type."""
# The markers of JPEG's frames, which tell the size, and of what has no length.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's content, media type, and size in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """A file name that is made from the content."""
        return f"{sha256(self.content).hexdigest()[:16]}{SUFFIXES[self.media_type]}"

    @property
    def problem(self) -> str:
        """Why directories would not take it; empty if they would."""
        size = f"it is {self.width:,} × {self.height:,} pixels"
        if self.width != self.height:
            return f"{size}, and must be square"
        if not SMALLEST <= self.width <= LARGEST:
            return f"{size}, and must have {SMALLEST:,} to {LARGEST:,} on each side"
        return ""


def read_picture(folder: Path, name: str) -> Picture:
    """Return the picture in the file `name`, a path within `folder`. Raises ConfigError, without the setting's line."""
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ConfigError(f"the image {name!r} is outside the archive's folder", "Copy it into that folder.")
        if not path.is_file():
            raise ConfigError(f"the image {name!r} is no file", f"Put it into {folder}.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"cannot read the image {name!r}: {reason}", f"Put it into {folder}.") from error
    if len(content) > MOST_BYTES:
        raise ConfigError(f"the image {name!r} is larger than {MOST_BYTES:,} bytes", "Make it smaller.")
    kind, size = "image/png", _size_of_png(content)
    if size is None:
        kind, size = "image/jpeg", _size_of_jpeg(content)
    if size is None:
        raise ConfigError(f"the image {name!r} is neither a JPEG nor a PNG", "Convert it; its name does not matter.")
    return Picture(content, kind, *size)


def _size_of_png(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if width and height else None


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return (width, height) if width and height else None
        # Bytes of 0xFF may fill the space before a marker.
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
