"""`python -m radio_archive.site FILES …`: Datasette's own `serve` with all its options, for a bundle on the web.

Two things are different: text is sent compressed, and connections of slow and idle clients are closed.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from datasette.cli import serve as theirs

from radio_archive.site.compression import compressed

if TYPE_CHECKING:
    from datasette.app import Datasette

NOT_FOR_VISITORS = ("help_settings", "get", "reload", "root", "open_browser")
"""Options with which Datasette's own command does something else, or more, than serve."""
OF_THE_SERVER = ("host", "port", "uds", "ssl_keyfile", "ssl_certfile")
"""Options that are uvicorn's by the same names."""


def serve(**given: Any) -> None:
    """Serve what Datasette's options say."""
    assert theirs.callback is not None  # noqa: S101 - a command has one
    if any(given.get(name) for name in NOT_FOR_VISITORS):
        theirs.callback(**given)
        return
    run(theirs.callback(**given, return_instance=True), {name: given.get(name) for name in OF_THE_SERVER})


def run(datasette: "Datasette", options: dict[str, Any]) -> None:
    """Serve until SIGINT or SIGTERM; `options` are uvicorn's."""
    import uvicorn

    from radio_archive.site import connections

    async def serving() -> None:
        await datasette.invoke_startup()
        application = connections.with_peer(compressed(datasette.app()))
        config = uvicorn.Config(application, lifespan="on", log_level="info", **options, **connections.options())
        await uvicorn.Server(config).serve()

    with suppress(KeyboardInterrupt):
        asyncio.run(serving())


if __name__ == "__main__":
    type(theirs)("serve", params=theirs.params, callback=serve, help=theirs.help).main(
        prog_name="python -m radio_archive.site"
    )
