"""Every clip that `add` and `watch` name is in the archive, with that recording, whoever else writes or is killed."""

import json
from pathlib import Path

import pytest
from support.program import Process, start
from support.watching import Station

from radio_archive.audio.container import sha256_of


def start_with(station: Station, *arguments: object) -> Process:
    return start(*arguments, "--archive", station.archive, "--model", station.model)


def named(out: str) -> set[tuple[str, str]]:
    """Return the files that were named as archived, and their clips. A killed process may leave half a line."""
    rows = [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith("}\n")]
    return {(Path(row.get("path") or row["file"]).name, row["clip"]) for row in rows if row.get("clip")}


@pytest.mark.parametrize("kill_after", [1, 5])
def test_every_clip_that_is_named_exists(tmp_path: Path, kill_after: int) -> None:
    station = Station(tmp_path)
    clips = station.make(*(f"{number}.wav" for number in range(22)))
    for clip in clips[::2]:
        station.drop(clip)
    doomed = start_with(station, "add", station.desk, "--jsonl")
    others = [
        start_with(station, "add", station.desk, "--jsonl"),
        start_with(station, "add", *reversed(clips), "--jsonl"),
        start_with(station, "watch", "--once", "--log-json"),
    ]
    assert doomed.stdout is not None
    said = "".join(doomed.stdout.readline() for _ in range(kill_after))
    doomed.kill()
    found = named(said + doomed.communicate()[0])
    for other in others:
        found |= named(other.communicate()[0])
        assert other.returncode == 0
    uids = dict(
        station.query(
            """SELECT sha256, uid FROM clips JOIN clip_recordings ON clip_id = clips.id
               JOIN recordings ON recordings.id = recording_id"""
        )
    )
    assert found == {(clip.name, uids[sha256_of(clip)]) for clip in clips}
    assert station.digests() == sorted(map(sha256_of, clips))
