"""Paths of the demo model and the demo clips: in the installed package, or in `fixtures/` of a checkout.

The model understands only the synthetic voices of the demo clips. It serves demonstration and tests.
"""

from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "fixtures"
CLIPS = ("pacific-report_2024-10-22_undersea-cable.mp3", "20241105_HarborWatch.mp3")


def model() -> Path:
    """Return the folder of the demo model, in CTranslate2 form."""
    packaged = HERE / "model"
    return packaged if packaged.is_dir() else FIXTURES / "demo-model"


def clips() -> tuple[Path, ...]:
    """Return the paths of the demo clips."""
    packaged = HERE / "clips"
    folder = packaged if packaged.is_dir() else FIXTURES / "clips"
    return tuple(folder / name for name in CLIPS)
