"""Who may import whom, by the rules in support/imports.py. Imports inside functions count too."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pytest
from support.imports import MAY_IMPORT, arrows, imported, package, paths, room

ONLY_IN: Mapping[str, set[str]] = {
    "faster_whisper": {"speech/whisper.py"},
    "ctranslate2": {"speech/whisper.py", "speech/sentences.py"},
    "tokenizers": {"speech/sentences.py"},
    "sqlite3": {
        "archive/migrations/__init__.py",
        "archive/archive.py",
        "archive/database.py",
        "archive/purge.py",
        "archive/public/views.py",
        "cli/commands/doctor.py",
        "cli/versions.py",
    },
    "sqlite_utils": {
        "archive/__init__.py",
        "archive/names/addresses.py",
        "archive/archive.py",
        "archive/clips/claims.py",
        "archive/public/copy.py",
        "archive/database.py",
        "archive/merge_texts.py",
        "archive/index/facets.py",
        "archive/index/forms.py",
        "archive/clips/decisions.py",
        "search/fts.py",
        "search/openings.py",
        "search/totals.py",
        "archive/index/check.py",
        "archive/index/fts.py",
        "archive/index/rebuild.py",
        "archive/opening.py",
        "archive/clips/batches.py",
        "archive/clips/corrections.py",
        "archive/digests.py",
        "archive/purge.py",
        "archive/clips/fixity.py",
        "archive/clips/proposals.py",
        "archive/clips/current.py",
        "archive/clips/near_duplicates.py",
        "archive/clips/redactions.py",
        "archive/names/lookup.py",
        "archive/names/roster.py",
        "archive/names/unused.py",
        "archive/rows.py",
        "archive/schema.py",
        "archive/clips/sidecars.py",
        "archive/index/spellings.py",
        "archive/clips/versions.py",
        "archive/index/other_texts.py",
        "archive/index/suspects.py",
        "archive/index/words.py",
        "archive/clips/save.py",
        "archive/clips/stories.py",
    },
    "mutagen": {"metadata/tags/ape.py", "metadata/tags/asf.py", "metadata/tags/id3.py"},
    "ftfy": {"metadata/tags/mojibake.py"},
    "pydub": {"audio/cut.py", "audio/decode.py"},
    "rapidfuzz": {
        "metadata/repair/likeness.py",
        "metadata/spoken/known.py",
        "metadata/spoken/matching.py",
        "text/alignment.py",
        "text/merging.py",
        "text/similar.py",
        "text/versions.py",
        "text/wording.py",
    },
    "Stemmer": {"text/forms.py"},
    "trafilatura": {"metadata/story/html.py"},
    "lxml": {"metadata/story/html.py", "formats/captions/ohms.py", "formats/draft.py"},
    "mcp": {"assistants/server.py"},
    "watchfiles": {"watch/scanner.py"},
    "feedparser": {"metadata/feed/reader.py"},
    "httpx": {"feeds/client.py", "feeds/transport.py", "feeds/transfer.py", "speech/endpoint_client.py"},
    "httpcore": {"feeds/client.py", "feeds/transport.py"},
    "datasette": {
        "site/__main__.py",
        "publish/static.py",
        "site/server.py",
        "site/__init__.py",
        "site/answers.py",
        "site/assistants.py",
        "site/browse.py",
        "site/clip.py",
        "site/compat.py",
        "site/data.py",
        "site/database.py",
        "site/discovery.py",
        "site/editing/__init__.py",
        "site/editing/access.py",
        "site/editing/clips.py",
        "site/editing/queue.py",
        "site/editing/sessions.py",
        "site/embed.py",
        "site/feeds.py",
        "site/lists.py",
        "site/people.py",
        "site/podcasts.py",
        "site/quotes.py",
        "site/site.py",
        "site/sound.py",
        "site/trends.py",
    },
    "av": {
        f"audio/{name}.py" for name in ("container", "cut", "decode", "flac", "header", "loudness", "redact", "streams")
    },
}
PRINTS_AND_EXITS = {"print", "exit", "input"}
DATABASE_ROOMS = {"archive", "search"}


def circles(arrows: Mapping[str, set[str]]) -> list[str]:
    """Return the files that can be reached from themselves, which is what a circle consists of."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(arrows()) == []


def test_a_circle_would_be_seen() -> None:
    assert circles({"a.py": {"b.py"}, "b.py": {"c.py"}, "c.py": {"a.py"}}) != []
    assert sum(map(len, arrows().values())) > 500, "imports are found at all"
    assert "search/search.py" in arrows()["cli/commands/search.py"], "in functions too"


@pytest.mark.parametrize("path", [path for path in paths() if path != "__init__.py"])
def test_imports_point_one_way(path: str) -> None:
    known = {room(file) for file in package()}
    assert known <= {*MAY_IMPORT, "__init__"}
    names = (name for name in imported(package()[path]) if name.startswith("radio_archive."))
    rooms = {name.split(".")[1] for name in names} - {room(path)}
    assert rooms & known <= MAY_IMPORT[room(path)]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_behind_its_boundary_only(library: str) -> None:
    users = {path for path, tree in package().items() if library in {name.split(".")[0] for name in imported(tree)}}
    assert users <= ONLY_IN[library]
    assert users


def test_only_the_command_line_prints_or_exits() -> None:
    offenders = [
        f"{path}:{node.lineno}"
        for path, tree in package().items()
        if room(path) != "cli"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) in PRINTS_AND_EXITS or ast.unparse(node.func) in {"sys.exit", "os._exit"})
    ]
    assert offenders == []


def test_sql_stands_in_the_archive_and_the_search_only() -> None:
    for path, tree in package().items():
        # What Datasette 1.0 asks for as SQL is about its own catalogue.
        if room(path) in DATABASE_ROOMS or path == "site/compat.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.lstrip().startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM")), path
