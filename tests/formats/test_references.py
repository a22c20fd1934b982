"""How a clip stands in a list of references, by the examples of the handbooks of style."""

from dataclasses import replace
from typing import Any

import pytest

from radio_archive.formats.references import Facts, apa, chicago, mla, plain

URL = "https://radio.example/cable"
WHOLE = Facts(
    "An undersea cable",
    URL,
    ["Dana Kealoha"],
    "Pacific Report",
    "Hawaiʻi Public Radio",
    "The archive",
    "2024-10-22",
    81.4,
)


def facts(**changes: Any) -> Facts:
    return replace(WHOLE, **changes)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            WHOLE,
            "Kealoha, D. (Reporter). (2024, October 22). An undersea cable [Radio broadcast]. In Pacific Report. "
            "Hawaiʻi Public Radio. https://radio.example/cable",
        ),
        (
            facts(reporters=["Ruth Anne Alapai", "Jean-Paul de la Cruz", "ʻAnela ʻAʻala"]),
            "Alapai, R. A., de la Cruz, J.-P., & ʻAʻala, ʻA. (Reporters). (2024, October 22). An undersea cable "
            "[Radio broadcast]. In Pacific Report. Hawaiʻi Public Radio. https://radio.example/cable",
        ),
        (
            facts(reporters=(), date="1998", title="Who owns the sea?"),
            "Who owns the sea? [Radio broadcast]. (1998). In Pacific Report. Hawaiʻi Public Radio. "
            "https://radio.example/cable",
        ),
        (
            facts(show=None, station=None, date=None, reporters=["Madonna"]),
            "Madonna (Reporter). (n.d.). An undersea cable [Radio broadcast]. The archive. https://radio.example/cable",
        ),
        (
            facts(show="The archive", station=None, date="1998-03", reporters=["Sam Ito, Jr."]),
            "Ito, S., Jr. (Reporter). (1998, March). An undersea cable [Radio broadcast]. In The archive. "
            "https://radio.example/cable",
        ),
        (facts(reporters=(), show=None, station=None, place=None, date=None), "An undersea cable [Radio broadcast]. "
         "(n.d.). https://radio.example/cable"),
    ],
)  # fmt: skip
def test_apa(found: Facts, expected: str) -> None:
    assert plain(apa(found)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            WHOLE,
            "Kealoha, Dana. “An undersea cable.” Pacific Report, Hawaiʻi Public Radio, 22 Oct. 2024, "
            "https://radio.example/cable.",
        ),
        (
            facts(reporters=["Ruth Alapai", "Noe Kahale"], title="Who said “no”?"),
            "Alapai, Ruth, and Noe Kahale. “Who said ‘no’?” Pacific Report, Hawaiʻi Public Radio, 22 Oct. 2024, "
            "https://radio.example/cable.",
        ),
        (
            facts(reporters=["Ruth Alapai", "Noe Kahale", "Sam Ito"], date="1998"),
            "Alapai, Ruth, et al. “An undersea cable.” Pacific Report, Hawaiʻi Public Radio, 1998, "
            "https://radio.example/cable.",
        ),
        (
            facts(reporters=(), show=None, date="1998-05"),
            "“An undersea cable.” Hawaiʻi Public Radio, May 1998, https://radio.example/cable.",
        ),
        (facts(reporters=(), show=None, station=None, place=None, date=None), "“An undersea cable.” "
         "https://radio.example/cable."),
    ],
)  # fmt: skip
def test_mla(found: Facts, expected: str) -> None:
    assert plain(mla(found)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            WHOLE,
            "Kealoha, Dana. “An undersea cable.” Pacific Report, Hawaiʻi Public Radio, October 22, 2024. "
            "Radio broadcast, 1:21. https://radio.example/cable.",
        ),
        (
            facts(reporters=["Ruth Alapai", "Noe Kahale", "Sam Ito Jr."], date="1998"),
            "Alapai, Ruth, Noe Kahale, and Sam Ito Jr. “An undersea cable.” Pacific Report, Hawaiʻi Public Radio, "
            "1998. Radio broadcast, 1:21. https://radio.example/cable.",
        ),
        (
            facts(reporters=(), show=None, date="1998-03"),
            "“An undersea cable.” Hawaiʻi Public Radio, March 1998. Radio broadcast, 1:21. https://radio.example/cable.",
        ),
        (
            facts(reporters=(), station=None, place=None, date=None),
            "“An undersea cable.” Pacific Report. Radio broadcast, 1:21. https://radio.example/cable.",
        ),
        (
            facts(reporters=(), show=None, station=None, place=None, date="2024-13-99"),
            "“An undersea cable.” 2024. Radio broadcast, 1:21. https://radio.example/cable.",
        ),
    ],
)  # fmt: skip
def test_chicago(found: Facts, expected: str) -> None:
    assert plain(chicago(found)) == expected


def test_the_name_of_the_work_and_the_address_stand_out() -> None:
    for style in (apa, mla, chicago):
        kinds = {part.kind: part.text for part in style(WHOLE) if part.kind}
        assert kinds["work"] == "Pacific Report"
        assert kinds["url"].endswith(URL)
    # The day of the visit is told where MLA always, and Chicago for what has no date, wants it.
    assert [any(part.kind == "accessed" for part in style(facts(date=None))) for style in (apa, mla, chicago)] == [
        False, True, True,
    ]  # fmt: skip
    assert not any(part.kind == "accessed" for part in chicago(WHOLE))
