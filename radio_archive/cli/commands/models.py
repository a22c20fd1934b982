"""`models list` and `models download`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radio_archive.cli.display.output import complain, print_rows, print_table, say
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.errors import ConfigError, NoArchiveError

if TYPE_CHECKING:
    from radio_archive.config.settings import EngineOptions

app = commands("List the models, and download them.")


VERIFIED = {True: "yes", False: "no", None: "not verifiable"}


@app.command("list", cls=taking(ARCHIVE, FORMS))
def list_models(call: Call) -> None:
    """List the models that you can use: which are on this machine, from where, and whether their weights are intact.

    Weights are compared with the published digest, or with the one that the Hugging Face Hub had when they were
    downloaded. They are read once, and then again only if they change. Where neither digest is known, they are not
    verifiable. Models of an endpoint are on its server; the settings of the archive say where that is.

    Example:

      radio-archive models list
    """
    rows = [_configured(row, _engine_options(call)) for row in _rows()]
    if call.form:
        print_rows(rows, call.form)
        return
    print_table(
        {
            "model": "left",
            "engine": "left",
            "size": "right",
            "here": "left",
            "verified": "left",
            "from": "left",
            "note": "left",
        },
        (
            [
                str(row["model"]),
                str(row["engine"] or ""),
                f"{row['megabytes']} MB" if row["megabytes"] else "",
                "yes" if row["on_this_machine"] else "no",
                VERIFIED[row["verified"]] if row["on_this_machine"] else "",
                str(row["origin"] or ""),
                str(row["note"]),
            ]
            for row in rows
        ),
    )


def _engine_options(call: Call) -> "EngineOptions | None":
    """Return the settings of the archive's engine; None without an archive, or with settings that cannot be read."""
    from radio_archive.archive.archive import SETTINGS
    from radio_archive.config.reader import read_settings

    try:
        return read_settings(call.folder / SETTINGS).engine
    except (NoArchiveError, ConfigError):
        return None


def _configured(row: dict[str, Any], options: "EngineOptions | None") -> dict[str, Any]:
    """Return a row that names the endpoint in the settings, if it is about endpoints and there is one."""
    from radio_archive.config.settings import ENDPOINT

    if options is None or not options.url or row["engine"] != ENDPOINT.removesuffix(":"):
        return row
    model = options.model if options.model.startswith(ENDPOINT) else row["model"]
    return {**row, "model": model, "origin": options.url, "note": "on that server"}


def _rows() -> Iterator[dict[str, Any]]:
    from radio_archive.speech import hub, sentence_weights
    from radio_archive.speech.catalog import SENTENCES
    from radio_archive.speech.engines import engines

    for engine in engines().values():
        for model in engine.value.listed():
            row = asdict(model)
            yield {"model": row.pop("model"), "engine": engine.value.name, **row}
    found = sentence_weights.present()
    yield {
        "model": SENTENCES.name,
        "engine": None,
        "megabytes": SENTENCES.megabytes,
        "on_this_machine": found is not None,
        "verified": sentence_weights.is_verified(found) if found else None,
        "origin": found.origin if found else "half downloaded" if hub.is_incomplete(SENTENCES) else None,
        "note": SENTENCES.note,
    }


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="A name from `radio-archive models list`.", show_default=False)],
) -> None:
    """Download a model's weights from the Hugging Face Hub, to use them without a network later.

    Every byte on this machine is verified, and what is damaged is downloaded again. For a machine without a network,
    copy the printed folder there and pass it to --model.

    Example:

      radio-archive models download small
    """
    from radio_archive.speech import sentence_weights, weights
    from radio_archive.speech.catalog import SENTENCES

    if name == SENTENCES.name:
        place, known = sentence_weights.fetch().place, True
    else:
        found = weights.fetch(name)
        name, place, known = found.name, found.folder, bool(found.sha256)
    complain(f"{name} is on this machine{', and its weights are intact' if known else ''}:")
    say(str(place))
