"""Which of a file's streams is the one to hear."""

from contextlib import suppress

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from radio_archive.audio.container import EXPORT_ADVICE, LIBAV_ERRORS, RATES, AudioFile, open_container
from radio_archive.errors import NotAudioError

SILENT = 0.001
"""A stream whose samples are all below this (−60 dBFS) is silent."""
LISTENED = 600.0
"""Seconds after which a stream without a sound is taken for silent, if there is another one."""
MOST_STREAMS = 16
"""Streams of sound that are listened to, at most."""


def best_stream(source: AudioFile, container: InputContainer) -> AudioStream:
    """Return the stream to hear: the first good one that is not silent, or the usual one where all are silent.

    A file with one stream of sound, as nearly all have, is not decoded. Raises NotAudioError if there is none that can
    be decoded.
    """
    usual = container.streams.best("audio")
    if not isinstance(usual, AudioStream) or usual.codec_context is None:
        problem = (
            "this is a video without sound" if has_pictures(container) else "there is no sound of a known kind in it"
        )
        raise NotAudioError(source.path, problem, EXPORT_ADVICE)
    if usual.sample_rate and usual.sample_rate not in RATES:
        raise NotAudioError(source.path, f"its header claims a sample rate of {usual.sample_rate} Hz", EXPORT_ADVICE)
    others = [stream for stream in container.streams.audio if stream != usual and stream.codec_context is not None]
    rivals = [stream for stream in others[:MOST_STREAMS] if stream.sample_rate in RATES]
    if not rivals or not _is_silent(source, usual):
        return usual
    return next((stream for stream in rivals if not _is_silent(source, stream)), usual)


def is_usual(container: InputContainer, stream: AudioStream) -> bool:
    """Whether a player would choose this stream too."""
    usual = container.streams.best("audio")
    return usual is None or usual.index == stream.index


def _is_silent(source: AudioFile, stream: AudioStream) -> bool:
    """Whether there is nothing to hear in a stream of a file, which is opened again for it."""
    place = source.tell()
    try:
        with open_container(source) as container, suppress(*LIBAV_ERRORS):
            for frame in container.decode(container.streams[stream.index]):
                if isinstance(frame, av.AudioFrame):
                    if _peak(frame) >= SILENT:
                        return False
                    if frame.time is not None and frame.time > LISTENED:
                        break
        return True
    finally:
        source.seek(place)


def _peak(frame: av.AudioFrame) -> float:
    """Return the largest absolute sample of a frame, of 1."""
    # Interleaved, because of eight planes and more PyAV would read on into other memory.
    parts = av.AudioResampler("flt", frame.layout.name, frame.sample_rate).resample(frame)
    return max(
        (float(np.abs(np.nan_to_num(part.to_ndarray())).max(initial=0.0)) for part in parts if part), default=0.0
    )


def has_pictures(container: InputContainer) -> bool:
    """Whether it has moving pictures; to libav, cover art is a video stream too."""
    return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)
