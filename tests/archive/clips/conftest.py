"""An archive without clips, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from radio_archive.archive.archive import Archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "") as opened:
        yield opened
