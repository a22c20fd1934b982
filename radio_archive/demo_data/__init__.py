"""Paths of the demo model and the demo clips: in the installed package, or in `fixtures/` of a checkout.

The model understands only the synthetic voices of its own clips. It serves demonstration and tests. Whisper's own
weights understand the spoken clips.
"""

from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "fixtures"


def model() -> Path:
    """Return the folder of the demo model, in CTranslate2 form."""
    return _packaged("model", FIXTURES / "demo-model")


def clips() -> Path:
    """Return the folder of the clips that the demo model understands."""
    return _packaged("clips", FIXTURES / "clips")


def spoken_clips() -> Path:
    """Return the folder of the clips that Whisper's own weights understand."""
    return _packaged("spoken", FIXTURES / "spoken" / "clips")


def _packaged(name: str, in_checkout: Path) -> Path:
    packaged = HERE / name
    return packaged if packaged.is_dir() else in_checkout
