"""Clips: saving them, reading them, and what belongs to each."""
