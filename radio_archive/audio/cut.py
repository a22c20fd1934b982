"""A passage cut out of an audio file, its bytes as they are: nothing is decoded, nothing gets worse.

Cheap enough for a public server, and as exact as the format's packets. `audio.cut` decodes, is exact to the sample, and
writes any format.
"""

import io
from pathlib import Path

import av

from radio_archive.audio.container import FOREIGN, best_stream, open_container, opened, read_header
from radio_archive.errors import NotAudioError

# By the suffix of what a file really is: libav's name of the format to write, and the suffix and media type of that.
_WRITTEN = {
    ".mp3": ("mp3", ".mp3", "audio/mpeg"),
    ".wav": ("wav", ".wav", "audio/wav"),
    ".flac": ("flac", ".flac", "audio/flac"),
    ".aac": ("adts", ".aac", "audio/aac"),
    ".aiff": ("aiff", ".aiff", "audio/aiff"),
    ".ogg": ("ogg", ".ogg", "audio/ogg"),
    ".opus": ("ogg", ".opus", "audio/ogg"),
    ".m4a": ("ipod", ".m4a", "audio/mp4"),
    ".m4b": ("ipod", ".m4a", "audio/mp4"),
    ".mp4": ("ipod", ".m4a", "audio/mp4"),
    ".webm": ("webm", ".webm", "audio/webm"),
}
_MARGIN = 1.0
"""Seconds before a passage at which reading begins: where an index is missing, seeking is a guess."""


def cut(path: Path, start: float, end: float) -> tuple[bytes, str, str]:
    """Return the passage from `start` to `end`, in seconds, as the bytes of a file, with its suffix and media type.

    It begins and ends where the format's packets do, some hundredths of a second around. It is held in memory.
    Raises NotAudioError for a format of which no part can be cut, and for a passage without sound.
    """
    with opened(path) as source, open_container(source) as container:
        stream = best_stream(source, container)
        suffix = read_header(source, container, stream).suffix
        written = _WRITTEN.get(suffix)
        if written is None or stream.time_base is None:
            raise NotAudioError(path, f"no passage can be cut from a {suffix} file", "Cut it in an audio editor.")
        file = io.BytesIO()
        taken = 0
        try:
            container.seek(int(max(0.0, start - _MARGIN) / stream.time_base), stream=stream)
            with av.open(file, "w", format=written[0]) as output:
                target = output.add_stream_from_template(stream)
                origin = None
                for packet in container.demux(stream):
                    if packet.pts is None or packet.dts is None or packet.size == 0:
                        continue
                    begins = float(packet.pts * stream.time_base)
                    if begins >= end:
                        break
                    if begins + float((packet.duration or 0) * stream.time_base) <= start:
                        continue
                    origin = packet.dts if origin is None else origin
                    packet.pts -= origin
                    packet.dts -= origin
                    packet.stream = target
                    output.mux(packet)
                    taken += 1
        except FOREIGN as error:
            raise NotAudioError(path, "the passage could not be cut", "Cut it in an audio editor.") from error
    if not taken:
        raise NotAudioError(path, "there is no sound at that place", "The recording ends before it.")
    return file.getvalue(), written[1], written[2]
