"""Open audio files: as bytes with their SHA-256, and as a container for libav.

Files come from anywhere and are not trusted: libav may not open any other file or address for them.
"""

import functools
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from radio_archive import roots
from radio_archive.errors import NotAudioError, UnfinishedFileError, UnreadableFileError, file_errors
from radio_archive.roots import Root

av.logging.set_level(None)

# fmt: off
SUFFIXES = frozenset({
    ".mp3", ".wav", ".flac", ".m4a", ".m4b", ".aac", ".mp4", ".mov", ".mkv",
    ".webm", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".wma", ".mka", ".3gp",
    ".3g2", ".ac3", ".amr", ".au", ".avi", ".awb", ".caf", ".m2ts", ".m4v", ".mp2", ".mpa", ".rf64", ".ts", ".w64",
})
"""Suffixes of the files that a folder is searched for, in lower case."""
# fmt: on
# These formats include no playlist, manifest or session description, so no file can make libav open another one.
FORMATS = "mp3,wav,w64,flac,mov,aac,ac3,eac3,amr,au,avi,caf,mpegts,ogg,matroska,aiff,asf"
SAFE_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": ""}
# What libav would unpack without a limit: ID3 tags anywhere in a file, and compressed QuickTime headers.
MASKED = re.compile(rb"ID3[\x02-\x04][^\xff].[\0-\x7f]{4}|cmov(?=.{4}dcom)", re.DOTALL)
MARGIN = 12
"""Bytes read on either side of a block, so that `MASKED` also finds what crosses its edge."""
LIBAV_ERRORS = (av.FFmpegError, ValueError, MemoryError)
RATES = range(1_000, 768_001)
FOOTER_FLAG = 0x10
"""In the flags of an ID3 tag: a footer of ten bytes follows."""
MOST_TAGS = 8
"""The largest number of ID3 tags in a row that are read."""
DAMAGED = "this is not an audio file, or it is too damaged to read"
FOREIGN = {
    b"MAC ": "Monkey's Audio", b"wvpk": "WavPack", b"TTA1": "True Audio", b"MPCK": "Musepack", b"MP+": "Musepack",
    b"DSD ": "DSD", b"FRM8": "DSD", b".RMF": "RealMedia", b".ra\xfd": "RealAudio", b"FLV\x01": "Flash Video",
    b"MThd": "MIDI, which holds notes and no sound", b"Creative": "Creative Voice",
    b"\0\0\1\xba": "an MPEG program stream", b"NIST_1A": "NIST Sphere", b"#!SILK": "SILK",
    b"OMA\0": "ATRAC", b"ea3\x03": "ATRAC",
}  # fmt: skip
"""Sound that we do not read, by the first bytes of its files."""
EXPORT_ADVICE = "Play it in another program; if it plays there, export it as MP3, FLAC or WAV and add that."


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal: the identity of a recording."""
    with open_audio(path) as source:
        return source.sha256()


class AudioFile:
    """An open audio file.

    It keeps the size that it had when it was opened, even if the file grows. It remembers a disk error, because libav
    would take it for the end of the file.
    """

    def __init__(self, path: Path, file: io.BufferedReader, root: Root | None = None) -> None:
        self.path, self.file, self.root = path, file, root
        self.status = os.fstat(file.fileno())
        self.size = self.status.st_size
        self.tell = file.tell
        self.error: OSError | None = None

    def read(self, count: int) -> bytes:
        try:
            return self.file.read(max(0, min(count, self.size - self.tell())))
        except OSError as error:
            self.error = error
            return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        target = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self.size}[whence]
        # Broken files ask for places before the start. A negative number tells libav that they do not exist.
        if target < 0:
            return -1
        # They ask for places far beyond the end too, which the operating system would refuse like a failing disk.
        self.file.seek(min(target, self.size))
        return target

    def read_at(self, offset: int, count: int) -> bytes:
        """Return bytes from any place; the position stays, as libav keeps its own record of it."""
        here = self.tell()
        self.seek(offset)
        found = self.read(count)
        self.seek(here)
        return found

    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes, in hexadecimal."""
        self.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def require_unchanged(self) -> None:
        """Raise UnreadableFileError if size or modification time changed since the file was opened."""
        now = os.fstat(self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.status.st_mtime_ns):
            advice = "Wait until it is copied or recorded in full, then run the command again."
            raise UnreadableFileError(self.path, "the file changed while it was being read", advice)


