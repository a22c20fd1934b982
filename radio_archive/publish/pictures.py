"""Copies the pictures that the settings name into a publication."""

from pathlib import Path

from radio_archive.archive.archive import SETTINGS, Archive
from radio_archive.archive.names import lookup
from radio_archive.config.podcasts import Podcasts
from radio_archive.config.reader import located
from radio_archive.formats.picture import read_picture

FOLDER = "picture"
"""Of a publication, and in the site's addresses."""


def copy_pictures(archive: Archive, podcasts: Podcasts, target: Path) -> Podcasts:
    """Copy the pictures into the publication `target`, and return the settings as they are right there.

    Shows have their present names in these: a publication knows no others. Raises ConfigError for what is no picture.
    """
    placed: dict[str, str] = {}
    for keys, image in podcasts.files():
        with located(archive.folder / SETTINGS, *keys, "image"):
            picture = read_picture(archive.folder, image)
        placed[image] = f"{FOLDER}/{picture.name}"
        (target / FOLDER).mkdir(exist_ok=True)
        (target / placed[image]).write_bytes(picture.content)
    return podcasts.renamed(lambda name: lookup.display_name(archive, "show", name)).with_images(placed)
