"""The database boundary: the only package that holds SQL."""

import sys

# sqlite_utils imports numpy, if it is installed, to support its types in new tables. We store none of them, and
# importing numpy takes longer than a search.
if "numpy" not in sys.modules:
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["numpy"]
