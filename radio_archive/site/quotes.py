"""A passage of a recording, as a file to save: `/audio/DIGEST/quote?start=12.3&end=15`."""

import asyncio

from datasette import Response

from radio_archive.errors import AudioError, UsageError
from radio_archive.site import sound
from radio_archive.site.answers import Context, attachment, view
from radio_archive.site.discovery import passage
from radio_archive.text.times import clock

LONGEST = 120.0
"""The longest quote, in seconds."""
_few_at_a_time = asyncio.Semaphore(2)


@view
async def quote(ctx: Context) -> Response:
    """Send a passage, cut at the borders of the sound's packets, some hundredths of a second off."""
    start, end = passage(",".join((ctx.argument("start"), ctx.argument("end"))))
    if start is None or end is None or not start < end <= start + LONGEST:
        raise UsageError(f"a quote has a start and an end, at most {LONGEST:.0f} seconds apart", "Select less text.")
    digest = ctx.part("digest")

    found = await ctx.site.read(lambda archive: sound.find_recording(archive, digest))
    if found is None or not found[0].path.is_file():
        return await ctx.missing()
    recording, clip = found
    # libav is heavy, and a site that serves no quotes need not load it.
    from radio_archive.audio.cut import copy_passage

    try:
        async with _few_at_a_time:
            content, suffix, media_type = await asyncio.to_thread(copy_passage, recording.path, start, end)
    except AudioError as error:
        return await ctx.problem(422, "This cannot be quoted", error.problem)
    name = sound.download_name(clip, "") + f" ({clock(start).replace(':', '.')}–{clock(end).replace(':', '.')}){suffix}"
    return Response(content, headers=ctx.headers() | {"Content-Disposition": attachment(name)}, content_type=media_type)
