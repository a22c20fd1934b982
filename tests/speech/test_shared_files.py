"""Files that workers read from storage that they share with the archive: the same bytes, or a failure that says why."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from support.audio_files import tone, wav

from radio_archive.audio.decode import RATE
from radio_archive.errors import NotAudioError, RadioArchiveError, UnreadableFileError
from radio_archive.speech.shared_files import SharedFile


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return wav(tmp_path / "50% off? Kāneʻohe.wav", samples=tone(0.5, RATE))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("folder", "url", "expected"),
    [
        ("", "", "/srv/radio/1998/a b?.mp3"),
        ("/srv/radio", "/audio", "/audio/1998/a b?.mp3"),
        ("/srv/radio", "s3://radio/audio/", "s3://radio/audio/1998/a b?.mp3"),
        ("/srv/radio/", "https://audio.example.org", "https://audio.example.org/1998/a%20b%3F.mp3"),
        ("/srv/radio/1998", "gs://radio", "gs://radio/a b?.mp3"),
        ("/srv/rad", "s3://radio", None),
        ("/elsewhere", "s3://radio", None),
    ],
)
def test_where_workers_find_a_file(folder: str, url: str, expected: str | None) -> None:
    found = SharedFile.at(Path("/srv/radio/1998/a b?.mp3"), None, folder, url)
    assert (found.url if found else None) == expected


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_shared_file_is_decoded_as_it_is_here(clip: Path, scheme: str) -> None:
    (chunk,) = SharedFile(f"{scheme}{clip}", digest(clip)).chunks()
    assert len(chunk.samples) == RATE // 2
    assert np.abs(chunk.samples).max() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/no/such/file.wav", "a worker cannot read /no/such/file.wav: "),
        ("file:///no/such/file.wav", "a worker cannot read file:///no/such/file.wav: "),
        ("nonsense://bucket/file.wav", "a worker cannot read nonsense://bucket/file.wav: "),
    ],
)
def test_what_cannot_be_read_says_where_a_worker_looked(url: str, said: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        list(SharedFile(url, None).chunks())
    assert said in caught.value.problem
    assert "Check the settings under [cluster]" in caught.value.advice


def test_another_file_at_the_same_path_is_never_taken(clip: Path) -> None:
    before = digest(clip)
    wav(clip, samples=tone(0.5, RATE, hertz=880.0))
    with pytest.raises(RadioArchiveError, match=r"a worker found another file at .* than the one to transcribe"):
        list(SharedFile(str(clip), before).chunks())


def test_a_file_without_sound_fails_as_it_does_here(tmp_path: Path) -> None:
    path = tmp_path / "text.mp3"
    path.write_text("no sound")
    with pytest.raises(NotAudioError):
        list(SharedFile(str(path), digest(path)).chunks())
