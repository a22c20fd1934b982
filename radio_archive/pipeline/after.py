"""What plugins do after a clip was archived."""

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.errors import NoSuchClipError
from radio_archive.hooks import described, implementing


def after_archived(archive: Archive, uid: str) -> tuple[str, ...]:
    """Have plugins do what they do after a new clip; return a line for each that failed, which changes nothing else."""
    found = implementing("after_archived")
    if not found:
        return ()
    try:
        clip = read.clip(archive, uid, read.Part.TEXT | read.Part.PAGE | read.Part.SOURCES)
    except NoSuchClipError:
        # Another process has removed it.
        return ()
    problems = []
    for plugin, call in found:
        why = ""
        try:
            call(archive=archive, clip=clip)
        except (Exception, SystemExit) as error:
            why = described(error)
        if archive.db.conn.in_transaction:
            archive.db.rollback()
            why = why or "it left a transaction open, which is undone"
        if why:
            problems.append(f"the plugin {plugin} failed after the clip was archived: {why}")
    return tuple(problems)
