"""A plugin as it lies in a folder that Python looks into: a module, and what names it an entry point."""

from pathlib import Path

ARRIVALS = """
from radio_archive.plugins import hookimpl
api_version = 1
@hookimpl
def after_archived(archive, clip):
    with (archive.folder / "arrivals.txt").open("a", encoding="utf-8") as file:
        file.write(f"{clip.uid} {clip.title}\\n")
"""
"""The code of one that notes each clip that is archived."""


def install(folder: Path, name: str, code: str) -> None:
    """Write a package with one plugin. Its module also has the folder's name: Python imports no second of a name."""
    about = folder / f"{name}-1.5.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    (about / "entry_points.txt").write_text(f"[radio_archive]\n{name} = {folder.name}_{name}\n")
    (folder / f"{folder.name}_{name}.py").write_text(code)


def arrivals(archive: Path) -> list[str]:
    """Return the clips that were noted, by uid, in the order of their arrival."""
    path = archive / "arrivals.txt"
    return [line.split()[0] for line in path.read_text("utf-8").splitlines()] if path.exists() else []
