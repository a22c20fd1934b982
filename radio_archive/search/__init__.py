"""Full-text search: it reads what `archive.index` wrote.

The package can be called as `search.search`: a program that writes `from radio_archive import search` means that.
"""

import sys
from types import ModuleType
from typing import Any


class _Search(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from radio_archive.search.search import search

        return search(*arguments, **options)


sys.modules[__name__].__class__ = _Search
