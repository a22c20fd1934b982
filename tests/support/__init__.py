"""Helpers shared by tests: running the program, making archives and unusual files.

Datasette loads our plugin alone, unless a test says otherwise: others make each test slower.
"""

import os

os.environ.setdefault("DATASETTE_LOAD_PLUGINS", "radio-archive")
