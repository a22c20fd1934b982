"""Read the tags of Matroska, WebM, 3GP and QuickTime files with libav, as mutagen does not know them."""

from radio_archive.audio.container import LIBAV_ERRORS, AudioFile, open_container
from radio_archive.errors import NotAudioError
from radio_archive.metadata.tags.raw import LARGEST_TEXT, MOST_PARTS, AudioTag

MATROSKA = b"\x1aE\xdf\xa3"
"""The first bytes of a Matroska or WebM file."""
QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"ftyp"})
"""The names of a first box, in the second four bytes of a file."""


def read(source: AudioFile, kind: str) -> AudioTag | None:
    """Return the texts of the file and of its first sound as a tag of `kind`; None if libav cannot open it."""
    try:
        with open_container(source) as container:
            found = [container.metadata, *(stream.metadata for stream in container.streams.audio[:1])]
    except (NotAudioError, *LIBAV_ERRORS):
        return None
    texts = [(key.upper(), text) for metadata in found for key, text in list(metadata.items())[:MOST_PARTS]]
    return AudioTag(kind, tuple((key, text) for key, text in texts if len(text) <= LARGEST_TEXT))
