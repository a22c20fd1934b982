"""Who is at work: the name that is kept with corrections."""

import getpass
import os

VARIABLE = "RADIO_ARCHIVE_AUTHOR"
"""The environment variable that names the author of corrections."""


def author() -> str:
    """Return the name of who runs the command: as the environment says, else their name on this machine."""
    from radio_archive.models import clean_text

    try:
        return clean_text(os.environ.get(VARIABLE, "")) or clean_text(getpass.getuser()) or "unknown"
    except (OSError, KeyError):
        return "unknown"
