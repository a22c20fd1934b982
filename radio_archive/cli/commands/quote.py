"""`quote`: a passage of a clip with its citation, and the proof of a quotation."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import print_document, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.errors import UsageError

if TYPE_CHECKING:
    from radio_archive.archive.clips.proof import Proof

app = commands()


@app.command(cls=taking(ARCHIVE, ("json",)))
def quote(
    call: Call,
    clip: Annotated[str | None, typer.Argument(help="A clip, by name or its beginning.", show_default=False)] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Where the passage begins: 65.2, or 1:05.2.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Where it ends.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Also write its sound to this audio file.")
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option(
            "--verify",
            metavar="FILE",
            help="Prove the quotation in this file, as it was printed; - for standard input.",
        ),
    ] = None,
) -> None:
    """Quote a passage of a clip with its citation, or prove a quotation years later.

    With --verify, the recording is read again and compared with its SHA-256, and the words are looked for in the
    clip's transcripts, which have digests, too: in the text as it is now, as it was heard, and as it was before a
    correction was taken back. It says what has changed since: the text, the citation, or a span that was redacted.
    The printed text and its citation are enough; what --json prints names the digests as well.

    Exit code 1 if the quotation cannot be proven.

    Examples:

      radio-archive quote k3x9 --from 0:05 --to 0:12 --json > quote.json

      radio-archive quote --verify quote.json
    """
    if verify is not None:
        if clip or start or end or output:
            raise UsageError("--verify takes all from its file", "Leave out the rest.")
        _verify(call, verify)
        return
    if clip is None or start is None or end is None:
        raise UsageError("a quotation has a clip, a start and an end", "Give CLIP, --from and --to, or --verify FILE.")
    from radio_archive.archive.clips import quotes
    from radio_archive.archive.clips.read import find_uid
    from radio_archive.cli.display.quote import tell
    from radio_archive.text.times import seconds_of

    with call.open(read_only=True) as opened:
        spoken = quotes.said(opened, find_uid(opened, clip), seconds_of(start), seconds_of(end))
        tell(opened, spoken, output, as_json=bool(call.form))


def _verify(call: Call, name: str) -> None:
    from radio_archive.archive.clips import read
    from radio_archive.archive.clips.proof import prove
    from radio_archive.formats.citation import LONGEST, citation_of, read_citation
    from radio_archive.formats.files import read_bytes

    with call.open(read_only=True) as opened:
        content = sys.stdin.buffer.read(LONGEST) if name == "-" else read_bytes(Path(name), LONGEST)
        cited = read_citation(content.decode("utf-8", "replace"))
        if cited is None:
            raise UsageError(
                f"{'standard input' if name == '-' else name} has no quotation",
                "It has to be as `quote` prints it: “…” — …, 0:41–0:49 (clip k3x9abcd); or its JSON.",
            )
        proof = prove(
            opened, cited.clip, cited.start, cited.end, cited.said,
            recording=cited.recording, transcript=cited.transcript,
        )  # fmt: skip
        line = citation_of(read.clip(opened, proof.clip), cited.start, cited.end)
    is_same = not cited.line or cited.line == line
    changed = [*proof.changed, *([] if is_same else [f"it is cited now as: {line}"])]
    if call.form:
        print_document({**asdict(proof), "changed": changed, "holds": proof.holds}, call.form)
    else:
        _tell(proof, changed)
    if not proof.holds:
        raise typer.Exit(1)


def _tell(proof: "Proof", changed: Sequence[str]) -> None:
    say(f"Proven: it is in {proof.found}, of clip {proof.clip}." if proof.holds else "Not proven.")
    if not proof.found:
        say(f"These words are in no transcript of clip {proof.clip} at that time.")
    for fault in proof.faults:
        say(f"Fault: {fault}.")
    if not proof.faults:
        say(f"The recording is as it was archived: SHA-256 {proof.recording}.")
    for line in changed:
        say(f"Since then: {line.removesuffix('.')}.")
    if proof.now:
        say(f"The passage says now: “{proof.now}”")
