"""What docs/engines.md says of settings, sizes, limits and names is so."""

import re
from pathlib import Path

import pytest
from support.pages import CODE, DOCS, fenced, read

from radio_archive.config.reader import read_settings
from radio_archive.speech import decoder, endpoint, parakeet, windows
from radio_archive.speech.catalog import PARAKEET_FILES, PUBLISHED
from radio_archive.speech.endpoint_client import BUSY, KEY, REFUSED, Patience
from radio_archive.speech.engines import engines, picked
from radio_archive.speech.load import model_name

PAGE = read(DOCS / "engines.md")
TEXT = " ".join(PAGE.split())


@pytest.mark.parametrize("text", fenced(DOCS / "engines.md", "toml"))
def test_the_settings_on_the_page_can_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text, encoding="utf-8")
    options = read_settings(path).engine
    assert picked(options.model).value.name == "endpoint"
    assert model_name(options) == "endpoint:whisper-1"
    assert options.url


def test_every_engine_of_ours_for_people_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert [*listed, "replay"] == [name for name, one in engines().items() if one.plugin.is_own]


def test_models_and_their_sizes() -> None:
    ours = {name: model for name, model in PUBLISHED.items() if picked(name).value.name == "parakeet"}
    for name, model in ours.items():
        assert f"`{name}` ({model.megabytes} MB)" in TEXT
    assert set(PARAKEET_FILES) <= set(CODE.findall(PAGE))
    assert len(parakeet.LANGUAGES["parakeet-tdt-0.6b-v3"]) == 25
    assert parakeet.SIZES == {"cpu": 1, "cuda": 8}
    assert f"in steps of {parakeet.SHORTEST} s" in TEXT


def test_limits() -> None:
    patience = Patience()
    waits = [patience.backoff * 2**n for n in range(patience.attempts - 1)]
    assert waits == [1, 2, 4]
    assert (patience.longest_wait, patience.silence, patience.whole, patience.largest) == (60, 300, 600, 4_000_000)
    assert windows.LIMIT * 2 < 1_000_000
    assert decoder.LATER / 16_000 == 0.25
    assert f"up to {endpoint.PROMPT_LETTERS} characters" in TEXT
    assert endpoint.AT_ONCE == 4
    assert f"`{KEY}`" in PAGE
    rows = re.findall(r"^\| (.*?) \|", PAGE.partition("When it goes wrong")[2], re.MULTILINE)
    told = {int(code) for row in rows for code in re.findall(r"\b(4\d\d|50[2-4])\b", row)}
    assert told - {400, 404} == {401, 403, 429, 502, 503, 504}
    assert {429, 502, 503, 504} <= BUSY
    assert {401, 403} <= REFUSED
