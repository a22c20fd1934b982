"""The peak memory of radio_archive for a few and for many clips, each in a process of its own.

python benchmarks/throughput.py --memory
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import contenders
from boundary import Forced, watched
from contenders import Setup


def measure(
    model: str,
    setup: Setup,
    forced: Forced | None,
    clips: Sequence[Path],
    numbers: Sequence[int],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Return the peak for each of `numbers` clips, and the ratio of the last to the first."""
    peaks = {}
    for number in numbers:
        peaks[str(number)] = _in_a_child(setup, forced, clips[:number])
        say(f"  {model}: {number} clips, at most {peaks[str(number)]:.1f} MB")
    ratio = peaks[str(numbers[-1])] / peaks[str(numbers[0])]
    say(f"  {model}: ratio {ratio:.3f}")
    described = {"model": model, "device": setup.device, "compute_type": setup.compute_type, "guards": setup.guards}
    return {**described, "peak_megabytes": peaks, "ratio": round(ratio, 3)}


def _in_a_child(setup: Setup, forced: Forced | None, clips: Sequence[Path]) -> float:
    asked = {
        "setup": asdict(setup),
        "forced": asdict(forced) if forced else None,
        "clips": [str(clip) for clip in clips],
    }
    command = [sys.executable, __file__]
    done = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def child() -> None:
    """Read what is asked from standard input, do it, and print the peak in megabytes."""
    asked = json.loads(sys.stdin.read())
    forced = Forced(**asked["forced"]) if asked["forced"] else None
    with watched(forced):
        contenders.ours(contenders.load_ours(Setup(**asked["setup"])), [Path(clip) for clip in asked["clips"]])
    print(round(_peak() / 1e6, 1))


def _peak() -> int:
    """Return the most memory that this process had so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux getrusage also counts what the process had that started this one.
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    child()
