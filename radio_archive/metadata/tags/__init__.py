"""The tags inside audio files, one reader per format."""
