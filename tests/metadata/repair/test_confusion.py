"""How strongly sounds speak for a name: what models confuse counts for it, what they keep apart against it."""

import pytest

from radio_archive.metadata.repair.confusion import bits_of_pairs, information
from radio_archive.text.sounds import sound_of


def bits(name: str, heard: str) -> float:
    (value,) = bits_of_pairs([sound_of(name.split())], [sound_of(heard.split())])
    return value


@pytest.mark.parametrize(
    ("name", "likely", "unlikely"),
    [
        ("kaunakakai", "kanaka kai", "kalani kai"),
        ("enugu", "e new goo", "e note"),
        ("wiwala", "vivala", "tikala"),
    ],
)
def test_what_models_hear_for_a_name_speaks_for_it_more_than_what_they_do_not(
    name: str, likely: str, unlikely: str
) -> None:
    assert bits(name, likely) > 0 > bits(name, unlikely) or bits(name, likely) > 2 * bits(name, unlikely)
    assert bits(name, likely) < information(sound_of([name])) + 0.1


def test_a_name_heard_right_has_all_its_bits_in_any_script() -> None:
    for name in ("kaunakakai", "дмитрий", "東京"):
        assert bits(name, name) == pytest.approx(information(sound_of([name])))
    assert bits("дмитрий", "дмитрий") > bits("дмитрий", "дмитро")


def test_pairs_are_judged_alike_alone_and_among_many_and_however_long_they_are() -> None:
    names, heard = ["MoLoKai", "", "T" * 500], ["MoLoKeTai", "K", "T" * 400]
    one_by_one = [bits_of_pairs([name], [said])[0] for name, said in zip(names, heard, strict=True)]
    assert bits_of_pairs(names * 2000, heard * 2000) == pytest.approx(one_by_one * 2000)
    assert bits_of_pairs([], []) == []


def test_signs_of_other_scripts_speak_for_themselves() -> None:
    alike, other, known, cut = bits_of_pairs(["ж\ud800", "ж", "ж", "a" * 99], ["ж\ud800", "я", "N", "a" * 60])
    assert alike > 0 > known
    assert known == other
    assert cut == bits_of_pairs(["a" * 60], ["a" * 60])[0]
