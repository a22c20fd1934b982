"""Writes a wheel of the running program for a bundle, so that the same version makes and serves the archive."""

import base64
import csv
import hashlib
import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import radio_archive

LEFT_OUT = frozenset({"demo_data", "editing", "__pycache__"})
"""Folders that the site does not need; what is for editors must not be where everybody comes."""


def write_wheel(folder: Path) -> Path:
    """Write the wheel (PEP 427) into `folder` and return its path."""
    package = Path(radio_archive.__file__).parent
    about = distribution("radio-archive")
    info = f"radio_archive-{about.version}.dist-info"
    contents = {
        f"radio_archive/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and not LEFT_OUT & set(path.relative_to(package).parts)
    }
    # Only this module of the demo is imported by name; its data is left out.
    contents["radio_archive/demo_data/__init__.py"] = (package / "demo_data" / "__init__.py").read_bytes()
    for name in ("METADATA", "entry_points.txt"):
        contents[f"{info}/{name}"] = (about.read_text(name) or "").encode()
    tags = "Wheel-Version: 1.0\nGenerator: radio-archive\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    contents[f"{info}/WHEEL"] = tags.encode()
    contents[f"{info}/RECORD"] = _record(contents, f"{info}/RECORD")
    path = folder / f"radio_archive-{about.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents.items():
            wheel.writestr(name, content)
    return path


def _record(contents: dict[str, bytes], own: str) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    for name, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(content)])
    rows.writerow([own, "", ""])
    return text.getvalue().encode()
