"""Reading a file costs what it must: it is opened once, decoded once, and its tags are parsed once."""

# mypy: allow-untyped-calls

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from mutagen.id3 import APIC, ID3, TIT2
from support import audio_files as make

COUNTED = """
import json, sys, threading
from collections import Counter
from pathlib import Path

from av.audio.stream import AudioStream

from radio_archive.archive.archive import Archive
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.speech.replay import ReplayTranscriber

archive, path = sys.argv[1:]
counts = Counter()

def audit(event, arguments):
    counts["opened"] += event == "open" and str(arguments[0]) == path

def profile(frame, event, called):
    if event == "c_call":
        counts["decoded"] += called.__name__ == "decode" and isinstance(called.__self__, AudioStream)
    elif event == "call":
        code = frame.f_code
        counts["parsed"] += code.co_name == "load" and code.co_filename.endswith("mutagen/id3/_file.py")

sys.addaudithook(audit)
threading.setprofile(profile)
with Archive(Path(archive)) as opened:
    [failed] = Ingest(opened, ReplayTranscriber({})).run([InputFile(Path(path))])
assert "nothing is recorded" in str(failed.cause), failed
print(json.dumps(counts))
"""
"""A run that ends when the engine, which knows no clip, is asked: until then all was read that is read of a file."""


def tagged(path: Path) -> Path:
    make.mp3(path)
    tag = ID3()
    tag.add(TIT2(text="Coral"))
    tag.add(APIC(mime="image/png", type=3, data=b"\x89PNG\r\n\x1a\n" + bytes(500)))
    tag.save(path)
    return path


@pytest.mark.parametrize("build", [tagged, make.wav, make.m4a, make.flac, make.opus])
def test_a_file_is_opened_once_decoded_once_and_its_tags_parsed_once(
    build: Callable[[Path], Path], tmp_path: Path, empty_archive: Path
) -> None:
    path = build(tmp_path / "a.mp3")
    with av.open(path) as container:
        packets = sum(1 for _ in container.demux(audio=0))
    ran = subprocess.run(
        [sys.executable, "-c", COUNTED, empty_archive, path], capture_output=True, text=True, check=True
    )
    counts = json.loads(ran.stdout)
    assert counts == {"opened": 1, "decoded": packets, "parsed": int(build is tagged)}
