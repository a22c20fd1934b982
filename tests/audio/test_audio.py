"""Audio files: what they are, their sound, where it is cut, and everything that can be wrong with them."""

import hashlib
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import audio_files as make
from support.program import PEAK_MEMORY

from radio_archive.audio import decode
from radio_archive.audio.container import SUFFIXES, open_audio, sha256_of
from radio_archive.audio.decode import RATE, decode_chunks
from radio_archive.audio.examine import examine
from radio_archive.audio.header import probe, shortfall
from radio_archive.errors import NotAudioError, UnreadableFileError

Builder = Callable[[Path], Path]


def whole(path: Path) -> decode.Samples:
    return np.concatenate([chunk.samples for chunk in decode_chunks(path)])


def loudest(samples: decode.Samples) -> float:
    return float(np.abs(samples).max())


# --- What files are, and how long


def encoded(codec: str, container: str, bit_rate: int | None = None) -> Callable[..., Path]:
    """A builder of sound in a codec and a container, as libav names them."""

    def build(path: Path, seconds: float = 3.0) -> Path:
        sound = make.tone(seconds, 48_000)
        return make.encode(path, sound, codec=codec, container=container, rate=48_000, bit_rate=bit_rate)

    return build


FORMATS: dict[str, tuple[Builder, str, str, float | None]] = {
    "mp3": (make.mp3, "audio/mpeg", ".mp3", 3.0),
    "mp3 without Xing": (lambda path: make.mp3(path, xing=False), "audio/mpeg", ".mp3", None),
    "mp3 at 22.05 kHz": (lambda path: make.mp3(path, rate=22_050), "audio/mpeg", ".mp3", 3.0),
    "mp3 with 2 MB of cover": (
        lambda path: prefixed(make.mp3(path), make.id3_picture(2_000_000)),
        "audio/mpeg",
        ".mp3",
        3.0,
    ),
    "mp3 after junk": (lambda path: prefixed(make.mp3(path, xing=False), bytes(9_000)), "audio/mpeg", ".mp3", None),
    "wav": (make.wav, "audio/wav", ".wav", 3.0),
    "wav at 8 kHz": (lambda path: make.wav(path, rate=8_000), "audio/wav", ".wav", 3.0),
    "wav at 44.056 kHz": (lambda path: make.wav(path, rate=44_056, channels=2), "audio/wav", ".wav", 3.0),
    "wav at 192 kHz": (lambda path: make.wav(path, rate=192_000), "audio/wav", ".wav", 3.0),
    "wav of 3 channels": (lambda path: make.wav(path, channels=3), "audio/wav", ".wav", 3.0),
    "wav of 8 channels": (lambda path: make.wav(path, channels=8), "audio/wav", ".wav", 3.0),
    "wav of 12 channels": (lambda path: make.wav(path, channels=12), "audio/wav", ".wav", 3.0),
    "rf64": (make.rf64, "audio/wav", ".wav", 3.0),
    "wav with a wrong byte rate": (make.wrong_byte_rate, "audio/wav", ".wav", 3.0),
    "wav of 24 bits": (make.wav24, "audio/wav", ".wav", 3.0),
    "wav in ADPCM": (make.adpcm, "audio/wav", ".wav", None),
    "mp2": (encoded("mp2", "mp2", bit_rate=64_000), "audio/mpeg", ".mp2", None),
    "w64": (encoded("pcm_s16le", "w64"), "audio/x-w64", ".w64", 3.0),
    "caf": (encoded("pcm_s16be", "caf"), "audio/x-caf", ".caf", 3.0),
    "au": (encoded("pcm_s16be", "au"), "audio/basic", ".au", 3.0),
    "au in µ-law": (encoded("pcm_mulaw", "au"), "audio/basic", ".au", 3.0),
    "ac-3": (encoded("ac3", "ac3"), "audio/ac3", ".ac3", None),
    "e-ac-3": (encoded("eac3", "eac3"), "audio/eac3", ".ac3", None),
    "amr": (make.amr, "audio/amr", ".amr", None),
    "avi": (encoded("mp2", "avi"), "audio/vnd.avi", ".avi", 3.0),
    "avi video": (lambda path: make.video(path, container="avi", codec="pcm_s16le"), "video/vnd.avi", ".avi", None),
    "ts": (encoded("aac", "mpegts"), "audio/mp2t", ".ts", None),
    "ts video": (lambda path: make.video(path, container="mpegts", codec="mp2"), "video/mp2t", ".ts", None),
    "3g2": (encoded("aac", "3g2"), "audio/3gpp2", ".3g2", 3.0),
    "flac": (lambda path: make.flac(path, channels=2), "audio/flac", ".flac", 3.0),
    "m4a": (make.m4a, "audio/mp4", ".m4a", 3.0),
    "raw aac": (make.aac, "audio/aac", ".aac", None),
    "vorbis": (make.vorbis, "audio/ogg", ".ogg", 3.0),
    "opus": (make.opus, "audio/ogg", ".opus", 3.0),
    "aiff": (make.aiff, "audio/aiff", ".aiff", 3.0),
    "wma": (make.wma, "audio/x-ms-asf", ".wma", 3.0),
    "mp4 video": (make.video, "video/mp4", ".mp4", 3.0),
    "mov video": (lambda path: make.video(path, container="mov"), "video/quicktime", ".mov", 3.0),
    "mkv video": (
        lambda path: make.video(path, container="matroska", codec="libopus"),
        "video/matroska",
        ".mkv",
        3.0,
    ),
    "webm": (lambda path: make.video(path, container="webm", codec="libopus"), "audio/webm", ".webm", 3.0),
}


