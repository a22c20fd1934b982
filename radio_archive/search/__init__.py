"""Full-text search over what `archive.index` writes.

The package itself can be called like `search.search`, so that `from radio_archive import search` gives a function.
"""

import sys
from types import ModuleType
from typing import Any


class _Search(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from radio_archive.search.search import search

        return search(*arguments, **options)


sys.modules[__name__].__class__ = _Search
