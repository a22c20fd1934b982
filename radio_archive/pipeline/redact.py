"""Makes the sound that the public hears of a redacted clip: its recording with a tone over what was taken out."""

from pathlib import Path
from tempfile import TemporaryDirectory

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import redactions
from radio_archive.audio.examine import examine
from radio_archive.audio.redact import redacted_suffix, write_redacted
from radio_archive.errors import AudioError


def make_sound(archive: Archive, uid: str) -> list[str]:
    """Make what is still to be made of a clip; return a line for each recording whose sound stays withheld.

    Raises MediaGoneError, ArchiveReadOnlyError and DiskFullError where it cannot be stored.
    """
    problems: list[str] = []
    for sound in redactions.sounds_to_make(archive, uid):
        try:
            with TemporaryDirectory() as folder:
                target = Path(folder, f"sound{redacted_suffix(sound.path.suffix)}")
                write_redacted(sound.path, sound.spans, target)
                recording = examine(target).recording
                stored = archive.media.put(target, recording.sha256, target.suffix)
        except AudioError as error:
            problems.append(f"{error} Its sound is withheld from the public.")
            continue
        if not redactions.save_sound(archive, sound, recording, stored):
            archive.media.discard(stored)
    return problems
