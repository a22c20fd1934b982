"""From the archive to what `formats` writes: a clip with its current text and who said it."""

from radio_archive.archive.archive import Archive
from radio_archive.archive.public import pages
from radio_archive.errors import NoSuchClipError
from radio_archive.formats import ExportClip
from radio_archive.text.segmenting import locate_words


def export_clip(archive: Archive, uid: str) -> ExportClip:
    """Return the clip `uid` to be written out. Raises NoSuchClipError."""
    page = pages.page(archive, uid)
    if page is None:
        raise NoSuchClipError(f"no clip {uid!r} in this archive", "`radio-archive list` shows the clips.")
    return of_page(page)


def of_page(page: pages.Page) -> ExportClip:
    """Return a clip that was read for the site, to be written out."""
    entry = page.entry
    shown = ("engine", "engine_version", "model", "revision", "created_at")
    return ExportClip(
        uid=entry.uid,
        title=entry.title,
        show=entry.show,
        reporter=entry.reporter,
        date=entry.date,
        language=entry.language,
        duration=entry.duration,
        segments=tuple(locate_words(page.segments, page.words)),
        words=page.words,
        transcript={key: page.transcript[key] for key in shown if key in page.transcript},
        speakers=page.speakers if any(page.speakers) else (),
    )
