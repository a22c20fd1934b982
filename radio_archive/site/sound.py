"""Sound over HTTP: `/audio/DIGEST`, whole or in ranges (RFC 9110, section 14), in bounded memory.

No part of an address is used as a path: the archive looks up the file by its digest.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, recordings
from radio_archive.models import Clip
from radio_archive.site.answers import Context, attachment, view
from radio_archive.site.urls import suffix

BLOCK = 1 << 18
CACHED = 3_600
"""Seconds to cache sound, and then to ask whether it is still there: a clip may be withdrawn, but never changes."""
PUBLIC = "cache-control"
"""The key under which `audio` tells `keep_cacheable` that an answer is the same for everybody."""
_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


@view
async def audio(ctx: Context) -> Response | None:
    """Send a recording."""
    digest = ctx.part("digest")

    found = await ctx.site.read(lambda archive: find_recording(archive, digest))
    if found is None:
        return await ctx.missing()
    sound, clip = found
    try:
        size = (await asyncio.to_thread(sound.path.stat)).st_size
    except OSError:
        return await ctx.missing()
    headers = ctx.headers() | {
        "content-type": sound.media_type,
        "accept-ranges": "bytes",
        "etag": f'"{sound.etag}"',
    }
    if ctx.is_public:
        headers["Cache-Control"] = f"public, max-age={CACHED}, must-revalidate"
        ctx.request.scope.get("radio_archive", {})[PUBLIC] = headers["Cache-Control"]
    if ctx.argument("download"):
        headers["content-disposition"] = attachment(download_name(clip, suffix(sound.media_type)))
    status, first, last = wanted_range(ctx.request.headers, sound.etag, size)
    if status == 416:
        headers["content-range"] = f"bytes */{size}"
    elif status == 206:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    if status in {200, 206}:
        headers["content-length"] = str(last - first + 1)
    await _send(ctx, status, headers, sound.path, first, last)
    return None


def find_recording(archive: Archive, digest: str) -> tuple[recordings.RecordingFile, Clip] | None:
    """Return a recording and its clip; None if it does not exist or is not public."""
    sound = recordings.public_file(archive, digest)
    return None if sound is None else (sound, read.clip(archive, sound.uid))


def wanted_range(headers: Mapping[str, str], digest: str, size: int) -> tuple[int, int, int]:
    """Return the status and the first and the last byte to send: 200, 206, 304 or 416.

    For an invalid range, or several at once, the answer is the whole file, as RFC 9110 allows.
    """
    known = headers.get("if-none-match", "")
    if known and ("*" in known.split(",") or f'"{digest}"' in known):
        return 304, 0, -1
    whole = (200, 0, size - 1)
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", f'"{digest}"') != f'"{digest}"':
        return whole
    begin, end = match.groups()
    if begin:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
        if end and int(end) < first:
            return whole
    elif end:
        first, last = max(0, size - int(end)), size - 1
        if int(end) == 0:
            return 416, 0, -1
    else:
        return whole
    return (206, first, last) if first < size else (416, 0, -1)


def download_name(clip: Clip, ending: str) -> str:
    """Return a readable file name: `Asia Minute - 2024-10-22 - An undersea cable.mp3`."""
    name = " - ".join(part for part in (clip.show, clip.date, clip.title) if part)
    # File systems allow 255 bytes, and a letter may take four.
    kept = _UNSAFE.sub(" ", name).encode("utf-8")[:200].decode("utf-8", "ignore")
    return " ".join(kept.split()).strip(". ") + ending


async def _send(ctx: Context, status: int, headers: Mapping[str, str], path: Path, first: int, last: int) -> None:
    raw = [[key.encode("latin-1"), value.encode("latin-1", "replace")] for key, value in headers.items()]
    if ctx.request.method == "HEAD" or status not in {200, 206}:
        await ctx.send({"type": "http.response.start", "status": status, "headers": raw})
        await ctx.send({"type": "http.response.body", "body": b""})
        return
    gone = asyncio.ensure_future(_disconnected(ctx))
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            await ctx.send({"type": "http.response.start", "status": status, "headers": raw})
            file.seek(first)
            left = last - first + 1
            # Players request the rest of a file and disconnect when a listener seeks.
            while left > 0 and not gone.done():
                block = await asyncio.to_thread(file.read, min(BLOCK, left))
                if not block:
                    break
                left -= len(block)
                await ctx.send({"type": "http.response.body", "body": block, "more_body": True})
        await ctx.send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _disconnected(ctx: Context) -> None:
    while (await ctx.request.receive())["type"] != "http.disconnect":
        pass


def keep_cacheable(app: Any) -> Any:
    """Wrap an ASGI application so that public sound may be cached.

    Datasette forbids caching for browsers with a cookie, so each listener would load the sound again and again.
    """

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        shared: dict[str, str] = {}

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and shared.get(PUBLIC) and message["status"] in {200, 206, 304}:
                kept = [pair for pair in message["headers"] if pair[0].lower() not in {b"cache-control", b"vary"}]
                message = {**message, "headers": [*kept, (b"cache-control", shared[PUBLIC].encode())]}
            await send(message)

        await app({**scope, "radio_archive": shared}, receive, sending)

    return wrapped
