"""What the measurements were taken on."""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and the versions of what does the work on it."""

    processor: str
    cores: int
    gpu: str | None
    python: str
    versions: dict[str, str]

    @property
    def slug(self) -> str:
        """Return a name for files."""
        name = f"{self.gpu or self.processor} {self.cores} cores"
        return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def this_machine(device: str) -> Machine:
    """Describe this machine; its GPU is named only where it does the work."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        gpu=_gpu() if device == "cuda" else None,
        python=platform.python_version(),
        versions={name: version(name) for name in ("ctranslate2", "faster-whisper", "numpy", "av")},
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        found = re.search(r"model name\s*:\s*(.+)", described.read_text(encoding="utf-8"))
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def _gpu() -> str:
    program = shutil.which("nvidia-smi")
    if not program:
        return "a CUDA device"
    asked = [program, "--query-gpu=name", "--format=csv,noheader"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return lines[0].strip() if lines else "a CUDA device"
