"""Prepares the clips of a run for search by meaning, each after it was saved."""

from dataclasses import dataclass

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import embeddings
from radio_archive.errors import ModelNotFoundError

CATCH_UP = "`radio-archive index --meaning` makes up for it."


@dataclass(slots=True)
class Meanings:
    """What a run does for search by meaning, unless `threads` is None. A clip is safe before it comes here."""

    archive: Archive
    threads: int | None
    _has_failed: bool = False

    def add(self, uid: str) -> tuple[str, ...]:
        """Make the vectors of a clip; return a warning if that cannot be done, once in a run.

        Raises ArchiveError and DiskFullError, as saving the clip would have.
        """
        if self.threads is None or self._has_failed:
            return ()
        try:
            from radio_archive.speech.sentences import loaded

            embeddings.update_clip(self.archive, uid, loaded(self.threads))
        except ModelNotFoundError as error:
            self._has_failed = True
            return (f"this and later clips are not found by meaning: {error} {CATCH_UP}",)
        return ()
