"""Opening search results and pages in a browser."""

from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain, say
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.cli.display.results import Hit


def open_in_browser(archive: "Archive", hit: "Hit") -> None:
    """Open the passage in the running site. Raises UsageError if the archive is not being served."""
    from radio_archive.site import server

    address = server.running_at(archive.folder)
    if address is None:
        raise UsageError(
            "this archive is not being served", "Start `radio-archive serve` in another terminal, then search again."
        )
    clip, passage = hit
    moment = f"#t={round(passage.start, 1):g}" if passage.where in {"speech", "heard", "version"} else ""
    place = f"{address}clip/{clip.uid}{moment}"
    say(place)
    open_address(place)


def open_address(address: str) -> None:
    """Open an address, if there is a browser."""
    import webbrowser

    if not webbrowser.open(address):
        complain("No browser was found here; open the address in one.")
