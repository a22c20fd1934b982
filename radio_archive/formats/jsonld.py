"""A clip as linked data for search engines: schema.org's RadioEpisode with its AudioObject."""

from collections.abc import Mapping
from dataclasses import dataclass

from radio_archive.formats.paragraphs import paragraphs
from radio_archive.models import Clip

LONGEST = 20_000
"""Characters. Longer transcripts are only on the page itself, not repeated here."""


@dataclass(frozen=True, slots=True)
class ClipAddresses:
    """Absolute addresses of what belongs to a clip."""

    page: str
    show: str | None
    audio: str | None
    media_type: str
    captions: str
    image: str | None = None


def episode(
    clip: Clip,
    addresses: ClipAddresses,
    people: tuple[tuple[str, str, str], ...] = (),
    station: str | None = None,
    summary: str | None = None,
    rights: str | None = None,
) -> Mapping[str, object]:
    """Return the clip as a RadioEpisode. `people`: (role, name, address) of each."""
    by_role: dict[str, list[object]] = {}
    for role, name, url in people:
        key = "contributor" if role == "guest" else "author"
        by_role.setdefault(key, []).append({"@type": "Person", "name": name, "url": url})
    length = f"PT{clip.duration:.1f}S"
    transcript = "\n\n".join(paragraph.text for paragraph in paragraphs(clip.segments))
    audio = {
        "@type": "AudioObject",
        "contentUrl": addresses.audio,
        "encodingFormat": addresses.media_type,
        "duration": length,
        "name": clip.title,
        "transcript": transcript if transcript and len(transcript) <= LONGEST else None,
        "caption": {"@type": "MediaObject", "contentUrl": addresses.captions, "encodingFormat": "text/vtt"},
    }
    show = {
        "@type": "RadioSeries",
        "name": clip.show,
        "url": addresses.show,
        "publisher": {"@type": "RadioStation", "name": station} if station else None,
    }
    value = {
        "@context": "https://schema.org",
        "@type": "RadioEpisode",
        "@id": addresses.page,
        "url": addresses.page,
        "name": clip.title,
        "identifier": clip.uid,
        "datePublished": clip.date,
        "inLanguage": clip.language,
        "description": summary,
        "keywords": list(clip.subjects) or None,
        "timeRequired": length,
        "copyrightNotice": rights,
        "image": addresses.image,
        "partOfSeries": _without_none(show) if clip.show else None,
        "associatedMedia": _without_none(audio) if addresses.audio else None,
        **by_role,
    }
    return _without_none(value)


def _without_none(value: Mapping[str, object]) -> Mapping[str, object]:
    return {key: part for key, part in value.items() if part is not None}
