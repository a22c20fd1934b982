"""Search by meaning on the command line: is it on, is its model here, and what is like a clip."""

from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain
from radio_archive.errors import ModelNotFoundError, UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.filters import Filters
    from radio_archive.archive.index.embeddings import Embedder
    from radio_archive.config.settings import Settings
    from radio_archive.search.results import Results

TURN_ON = "Set `meaning = true` under [search] in radio-archive.toml, then run `radio-archive index --meaning`."
PREPARE = "Run `radio-archive index --meaning`. It leaves out clips in other languages than English."


def embedder(archive: "Archive", settings: "Settings") -> "Embedder | None":
    """Return the model if search by meaning is on and clips are prepared for it.

    If it is on and cannot be done, a line on standard error says why, and the search goes on without.
    """
    if not settings.search.meaning:
        return None
    from radio_archive.archive.index import embeddings
    from radio_archive.speech.catalog import SENTENCES

    if not embeddings.has_any(archive, SENTENCES.name):
        complain(f"No clip is prepared for search by meaning. {PREPARE}")
        return None
    try:
        from radio_archive.speech.sentences import loaded

        return loaded(settings.engine.threads)
    except ModelNotFoundError as error:
        complain(f"Not searched by meaning: {error}")
        return None


def can_serve(settings: "Settings") -> bool:
    """Whether search by meaning is on and its model can be loaded; if it is on and cannot, a line says why."""
    if not settings.search.meaning:
        return False
    try:
        from radio_archive.speech.sentences import loaded

        loaded(1)
    except ModelNotFoundError as error:
        complain(f"Not searched by meaning: {error}")
        return False
    return True


def clips_like(
    archive: "Archive", settings: "Settings", clip: str, filters: "Filters", *, limit: int, page: int
) -> "Results":
    """Return the clips about the same as `clip`, a uid or its beginning.

    Raises NoSuchClipError, and UsageError where search by meaning is off or the clip is not prepared.
    """
    from radio_archive.archive.clips.read import find_uid
    from radio_archive.search.meaning import is_prepared, like
    from radio_archive.search.results import Results
    from radio_archive.speech.catalog import SENTENCES

    uid = find_uid(archive, clip)
    if not settings.search.meaning:
        raise UsageError("--like needs search by meaning, which is off", TURN_ON)
    if not is_prepared(archive, uid, SENTENCES.name):
        raise UsageError(f"the clip {uid} is not prepared for search by meaning", PREPARE)
    return Results(like(archive, uid, SENTENCES.name, filters, limit=limit, page=page))
