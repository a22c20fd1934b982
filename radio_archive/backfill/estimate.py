"""Estimates the audio of a back-catalogue from the headers of a few of its files."""

import random
from collections.abc import Iterable, Sequence
from contextlib import suppress

from radio_archive.archive import backfill
from radio_archive.archive.archive import Archive
from radio_archive.archive.backfill import EntryKind, ListedFile
from radio_archive.archive.intake import path_of
from radio_archive.archive.rows import PAGE, pages
from radio_archive.audio import header
from radio_archive.backfill.sources import Listed
from radio_archive.errors import RadioArchiveError
from radio_archive.metadata.feed.claims import carried_by

SAMPLE = 20
"""Files whose headers are read, at most."""


def survey(archive: Archive, files: Iterable[ListedFile], seed: int = 0) -> tuple[Listed, list[ListedFile]]:
    """Count `files`, write nothing, and return with the counts a sample of those that the queue does not know.

    Each has the same chance to be in the sample (J. S. Vitter, *Random Sampling with a Reservoir*, 1985: algorithm R).
    Files of a page that the queue knows in part are counted, and sampled all the same.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    found = new = seen = 0
    sample: list[ListedFile] = []
    for page in pages(files, PAGE):
        known = backfill.known(archive, page)
        found, new = found + len(page), new + len(page) - known
        if known == len(page):
            continue
        for file in page:
            seen += 1
            place = len(sample) if len(sample) < SAMPLE else chance.randrange(seen)
            sample[place : place + 1] = [file] if place < SAMPLE else sample[place : place + 1]
    return Listed(found, new), sample


def mean_length(archive: Archive, files: Sequence[ListedFile]) -> float | None:
    """Return the mean length of files in seconds; None if no header and no feed tells that of any.

    What is remote is not downloaded for that.
    """
    lengths: list[float] = []
    for file in files:
        if file.kind is EntryKind.FILE:
            with suppress(OSError, RadioArchiveError):
                lengths.append(header.probe(path_of(archive, file.source)).estimate)
        elif file.kind is EntryKind.FEED and file.sidecar:
            carried = carried_by(file.sidecar[1])
            lengths += [carried.item.duration] if carried and carried.item.duration else []
    return sum(lengths) / len(lengths) if lengths else None
