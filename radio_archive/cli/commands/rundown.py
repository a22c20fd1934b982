"""`rundown`: a clip sheet for the control room."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, count, print_csv, print_rows, print_table, say, span
from radio_archive.cli.options import ARCHIVE, FILTERS, FORMS, Call, commands, iso_date, taking
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radio_archive.archive.clips.rundown import RundownLine

COLUMNS = {
    "clip": "left", "date": "left", "title": "left", "reporter": "left", "TRT": "right", "in-cue": "left",
    "out-cue": "left", "LUFS": "right", "dBTP": "right", "audio": "left", "check": "left",
}  # fmt: skip


app = commands()


@app.command(cls=taking(FILTERS, ARCHIVE, FORMS))
def rundown(
    call: Call,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DATE", callback=iso_date, help="Aired on this date (YYYY-MM-DD).")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Print an HTML page, ready for a printer.")] = False,
) -> None:
    """Print a clip sheet: running time, first and last words, loudness and format of each clip, by air date.

    Loudness is checked against the show's target, ± 2 LU. Shows without a target get -24 LUFS.

    Examples:

      radio-archive rundown --show "Asia Minute" --date 2024-10-22

      radio-archive rundown --since 2024-10-01 --html > october.html
    """
    from radio_archive.archive.clips.rundown import rundown as lines_of
    from radio_archive.formats.table import as_html

    call.one_form({"--csv": csv, "--html": html})
    filters = replace(call.filters, since=date, until=date) if date else call.filters
    with call.open(read_only=True) as opened:
        lines = lines_of(opened, filters)
        if call.form:
            print_rows(map(_as_row, lines), call.form)
        elif csv:
            print_csv(list(COLUMNS), map(_cells, lines))
        elif html:
            aired = date or "–".join(filter(None, (filters.since, filters.until)))
            title = " ".join(filter(None, ("Rundown", filters.show, aired)))
            say(as_html(title, list(COLUMNS), map(_cells, lines)).rstrip("\n"))
        else:
            _print(lines)


def _print(lines: "Iterable[RundownLine]") -> None:
    clips, seconds = 0, 0.0

    def rows() -> "Iterator[list[str]]":
        nonlocal clips, seconds
        for line in lines:
            clips, seconds = clips + 1, seconds + line.clip.duration
            yield _cells(line)

    print_table(COLUMNS, rows())
    if clips:
        complain(f"{count(clips, 'clip')}, {span(seconds)}.")
    else:
        complain("No clip matches. `radio-archive list` shows all of them.")


def _as_row(line: "RundownLine") -> dict[str, object]:
    clip, recording = line.clip, line.clip.recording
    return {
        "clip": clip.uid,
        "date": clip.date,
        "show": clip.show,
        "title": clip.title,
        "reporter": clip.reporter,
        "trt": clip.duration,
        "in_cue": line.in_cue,
        "out_cue": line.out_cue,
        "loudness": recording.loudness,
        "true_peak": recording.true_peak,
        "target": line.target,
        "sample_rate": recording.sample_rate,
        "bit_rate": recording.bit_rate,
        "channels": recording.channels,
        "rights": clip.rights,
        "review": clip.review,
    }


def _cells(line: "RundownLine") -> list[str]:
    clip, recording = line.clip, line.clip.recording
    audio = f"{recording.sample_rate / 1000:g} kHz, {recording.channels} ch"
    if recording.bit_rate:
        audio += f", {recording.bit_rate / 1000:.0f} kb/s"
    return [
        clip.uid,
        clip.date or "",
        clip.title,
        clip.reporter or "",
        clock(round(clip.duration)),
        line.in_cue,
        line.out_cue,
        "" if recording.loudness is None else f"{recording.loudness:.1f}",
        "" if recording.true_peak is None else f"{recording.true_peak:.1f}",
        audio,
        _check(line),
    ]


def _check(line: "RundownLine") -> str:
    """Return what to check before the clip is aired again."""
    found = []
    loudness = line.clip.recording.loudness
    if line.is_loud_enough is False and loudness is not None:
        away = loudness - line.target
        found.append(f"{abs(away):.1f} LU {'above' if away > 0 else 'below'} {line.target:g} LUFS")
    if line.clip.review != "approved":
        found.append("transcript not checked by a person")
    return "; ".join(found)
