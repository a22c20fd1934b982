"""Print constraints that hold every dependency in pyproject.toml at the lowest version that it allows."""

import re
import sys
import tomllib
from pathlib import Path

BOUND = re.compile(r"([\w.-]+)>=([\w.]+)[^;]*(;.*)?")


def lowest(requirement: str) -> str:
    """Turn `name>=1.2,<2; marker` into `name==1.2; marker`; exit where there is no lowest version."""
    if (found := BOUND.fullmatch(requirement)) is None:
        sys.exit(f"pyproject.toml: {requirement!r} names no lowest version. Write it as `name>=version`.")
    name, version, marker = found.groups(default="")
    return f"{name}=={version}{marker}"


if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        print(lowest(requirement))
