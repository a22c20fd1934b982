"""Helpers shared by tests: running the program, making archives and unusual files."""
