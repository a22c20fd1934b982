"""Read the files beside a recording, and say what is wrong with them. They are kept whatever is in them."""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from radio_archive.formats.captions import examine_captions, examine_script
from radio_archive.metadata.gather import SidecarContents, parse_sidecars
from radio_archive.models import Transcript


@dataclass(frozen=True, slots=True)
class ReadSidecars:
    """What sidecars hold: their claims and story, their transcripts, and one line for each problem."""

    contents: SidecarContents
    transcripts: tuple[Transcript, ...] = ()
    problems: tuple[str, ...] = ()


def read(sidecars: Sequence[tuple[str, bytes]], duration: float, zone: tzinfo | None = None) -> ReadSidecars:
    """Return what the sidecars, as (name, content), of a recording of `duration` seconds hold."""
    return with_transcripts(parse_sidecars(sidecars, zone), duration)


def with_transcripts(contents: SidecarContents, duration: float, imported: Container[str] = ()) -> ReadSidecars:
    """Return the contents of sidecars with their transcripts read, and checked against the recording.

    `imported` are the digests of files that a person brought, and that did not come with the recording.
    """
    origin = "feed" if contents.from_feed else "import"
    problems = [*contents.problems]
    transcripts = []
    every = [
        (name, examine_captions(text, origin=origin, name=name, duration=duration)) for name, text in contents.captions
    ]
    every += [
        (name, examine_script(text, origin=origin, name=name, duration=duration)) for name, text in contents.scripts
    ]
    given = dict([*contents.captions, *contents.scripts])
    for name, found in every:
        if found.transcript:
            digest = hashlib.sha256(given[name]).hexdigest()
            told = {"sha256": digest, "imported": True} if digest in imported else {"sha256": digest}
            transcripts.append(replace(found.transcript, options={**found.transcript.options, **told}))
        problems += [f"{name}: {problem}" for problem in found.problems]
    return ReadSidecars(contents, tuple(transcripts), tuple(problems))
