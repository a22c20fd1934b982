"""Download new items of podcast feeds into a folder, each complete and with the feed's metadata."""
