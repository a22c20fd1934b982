"""`config`: check radio-archive.toml, and choose the default archive."""

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radio_archive.cli.display.output import complain, print_json, say
from radio_archive.cli.options import ARCHIVE, Call, commands, taking
from radio_archive.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

app = commands("The settings in radio-archive.toml, and the default archive.")


@app.command(cls=taking(("json",)))
def default(
    call: Call,
    folder: Annotated[
        Path | None,
        typer.Argument(help="The archive's folder. Without it, the default is printed.", show_default=False),
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Have no default.")] = False,
) -> None:
    """Choose the archive that commands use outside of any archive. It is kept in radio-archive/config.toml in
    $XDG_CONFIG_HOME, by default ~/.config.

    --archive and the environment variable RADIO_ARCHIVE have priority, and so has an archive in the current folder or
    above it. Exit code 1 if there is no default.

    Examples:

      radio-archive config default /srv/radio

      radio-archive config default --forget
    """
    from radio_archive.archive.archive import Archive
    from radio_archive.config.environment import default_archive, set_default_archive

    if folder and forget:
        raise UsageError("a folder and --forget cannot be used together", "Choose one.")
    if folder:
        Archive(folder.absolute(), read_only=True).close()
    if folder or forget:
        set_default_archive(folder.absolute() if folder else None)
    chosen = default_archive()
    if call.form:
        print_json({"archive": str(chosen) if chosen else None})
    else:
        say(str(chosen or "There is no default archive."))
    if not chosen and not forget:
        raise typer.Exit(1)


@app.command(cls=taking(ARCHIVE, ("json",)))
def check(call: Call) -> None:
    """Check radio-archive.toml. Prints the line and key of each mistake and how to correct it, with exit code 1.

    Also checks the environment variables that replace settings of [engine] and [cluster].

    Example:

      radio-archive config check
    """
    from radio_archive.archive.archive import SETTINGS
    from radio_archive.config.environment import with_environment
    from radio_archive.config.reader import SECTIONS, check_settings, located
    from radio_archive.formats.picture import read_picture
    from radio_archive.metadata.filename.patterns import compile_patterns
    from radio_archive.watch.hook import require_known
    from radio_archive.watch.webhook import secret_key

    path = call.folder / SETTINGS
    settings, faults = check_settings(path)
    more: tuple[tuple[str, str, Callable[[], object]], ...] = (
        ("filename", "patterns", lambda: compile_patterns(settings.filename.patterns)),
        ("watch", "command", lambda: require_known(settings.watch.command)),
        ("watch", "webhook", lambda: secret_key(settings.watch.webhook)),
    )
    for section, key, require in more:
        try:
            with located(path, section, key):
                require()
        except ConfigError as error:
            faults.append(error)
    for keys, image in settings.podcasts.files():
        try:
            with located(path, *keys, "image"):
                unfit = read_picture(call.folder, image).problem
        except ConfigError as error:
            faults.append(error)
        else:
            if unfit:
                complain(f"warning: podcast directories do not take {'.'.join(keys)}.image, {image!r}: {unfit}.")
    try:
        engine, cluster = with_environment(settings.engine), with_environment(settings.cluster)
        settings = replace(settings, engine=engine, cluster=cluster)
    except ConfigError as error:
        faults.append(error)
    for fault in faults:
        complain(str(fault))
    if faults:
        raise typer.Exit(1)
    changed: dict[str, object] = {
        f"{name}.{field.name}": value
        for name in SECTIONS
        for field in fields(getattr(settings, name))
        if (value := getattr(getattr(settings, name), field.name)) != field.default
    }
    for show, hints in settings.shows.items():
        for field in fields(hints):
            if getattr(hints, field.name) != field.default:
                changed[f"shows.{show}.{field.name}"] = getattr(hints, field.name)
        own = settings.show_podcasts.get(show)
        for field in fields(own) if own else ():
            if getattr(own, field.name) != getattr(settings.podcast, field.name):
                changed[f"shows.{show}.{field.name}"] = getattr(own, field.name)
    if settings.site.url and (missing := settings.podcasts.missing(settings.site.contact)):
        complain(f"warning: podcast directories also want to know {' and '.join(missing)}, under [podcast].")
    if call.form:
        print_json(changed)
        return
    say(f"{path} is fine.")
    for key, value in changed.items():
        say(f"  {key} = {list(value) if isinstance(value, tuple) else value!r}")
    if not changed:
        say("  All settings have their default values.")
