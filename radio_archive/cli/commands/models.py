"""`models list` and `models download`."""

from typing import Annotated

import typer

from radio_archive.cli.display.output import complain, print_rows, print_table, say
from radio_archive.cli.options import JsonlOption, JsonOption, one_format

app = typer.Typer(help="See which Whisper models there are, and fetch them.", no_args_is_help=True)


@app.command("list")
def list_models(json: JsonOption = False, jsonl: JsonlOption = False) -> None:
    """List the models that can be named, and which are on this machine.

    Example:

      radio-archive models list
    """
    from radio_archive.speech import weights as models

    one_format(json, jsonl)
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
    if json or jsonl:
        print_rows(rows, as_json=json, as_jsonl=jsonl)
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
    """Fetch a model's weights from the Hugging Face hub, so that they are there when the network is not.

    To take them to a machine without a network, copy the printed folder and give it to --model.

    Example:

      radio-archive models download small
    """
    from radio_archive.speech import weights as models

    weights = models.find(name)
    complain(f"{weights.name} is on this machine:")
    say(str(weights.folder))
