"""`mcp`: the archive for assistants, by the Model Context Protocol."""

from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.errors import UsageError

app = commands()


@app.command(cls=taking(ARCHIVE))
def mcp(call: Call) -> None:
    """Let an assistant search the archive and check quotations, by the Model Context Protocol.

    It speaks that protocol on standard input and output, so an assistant starts it, not you: put the command into its
    configuration. It finds passages, reads clips, quotes them to the word with their citation, checks quotations and
    whole drafts, counts words over time and lists shows. It only reads, and only what outsiders may see: nothing of
    private clips, embargoes and redactions.

    It needs the package mcp: pip install 'radio-archive[mcp]'.

    Example:

      radio-archive mcp --archive /media/archive
    """
    try:
        from radio_archive.assistants.server import serve
    except ModuleNotFoundError as error:
        raise UsageError(f"this needs the package {error.name}", "Run `pip install 'radio-archive[mcp]'`.") from error
    with call.open(read_only=True) as opened:
        folder, site = opened.folder, call.settings(opened).site.url
    serve(folder, site)
