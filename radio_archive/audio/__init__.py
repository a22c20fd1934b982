"""Audio files: opening, decoding, cutting, loudness, and peaks."""