def prefixed(path: Path, junk: bytes) -> Path:
    path.write_bytes(junk + path.read_bytes())
    return path


@pytest.mark.parametrize(("build", "media_type", "suffix", "claimed"), FORMATS.values(), ids=FORMATS)
def test_every_format_decodes_to_its_length(
    build: Builder, media_type: str, suffix: str, claimed: float | None, tmp_path: Path
) -> None:
    path = build(tmp_path / "named-for-nothing")
    header = probe(path)
    assert (header.media_type, header.suffix) == (media_type, suffix)
    assert header.duration == (None if claimed is None else pytest.approx(claimed, abs=0.06))
    assert header.estimate == pytest.approx(3.0, abs=0.3)
    assert shortfall(path) is None

    examined = examine(path)
    assert examined.header == header
    assert examined.recording.duration == pytest.approx(3.0, abs=0.06 if suffix == ".mp3" else 0.05)
    assert examined.recording.warnings == ()
    assert examined.samples is not None
    assert examined.samples.dtype == np.float32
    assert 0.05 < loudest(examined.samples) <= 0.5
    np.testing.assert_array_equal(examined.samples, whole(path))


@pytest.mark.parametrize("channels", [1, 2])
def test_equal_channels_are_as_loud_as_one(channels: int, tmp_path: Path) -> None:
    path = make.flac(tmp_path / "a.flac", samples=make.tone(2, channels=channels, volume=0.9))
    assert loudest(whole(path)) == pytest.approx(0.9, abs=0.01)


CANCELLING: dict[str, tuple[float, float]] = {"exactly": (1, -1), "of another loudness": (-0.4, 1), "nearly": (0.9, -1)}


