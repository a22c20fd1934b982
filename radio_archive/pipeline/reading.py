"""What is read of a file before the pipeline needs the database: its digest, its sound, and what it says of itself."""

from collections.abc import Container
from dataclasses import dataclass, field, replace

from radio_archive.archive.known_files import FileState
from radio_archive.audio.container import open_audio
from radio_archive.audio.examine import Examined, examine_open
from radio_archive.metadata import gather
from radio_archive.metadata.gather import SidecarContents
from radio_archive.metadata.tags.chapters import read_chapters
from radio_archive.metadata.tags.cover import read_cover
from radio_archive.metadata.tags.legacy import has_undeclared
from radio_archive.metadata.tags.raw import AudioTag
from radio_archive.metadata.tags.read import read_tags
from radio_archive.models import Claim, Cover
from radio_archive.pipeline.importing import files_of
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file, its name and its sidecars say."""

    claims: tuple[Claim, ...] = ()
    sidecars: SidecarContents = field(default_factory=SidecarContents)
    cover: Cover | None = None
    sidecar_files: tuple[tuple[str, bytes], ...] = ()
    undeclared: tuple[AudioTag, ...] = ()
    """All tags, if some are of no declared encoding: the spoken language may tell it."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a thread read from a file, without the database; `examined` is None if the file is archived already."""

    sha256: str
    state: FileState
    examined: Examined | None
    metadata: Metadata


def read_file(source: InputFile, request: Request, known: Container[str]) -> ReadFile:
    """Return what a file holds; of one whose digest is `known`, only that. Raises AudioError."""
    path = source.path
    with open_audio(path, source.root) as file:
        sha256, state = file.sha256(), FileState.of(file.status)
        if sha256 in known:
            return ReadFile(sha256, state, None, Metadata())
        if source.clip:
            # An archived clip only gets a new transcript.
            return ReadFile(sha256, state, examine_open(file, sha256, metered=False), Metadata())
        tags = read_tags(file, pictures=True)
        chapters, cover = read_chapters(file, tags), read_cover(file, tags)
        examined = examine_open(file, sha256)
    sidecars, problems = files_of(source)
    said = gather.parse_sidecars(sidecars, request.naming.zone)
    said = replace(said, problems=(*problems, *said.problems))
    named = gather.claims_from_name(path, source.folders, source.folder_hint, request.naming, source.recurring)
    claims = (*request.claims, *gather.tag_claims(tags, path.name, request.naming, None), *named, *said.claims)
    recording = replace(examined.recording, chapters=chapters or said.chapters)
    undeclared = tuple(replace(tag, pictures=()) for tag in tags) if any(map(has_undeclared, tags)) else ()
    metadata = Metadata(claims, said, cover, sidecars, undeclared)
    return ReadFile(sha256, state, replace(examined, recording=recording), metadata)
