"""Which of a file's streams is the one to hear."""

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from radio_archive.audio.container import EXPORT_ADVICE, RATES, AudioFile
from radio_archive.errors import NotAudioError


def best_stream(source: AudioFile, container: InputContainer) -> AudioStream:
    """Return the audio stream to use. Raises NotAudioError if there is none that can be decoded."""
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream) or stream.codec_context is None:
        problem = (
            "this is a video without sound" if has_pictures(container) else "there is no sound of a known kind in it"
        )
    elif stream.sample_rate and stream.sample_rate not in RATES:
        problem = f"its header claims a sample rate of {stream.sample_rate} Hz"
    else:
        return stream
    raise NotAudioError(source.path, problem, EXPORT_ADVICE)


def has_pictures(container: InputContainer) -> bool:
    """Whether it has moving pictures; to libav, cover art is a video stream too."""
    return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)
