"""What is read of a file before the pipeline needs the database: its digest, its sound, and what it says of itself."""

from collections.abc import Container
from dataclasses import dataclass, replace

from radio_archive.archive.known_files import FileState
from radio_archive.audio.container import open_audio
from radio_archive.audio.examine import Examined, examine_open
from radio_archive.metadata import gather, sources
from radio_archive.metadata.sources import Material
from radio_archive.metadata.tags.chapters import read_chapters
from radio_archive.metadata.tags.cover import read_cover
from radio_archive.metadata.tags.read import read_tags
from radio_archive.models import Claim, Cover
from radio_archive.pipeline.importing import files_of
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file, its name and its sidecars say."""

    material: Material
    claims: tuple[Claim, ...] = ()
    cover: Cover | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a thread read from a file, without the database; `examined` is None if the file is archived already."""

    sha256: str
    state: FileState
    examined: Examined | None
    metadata: Metadata


def read_file(source: InputFile, request: Request, known: Container[str]) -> ReadFile:
    """Return what a file holds; of one whose digest is `known`, only that. Raises AudioError."""
    path, nothing = source.path, Metadata(Material(source.path.name))
    with open_audio(path, source.root) as file:
        sha256, state = file.sha256(), FileState.of(file.status)
        if sha256 in known:
            return ReadFile(sha256, state, None, nothing)
        if source.clip:
            # An archived clip only gets a new transcript.
            return ReadFile(sha256, state, examine_open(file, sha256, metered=False), nothing)
        tags = read_tags(file, pictures=True)
        chapters, cover = read_chapters(file, tags), read_cover(file, tags)
        examined = examine_open(file, sha256)
    sidecars, problems = files_of(source)
    said = gather.parse_sidecars(sidecars, request.naming.zone)
    said = replace(said, problems=(*problems, *said.problems))
    recording = replace(examined.recording, chapters=chapters or said.chapters)
    material = Material(
        path.name,
        path.absolute(),
        recording.duration,
        source.folders,
        sidecars,
        tuple(replace(tag, pictures=()) for tag in tags),
        claims=request.claims,
        story=said.story,
        said=said,
        naming=request.naming,
        folder_hint=source.folder_hint,
        recurring=source.recurring,
    )
    metadata = Metadata(material, (*request.claims, *sources.read(material)), cover)
    return ReadFile(sha256, state, replace(examined, recording=recording), metadata)
