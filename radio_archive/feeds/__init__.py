"""Download new items of podcast feeds into a folder, each complete and with the feed's metadata."""

from radio_archive.feeds.client import Options
from radio_archive.feeds.pull import Downloads, Fate, Fetched, Progress, Pulled, folder_of, stem_of

__all__ = ["Downloads", "Fate", "Fetched", "Options", "Progress", "Pulled", "folder_of", "stem_of"]