class SafeView:
    """An open file as libav sees it: without a name (it would guess the format from it), and with nothing to unpack.

    One megabyte of a tag may unpack to gigabytes. Our own readers have limits, libav has none. So its tags get a
    version number that libav does not know: it skips them, and everything else keeps its place.
    """

    def __init__(self, source: AudioFile) -> None:
        self._source = source
        self.seek, self.tell = source.seek, source.tell

    def read(self, count: int) -> bytes:
        start = self.tell()
        before = min(start, MARGIN)
        self.seek(start - before)
        content = self._source.read(before + count + MARGIN)
        if b"ID3" in content or b"cmov" in content:
            content = MASKED.sub(_mask, content)
        shown = content[before : before + count]
        self.seek(start + len(shown))
        return shown


def _mask(found: re.Match[bytes]) -> bytes:
    """Return, in the same number of bytes, the header of a tag that libav skips or of an atom that it ignores."""
    if found[0] == b"cmov":
        return b"free"
    version, revision, flags, *size = found[0][3:]
    if version == 4 and flags & FOOTER_FLAG:
        length = min(syncsafe(size) + 10, (1 << 28) - 1)
        flags, size = flags & ~FOOTER_FLAG, [length >> shift & 127 for shift in (21, 14, 7, 0)]
    return bytes((*b"ID3", 0x7F, revision, flags, *size))


def syncsafe(digits: Iterable[int]) -> int:
    """Return the number that ID3 writes with 7 bits in each byte."""
    return functools.reduce(lambda number, digit: number << 7 | digit & 127, digits, 0)


def end_of_tag(source: AudioFile, offset: int) -> int:
    """Return the offset after the ID3 tag at `offset`; `offset` itself if there is no tag."""
    head = source.read_at(offset, 10)
    if len(head) < 10 or not head.startswith(b"ID3"):
        return offset
    return offset + 10 + syncsafe(head[6:]) + (10 if head[3] == 4 and head[5] & FOOTER_FLAG else 0)


def leading_tags(source: AudioFile) -> tuple[list[int], int]:
    """Return the offsets of the ID3 tags before the sound, and the offset of the sound."""
    starts, end = [], 0
    for _ in range(MOST_TAGS):
        following = end_of_tag(source, end)
        if following == end:
            break
        starts.append(end)
        end = following
    return starts, end


@functools.cache
def _sound_decoders() -> str:
    """Return the decoders that libav may use: only those of sound, because it would unpack a cover of any size."""
    kinds = {name: av.Codec(name, "r").type for name in av.codecs_available if _is_decoder(name)}
    return ",".join(sorted(name for name, kind in kinds.items() if kind == "audio"))


def _is_decoder(name: str) -> bool:
    try:
        return av.Codec(name, "r").is_decoder
    except av.codec.codec.UnknownCodecError:
        return False


@contextmanager
def open_audio(path: Path, root: Root | None = None) -> Iterator[AudioFile]:
    """Open a file for reading; one that is in a `root` without following links.

    Raises NotAudioError for what is no file or empty, else UnreadableFileError.
    """
    with file_errors(path):
        # Checked first, because opening a tape device may wind it.
        _require_file(path, root.lstat(path) if root else path.stat())
        with os.fdopen(root.open(path) if root else os.open(path, roots.READ), "rb") as file:
            source = AudioFile(path, file, root)
            _require_file(path, source.status)
            try:
                yield source
            except av.FFmpegError as error:
                # Some of them count as an OSError to Python, but only our own reading tells of the disk.
                raise source.error or NotAudioError(path, DAMAGED, EXPORT_ADVICE) from error


def _require_file(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise NotAudioError(path, "this is a folder, not an audio file", "Name the audio files that are in it.")
    if not stat.S_ISREG(status.st_mode):
        raise NotAudioError(path, "this is a device or a pipe, not an audio file", "Save its sound to a file first.")
    if not status.st_size:
        raise NotAudioError(path, "the file is empty", "Copy it again from its source.")


def open_container(source: AudioFile) -> InputContainer:
    """Open a file with libav, which sees it through `SafeView`. Raises NotAudioError for what it cannot read."""
    source.seek(0)
    try:
        options = SAFE_OPTIONS | {"codec_whitelist": _sound_decoders()}
        return av.open(SafeView(source), "r", options=options, metadata_errors="replace")
    except LIBAV_ERRORS as error:
        if source.error is not None:
            raise source.error from None
        if source.read_at(4, 4) == b"ftyp":
            problem = "this is an MP4 file without a readable index: it may not have been copied or recorded to its end"
            raise UnfinishedFileError(source.path, problem, "Copy it again from its source, in full.") from error
        head = source.read_at(0, 8)
        named = next((name for magic, name in FOREIGN.items() if head.startswith(magic)), None)
        problem = f"this is {named}, which is not supported" if named else DAMAGED
        raise NotAudioError(source.path, problem, EXPORT_ADVICE) from error
