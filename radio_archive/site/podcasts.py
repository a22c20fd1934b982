"""What the operator's settings say of feeds: whose podcast it is, its picture, and the station's clock."""

from collections.abc import Mapping
from datetime import datetime

from datasette import Response

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import lookup
from radio_archive.archive.visibility import station_time, zone_or_last
from radio_archive.config.podcasts import PodcastOptions
from radio_archive.errors import ConfigError
from radio_archive.formats.picture import read_picture
from radio_archive.site.answers import Context, view


@view
async def picture(ctx: Context) -> Response:
    """Send a picture that the settings name."""
    name, known = ctx.part("name"), await _pictures(ctx)
    image = next((image for image, path in known.items() if path == f"/picture/{name}"), None)
    if image is None:
        return await ctx.missing()
    try:
        found = await ctx.site.read(lambda archive: read_picture(archive.folder, image))
    except ConfigError:
        # It was taken away since.
        return await ctx.missing()
    return Response(found.content, headers=ctx.headers(), content_type=found.media_type)


async def options_of(ctx: Context, show: str | None) -> PodcastOptions:
    """Return what the feed of a show tells, by the show's name; without one, what all other feeds tell."""
    podcasts = ctx.site.settings.podcasts
    return podcasts.shows.get(await _set_as(ctx, show), podcasts.station)


async def language_of(ctx: Context, show: str | None) -> str:
    """Return the language that is set for a show, or for all; empty if none is."""
    podcasts = ctx.site.settings.podcasts
    return podcasts.languages.get(await _set_as(ctx, show), podcasts.language)


async def image_of(ctx: Context, show: str | None) -> str | None:
    """Return the path on the site, or the web address, of a show's picture, or of the site's."""
    image = (await options_of(ctx, show)).image
    return image if "://" in image else (await _pictures(ctx)).get(image)


def today(ctx: Context) -> str:
    """Return what day it is at the station: YYYY-MM-DD."""
    return station_time(ctx.site.folder)[:10]


def midnight(ctx: Context, day: str) -> str | None:
    """Return when a day (YYYY-MM-DD) begins at the station, in ISO 8601; None if no calendar has it."""
    try:
        # Without a zone, it is this machine's.
        begins = datetime.fromisoformat(day).replace(tzinfo=zone_or_last(ctx.site.folder))
        return (begins if begins.tzinfo else begins.astimezone()).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


async def _set_as(ctx: Context, show: str | None) -> str:
    """Return the name under which the settings have something about a show; empty if they have nothing."""
    podcasts = ctx.site.settings.podcasts
    asked = sorted({*podcasts.shows, *podcasts.languages})
    names = await ctx.site.cached(_present_names, *asked) if asked and show else {}
    return names.get(show or "", "")


def _present_names(archive: Archive, *names: str) -> Mapping[str, str]:
    """Return the names that are set, by the present names of the shows that are meant."""
    return {lookup.display_name(archive, "show", name): name for name in names}


async def _pictures(ctx: Context) -> Mapping[str, str]:
    images = [image for _, image in ctx.site.settings.podcasts.files()]
    return await ctx.site.cached(_paths, *images) if images else {}


def _paths(archive: Archive, *images: str) -> Mapping[str, str]:
    """Return the paths of pictures on the site. Those that cannot be read are left out, as `doctor` says."""
    paths: dict[str, str] = {}
    for image in images:
        try:
            paths[image] = f"/picture/{read_picture(archive.folder, image).name}"
        except ConfigError:
            continue
    return paths
