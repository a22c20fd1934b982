"""A passage of a recording, as a file to save: `/audio/DIGEST/quote?start=12.3&end=15`."""

import asyncio

from datasette import Response

from radio_archive.errors import AudioError, UsageError
from radio_archive.site import sound
from radio_archive.site.answers import Ask, attachment, clock, view
from radio_archive.site.discovery import passage

LONGEST = 120.0
"""Seconds that may be quoted at once."""
_one_at_a_time = asyncio.Semaphore(2)


@view
async def quote(ask: Ask) -> Response:
    """Send a passage, cut where the sound's packets allow: some hundredths of a second around what was asked for."""
    start, end = passage(",".join((ask.argument("start"), ask.argument("end"))))
    if start is None or end is None or not start < end <= start + LONGEST:
        raise UsageError(f"a quote has a start and an end, at most {LONGEST:.0f} seconds apart", "Select less text.")
    digest = ask.part("digest")

    found = await ask.site.read(lambda archive: sound.heard(archive, digest))
    if found is None or not found[0].path.is_file():
        return await ask.missing()
    recording, clip = found
    # libav is heavy: whoever serves no quotes never loads it.
    from radio_archive.audio.cut import copy_passage

    try:
        async with _one_at_a_time:
            content, suffix, media_type = await asyncio.to_thread(copy_passage, recording.path, start, end)
    except AudioError as error:
        return await ask.problem(422, "This cannot be quoted", error.problem)
    name = sound.human_name(clip, "") + f" ({clock(start).replace(':', '.')}–{clock(end).replace(':', '.')}){suffix}"
    return Response(content, headers=ask.headers() | {"Content-Disposition": attachment(name)}, content_type=media_type)
