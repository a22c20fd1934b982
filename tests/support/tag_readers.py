"""What the tags of one file say, as an ingest reads them: the file is opened, and its tags are parsed once."""

from pathlib import Path

from radio_archive.audio.container import open_audio
from radio_archive.metadata import gather
from radio_archive.metadata.tags import chapters, cover
from radio_archive.metadata.tags.read import read_tags as read_file_tags
from radio_archive.models import Chapter, Claim, Cover

NAMING = gather.Naming()


def read_tags(path: Path, naming: gather.Naming = NAMING, language: str | None = None) -> list[Claim]:
    """The claims; they are the same whether or not pictures are read along with them."""
    claims = gather.tag_claims(gather.tags_of(path), path.name, naming, language)
    if path.is_file() and path.stat().st_size:
        with open_audio(path) as source:
            assert gather.tag_claims(read_file_tags(source, pictures=True), path.name, naming, language) == claims
    return claims


def read_chapters(path: Path) -> tuple[Chapter, ...]:
    with open_audio(path) as source:
        return chapters.read_chapters(source, read_file_tags(source, pictures=True))


def read_cover(path: Path) -> Cover | None:
    with open_audio(path) as source:
        return cover.read_cover(source, read_file_tags(source, pictures=True))
