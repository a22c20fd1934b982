"""Pictures of sound for recordings that were archived before they were drawn in passing."""

from collections.abc import Callable

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import recordings
from radio_archive.audio.decode import decode_chunks
from radio_archive.audio.peaks import Peaks
from radio_archive.errors import AudioError


def draw_missing(archive: Archive, drawn: Callable[[int, int], None] = lambda done, all_of_them: None) -> int:
    """Draw what is not drawn yet, and return how many were; a file that is gone or broken is left out.

    `drawn` is told how many of how many are done. Each is kept at once, so a run that is stopped can go on.
    """
    waiting = recordings.without_peaks(archive)
    made = 0
    for number, (sha256, path) in enumerate(waiting, start=1):
        peaks = Peaks()
        try:
            for chunk in decode_chunks(path):
                peaks.add(chunk.samples)
        except AudioError:
            peaks = Peaks()
        picture = peaks.to_bytes()
        if picture:
            recordings.keep_peaks(archive, sha256, picture)
            made += 1
        drawn(number, len(waiting))
    return made
