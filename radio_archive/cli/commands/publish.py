"""`publish`: the archive for the web."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import complain, count, print_document, printable, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.public.copy import CopySummary

app = commands(
    "Put the archive on the web: a copy of its public part.\n\n"
    "The copy has no private clips, no private shows and no clips under an embargo. It also has no notes, sidecars, "
    "paths or watch folder's queue. If you publish again, the new copy replaces the old one.\n\n"
    "Example:\n\n  radio-archive publish static ~/site",
)

FolderArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", help="A new or empty folder, or the folder of an earlier publication.", show_default=False
    ),
]
ShowsOption = Annotated[
    list[str] | None, typer.Option("--show", help="Only this show, in any spelling.", show_default=False)
]
WithoutAudioOption = Annotated[bool, typer.Option("--without-audio", help="Publish only text, no audio.")]
GzipOption = Annotated[
    bool,
    typer.Option("--gzip", help="Also write FILE.gz beside each text file, for web servers that send those."),
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="ADDRESS",
        help="The site's web address: https://archive.example.org/. Podcast feeds, the sitemap and previews need it. "
        "Default: the address in the settings.",
    ),
]


@app.command(cls=taking(ARCHIVE, FORMS))
def static(
    call: Call,
    folder: FolderArgument,
    show: ShowsOption = None,
    without_audio: WithoutAudioOption = False,
    url: UrlOption = None,
    gzip: GzipOption = False,
) -> None:
    """Write the archive as a static site. Any web host can serve it, and a browser can open it from a disk.

    The search runs in the browser. It is made for up to 50,000 segments, about 2,500 clips of 90 seconds. For a larger
    archive, use `publish bundle`. If you publish again, files that have not changed keep their time.

    Examples:

      radio-archive publish static ~/site --url https://archive.example.org/

      radio-archive publish static site --show "Asia Minute" --without-audio
    """
    from dataclasses import replace

    from radio_archive.config.reader import site_url
    from radio_archive.publish import static as publication

    with call.open(read_only=True) as opened, bars() as bar:
        settings = call.settings(opened)
        options = settings.site
        if url is not None:
            options = replace(options, url=site_url(url))
        site = publication.publish(
            opened,
            folder,
            options,
            podcasts=settings.podcasts,
            shows=_shows(opened, show),
            audio=not without_audio,
            gzipped=gzip,
            copying_media=bar("audio"),
            writing=bar("pages"),
        )
    for link in site.dead:
        complain(f"warning: broken link: {link}")
    if site.copied.segments > publication.SEARCHABLE:
        complain(
            f"warning: {count(site.copied.segments, 'segment')}: the search is made for {publication.SEARCHABLE:,}. "
            "For more, use `radio-archive publish bundle`."
        )
    _summary(site.copied, without_audio)
    if call.form:
        print_document({**_numbers(site.copied), "files": site.files, "broken_links": site.dead}, call.form)
    else:
        say(f"{count(site.copied.clips, 'clip')} published.")
        say(f"Open {printable(folder / 'index.html')}, or put the folder on a web host: {count(site.files, 'file')}.")
    if not options.url:
        complain("Without --url there are no podcast feeds, no sitemap and no previews.")


@app.command(cls=taking(ARCHIVE, FORMS))
def bundle(
    call: Call,
    folder: FolderArgument,
    show: ShowsOption = None,
    without_audio: WithoutAudioOption = False,
) -> None:
    """Write everything that a host needs to serve the archive.

    These are the database, the audio, the settings, a start script and a Containerfile.

    Example:

      radio-archive publish bundle ~/bundle
    """
    from radio_archive.publish import bundle as publication

    with call.open(read_only=True) as opened, bars() as bar:
        settings = call.settings(opened)
        copied = publication.publish(
            opened,
            folder,
            settings.site,
            podcasts=settings.podcasts,
            shows=_shows(opened, show),
            audio=not without_audio,
            copying_media=bar("audio"),
            copying_rows=bar("tables"),
        )
    _summary(copied, without_audio)
    if call.form:
        print_document(_numbers(copied), call.form)
    else:
        say(f"{count(copied.clips, 'clip')} published.")
        say(f"Start it with: sh {printable(folder / 'serve.sh')}")


def _shows(archive: "Archive", names: list[str] | None) -> list[str]:
    from radio_archive.archive.names import roster

    return [roster.find(archive, "show", name).uid for name in names or ()]


def _numbers(copied: "CopySummary") -> dict[str, object]:
    return {
        "clips": copied.clips,
        "left_out": copied.left_out,
        "with_audio": len(copied.media),
        "unreviewed": copied.unreviewed,
    }


def _summary(copied: "CopySummary", without_audio: bool) -> None:
    silent = copied.clips - len(copied.media)
    if copied.left_out:
        complain(f"{count(copied.left_out, 'clip')} left out: private, under an embargo, or of other shows.")
    if silent > 0 and not without_audio:
        complain(f"{count(silent, 'clip')} without audio: the same recording contains a hidden clip.")
    if copied.unreviewed:
        complain(f"{count(copied.unreviewed, 'transcript')} not checked by a person; the pages say so.")
