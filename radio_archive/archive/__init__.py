"""The database boundary: the only package that holds SQL."""

import sys

# sqlite_utils imports numpy, where that is installed, to know its types in new tables. We hand it none, and numpy takes
# longer to import than a search takes.
if "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["numpy"]
