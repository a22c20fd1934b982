"""Writes a folder with all that a server needs to run the archive with Datasette, at any size."""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import requires, version
from pathlib import Path

from radio_archive.archive.archive import DATABASE, Archive
from radio_archive.archive.public import copy
from radio_archive.archive.public.copy import CopySummary
from radio_archive.config.podcasts import Podcasts
from radio_archive.config.settings import SiteOptions
from radio_archive.publish.folder import ProgressCallback, copy_clock, copy_media, publishing
from radio_archive.publish.pictures import copy_pictures
from radio_archive.publish.wheel import write_wheel
from radio_archive.site import server

NEEDED = frozenset("datasette jinja2 markupsafe sqlite-utils filelock av pydub audioop-lts numpy rapidfuzz".split())
"""The requirements that the site imports, without those of the engine and of readers of tags and stories."""

START = """\
#!/bin/sh
# Serves this archive at HOST and PORT; by default only on this machine.
# Everything in this folder is public, and nothing writes to it.
cd "$(dirname "$0")" || exit 1
exec "${{PYTHON:-python3}}" -m radio_archive.site --immutable {database} --inspect-file inspect-data.json \\
    --metadata metadata.json {settings} \\
    --host "${{HOST:-127.0.0.1}}" --port "${{PORT:-8001}}" "$@"
"""

CONTAINER = """\
# To give the image to others: PyAV brings FFmpeg (LGPL) with x264 and x265 (GPL), whose source you then owe them.
FROM docker.io/library/python:3.12-slim

WORKDIR /archive
COPY requirements.txt ./
COPY wheels wheels
RUN pip install --no-cache-dir -r requirements.txt && pip install --no-cache-dir --no-deps wheels/*.whl
COPY . .

# Nothing writes to these files, so any user can run it.
USER 65534:65534
ENV HOST=0.0.0.0 PORT=8001 PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8001
CMD ["sh", "serve.sh"]
"""

READ_ME = """\
A radio archive, ready to be put on the web: {clips} clips. Made by radio-archive {version}.

With Python 3.11 or newer:

    python3 -m venv env
    env/bin/pip install -r requirements.txt
    env/bin/pip install --no-deps wheels/*.whl
    PYTHON=env/bin/python sh serve.sh

With containers:

    podman build -t radio-archive-site .
    podman run --rm -p 8001:8001 radio-archive-site

Then open http://127.0.0.1:8001/. On the internet, put a web server with HTTPS in front of it, for example Caddy:

    archive.example.org {{
        reverse_proxy 127.0.0.1:8001
    }}

or nginx, in a `server` with a certificate:

    location / {{
        proxy_pass http://127.0.0.1:8001;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}

Then write `"proxies": 1` beside the other settings of "radio-archive" in metadata.json (or `proxies = 1` under [site]
in radio-archive.toml, before you publish again): each visitor has a share of the search, and without that all visitors
would have the one share of the proxy. Behind two proxies, such as a CDN and nginx, it is 2.

serve.sh closes connections of clients that send nothing, or a byte at a time. `datasette serve` can serve these files
as well, with the options in serve.sh, but it keeps such connections open: then the web server in front of it must not
pass them on, as both of the above do not.

Everything in this folder is public: clips that are private or under an embargo are not in it.
"""


def publish(
    archive: Archive,
    target: Path,
    options: SiteOptions,
    *,
    podcasts: Podcasts = server.NO_PODCASTS,
    shows: Sequence[str] = (),
    audio: bool = True,
    copying_media: ProgressCallback = lambda done, total: None,
    copying_rows: ProgressCallback = lambda done, total: None,
) -> CopySummary:
    """Write everything that is public into `target`, in place of an earlier publication.

    `copying_media` is called with bytes, `copying_rows` with tables: how many are done, of how many.
    """
    archive.require_outside(target)
    with publishing(target, "bundle") as folder:
        database = folder / DATABASE
        copied = copy.copy_published(archive, database, shows=shows, audio=audio, progress=copying_rows)
        copy_media(copied.media, folder, target, copying_media)
        (folder / "wheels").mkdir()
        write_wheel(folder / "wheels")
        copy_clock(archive, folder)
        podcasts = copy_pictures(archive, podcasts, folder)
        for name, content in _files(copied, database, options, podcasts).items():
            (folder / name).write_text(content, encoding="utf-8")
        # Read-only, because Datasette serves it as immutable.
        database.chmod(0o444)
        (folder / "serve.sh").chmod(0o755)
        return copied


def _files(copied: CopySummary, database: Path, options: SiteOptions, podcasts: Podcasts) -> Mapping[str, str]:
    settings = " ".join(
        f"--setting {name} {'on' if value is True else 'off' if value is False else value}"
        for name, value in server.settings(options).items()
    )
    inspected = {
        database.stem: {
            "hash": copied.sha256,
            "size": database.stat().st_size,
            "file": database.name,
            "tables": {table: {"count": count} for table, count in copied.rows},
        }
    }
    return {
        "metadata.json": json.dumps(
            server.configuration(options, tables=True, podcasts=podcasts), ensure_ascii=False, indent=2
        )
        + "\n",
        "inspect-data.json": json.dumps(inspected, indent=2) + "\n",
        "requirements.txt": "".join(f"{line}\n" for line in _requirements()),
        "serve.sh": START.format(database=database.name, settings=settings),
        "Containerfile": CONTAINER,
        "README.txt": READ_ME.format(clips=f"{copied.clips:,}", version=version("radio-archive")),
    }


def _requirements() -> list[str]:
    found = (line for line in requires("radio-archive") or () if "extra ==" not in line)
    return sorted(line for line in found if re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0] in NEEDED)
