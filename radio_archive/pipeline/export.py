"""Writes the current texts of clips as files, each as it is read: an archive has more of them than fit in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.errors import NoSuchClipError, PluginError, RadioArchiveError
from radio_archive.formats import ExportFormat, formats
from radio_archive.formats.cues import WORDS_OWN_TIMES, CaptionStyle
from radio_archive.formats.files import Written, write_file
from radio_archive.hooks import described
from radio_archive.models import Clip
from radio_archive.text.spelling import slug

_LONGEST = 200
"""Bytes of a title in the name of a file, which may have 255."""


class Exported(NamedTuple):
    """What became of a file: of `clip`, a uid, or of several if that is None."""

    path: Path
    clip: str | None
    outcome: Written


@dataclass(frozen=True, slots=True)
class Export:
    """In which of `formats.formats` clips are written, how captions are cut and timed, and what may be replaced."""

    format: str
    style: CaptionStyle = WORDS_OWN_TIMES
    force: bool = False

    @property
    def _writer(self) -> ExportFormat:
        return formats()[self.format].value

    def content(self, clips: Iterable[Clip]) -> Iterator[bytes]:
        """Yield the content of a file with `clips`; only a table may have more than one. Raises PluginError."""
        plugin, needed = formats()[self.format].plugin, bytes if self._writer.binary else str
        try:
            for piece in self._pieces(clips):
                if not isinstance(piece, needed):
                    raise TypeError(f"{needed.__name__} is needed, not {type(piece).__name__}")
                yield piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
        except (RadioArchiveError, OSError):
            raise
        except Exception as error:
            if plugin.is_own:
                raise
            problem = f"the format {self.format!r} of the plugin {plugin} failed: {described(error)}"
            raise PluginError(problem, "Ask those who made it, or use another format.") from error

    def _pieces(self, clips: Iterable[Clip]) -> Iterator[str | bytes]:
        how = self._writer
        if how.table:
            yield from how.table(clips)
            return
        for clip in clips:
            if how.captions:
                yield how.captions(clip, self.style)
            elif write := how.text or how.binary:
                yield write(clip)

    def files(self, path: Path, clips: Iterable[Clip], *, into_folder: bool) -> Iterator[Exported]:
        """Write clips into a folder, or into one file, and yield what became of each file.

        Only a table may have more than one clip in a file. Raises UsageError, PluginError, DiskFullError.
        """
        if self._writer.table and not into_folder:
            yield Exported(path, None, write_file(path, self.content(clips), force=self.force))
            return
        for clip in clips:
            target = path / self.name(clip) if into_folder else path
            yield Exported(target, clip.uid, write_file(target, self.content([clip]), force=self.force))

    def name(self, clip: Clip) -> str:
        """Return the name of a clip's file: its title, and its own name, so that no two are the same."""
        title = slug(clip.title).encode()[:_LONGEST].decode("utf-8", "ignore")
        return f"{title}-{clip.uid}.{self._writer.ending}"


def whole_clips(archive: Archive, uids: Iterable[str], *, sources: bool = False) -> Iterator[Clip]:
    """Yield clips with all that a file may have of them, without those that were removed meanwhile.

    With `sources`, with their claims and versions, too.
    """
    parts = read.Part.TEXT | read.Part.PAGE | (read.Part.SOURCES if sources else read.Part.NOTHING)
    for uid in uids:
        try:
            clip = read.clip(archive, uid, parts)
        except NoSuchClipError:
            continue
        yield clip
