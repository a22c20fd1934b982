"""What podcast directories want to know of a feed, and the categories in which they list podcasts."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": (*("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        *("Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden", "Video Games"),
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        *("Business News", "Daily News", "Entertainment News", "News Commentary", "Politics", "Sports News"),
        "Tech News",
    ),
    "Religion & Spirituality": (
        *("Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality"),
    ),
    "Science": (
        *("Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics", "Natural Sciences", "Nature"),
        *("Physics", "Social Sciences"),
    ),
    "Society & Culture": ("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    "Sports": (
        *("Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby", "Running"),
        *("Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling"),
    ),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
    "Technology": (),
    "True Crime": (),
}
"""Those of Apple Podcasts, which the other directories read too, each with its parts.

https://podcasters.apple.com/support/1691-apple-podcasts-categories
"""
_HOST = re.compile(r"(?i)https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?=/)", re.ASCII)
BETWEEN = " > "
"""Stands between a category and a part of it: `News > Daily News`."""


@dataclass(frozen=True, slots=True)
class PodcastOptions:
    """What a feed tells directories besides what the archive knows. Some of it they demand."""

    category: str = ""
    """One of CATEGORIES, or a part of one: `News > Daily News`."""
    image: str = ""
    """A file in the archive's folder, by its path from there, or a web address."""
    owner: str = ""
    """Who is responsible for the feed; by default its author."""
    email: str = ""
    """Where directories write to its owner, and everybody can read it."""
    explicit: bool = False
    """Whether it is for adults only."""

    @classmethod
    def of(cls, given: object) -> Self:
        """Return the options in a JSON object. What is unknown, or of the wrong type, is ignored."""
        return cls(**fitting(cls, _mapping(given)))


@dataclass(frozen=True, slots=True)
class Podcasts:
    """What the site's feeds tell, and the clock by which they date their items."""

    station: PodcastOptions = field(default_factory=PodcastOptions)
    """For all feeds that are not a show's."""
    shows: Mapping[str, PodcastOptions] = field(default_factory=dict)
    """For a show's feed, complete, by any of its names."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """What is spoken in the shows for which that is set, by any of their names: ISO 639-1 codes."""
    language: str = ""
    """What is spoken elsewhere; empty if that differs."""

    @classmethod
    def of(cls, given: object) -> Self:
        """Return what `asdict` made of these, as it is in Datasette's configuration. What is wrong in it is ignored."""
        if not isinstance(given, Mapping):
            return cls()
        language = given.get("language")
        return cls(
            PodcastOptions.of(given.get("station")),
            {str(name): PodcastOptions.of(show) for name, show in _mapping(given.get("shows")).items()},
            {str(name): str(code) for name, code in _mapping(given.get("languages")).items()},
            language if isinstance(language, str) else "",
        )

    def renamed(self, rename: Callable[[str], str]) -> Self:
        """Return these with other names of the shows."""
        shows = {rename(name): options for name, options in self.shows.items()}
        return replace(self, shows=shows, languages={rename(name): code for name, code in self.languages.items()})

    def with_images(self, files: Mapping[str, str]) -> Self:
        """Return these with images that are files replaced by what `files` has for them."""

        def placed(options: PodcastOptions) -> PodcastOptions:
            return replace(options, image=files.get(options.image, options.image))

        return replace(
            self, station=placed(self.station), shows={name: placed(options) for name, options in self.shows.items()}
        )

    def missing(self, contact: str) -> list[str]:
        """Return what directories demand and the station has not set; `contact` may be an address too."""
        has_email = self.station.email or contact.lower().startswith("mailto:")
        told = {"category": self.station.category, "image": self.station.image, "email": has_email}
        return [name for name, value in told.items() if not value]

    def files(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield each image that is a file, and the section that names it first."""
        every = ((("podcast",), self.station), *((("shows", name), show) for name, show in self.shows.items()))
        known: set[str] = set()
        for keys, options in every:
            if options.image and "://" not in options.image and options.image not in known:
                known.add(options.image)
                yield keys, options.image

    @property
    def image_hosts(self) -> Sequence[str]:
        """The hosts of images that are addresses, for a Content-Security-Policy."""
        found = (_HOST.match(image) for image in self.images)
        return sorted({host[0] for host in found if host})

    @property
    def images(self) -> frozenset[str]:
        """All images that are set."""
        every = (self.station, *self.shows.values())
        return frozenset(options.image for options in every if options.image)


def fitting(options: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that a dataclass of options knows and that are of the type of its defaults."""
    known: Mapping[str, type] = {item.name: type(item.default) for item in fields(options)}
    return {name: given[name] for name, kind in known.items() if isinstance(given.get(name), kind)}


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
