"""Which clips an engine would transcribe otherwise is found with a few queries for a page of clips."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from support.bounds import statements

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.config.settings import EngineOptions
from radio_archive.pipeline.outdated import Survey, outdated
from radio_archive.pipeline.request import Request
from radio_archive.speech.identity import EngineIdentity

WEIGHTS = "d" * 64


def test_a_survey_tells_what_is_the_same_and_what_is_not(own_archive: Path) -> None:
    made = [
        {"weights_sha256": WEIGHTS, "beam_size": 5},
        {"weights_sha256": WEIGHTS, "beam_size": 1},
        {"weights_sha256": WEIGHTS, "beam_size": 1, "hotwords": ["Hilo"]},
        {"weights_sha256": "e" * 64},
        {"beam_size": 1},
    ]
    with closing(sqlite3.connect(own_archive / "archive.db")) as db, db:
        db.execute("UPDATE transcripts SET model = 'mine', options = '{damaged'")
        for number, options in enumerate(made, start=1):
            query = (
                "UPDATE transcripts SET options = ? WHERE id = (SELECT current_transcript_id FROM clips WHERE id = ?)"
            )
            db.execute(query, [json.dumps(options), number])
    engine, request = EngineIdentity("mine", WEIGHTS, EngineOptions()), Request()
    with Archive(own_archive, read_only=True) as archive:
        every = list(read.clips(archive, parts=read.Part.OPTIONS))
        ran = statements(archive.db.conn, lambda: Survey.of(archive, every, request, engine))
        survey = Survey.of(archive, every, request, engine)
        again = {clip.uid: clip for clip in outdated(archive, every, request, engine)}
        assert len(list(outdated(archive, every, request, None))) == len(every) == 14
    assert sum("claims" in statement for statement in ran) == 1, ran
    assert survey.clips == len(again) == 3
    assert survey.seconds == sum(clip.duration for clip in again.values())
    assert (survey.same, survey.by_name) == (11, 10)
    assert survey.changed == {"beam_size": 1, "beam_size, hotwords": 1}
