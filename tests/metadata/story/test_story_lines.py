"""The classification of a story's lines, and headlines that start with the name of a show."""

import pytest

from radio_archive.metadata.story.lines import (
    Byline,
    byline,
    copyright_holder,
    is_credit,
    is_noise,
    publication_date,
    signature,
    split_headline,
)
from radio_archive.metadata.story.linked_data import language_of, parse_date

SENTENCE = "The boats were late again on Monday, and nobody can say why that is so."


@pytest.mark.parametrize(
    ("line", "holder"),
    [
        ("© 2025 Hawaiʻi Public Radio", "Hawaiʻi Public Radio"),
        ("©2025 Coast Radio", "Coast Radio"),
        ("Copyright © 2019–2025 Coast Radio. All Rights Reserved.", "Coast Radio"),
        ("copyright 2025 by Coast Radio", "Coast Radio"),
        ("(c) 2023, Coast Radio, Inc.", "Coast Radio"),
        ("© Coast Radio 2025", "Coast Radio"),
        ("© 2020 - present Coast Radio | Privacy policy", "Coast Radio"),
        ("All content © 2025 KCST-FM unless otherwise noted.", "KCST-FM"),
        ("Contact us Privacy © 2025 Coast Radio - alle Rechte vorbehalten", "Coast Radio"),
        ("Copyright law is a thicket that few stations enter.", None),
        ("The members (c) voted in 2024 to keep the copyright.", None),
        ("© 2025", None),
        ("©", None),
    ],
)
def test_copyright_lines(line: str, holder: str | None) -> None:
    assert copyright_holder(line) == holder


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Published October 22, 2024 at 4:04 PM HST", "2024-10-22"),
        ("Published: Oct. 22, 2024", "2024-10-22"),
        ("First published on Tuesday, 22nd October 2024 at 16:04", "2024-10-22"),
        ("Posted Sept. 5th, 2023 | Updated Sept. 7, 2023", "2023-09-05"),
        ("Aired 2024-10-22", "2024-10-22"),
        ("Published 2024-10-22T23:30:00-10:00", "2024-10-22"),
        ("October 22, 2024", None),
        ("Updated October 23, 2024 at 9:00 AM HST", None),
        ("Published 10/11/2024", None),
        ("Published Febtober 22, 2024", None),
        ("Published February 30, 2024", None),
        ("Published October 22, 1066", None),
        ("Published in October 2024, the report says little.", None),
        ("Published October 22, 2024, the report says that boats are late.", None),
        ("A barge on Oct. 22, 2024.", None),
    ],
)
def test_publication_lines(line: str, date: str | None) -> None:
    assert publication_date(line) == date


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Malia Santos", Byline(("Malia Santos",))),
        ("BY MALIA SANTOS", Byline(("MALIA SANTOS",))),
        ("By: Malia Santos and Noa Keahi", Byline(("Malia Santos", "Noa Keahi"))),
        ("By Malia Santos, Noa Keahi,", Byline(("Malia Santos", "Noa Keahi"))),
        ("By Malia Santos, Reef Notes", Byline(("Malia Santos",))),
        ("Reported by Ludwig van der Berg", Byline(("Ludwig van der Berg",))),
        ("Por Lucía Ferrer", Byline(("Lucía Ferrer",))),
        ("Malia Santos | Reef Notes", Byline(("Malia Santos",), "Reef Notes")),
        ("Malia Santos | Coast Radio", Byline(("Malia Santos",), None, "Coast Radio")),
        ("Malia Santos | Opinion", Byline(("Malia Santos",))),
        ("Hawaiʻi Coast Radio | By Malia Santos", Byline(("Malia Santos",), None, "Hawaiʻi Coast Radio")),
        ("Tidewater | By Malia Santos", Byline(("Malia Santos",), None, "Tidewater")),
        ("By Malia Santos • Reef Notes • October 22, 2024", Byline(("Malia Santos",), "Reef Notes")),
        ("By Malia Santos Published Oct. 22, 2024 at 5 PM", Byline(("Malia Santos",))),
        ("By Kaʻiulani ʻŌpio", Byline(("Kaʻiulani ʻŌpio",))),
        ("HILO, Hawaii — By Malia Santos", Byline(("Malia Santos",))),
        ("From our own correspondent Malia Santos", Byline(("Malia Santos",))),
        ("By Omar al-Masri", Byline(("Omar al-Masri",))),
        ("The deal — by Monday, it was off", None),
        ("By Coast News Staff", None),
        ("By the time the boats came in, it was dark.", None),
        ("By Monday", None),
        ("Local News | Reef Notes", None),
        ("Home | Shows", None),
        ("Malia Santos", None),
    ],
)
def test_bylines(line: str, expected: Byline | None) -> None:
    assert byline(line, {"tidewater"}) == expected


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Malia Santos", "Malia Santos"),
        ("Malia Santos, Reef Notes", "Malia Santos"),
        ("Malia Santos, who fishes", None),
        ("Malia Santos, Oct. 22", None),
        ("Malia Santos sails.", None),
        ("HILO, Hawaii", None),
        ("Reef Notes", None),
        ("Listen Now", None),
    ],
)
def test_a_line_that_signs_without_by(line: str, name: str | None) -> None:
    assert signature(line) == name


