"""Read the tags of an audio file. Its format is known by its first bytes, not by its name."""

from collections.abc import Iterator

from radio_archive.audio.container import AudioFile, leading_tags
from radio_archive.metadata.tags import ape, asf, id3, libav, mp4, riff, vorbis
from radio_archive.metadata.tags.raw import AudioTag


def read_tags(source: AudioFile, *, pictures: bool = False) -> list[AudioTag]:
    """Return the tags in a file, the most useful first; none if they are damaged.

    Reads pictures only with `pictures`. Uses at most a few times `raw.LARGEST_TAG` of memory.
    """
    return [found for found in _tags(source, pictures) if found]


def _tags(source: AudioFile, pictures: bool) -> Iterator[AudioTag | None]:
    head = source.read_at(0, 12)
    if riff.is_wave(head) or riff.is_aiff(head):
        offset = riff.id3_offset(source, big=riff.is_aiff(head))
        if offset is not None:
            yield id3.read(source, offset, pictures=pictures)
        if riff.is_wave(head):
            yield from riff.read(source)
        else:
            yield riff.read_aiff(source)
        return
    # Some programs put an ID3 tag in front of formats that have their own tags.
    tags, start = leading_tags(source)
    kind = source.read_at(start, 8)
    if kind.startswith(b"fLaC"):
        yield vorbis.read_flac(source, start, pictures=pictures)
        yield from (id3.read(source, tag, pictures=pictures) for tag in tags)
    elif kind.startswith(b"OggS"):
        yield vorbis.read_ogg(source, pictures=pictures)
    elif source.read_at(start, 16) == asf.HEADER:
        yield asf.read(source)
    elif kind.startswith(libav.MATROSKA):
        yield libav.read(source, "Matroska")
    elif kind[4:] in libav.QUICKTIME:
        found = mp4.read(source, pictures=pictures)
        yield found
        if found is None or not found.texts:
            yield mp4.read_3gp(source)
            yield libav.read(source, "QuickTime")
    else:
        yield id3.read(source, 0, pictures=pictures, old=True)
        yield from (id3.read(source, tag, pictures=pictures) for tag in tags[1:])
        appended = id3.appended(source)
        if appended is not None:
            yield id3.read(source, appended, pictures=pictures)
        yield ape.read(source)
