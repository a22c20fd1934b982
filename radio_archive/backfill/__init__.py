"""Archive whole back-catalogues: list sources in bulk into the archive's queue, then work through it."""
