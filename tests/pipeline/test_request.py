"""What the engine is told about a clip: by its show, whichever of the show's names that is, and by a person."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.audio_files import mp3
from support.listening import Listening

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import roster
from radio_archive.config.settings import Settings, ShowHints
from radio_archive.models import Field
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile, human_claims
from radio_archive.pipeline.request import Request
from radio_archive.speech.engine import PreparedClip

HINTS = ShowHints(language="haw", prompt="Notes from the reef.", hotwords=("Kāneʻohe",))


def told(archive: Archive, settings: Settings, path: Path, show: str) -> PreparedClip:
    engine = Listening()
    request = Request.of(archive, settings, human_claims({Field.SHOW: show}))
    Ingest(archive, engine, request).run([InputFile(path)])
    return engine.told[0]


@pytest.mark.parametrize("setting", ["Reef Notes", "reef-notes", "RN", "Notes from the Reef"])
@pytest.mark.parametrize("said", ["Reef Notes", "RN", "notes from the reef"])
def test_any_name_of_a_show_brings_its_hints(setting: str, said: str, tmp_path: Path) -> None:
    settings = replace(Settings(), shows={"Harbor Watch": ShowHints(prompt="Wrong."), setting: HINTS})
    with Archive.create(tmp_path / "a", "") as archive:
        show = roster.add(archive, "show", "Notes from the Reef", ["RN"], {})
        roster.change(archive, show, {"name": "Reef Notes"})
        archive.db.execute("INSERT INTO glossary (term, show_id) SELECT 'Hīnālea', id FROM shows")
        clip = told(archive, settings, mp3(tmp_path / "x.mp3", 0.5), said)
    assert (clip.language, clip.prompt, clip.hotwords) == ("haw", "Notes from the reef.", ("Kāneʻohe", "Hīnālea"))


def test_a_merged_show_brings_the_hints_of_the_other(tmp_path: Path) -> None:
    settings = replace(Settings(), shows={"Reef Notes": HINTS})
    with Archive.create(tmp_path / "a", "") as archive:
        first, second = (roster.add(archive, "show", name, [], {}) for name in ("Reef News", "Reef Notes"))
        roster.merge(archive, "show", first, second)
        assert told(archive, settings, mp3(tmp_path / "x.mp3", 0.5), "Reef News").prompt == "Notes from the reef."


def test_a_language_that_a_person_named_holds_for_later_transcripts_too(tmp_path: Path) -> None:
    engine = Listening()
    with Archive.create(tmp_path / "a", "") as archive:
        said = Request(claims=human_claims({Field.LANGUAGE: "haw"}))
        [done] = Ingest(archive, engine, said).run([InputFile(mp3(tmp_path / "x.mp3", 0.5))])
        again = Ingest(archive, engine, Request(force=True))
        again.run(again.recordings([done.clip or ""]))
    assert [clip.language for clip in engine.told] == ["haw", "haw"]
