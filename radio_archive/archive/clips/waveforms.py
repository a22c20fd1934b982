"""Pictures of sound in the archive: which recordings have none, and keeping one."""

from pathlib import Path

from radio_archive.archive.archive import Archive


def missing(archive: Archive) -> list[tuple[str, Path]]:
    """Return the digest and the file of each recording that was archived before pictures were kept."""
    rows = archive.db.execute("SELECT sha256, path FROM recordings WHERE peaks IS NULL AND path <> '' ORDER BY id")
    return [(sha256, archive.media.path(path)) for sha256, path in rows]


def keep(archive: Archive, sha256: str, peaks: bytes) -> None:
    """Keep the picture of a recording."""
    with archive.writing():
        archive.db.execute("UPDATE recordings SET peaks = ? WHERE sha256 = ?", [peaks, sha256])
