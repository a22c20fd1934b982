"""What plugins import: the hooks, and the values that they take and return. See docs/plugins.md.

What is named here is a promise, as what is named in `radio_archive` itself is. With another `API_VERSION`, a plugin may
no longer work; a new field or hook does not change the version.
"""

from radio_archive.archive.archive import Archive
from radio_archive.audio.decode import RATE, Chunk
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import EngineError, RadioArchiveError, TranscriptionError, UsageError
from radio_archive.formats import ExportFormat
from radio_archive.formats.cues import CaptionStyle
from radio_archive.hooks import API_VERSION, hookimpl
from radio_archive.metadata.sources import ClaimSource, Material
from radio_archive.models import Claim, Clip, Field, Gap, Segment, Transcript, Word
from radio_archive.speech.engine import (
    ClipFailure,
    ClipProgress,
    ClipResult,
    EngineReport,
    PreparedClip,
    Transcriber,
)
from radio_archive.speech.engines import EngineSpec, ListedModel

__all__ = [
    "API_VERSION",
    "RATE",
    "Archive",
    "CaptionStyle",
    "Chunk",
    "Claim",
    "ClaimSource",
    "Clip",
    "ClipFailure",
    "ClipProgress",
    "ClipResult",
    "EngineError",
    "EngineOptions",
    "EngineReport",
    "EngineSpec",
    "ExportFormat",
    "Field",
    "Gap",
    "ListedModel",
    "Material",
    "PreparedClip",
    "RadioArchiveError",
    "Segment",
    "Transcriber",
    "Transcript",
    "TranscriptionError",
    "UsageError",
    "Word",
    "hookimpl",
]
