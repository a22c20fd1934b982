"""Read APEv2 tags, which some programs put at the end of MP3 files, with mutagen."""

import io
from typing import Any

from radio_archive.audio.container import AudioFile
from radio_archive.metadata.tags.raw import LARGEST_TEXT, MOST_PARTS, PARSER_DAMAGE, AudioTag

_FOOTER = 32
LARGEST = 4 << 20
"""Bytes of a tag; a larger one holds pictures, and is ignored."""


def read(source: AudioFile) -> AudioTag | None:
    """Return the APEv2 tag at the end of a file or before its ID3v1 tag; None if there is none or it is damaged."""
    from mutagen import MutagenError
    from mutagen.apev2 import APETextValue, APEv2

    for end in (source.size, source.size - 128):
        footer = source.read_at(end - _FOOTER, _FOOTER) if end >= _FOOTER else b""
        if not footer.startswith(b"APETAGEX"):
            continue
        size, items = int.from_bytes(footer[12:16], "little"), int.from_bytes(footer[16:20], "little")
        if not _FOOTER <= size <= min(LARGEST, end) or items > MOST_PARTS:
            return None
        try:
            found: Any = APEv2(io.BytesIO(_with_header(source, end, size)))  # type: ignore[no-untyped-call]
        except (MutagenError, *PARSER_DAMAGE):
            return None
        texts = [(key, value) for key, value in found.items() if isinstance(value, APETextValue)]
        values = ((key.upper(), text) for key, value in texts for text in str(value).split("\0"))
        return AudioTag("APEv2", tuple((key, text) for key, text in values if len(text) <= LARGEST_TEXT))
    return None


def _with_header(source: AudioFile, end: int, size: int) -> bytes:
    """The tag before `end`. Its size does not count its header."""
    start = max(0, end - size - _FOOTER)
    return source.read_at(start, end - start)
