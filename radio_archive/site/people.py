"""The lists of people: everybody where they are few; where they are many, by the first letter of the family name."""

from typing import Any

from datasette import Response

from radio_archive.archive.public import people as public
from radio_archive.archive.public.pages import SubjectSummary
from radio_archive.site import podcasts, urls
from radio_archive.site.answers import Context, view
from radio_archive.site.data import last_page, named

PER_PAGE = 200
FEW = 40
"""So many are listed without headings."""


@view
async def people(ctx: Context) -> Response:
    """List everybody who is credited; if they are many, those with the most clips, and the letters of all."""
    index = await ctx.site.cached(public.people_index)
    letter, number, everybody = ctx.argument("letter"), ctx.number, range(len(index.ids))
    are_many = len(everybody) > PER_PAGE
    places = index.letters.get(letter, range(0)) if letter else everybody
    last = 1 if are_many and not letter else last_page(len(places), PER_PAGE)
    if number > last or (letter and not places):
        return await ctx.missing()
    first = (number - 1) * PER_PAGE
    shown = index.most if are_many and not letter else places[first : first + PER_PAGE]
    found = await ctx.site.read(lambda archive: public.people(archive, index, shown))
    form = ctx.part("format")
    following = _page(letter, number + 1, form) if number < last else None
    if form == "json":
        data: dict[str, Any] = {"people": [named(ctx, one, urls.person(one.address)) for one in found]}
        if are_many:
            data["letters"] = [
                {"letter": name, "people": len(at), "url": ctx.absolute(_page(name, form=form))}
                for name, at in index.letters.items()
            ]
            data["next"] = ctx.absolute(following) if following else None
        return ctx.json(data)
    has_headings = len(everybody) > FEW and not are_many
    return await ctx.page(
        "people",
        letters=index.letters,
        lists=_by_letter(found) if has_headings else {"": found},
        letter=letter,
        are_many=are_many,
        preceding=_page(letter, number - 1) if number > 1 else None,
        following=following,
        picture=await podcasts.image_of(ctx, None),
    )


def _page(letter: str, number: int = 1, form: str = "") -> str:
    return urls.query(urls.at("people", form or None), letter=letter, page=number)


def _by_letter(found: list[SubjectSummary]) -> dict[str, list[SubjectSummary]]:
    lists: dict[str, list[SubjectSummary]] = {}
    for one in found:
        lists.setdefault(public.letter_of(one.name), []).append(one)
    return lists
