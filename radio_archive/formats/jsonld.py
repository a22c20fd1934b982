"""A clip as linked data for search engines: schema.org's RadioEpisode with its AudioObject."""

from collections.abc import Mapping
from dataclasses import dataclass

from radio_archive.formats.paragraphs import paragraphs
from radio_archive.models import Clip

LONGEST = 20_000
"""Characters of a transcript that are said twice on a page: for people, and here."""


@dataclass(frozen=True, slots=True)
class Places:
    """Whole addresses of what belongs to a clip."""

    page: str
    show: str | None
    audio: str | None
    media_type: str
    captions: str
    image: str | None = None


def episode(
    clip: Clip,
    places: Places,
    people: tuple[tuple[str, str, str], ...] = (),
    station: str | None = None,
    summary: str | None = None,
    rights: str | None = None,
) -> Mapping[str, object]:
    """Return the clip as a RadioEpisode. `people`: role, name and the address of each."""
    by_role: dict[str, list[object]] = {}
    for role, name, url in people:
        key = "contributor" if role == "guest" else "author"
        by_role.setdefault(key, []).append({"@type": "Person", "name": name, "url": url})
    length = f"PT{clip.duration:.1f}S"
    transcript = "\n\n".join(paragraph.text for paragraph in paragraphs(clip.segments, clip.speakers))
    audio = {
        "@type": "AudioObject",
        "contentUrl": places.audio,
        "encodingFormat": places.media_type,
        "duration": length,
        "name": clip.title,
        "transcript": transcript if transcript and len(transcript) <= LONGEST else None,
        "caption": {"@type": "MediaObject", "contentUrl": places.captions, "encodingFormat": "text/vtt"},
    }
    show = {
        "@type": "RadioSeries",
        "name": clip.show,
        "url": places.show,
        "publisher": {"@type": "RadioStation", "name": station} if station else None,
    }
    value = {
        "@context": "https://schema.org",
        "@type": "RadioEpisode",
        "@id": places.page,
        "url": places.page,
        "name": clip.title,
        "identifier": clip.uid,
        "datePublished": clip.date,
        "inLanguage": clip.language,
        "description": summary,
        "timeRequired": length,
        "copyrightNotice": rights,
        "image": places.image,
        "partOfSeries": _without_nothing(show) if clip.show else None,
        "associatedMedia": _without_nothing(audio) if places.audio else None,
        **by_role,
    }
    return _without_nothing(value)


def _without_nothing(value: Mapping[str, object]) -> Mapping[str, object]:
    return {key: part for key, part in value.items() if part is not None}
