"""Podcast feeds: what they say of each item."""
