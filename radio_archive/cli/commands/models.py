"""`models list` and `models download`."""

from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, print_rows, print_table, say
from radio_archive.cli.options import FORMS, Call, commands, taking

app = commands("List the Whisper models, and download them.")


@app.command("list", cls=taking(FORMS))
def list_models(call: Call) -> None:
    """List the models that you can use, and show which are on this machine.

    Example:

      radio-archive models list
    """
    from radio_archive.speech import weights as models

    rows = [
        {
            "model": model.name,
            "megabytes": model.megabytes,
            "on_this_machine": models.cached(model.name) is not None,
            "note": model.note,
        }
        for model in models.PUBLISHED.values()
    ]
    demo = "for demonstration and tests: understands only the demo's synthetic voices"
    rows.append({"model": models.DEMO, "megabytes": 9, "on_this_machine": True, "note": demo})
    if call.form:
        print_rows(rows, call.form)
        return
    print_table(
        {"model": "left", "size": "right", "here": "left", "note": "left"},
        (
            [str(r["model"]), f"{r['megabytes']} MB", "yes" if r["on_this_machine"] else "no", str(r["note"])]
            for r in rows
        ),
    )


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="A name from `radio-archive models list`.", show_default=False)],
) -> None:
    """Download a model's weights from the Hugging Face Hub, to use them without a network later.

    For a machine without a network, copy the printed folder there and pass it to --model.

    Example:

      radio-archive models download small
    """
    from radio_archive.speech import weights as models

    weights = models.find(name)
    complain(f"{weights.name} is on this machine:")
    say(str(weights.folder))
