"""Sound that workers of a cluster read from storage that they share with the archive's machine."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import quote

from radio_archive.audio.decode import Chunk, decode_chunks
from radio_archive.errors import UnreadableFileError

BLOCK = 1 << 20
"""Bytes that are read at once."""
ADVICE = 'Check the settings under [cluster], or use audio = "sent" there.'


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file on storage that a worker reaches: a path, or a URL that `fsspec` understands, such as s3://radio/a.mp3."""

    url: str
    sha256: str | None
    """What its bytes must have, if that is known: another file may be at the same path of another machine."""

    @classmethod
    def at(cls, path: Path, sha256: str | None, folder: str, url: str) -> "SharedFile | None":
        """Return how a worker finds the file `path`, or None if it is not below `folder`, which workers find at `url`.

        Without `folder`, they find every file at its own path.
        """
        path = path.absolute()
        if not folder:
            return cls(str(path), sha256)
        if not path.is_relative_to(folder):
            return None
        beneath = PurePosixPath(path.relative_to(folder)).as_posix()
        # A question mark or a percent sign in a name is no part of a query.
        is_web = url.lower().startswith(("http:", "https:"))
        return cls(f"{url.rstrip('/')}/{quote(beneath) if is_web else beneath}", sha256)

    def chunks(self) -> Iterator[Chunk]:
        """Decode the file. Raises UnreadableFileError, and what decoding it raises."""
        with tempfile.NamedTemporaryFile(prefix="radio-archive-") as copy:
            # Over a network, decoding would ask for many small pieces.
            digest = hashlib.sha256()
            with self._opened() as file:
                while block := file.read(BLOCK):
                    digest.update(block)
                    copy.write(block)
            copy.flush()
            if self.sha256 and digest.hexdigest() != self.sha256:
                problem = f"a worker found another file at {self.url} than the one to transcribe"
                raise UnreadableFileError(Path(self.url), problem, ADVICE)
            yield from decode_chunks(Path(copy.name))

    @contextmanager
    def _opened(self) -> Iterator[IO[Any]]:
        try:
            if "://" not in self.url:
                with Path(self.url).open("rb") as file:
                    yield file
                return
            import fsspec

            with fsspec.open(self.url, "rb") as file:
                yield file
        # Each kind of storage has errors of its own.
        except Exception as error:
            problem = f"a worker cannot read {self.url}: {error or type(error).__name__}"
            raise UnreadableFileError(Path(self.url), problem, ADVICE) from error
