"""radio-archive.toml: the settings that a person edits by hand."""
