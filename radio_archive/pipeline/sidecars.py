"""Read the files beside a recording, and say what is wrong with them. They are kept whatever is in them."""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from radio_archive.formats.captions import examine_captions, examine_script
from radio_archive.metadata.gather import SidecarContents, parse_sidecars
from radio_archive.models import Transcript
from radio_archive.text.fitting import Times


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
    return ReadSidecars(contents, _different(transcripts), tuple(problems))


def _different(transcripts: Sequence[Transcript]) -> tuple[Transcript, ...]:
    """Return transcripts without those whose text is another one's, which has better times or says more of itself.

    Programs write the same text in several formats at once.
    """
    best: dict[str, Transcript] = {}
    for one in transcripts:
        known = best.get(one.text)
        if known is None or worth(one) > worth(known):
            best[one.text] = one
    return tuple(one for one in transcripts if one is best[one.text])


def worth(one: Transcript) -> tuple[int, bool, int]:
    """Return what makes one transcript better than another: its times, its speakers, and what its file says of it."""
    ranks = [str(Times.NONE), str(Times.LINES), str(Times.WORDS)]
    return ranks.index(str(one.options["times"])), any(word.speaker for word in one.words), len(one.options)
