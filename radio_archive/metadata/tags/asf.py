"""Read the tags of Windows Media files (Advanced Systems Format) with mutagen."""

import io
from typing import Any

from radio_archive.audio.container import AudioFile
from radio_archive.metadata.tags.raw import LARGEST_TEXT, PARSER_DAMAGE, AudioTag

HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
"""The first 16 bytes of a file."""
LARGEST = 4 << 20
"""Bytes of the header that are read; more are pictures."""


def read(source: AudioFile) -> AudioTag | None:
    """Return the texts in the header of a file; None if it is damaged."""
    from mutagen import MutagenError
    from mutagen.asf import ASF

    size = int.from_bytes(source.read_at(16, 8), "little")
    try:
        found: Any = ASF(io.BytesIO(source.read_at(0, min(size, LARGEST))))  # type: ignore[no-untyped-call]
    except (MutagenError, *PARSER_DAMAGE):
        return None
    texts = ((key, str(value)) for key, values in found.tags.items() for value in values)
    return AudioTag("ASF", tuple((key, text) for key, text in texts if len(text) <= LARGEST_TEXT))
