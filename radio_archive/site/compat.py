"""The differences between Datasette 0.65 and 1.0, hidden from the other modules."""

import contextvars
import functools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from jinja2 import Environment

try:
    from datasette.permissions import PermissionSQL
    from datasette.resources import DatabaseResource
except ImportError:
    PermissionSQL = DatabaseResource = None

DATABASE_ACTIONS = frozenset(
    """view-database view-database-download view-table view-query execute-sql execute-write-sql create-table create-view
    store-query update-query delete-query insert-row update-row delete-row alter-table set-column-type drop-table
    drop-view""".split()
)

PAGES_ABOUT_THE_MACHINE = ("databases", "threads", "tasks")
"""Under `/-/`: Datasette's pages that show folders of this machine and what it is doing."""
PAGES_ABOUT_THE_DATA = (
    "", "metadata", "versions", "plugins", "settings", "config", "actions", "permissions", "allow-debug", "messages",
    "patterns", "allowed", "rules", "check", "debug/autocomplete", "api", "queries", "schema", "jump", "tables",
)  # fmt: skip
"""Under `/-/`: those that show what there is and how it is set up, for whoever may see all of it."""

_asking_for_ourselves = contextvars.ContextVar("asking_for_ourselves", default=False)


def keep_errors_short() -> None:
    """Stop Datasette from printing each error with all local variables through rich, which Typer installs.

    It takes up to a second for each error, and answers some unknown addresses with 500 instead of 404.
    """
    # Datasette loads plugins before all its modules are loaded.
    import datasette.handle_exception

    vars(datasette.handle_exception)["rich"] = None


@contextmanager
def for_ourselves() -> Iterator[None]:
    """Within this, permission checks are for our own pages, which stay open when a database is closed."""
    token = _asking_for_ourselves.set(True)
    try:
        yield
    finally:
        _asking_for_ourselves.reset(token)


def is_for_ourselves() -> bool:
    """Whether `for_ourselves` holds."""
    return _asking_for_ourselves.get()


def templates(served: "Datasette", request: "Request") -> "Environment":
    """Return the environment of our templates, which the operator's may replace.

    It is synchronous, because nothing in them waits: Datasette's asynchronous one takes twice the time.
    """
    known = served.get_jinja_environment(request) if hasattr(served, "get_jinja_environment") else served.jinja_env
    return _immediate(known)


@functools.cache
def _immediate(known: "Environment") -> "Environment":
    return known.overlay(enable_async=False)


async def may_view(served: "Datasette", actor: dict[str, Any] | None, database: str) -> bool:
    """Whether the operator's own rules let `actor` see a database, and with it our pages."""
    with for_ourselves():
        if DatabaseResource is not None:
            resource = DatabaseResource(database=database)
            instance = await served.allowed(action="view-instance", actor=actor)
            return bool(instance and await served.allowed(action="view-database", resource=resource, actor=actor))
        instance = await served.permission_allowed(actor, "view-instance", default=True)
        return bool(
            instance and await served.permission_allowed(actor, "view-database", resource=database, default=True)
        )


def describe(
    served: "Datasette", database: str, html: str, tables: Mapping[str, str], queries: Mapping[str, Mapping[str, str]]
) -> Any:
    """Return a coroutine function that describes a database and its tables in 1.0, and adds queries.

    None in 0.65, which has hooks for that.
    """
    if not hasattr(served, "set_resource_metadata"):
        return None

    async def inner() -> None:
        # What the operator wrote counts.
        if not {"description", "description_html"} & {*await served.get_database_metadata(database)}:
            await served.set_database_metadata(database, "description_html", html)
        for table, about in tables.items():
            if not {"description", "description_html"} & {*await served.get_resource_metadata(database, table)}:
                await served.set_resource_metadata(database, table, "description", about)
        for name, query in queries.items():
            await served.add_query(database, name, **query, is_trusted=True)

    return inner


def denials(names: Iterable[str]) -> Any:
    """Deny, in 1.0, databases and each of their tables: the most specific answer counts there."""
    return [_denial(name, number) for number, name in enumerate(sorted(names))]


def _denial(name: str, number: int) -> Any:
    key = f"closed_archive_{number}"
    return PermissionSQL(
        sql=f"""SELECT :{key} AS parent, NULL AS child, 0 AS allow, 'this archive is closed' AS reason
            UNION ALL SELECT database_name, table_name, 0, 'this archive is closed'
            FROM catalog_tables WHERE database_name = :{key}
            UNION ALL SELECT database_name, view_name, 0, 'this archive is closed'
            FROM catalog_views WHERE database_name = :{key}""",  # noqa: S608 - our own name of a parameter
        params={key: name},
    )