@pytest.mark.parametrize("case", CANCELLING)
@pytest.mark.parametrize("seconds", [1, 40])
def test_of_two_channels_that_cancel_each_other_out_the_louder_one_is_used(
    case: str, seconds: int, tmp_path: Path
) -> None:
    tone = make.tone(seconds, 22_050)
    sound = np.concatenate([factor * tone for factor in CANCELLING[case]])
    examined = examine(make.flac(tmp_path / "a.flac", rate=22_050, samples=sound))
    assert examined.samples is not None
    assert examined.recording.warnings == (
        f"the channels cancel each other out in {seconds} s, where only the louder one was used",
    )
    assert examined.recording.level == pytest.approx(-13.5, abs=1)
    # The same channel all the time: a change from one to the other would click.
    steps = np.abs(np.diff(examined.samples[RATE // 10 : -RATE // 10]))
    assert steps.max() < 1.2 * 0.3 * 2 * np.pi * 440 / RATE


def test_in_a_file_of_two_channels_only_what_cancels_out_is_told(tmp_path: Path) -> None:
    left, right = make.tone(12, hertz=440), make.tone(12, hertz=620)
    assert examine(make.flac(tmp_path / "a.flac", samples=np.concatenate([left, right]))).recording.warnings == ()
    right[:, : 4 * 44_100] = -left[:, : 4 * 44_100]
    [warning] = examine(make.flac(tmp_path / "b.flac", samples=np.concatenate([left, right]))).recording.warnings
    assert warning.startswith("the channels cancel each other out in 4 s")


QUIET = make.tone(3, RATE, volume=0)
TRACKS: dict[str, tuple[list[make.Samples], bool, float]] = {
    "the first is silent": ([QUIET, make.tone(3, RATE)], True, 3.0),
    "two are silent": ([QUIET, QUIET + 0.0003, make.tone(2, RATE)], True, 2.0),
    "none is silent": ([make.tone(3, RATE), make.tone(2, RATE)], False, 3.0),
    "the second is silent": ([make.tone(3, RATE), QUIET], False, 3.0),
    "it begins late": ([np.concatenate([QUIET, make.tone(1, RATE)], axis=1), make.tone(3, RATE)], False, 4.0),
}


@pytest.mark.parametrize("case", TRACKS)
@pytest.mark.parametrize("container", ["matroska", "mov"])
def test_of_several_tracks_one_that_is_not_silent_is_heard(case: str, container: str, tmp_path: Path) -> None:
    sounds, is_other, seconds = TRACKS[case]
    path = make.tracks(tmp_path / "a.mkv", sounds, container=container)
    examined = examine(path)
    assert examined.recording.level is not None
    assert examined.recording.level > -20
    assert examined.recording.duration == pytest.approx(seconds, abs=0.01)
    told = ("its first track of sound is silent: another one was used",) if is_other else ()
    assert examined.recording.warnings == told
    assert examined.samples is not None
    np.testing.assert_array_equal(examined.samples, whole(path))
    assert shortfall(path) is None


def test_of_tracks_that_are_all_silent_the_first_is_taken(tmp_path: Path) -> None:
    recording = examine(make.tracks(tmp_path / "a.mkv", [QUIET, QUIET])).recording
    assert (recording.duration, recording.level, recording.warnings) == (3.0, None, ())


def test_what_is_not_a_number_becomes_silence_and_what_is_too_loud_is_clipped(tmp_path: Path) -> None:
    wave = np.full(RATE, 0.25, dtype="<f4")
    wave[100:200], wave[500], wave[900] = np.nan, np.inf, -1e30
    path = tmp_path / "floats.wav"
    path.write_bytes(make.riff(wave.nbytes, bits=32, code=3) + wave.tobytes())
    samples = whole(path)
    assert np.isfinite(samples).all()
    assert loudest(samples) <= 1


def test_a_recording_is_described(tmp_path: Path) -> None:
    path = make.wav(tmp_path / "a.wav", 2, rate=8_000, samples=make.tone(2, 8_000, channels=2, volume=0.5))
    recording = examine(path).recording
    content = path.read_bytes()
    assert recording.sha256 == hashlib.sha256(content).hexdigest() == sha256_of(path)
    assert recording.bytes == len(content)
    assert (recording.sample_rate, recording.channels, recording.original_name) == (8_000, 2, "a.wav")
    assert recording.level == pytest.approx(-9.0, abs=0.15)


def test_digital_silence_has_no_level(tmp_path: Path) -> None:
    assert examine(make.long_wav(tmp_path / "a.wav", 3)).recording.level is None


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_was_streamed_claims_nothing(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(make.riff(size) + bytes(RATE * 2))
    examined = examine(path)
    assert examined.header.duration is None
    assert (examined.recording.duration, examined.recording.warnings) == (1.0, ())


def test_the_sound_may_change_shape_in_mid_stream(tmp_path: Path) -> None:
    first = make.mp3(tmp_path / "a.mp3", channels=2, xing=False)
    second = make.mp3(tmp_path / "b.mp3", rate=22_050, xing=False)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    recording = examine(first).recording
    assert recording.duration == pytest.approx(6.0, abs=0.15)
    assert recording.warnings == ()


HUMAN = {
    "jfk.flac": (11.0, ".flac"),
    "multilingual.mp3": (59.9, ".mp3"),
    "hotwords.mp3": (4.0, ".mp3"),
    "stereo_diarization.wav": (5.0, ".wav"),
}


@pytest.mark.parametrize("name", HUMAN)
def test_human_speech(name: str, shared: Path) -> None:
    duration, suffix = HUMAN[name]
    examined = examine(shared / "audio" / name)
    assert examined.recording.duration == pytest.approx(duration, abs=0.05)
    assert (examined.header.suffix, examined.recording.warnings) == (suffix, ())
    assert examined.recording.level is not None
    assert -40 < examined.recording.level < -10


# --- Where the sound is cut


def test_chunks_together_are_the_whole(tmp_path: Path) -> None:
    path = make.mp3(tmp_path / "a.mp3", 61, rate=22_050)
    pieces = list(decode_chunks(path, 7.0))
    assert len(pieces) > 8
    assert all(0 < len(piece.samples) <= 7 * RATE for piece in pieces)
    np.testing.assert_array_equal(np.concatenate([piece.samples for piece in pieces]), whole(path))
    lengths = np.cumsum([0] + [len(piece.samples) for piece in pieces])
    assert [round(piece.offset * RATE) for piece in pieces] == lengths[:-1].tolist()


def test_cuts_fall_in_silence(tmp_path: Path) -> None:
    path = make.wav(tmp_path / "a.wav", samples=make.bursts(60))
    pieces = list(decode_chunks(path, 10.0))
    assert len(pieces) >= 6
    for piece in pieces[1:]:
        assert 1.65 < piece.offset % 2.0 < 1.95


def test_without_silence_the_cut_is_where_it_is_quietest(tmp_path: Path) -> None:
    sound = make.tone(20, RATE)
    sound[:, int(8.3 * RATE) : int(8.6 * RATE)] *= 0.5
    cut = list(decode_chunks(make.wav(tmp_path / "a.wav", samples=sound), 10.0))[1].offset
    assert 8.3 <= cut <= 8.6


def test_a_long_recording_is_decoded_anew(tmp_path: Path) -> None:
    examined = examine(make.long_wav(tmp_path / "a.wav", 601))
    assert examined.samples is None
    assert [len(chunk.samples) < 600 * RATE for chunk in examined.chunks()] == [True, True]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_two_hours_in_bounded_memory(tmp_path: Path) -> None:
    path = make.long_wav(tmp_path / "long.wav", 7_200)
    program = f"""{PEAK_MEMORY}
import sys
from pathlib import Path
from radio_archive.audio.examine import examine
before = peak_memory()
examined = examine(Path(sys.argv[1]))
assert examined.samples is None
print(peak_memory() - before, examined.recording.duration)
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    kibibytes, duration = done.stdout.split()
    assert float(duration) == 7_200
    assert int(kibibytes) < 300 * 1024


# --- Damage that leaves something to archive


CUT_SHORT: dict[str, Builder] = {
    "mp3": lambda path: make.mp3(path, 20),
    "wav": lambda path: make.wav(path, 20),
    "rf64": lambda path: make.rf64(path, 20),
    "wav with a wrong byte rate": lambda path: make.wrong_byte_rate(path, 20),
    "flac": lambda path: make.flac(path, 20),
    "m4a": lambda path: make.m4a(path, 20, index_first=True),
    "aiff": lambda path: make.aiff(path, 20),
    "mkv": lambda path: make.video(path, 20, container="matroska", codec="libopus"),
}


@pytest.mark.parametrize("kind", CUT_SHORT)
def test_a_file_that_was_cut_short_says_so(kind: str, tmp_path: Path) -> None:
    path = make.truncated(CUT_SHORT[kind](tmp_path / f"a.{kind}"))
    recording = examine(path).recording
    assert 8 < recording.duration < 14
    assert recording.warnings == (f"cut short: {recording.duration:.1f} s of the 20.0 s that its header claims",)


def test_an_mp3_without_a_length_cannot_be_known_to_be_short(tmp_path: Path) -> None:
    recording = examine(make.truncated(make.mp3(tmp_path / "a.mp3", 20, xing=False))).recording
    assert recording.duration == pytest.approx(10.0, abs=0.1)
    assert recording.warnings == ()


def test_a_joined_mp3_is_longer_than_its_first_header_claims(tmp_path: Path) -> None:
    first, second = make.mp3(tmp_path / "a.mp3", 3), make.mp3(tmp_path / "b.mp3", 5, xing=False)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    recording = examine(first).recording
    assert recording.duration == pytest.approx(8.0, abs=0.15)
    assert recording.warnings == ()


DAMAGED: dict[str, Builder] = {
    "mp3": lambda path: make.mp3(path, 20),
    "flac": lambda path: make.flac(path, samples=noise(20)),
    "m4a": lambda path: make.m4a(path, 20),
    "aac": lambda path: make.aac(path, 20),
    "vorbis": lambda path: make.vorbis(path, 20),
    "opus": lambda path: make.opus(path, 20),
}


def noise(seconds: float) -> make.Samples:
    size = (1, round(seconds * 44_100))
    return np.random.default_rng(0).uniform(-0.3, 0.3, size).astype(np.float32)


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_stretch_is_skipped_and_told(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = DAMAGED[kind](tmp_path / f"a.{kind}")
    path = make.damaged(path, size=80_000 if kind == "flac" else 16_000)
    recording = examine(path).recording
    assert 12 < recording.duration < 20
    assert recording.warnings[0] == "1 stretch could not be decoded"
    assert all(warning.startswith("incomplete: ") for warning in recording.warnings[1:])
    assert capfd.readouterr() == ("", "")


def test_damaged_stretches_are_counted(tmp_path: Path) -> None:
    path = make.mp3(tmp_path / "a.mp3", 30)
    for place in (0.2, 0.5, 0.8):
        make.damaged(path, at=place, size=6_000)
    assert examine(path).recording.warnings[0] == "3 stretches could not be decoded"


# --- Files that are no audio


def playlist(text: str) -> Builder:
    """A text that names another file; `{other}` stands for a real WAV beside it."""

    def build(path: Path) -> Path:
        other = make.wav(path.parent / "other.wav")
        path.write_text(text.replace("{other}", str(other)))
        return path

    return build


def written(content: bytes) -> Builder:
    def build(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return build


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def beginning(build: Builder, size: int) -> Builder:
    return lambda path: written(build(path).read_bytes()[:size])(path)


UNKNOWN = "this is not an audio file, or it is too damaged to read"
NOTHING = "nothing in this file could be decoded as sound"
HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n"
FFCONCAT = "ffconcat version 1.0\nfile '{other}'\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S">'
    '<Period><AdaptationSet mimeType="audio/wav"><Representation id="1" bandwidth="1"><BaseURL>file://{other}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 96\na=rtpmap:96 L16/8000\n"
SUBTITLES = "1\n00:00:00,000 --> 00:00:02,000\nAloha\n"

NOT_AUDIO: dict[str, tuple[Builder, str]] = {
    "empty": (written(b""), "the file is empty"),
    "text": (written(b"This is no music.\n" * 900), UNKNOWN),
    "a web page": (written(b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 50), UNKNOWN),
    "zeros": (written(bytes(300_000)), UNKNOWN),
    "noise": (written(random.Random(3).randbytes(300_000)), UNKNOWN),
    "tags alone": (written(make.id3_picture(3_000)), UNKNOWN),
    "header of a wav": (written(make.riff(32_000)), NOTHING),
    "header of a flac": (beginning(make.flac, 42), UNKNOWN),
    "header of an mp3": (beginning(make.mp3, 120), UNKNOWN),
    "monkey's audio": (written(b"MAC \x96\x0f" + bytes(3_000)), "this is Monkey's Audio, which is not supported"),
    "wavpack": (encoded("wavpack", "wv"), "this is WavPack, which is not supported"),
    "flash": (written(b"FLV\1\4\0\0\0\x09" + bytes(3_000)), "this is Flash Video, which is not supported"),
    "midi": (written(b"MThd\0\0\0\6\0\1\0\1\0\x60" + bytes(300)), "this is MIDI, which holds notes and no sound"),
    "a seek far beyond the end": (make.bogus_seek, UNKNOWN),
    "mp4 without its index": (lambda path: make.truncated(make.m4a(path)), "this is an MP4 file without a readable"),
    "wav at 1 Hz": (lambda path: make.wav(path, rate=1, seconds=500), "its header claims a sample rate of 1 Hz"),
    "wav at 2 GHz": (written(make.riff(4_000, rate=2_000_000_000) + bytes(4_000)), "its header claims a sample rate"),
    "wav of 1000 channels": (written(make.riff(64_000, channels=1_000) + bytes(64_000)), "there is no sound"),
    "wav of 64 channels": (lambda path: make.wav(path, 0.5, channels=64), NOTHING),
    "mp4 without sound": (make.silent_film, "this is a video without sound"),
    "mkv without sound": (
        lambda path: make.silent_film(path, container="matroska"),
        "this is a video without sound",
    ),
    "subtitles": (written(SUBTITLES.encode()), UNKNOWN),
    "hls": (playlist(HLS), UNKNOWN),
    "m3u": (playlist("#EXTM3U\n{other}\n"), UNKNOWN),
    "ffconcat": (playlist(FFCONCAT), UNKNOWN),
    "dash": (playlist(DASH), UNKNOWN),
    "sdp": (written(SDP.encode()), UNKNOWN),
    "folder": (folder, "this is a folder, not an audio file"),
    "pipe": (pipe, "this is a device or a pipe, not an audio file"),
    "device": (lambda _: Path("/dev/zero"), "this is a device or a pipe, not an audio file"),
}


@pytest.mark.parametrize("case", NOT_AUDIO)
def test_what_is_no_audio(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    build, problem = NOT_AUDIO[case]
    path = build(tmp_path / "a.mp3")
    with pytest.raises(NotAudioError) as caught:
        examine(path)
    error = caught.value
    assert error.problem.startswith(problem)
    assert error.advice
    assert error.path == path
    assert "\n" not in str(error)
    assert str(path) not in str(error)
    assert capfd.readouterr() == ("", "")


def test_libav_left_alone_would_follow_a_playlist(tmp_path: Path) -> None:
    path = playlist(FFCONCAT)(tmp_path / "a.mp3")
    with av.open(str(path), options={"safe": "0"}) as container:
        assert container.format.name == "concat"
        assert sum(1 for _ in container.decode(audio=0)) > 0


# --- Files that cannot be read


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.mp3", "No such file"), ("n" * 300 + ".mp3", "name too long"), ("file/below.mp3", "Not a directory")],
)
def test_what_cannot_be_opened(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for action in (examine, probe, sha256_of, lambda path: list(decode_chunks(path))):
        with pytest.raises(UnreadableFileError, match=words) as caught:
            action(tmp_path / name)
        assert caught.value.advice
        assert str(tmp_path) not in caught.value.problem


def test_no_permission(tmp_path: Path) -> None:
    make.wav(tmp_path / "open.wav", 0.2).chmod(0o644)
    make.wav(tmp_path / "closed.wav", 0.2).chmod(0)
    tmp_path.chmod(0o755)
    # Names are relative to the folder, since the folders above it are closed to that user as well.
    program = """
import os
from pathlib import Path
from radio_archive.audio.examine import examine
from radio_archive.errors import UnreadableFileError
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
assert examine(Path("open.wav")).recording.duration == 0.2
try:
    examine(Path("closed.wav"))
except UnreadableFileError as error:
    print(error)
"""
    root = str(Path(decode.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "cannot read the file: Permission denied. Give yourself permission to read it, then run the command again.\n"
    )


@pytest.mark.parametrize("size", [0, 20_000, 500_000])
def test_a_file_that_changes_while_it_is_read(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make.wav(tmp_path / "a.wav", 10)
    digest = hashlib.file_digest

    def then_change(*arguments: Any) -> Any:
        result = digest(*arguments)
        os.truncate(path, size)
        return result

    monkeypatch.setattr(hashlib, "file_digest", then_change)
    with pytest.raises(UnreadableFileError, match="changed while it was being read"):
        examine(path)


def test_chunks_of_a_file_that_shrinks_end(tmp_path: Path) -> None:
    path = make.wav(tmp_path / "a.wav", 60)
    pieces = decode_chunks(path, 5.0)
    next(pieces)
    os.truncate(path, 1_000)
    assert sum(len(piece.samples) for piece in pieces) < 55 * RATE


def test_a_failing_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 200_000:
                raise OSError(5, "Input/output error")
            return super().read(size)

    path = make.wav(tmp_path / "a.wav", 20)
    monkeypatch.setattr(os, "fdopen", lambda number, _: Failing(io.FileIO(number)))
    with pytest.raises(UnreadableFileError, match="Input/output error"):
        list(decode_chunks(path))


def test_an_error_of_libav_is_none_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(NotAudioError), open_audio(make.wav(tmp_path / "a.wav", 0.2)):
        raise av.error.PermissionError(13, "Permission denied")


# --- Names


NAMES = [
    "line\nbreak.mp3",
    'quo\'te "double".mp3',
    "emoji \N{MICROPHONE}.mp3",
    os.fsdecode(b"latin-\xe9.mp3"),
    "-dash.mp3",
    "%s{}$HOME.mp3",
    "concat:a|b.mp3",
    "http:evil.mp3",
    "pipe:0",
    "a.m3u8",
    "n" * 251 + ".mp3",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_works(name: str, tmp_path: Path) -> None:
    recording = examine(make.mp3(tmp_path / name, 0.5)).recording
    assert recording.duration == pytest.approx(0.5, abs=0.05)
    assert "\n" not in recording.original_name
    recording.original_name.encode()


# --- Anything at all


SMALL_FORMATS = [
    ("pcm_s16le", "w64"), ("alac", "caf"), ("pcm_s16be", "au"), ("ac3", "ac3"), ("mp2", "avi"), ("mp2", "mpegts"),
]  # fmt: skip


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    place = tmp_path_factory.mktemp("seeds") / "seed"
    builders: list[Callable[..., Path]] = [
        make.mp3, make.wav, make.flac, make.m4a, make.opus, make.vorbis, make.video, make.wma, make.aiff,
        make.amr, make.rf64, *(encoded(*form) for form in SMALL_FORMATS),
    ]  # fmt: skip
    return [build(place, 0.5).read_bytes() for build in builders]


def only_our_errors(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        duration = examine(path).recording.duration
    except NotAudioError as error:
        # UnreadableFileError would blame the disk.
        duration = len(error.problem)
    assert duration > 0


FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(content=st.binary(max_size=3_000))
def test_random_bytes(content: bytes, tmp_path: Path) -> None:
    only_our_errors(tmp_path / "a", content)


@FUZZ
@given(
    which=st.integers(0, 16),
    places=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=64)), max_size=6),
    header=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4),
    length=st.floats(0.02, 1),
)
def test_random_damage(
    which: int,
    places: list[tuple[float, bytes]],
    header: list[tuple[int, int]],
    length: float,
    seeds: list[bytes],
    tmp_path: Path,
) -> None:
    content = bytearray(seeds[which])
    for place, junk in places:
        start = int(place * len(content))
        content[start : start + len(junk)] = junk
    for offset, byte in header:
        content[offset] = byte
    only_our_errors(tmp_path / "a", bytes(content[: int(length * len(content))]))


# --- The module itself


def test_importing_warns_of_nothing_without_an_ffmpeg_program() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", "import radio_archive.audio.decode"],
        env={**os.environ, "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_suffixes_are_as_path_gives_them() -> None:
    assert {Path(f"a{suffix}").suffix for suffix in SUFFIXES} == SUFFIXES
    assert {suffix.lower() for suffix in SUFFIXES} == SUFFIXES
