"""The cover picture in an audio file."""

from collections.abc import Iterable, Iterator

from radio_archive.audio.container import LIBAV_ERRORS, AudioFile, open_container
from radio_archive.errors import AudioError
from radio_archive.metadata.tags.raw import LARGEST_PICTURE, AudioTag, Picture
from radio_archive.models import Cover

MATROSKA = b"\x1a\x45\xdf\xa3"


def read_cover(source: AudioFile, tags: Iterable[AudioTag]) -> Cover | None:
    """Return the front cover of a file with these tags, or else its first picture.

    Only JPEG, PNG and WebP of at most 10 MB count, by their first bytes; what the tag calls them is ignored.
    """
    try:
        pictures = [picture for found in tags for picture in found.pictures] or list(_attached(source))
    except (AudioError, OSError, ArithmeticError, LookupError, TypeError, *LIBAV_ERRORS):
        return None
    covers = []
    for picture in sorted(pictures, key=lambda picture: not picture.is_front):
        kind = media_type(picture.content)
        if kind and len(picture.content) <= LARGEST_PICTURE:
            covers.append(Cover(kind, picture.content))
    return covers[0] if covers else None


def media_type(content: bytes) -> str | None:
    """Return the media type of a picture by its first bytes: PNG, JPEG (ITU-T T.81) or WebP (RFC 9649); else None."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def _attached(source: AudioFile) -> Iterator[Picture]:
    """Yield the first picture attached to a Matroska file, as libav finds it."""
    if source.read_at(0, 4) != MATROSKA:
        return
    with open_container(source) as container:
        attached = [stream for stream in container.streams.video if stream.disposition & 0x400]
        if not attached:
            return
        for packet in container.demux(attached[0]):
            if 0 < packet.size <= LARGEST_PICTURE:
                yield Picture(bytes(packet))
            return
