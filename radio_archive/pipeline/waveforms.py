"""Waveforms for recordings that were archived without one, by older versions."""

from collections.abc import Callable

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import recordings
from radio_archive.audio.decode import decode_chunks
from radio_archive.audio.peaks import Peaks
from radio_archive.errors import AudioError


def draw_missing(archive: Archive, report: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Make the missing waveforms and return how many were made; skips files that are gone or broken.

    Calls `report` with the numbers of recordings done and in all. A stopped run can go on: each one is saved at once.
    """
    number_in_all, made = recordings.number_without_peaks(archive), 0
    for number, (sha256, path) in enumerate(recordings.without_peaks(archive), start=1):
        peaks = Peaks()
        try:
            for chunk in decode_chunks(path):
                peaks.add(chunk.samples)
        except AudioError:
            peaks = Peaks()
        waveform = peaks.to_bytes()
        if waveform:
            recordings.save_peaks(archive, sha256, waveform)
            made += 1
        report(number, number_in_all)
    return made