@pytest.mark.parametrize(
    ("headline", "show", "text", "least", "most"),
    [
        (
            "Asia Minute: North Korea plans to send troops",
            "Asia Minute",
            "North Korea plans to send troops",
            0.25,
            0.35,
        ),
        ("Reef Notes: Boats are late again", "Reef Notes", "Boats are late again", 0.9, 1),
        ("reef notes: Boats are late again", "reef notes", "Boats are late again", 0.9, 1),
        ("Harbor Watch: Boats Are Late Again This Week", "Harbor Watch", "Boats Are Late Again This Week", 0.3, 0.39),
        ("Ferryline: Boats are late again", "Ferryline", "Boats are late again", 0.25, 0.35),
        ("Asia Minute: May 16, 2011", "Asia Minute", "Asia Minute: May 16, 2011", 0.3, 0.39),
    ],
)
def test_a_show_before_the_colon(headline: str, show: str, text: str, least: float, most: float) -> None:
    split = split_headline(headline, {"reef notes"}, {"harbor watch", "ferryline"})
    assert (split.show, split.text) == (show, text)
    assert least <= split.confidence <= most


@pytest.mark.parametrize(
    "headline",
    [
        "Analysis: What the treaty leaves out",
        "Opinion: The tide clock belongs to everyone",
        "Special Report: Boats are late again",
        "Part 2: Boats are late again",
        "Ukraine: The war goes on",
        "Ice road opens: trucks roll again after three weeks",
        "A Siren That Nobody Hears: The River Town With One Loudspeaker",
        "The Long Way Home: how boats came to be late",
        "Boats at 6:30 are late",
        "Boats are late: ",
        "No colon at all",
    ],
)
def test_no_show_before_the_colon(headline: str) -> None:
    assert split_headline(headline) == (headline, None, 0.0)


@pytest.mark.parametrize(
    "line",
    ["Photo: Ann Lee", "(Photo by Ann Lee)", "Courtesy of the harbor", "Ann Lee/AP", "Credit NOAA", "Getty Images"],
)
def test_credits(line: str) -> None:
    assert is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Photographers were kept out.",
        "Image problems haunt the mayor.",
        "Boats and/or planes, 24/7",
        SENTENCE,
        "Ann Lee",
    ],
)
def test_no_credits(line: str) -> None:
    assert not is_credit(line)


@pytest.mark.parametrize("line", ["0:00", "0:00 0:00", "Next Up:", "Listen • 1:31", "Share this:", "Tags", "- - -"])
def test_the_furniture_of_pages(line: str) -> None:
    assert is_noise(line)


@pytest.mark.parametrize(
    "line", ["Share prices fell.", "Loading docks were empty.", "Search parties went out.", "Live oaks"]
)
def test_what_only_looks_like_furniture(line: str) -> None:
    assert not is_noise(line)


@pytest.mark.parametrize(
    ("written", "date", "least"),
    [
        ("2024-10-22T23:30:00-10:00", "2024-10-22", 0.7),
        ("2024-10-22", "2024-10-22", 0.7),
        ("2024-10-22T04:30:00", "2024-10-22", 0.4),
        ("2024-10-23T09:30:00Z", "2024-10-23", 0.3),
        ("2024-10-23T09:30:00+00:00", "2024-10-23", 0.3),
    ],
)
def test_the_day_is_kept_as_written(written: str, date: str, least: float) -> None:
    claimed = parse_date(written)
    assert claimed is not None
    assert claimed[0] == date
    assert least <= claimed[1] <= least + 0.2


@pytest.mark.parametrize("written", ["", "2024", "22/10/2024", "2024-13-01", "1066-10-14", "soon", "9" * 5000])
def test_no_date(written: str) -> None:
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("tag", "language"), [("en-US", "en"), ("haw", "haw"), ("und", None), ("x", None), ("english", None)]
)
def test_languages(tag: str, language: str | None) -> None:
    assert language_of(tag) == language
