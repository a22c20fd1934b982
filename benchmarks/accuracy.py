"""How many words are heard wrong, lost and invented, and what it costs, against faster-whisper.

    python benchmarks/accuracy.py --models base=FOLDER,tiny.en=FOLDER --shared FOLDER

What faster-whisper heard is kept in `--cache`, so that later runs measure radio_archive alone. The row of a model goes
to results/accuracy-MACHINE.json when all its clips were heard.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import accuracy_report
from accuracy_bars import bars, shown
from accuracy_clips import PARTS, ROOT, Clip, find_clips
from accuracy_hear import Heard, Reference, hear_ours, load_ours, read_heard, say
from accuracy_rows import GROUPS, group_of, row, scores
from accuracy_scoring import score
from machine import this_machine

RESULTS = Path(__file__).parent / "results"
CACHE = Path(__file__).parent / ".accuracy"


def main() -> None:
    """Measure the models that are named, and write and print what came out."""
    options = _options()
    clips = _chosen(find_clips(options.shared, options.cache / "clips"), options)
    for name, folder in options.models.items():
        understood = [clip for clip in clips if clip.language in {"", "en"} or not name.endswith(".en")]
        heard, costs = _hear(folder, understood, options)
        if options.keep:
            document = {"model": name, "costs": costs, "heard": {who: _plain(one) for who, one in heard.items()}}
            options.keep.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        scored = scores(understood, heard)
        measured = row(name, understood, heard, scored, costs)
        print(accuracy_report.shown([measured]))
        if options.bars:
            before = json.loads(options.bars.read_text(encoding="utf-8"))
            print(shown(list(bars(understood, heard, scored, costs, before))))
        if output := options.output or _default_output(options):
            _write(output, measured)


def _hear(
    folder: Path, clips: Sequence[Clip], options: argparse.Namespace
) -> tuple[dict[str, dict[str, Heard]], dict[str, Any]]:
    """Return what each contender heard in each clip, and what (c) cost for all clips and for each group of them."""
    reference = Reference(folder, _digest(folder / "model.bin"), options.cache / "heard")
    heard = {}
    for who in "ab":
        ways = {"known": who not in options.fresh, "new": who in options.contenders}
        timed = reference.time_words(who, clips, **ways)
        heard[who] = {
            name: replace(one, words=timed[name].words) if name in timed else one
            for name, one in reference.hear(who, clips, **ways).items()
        }
    missing = [clip.name for clip in clips if clip.name not in heard["a"]]
    assert not missing, f"(a) has not heard {', '.join(missing)}: add it to --contenders"
    if options.read:
        kept = json.loads(options.read.read_text(encoding="utf-8"))
        return {**heard, "c": {name: read_heard(one) for name, one in kept["heard"]["c"].items()}}, kept["costs"]
    if "c" not in options.contenders:
        return heard, {}
    engine = load_ours(folder)
    hear_ours(engine, [min(clips, key=lambda clip: (not clip.reference, clip.seconds))], "warm-up")
    heard["c"], work = hear_ours(engine, clips, "all")
    costs = {"all": asdict(work)}
    groups = {clip.name: group_of(clip, score(clip, heard["a"][clip.name])) for clip in clips}
    for group in GROUPS if options.groups else ():
        if some := [clip for clip in clips if groups[clip.name] == group]:
            again, work = hear_ours(engine, some, group)
            costs[group] = asdict(work)
            for clip in some:
                if again[clip.name].text != heard["c"][clip.name].text:
                    say(f"{clip.name} reads otherwise among other clips")
    return heard, costs


def _chosen(clips: Sequence[Clip], options: argparse.Namespace) -> list[Clip]:
    return [clip for clip in clips if clip.part in options.parts and fnmatch(clip.name, options.clips)]


def _plain(heard: dict[str, Heard]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in heard.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _default_output(options: argparse.Namespace) -> Path | None:
    """Return where the result belongs if everything was measured."""
    whole = options.clips == "*" and set(options.parts) == set(PARTS) and set(options.contenders) == set("abc")
    return (
        RESULTS / f"accuracy-{this_machine('cpu').slug}.json" if whole and options.groups and not options.read else None
    )


def _write(output: Path, measured: dict[str, Any]) -> None:
    before = json.loads(output.read_text(encoding="utf-8")) if output.exists() else {}
    rows = [one for one in before.get("accuracy", []) if one["model"] != measured["model"]]
    document = {"machine": asdict(this_machine("cpu")), "accuracy": [*rows, measured]}
    output.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how right transcripts are, and what they cost.")
    add = parser.add_argument
    add("--models", type=_models, required=True, help="NAME=FOLDER,…: weights in CTranslate2 form")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="the folder with speech/ and names/")
    add("--contenders", type=_list, default=["a", "b", "c"], help="who hears; a and b are also read from the cache")
    add("--fresh", type=_list, default=[], help="contenders that hear again, whatever the cache has")
    add("--parts", type=_list, default=list(PARTS))
    add("--clips", default="*", help="a pattern of names")
    add("--once", dest="groups", action="store_false", help="do not hear groups of clips again for their CPU seconds")
    add("--cache", type=Path, default=CACHE)
    add("--keep", type=Path, help="a file for everything that was heard")
    add("--read", type=Path, metavar="FILE", help="take what (c) heard from a file of --keep")
    add("--bars", type=Path, metavar="BEFORE", help="compare with a file of --keep, and say which bars are missed")
    add("--output", type=Path, help="default: benchmarks/results, if everything was measured")
    return parser.parse_args()


def _models(text: str) -> dict[str, Path]:
    return {name: Path(folder) for name, _, folder in (part.partition("=") for part in text.split(","))}


def _list(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main()
