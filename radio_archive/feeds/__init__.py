"""Podcast feeds from the network into a folder: only what is new, whole, and with all that the feed says of it."""

from radio_archive.feeds.client import Options
from radio_archive.feeds.pull import Downloads, Fate, Fetched, Progress, Pulled, folder_of, stem_of

__all__ = ["Downloads", "Fate", "Fetched", "Options", "Progress", "Pulled", "folder_of", "stem_of"]
