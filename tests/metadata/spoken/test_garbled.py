"""Sign-offs whose name the engine wrote as other words: who is credited, and that nobody else ever is."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from credits import crowd, measure, missed, pieces_in
from support.pages import ROOT
from support.spoken import duration_of, piece, speak

from radio_archive.metadata.gather import claims_from_speech
from radio_archive.metadata.resolve import GUESS
from radio_archive.metadata.spoken.agreement import agreement, information
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.metadata.spoken.signoff import SpokenClaim, read_signoff
from radio_archive.models import Claim, Field, Known, Roster, Source, Story, Word
from radio_archive.text.sounds import sound_of

BEFORE = "The boat lay in Hilo for a year."
PEOPLE = (
    "Mirela Dragomirescu",
    "Kazuhiro Nakahara",
    "Setareki Vunivalu",
    "Oluwaseun Adeyinka",
    "Karen Oshiro",
    "Lani Pua",
)
SHOWS = ("Asia Minute", "Pacific Ledger", "Harbor Watch")
STATION = Known("Hawaiʻi Public Radio", ("HPR",))


def roster(*people: str) -> Roster:
    return Roster(tuple(map(Known, people)), tuple(map(Known, SHOWS)), (STATION,))


def heard(start: str = "", end: str = "", *, probability: float | None = 0.4) -> list[Word]:
    """A clip in which the engine is in doubt about what is said at both ends."""
    return [replace(word, probability=probability) for word in piece(start, end)]


def spoken(
    words: Sequence[Word],
    *people: str,
    story: Story | None = None,
    makers: Sequence[str] = (),
    confidence: float = 0.85,
) -> list[Claim]:
    said = [Claim(Field.REPORTER, name, Source.STORY, "byline", confidence) for name in makers]
    return claims_from_speech(words, KnownNames(roster(*people)), said, duration=duration_of(words), story=story)


def values(claims: Sequence[Claim], *fields: Field, proposed: bool = False) -> list[str]:
    return [claim.value for claim in claims if claim.field in fields and (claim.confidence < GUESS) == proposed]


def makers(claims: Sequence[Claim]) -> list[str]:
    return values(claims, Field.REPORTER, Field.HOST)


ROLES = (Field.REPORTER, Field.HOST)
OUTLETS = (Field.SHOW, Field.STATION)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("Mirela Dragomirescu", "For Asia Minute, I'm Morella drag omir Esku."),
        ("Mirela Dragomirescu", "for asia minute on morella drago Mirror S. Q."),
        ("Kazuhiro Nakahara", "For Pacific Ledger in Hilo and cause a hero knock a Hora."),
        ("Kazuhiro Nakahara", "I'm Gaza Hero Naka Hora."),
        ("Setareki Vunivalu", "This is said a Wrecky Foony Wallow for Harbor Watch."),
        ("Setareki Vunivalu", "And Suva, Setter Eki Wooney Valu, Pacific Ledge Her."),
        ("Oluwaseun Adeyinka", "From Hilo, Olu Wash on Ada Inca reporting."),
        ("Oluwaseun Adeyinka", "You've been listening to Asia Minute, and I'm Oh Luo Shun Ideyinka."),
    ],
)
def test_the_reporter_is_credited(name: str, end: str) -> None:
    claims = spoken(heard(end=f"{BEFORE} {end}"), *PEOPLE)
    assert makers(claims) == [name]
    assert values(claims, *ROLES, *OUTLETS, proposed=True) == []


@pytest.mark.parametrize(
    ("name", "end"),
    [
        # In no frame of a sign-off, with only names beside it.
        ("Nāpali Furtado", "Napele Fertado, in Kapoleti."),
        # By what engines did to names more than by which sounds are near each other.
        ("Ildikó Szűcs", "I'm El Diko Souch for Asia Minute."),
        ("Gima Vagi", "For Pacific Ledger, this is Ki Ma Vaan E."),
    ],
)
def test_sounds_that_engines_confuse_tell_who_signs(name: str, end: str) -> None:
    assert makers(spoken(heard(end=f"{BEFORE} {end}"), *PEOPLE, name)) == [name]
    assert makers(spoken(heard(end=f"{BEFORE} {end}"), *PEOPLE)) == []


@pytest.mark.parametrize(
    "end",
    [
        "I'm Morella drag omir Esku, and I live here, so I know.",
        "He thanked Morella drag omir Esku, Asia Minute.",
        "We spoke with Morella drag omir Esku for Asia Minute.",
        "She met Morella drag omir Esku, in Kapoleti.",
        "Nobody at Asia Minute knows Morella drag omir Esku.",
        "And he told the court, I'm Morella drag omir Esku and I live here.",
        "The chair of the board is Morella drag omir Esku, a teacher in Hilo.",
        "For the mayor, Morella drag omir Esku is a friend.",
        "“Morella drag omir Esku, Asia Minute,” he laughed.",
        "I'm Morella drag omir Esku and Hilo is where I was born.",
        "I'm Morella drag omir Esku. The tape was found in a shed in Hilo last year, and a museum will now keep it.",
    ],
)
def test_who_is_only_spoken_of_is_nobody(end: str) -> None:
    assert makers(spoken(heard(end=f"{BEFORE} {end}"), *PEOPLE)) == []


@pytest.mark.parametrize("others", [(), crowd(300)], ids=["a few", "hundreds"])
@pytest.mark.parametrize(
    ("known", "end"),
    [
        # Of one family, or of one given name.
        ("Marina Dragomirescu", "For Asia Minute, I'm Joe Hanna drag omir Esku."),
        ("Mirela Sandoval", "For Asia Minute, I'm Morella drag omir Esku."),
        ("Kent Nakahara", "I'm cause a hero Naka Hora."),
        ("Karen Oshiro", "For Asia Minute, I'm Carolyn Oshiro."),
        ("Nilufar Ergasheva", "For Asia Minute, I'm Nilufar Rashidova."),
        ("Karen Oshiro", "For Asia Minute, I'm Karen Osorio."),
        ("Lani Pua", "For Asia Minute, I'm Alana Kapua."),
        ("Michael Fonoti", "For Asia Minute, I'm Rachel Fonoti."),
        ("Karen Oshiro", "For Asia Minute, I'm Darren J. Oshiro."),
        ("Jun-seo Park", "For Asia Minute, I'm Tae-seo Park."),
        ("Park Min-jun", "For Asia Minute, I'm Park Ji-hun."),
        ("Marina Oshiro", "For Asia Minute, I'm Martina Oshiro."),
        ("Pōhai Lindsey", "behind Ziya, for Asia Minute, and hot enough."),
        # Alike by no more than chance.
        ("Setareki Vunivalu", "This is Theodora Finney for Harbor Watch."),
        ("Karen Oshiro", "I'm Gordon Shore."),
        ("Lani Pua", "I'm Leanne Power."),
        ("Savitri Maurya", "For hardest post-hard, Rafi Dihoromona."),
    ],
)
def test_a_stranger_is_nobody(known: str, end: str, others: Sequence[str]) -> None:
    assert makers(spoken(heard(end=f"{BEFORE} {end}"), known, *others)) == []


@pytest.mark.parametrize("probability", [0.95, None])
def test_an_engine_that_is_sure_has_heard_somebody_else(probability: float | None) -> None:
    words = heard(end=f"{BEFORE} For Asia Minute, I'm Marilla Drogomaresko.", probability=probability)
    assert makers(spoken(words, *PEOPLE)) == []
    assert makers(spoken(heard(end="For Asia Minute, I'm Marilla Drogomaresko."), *PEOPLE)) == ["Mirela Dragomirescu"]


@pytest.mark.parametrize(
    ("known", "end"),
    [
        # As like it as the best of some hundreds of strangers.
        ("Lani Kapoor", "Hellani Cabrera for Asia Minute."),
        # The frame of the name is no part of it, and a short word of it must be heard, too.
        ("Kalani Okafor", "I'm Keahilo Nohiwa for Asia Minute."),
        ("Han Faleolo", "I'm Ciacie Falleolo for Asia Minute."),
    ],
)
def test_a_likeness_that_chance_would_reach_is_nobody(known: str, end: str) -> None:
    assert makers(spoken(heard(end=f"{BEFORE} {end}"), known, *crowd(500))) == []


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("Agnieszka Kwiatek", "I'm Agnaish Kakaivitech for Asia Minute."),
        ("Sheela Kurian", "Gila Kurean, for Asia Minute, in Hilo."),
        ("Sheela Kurian", "She lakurian, for age and minute, in Hilo."),
        ("Pualani Nakoa", "I'm Tualani Nakawa and Kaao."),
        ("Mirela Dragomirescu", "You've been listening to Morella drag omir Esku, on Asia Minute."),
        # The given name is right, and the other nearly.
        ("Nilufar Ergasheva", "I'm Nilufar Ergacheva, and this is Asia Minute."),
        ("Karen Whitfield", "With Asia Minute, I'm Karen Whittield."),
        # The engine wrote sounds as the letters and digits that are called like them.
        ("Itziar Mendizabal", "For Asia Minute and E.C. R.M.N.D. saw ball."),
        ("Aino Rautiainen", "For Asia Minute, I'm I No R T I Nen."),
        ("Tunde Vaea", "For Asia Minute, I'm 2 N Day V.I.A."),
        ("Thibault Lemoine", "For Asia Minute, I'm Tee Bolt Lou M1."),
        ("Wanjiru Kamau", "1G Rukamo, Asia Minute, Hilo."),
        # It heard commas and more words.
        ("Gonçalo Meireles", "For Asia Minute, I'm Gonsal, who may reless."),
        ("Kalena Fontanilla", "From Lana, Yain, Colena, from Tanil, offer Asia Minute."),
        ("Rangi Tautahi", "For Asia, minute, Rang Gee, tow, Tahi."),
        # The family name is right, and the given name sounds as it would.
        ("Hiwalani Crowell", "From Hilo, I'm Hivalani Crowell for Asia Minute."),
        ("Sophie Vandenbroucke", "For Asia Minute, I'm Sophie Vandenberga."),
        # A particle, and a half of a given name, are no sign of a relative.
        ("Tarek al-Hakim", "I'm Tarak Al-Hakin. Good night from Asia Minute."),
        ("Seung-jae Chung", "For Asia Minute, I'm Sun Jae-chun."),
        # A sound was heard after the name.
        ("Tuiloma Fepuleai", "From Hilo, to Elo Motha Poulei I reporting."),
        # Before the name stands more than the frame.
        ("Joaquim Teixeira", "For Asia Minute on the H Joaquin Teixe Rob."),
        ("Joaquim Teixeira", "For Asia Minute, I might Joaquin Teixe Rob."),
        # The place was garbled, too.
        ("Vaʻasili Toʻomata", "I'm Va-Asi-Lito-O-Mata and Sal-Lay-Lolo and Gal."),
    ],
)
def test_in_a_whole_frame_one_word_of_the_name_may_be_faint(name: str, end: str) -> None:
    claims = spoken(heard(end=f"{BEFORE} {end}"), name, "Karen Oshiro", "Lani Pua")
    assert makers(claims) == [name]
    assert values(claims, *ROLES, *OUTLETS, proposed=True) == []


@pytest.mark.parametrize(
    "end", ["sure Indomas, I'm Lani Pua.", "Sonny Day. I'm Lani Pua.", "Karen Oshiro's. I'm Lani Pua."]
)
def test_a_host_who_says_whose_report_it_was_is_no_reporter(end: str) -> None:
    claims = spoken(heard(end=f"{BEFORE} That report was {end}"), *PEOPLE)
    assert values(claims, Field.HOST) == ["Lani Pua"]
    assert "Lani Pua" not in values(claims, Field.REPORTER)


@pytest.mark.parametrize(
    "end",
    [
        "For Harbor Watch, Wanna be tan so.",
        "Wanna Bee Tanso reporting.",
        "I'm Zafi Vish and I have scoffed for Asia Minute.",
    ],
)
def test_who_opens_is_the_host_where_somebody_signs_whom_nobody_knows(end: str) -> None:
    claims = spoken(heard("From Harbor Watch, I'm Lani Pua.", f"{BEFORE} {end}"), *PEOPLE)
    assert values(claims, Field.HOST) == ["Lani Pua"]
    assert values(claims, Field.REPORTER) == []


def test_of_two_names_neither_is_credited() -> None:
    people = ("Mirela Dragomirescu", "Morela Dragomiresco")
    assert makers(spoken(heard(end=f"{BEFORE} For Asia Minute, I'm Morella drag omir Esku."), *people)) == []


def test_hundreds_who_are_not_heard_are_nobody() -> None:
    """The clips of the judgement set are signed by others, and here the engine is in doubt about each word."""
    known = KnownNames(roster(*crowd(300)))
    clips = json.loads((ROOT / "benchmarks" / "judgements" / "own" / "clips.json").read_text(encoding="utf-8"))
    texts = [clip["text"] for clip in clips if clip.get("reporter")]
    assert len(texts) > 20
    for text in texts:
        words = [replace(word, probability=0.4) for word in speak(text)]
        assert makers(claims_from_speech(words, known, (), duration=duration_of(words))) == [], text[-90:]


def test_hundreds_on_the_roster_do_not_hide_the_reporter() -> None:
    words = heard(end=f"{BEFORE} For Asia Minute, I'm Morella drag omir Esku.")
    assert makers(spoken(words, *PEOPLE, *crowd(500))) == ["Mirela Dragomirescu"]


GARBLED = heard(end=f"{BEFORE} For Asia Minute, I'm Mirror Dragons.")
TOLD = Story("Boats", ("The boats are late.", "Mirela Dragomirescu was on board when the first of them came in."))


def test_a_name_that_the_story_has_needs_less() -> None:
    assert makers(spoken(GARBLED, *PEOPLE, *crowd(500))) == []
    assert makers(spoken(GARBLED, *PEOPLE, *crowd(500), story=TOLD)) == ["Mirela Dragomirescu"]
    assert makers(spoken(GARBLED, *PEOPLE, *crowd(500), makers=["Mirela Dragomirescu"])) == ["Mirela Dragomirescu"]
    faint = heard(end=f"{BEFORE} For Asia Minute, I'm Mira Drago.")
    assert makers(spoken(faint, *PEOPLE, makers=["Mirela Dragomirescu"])) == ["Mirela Dragomirescu"]
    assert makers(spoken(faint, *PEOPLE, makers=["Mirela Dragomirescu"], confidence=0.3)) == []
    # Not so much less that anybody in the story would do.
    other = heard(end=f"{BEFORE} For Asia Minute, I'm Dale Whitlock.")
    assert makers(spoken(other, *PEOPLE, story=TOLD)) == []


def signed(words: Sequence[Word]) -> list[SpokenClaim]:
    found = read_signoff(words, KnownNames(roster(*PEOPLE)), duration=duration_of(words))
    return [one for one in found if one.claim.field == Field.REPORTER]


@pytest.mark.parametrize(
    ("end", "name"),
    [
        ("For Asia Minute, I'm Morella drag omir Esku.", "Morella drag omir Esku."),
        ("I'm Karen Oshiro in Hilo.", "Karen Oshiro"),
        ("Lani poo ah reporting.", "Lani poo ah"),
    ],
)
def test_a_claim_knows_the_words_of_the_name(end: str, name: str) -> None:
    words = heard(end=f"{BEFORE} {end}")
    [one] = signed(words)
    assert "".join(word.text for word in words[one.first_word : one.last_word + 1]).strip() == name
    assert name in one.claim.evidence


# What is proposed


def test_a_given_name_spelled_right_makes_no_new_person() -> None:
    people = ("Haruka Tsuchiya", "Karen Oshiro")
    claims = spoken(heard(end=f"{BEFORE} For Asia Minute, I'm Haruka Sichia."), *people)
    assert values(claims, *ROLES, *OUTLETS, proposed=True) in ([], ["Haruka Tsuchiya"])


def test_a_name_that_was_heard_nearly_makes_no_new_person() -> None:
    claims = spoken(heard(end=f"{BEFORE} For Asia Minute, I'm Kaleo Maui.", probability=0.6), "Kaleo Māhoe")
    assert values(claims, *ROLES, *OUTLETS, proposed=True) in ([], ["Kaleo Māhoe"])


def test_letters_are_no_new_show() -> None:
    claims = spoken(heard(end=f"{BEFORE} This is M-O-A-C-Roba."), *PEOPLE)
    assert values(claims, *OUTLETS, proposed=True) == []


def test_an_engine_that_writes_letters_is_not_sure() -> None:
    words = heard(end=f"{BEFORE} Kahi Keenar as NTS, Asia Minute.", probability=0.95)
    assert makers(spoken(words, "Kahikina Rezentes", *PEOPLE)) == ["Kahikina Rezentes"]
    one = heard(end=f"{BEFORE} For Asia Minute, I'm Karen J. Oshima.", probability=0.95)
    assert makers(spoken(one, *PEOPLE)) == []


def test_whom_one_listens_to_on_a_show_is_no_show() -> None:
    claims = spoken(heard(end=f"{BEFORE} You've been listening to Gordon Wiley on Asia Minute."), *PEOPLE)
    assert values(claims, *OUTLETS, proposed=True) == []
    assert values(claims, Field.SHOW) == ["Asia Minute"]


@pytest.mark.parametrize(
    ("start", "outlet"),
    [
        ("This is Pacific Ranger.", "Pacific Ledger"),
        ("This is Asha Minit, from Hilo.", "Asia Minute"),
        ("Welcome to Harbor Wash.", "Harbor Watch"),
        ("This is Hah Why Public Radio.", "Hawaiʻi Public Radio"),
        ("This is Pass a Figly Judge.", "Pacific Ledger"),
    ],
)
@pytest.mark.parametrize("probability", [0.4, 0.95])
def test_a_misheard_show_is_no_new_one(start: str, outlet: str, probability: float) -> None:
    claims = spoken(heard(start=f"{start} The boats are in.", probability=probability), *PEOPLE)
    assert values(claims, *OUTLETS, proposed=True) in ([outlet], [])
    assert values(claims, *ROLES, proposed=True) == []
    assert {*values(claims, *OUTLETS)} <= {outlet}


@pytest.mark.parametrize(
    ("end", "proposed"),
    [
        # Not enough to credit anybody, and too much for a new name.
        ("For Asia Minute, I'm Karena Oshiro.", ["Karen Oshiro"]),
        ("I'm Sonny Wreck Vinny.", []),
        ("You've been listening to Miranda Dragomiresco on Asia Minute.", []),
        # A name of its own.
        ("I'm Rachel Oshiro.", ["Rachel Oshiro"]),
        ("I'm Gordon Wiley.", ["Gordon Wiley"]),
    ],
)
def test_a_misheard_person_is_no_new_one(end: str, proposed: list[str]) -> None:
    claims = spoken(heard(end=f"{BEFORE} {end}", probability=0.55), *PEOPLE)
    assert makers(claims) == []
    assert values(claims, *ROLES, proposed=True) == proposed


@pytest.mark.parametrize(
    ("start", "end", "people", "outlets"),
    [
        ("", "This is Gordon Wiley.", ["Gordon Wiley"], []),
        ("This is Tide Table.", "", [], ["Tide Table"]),
        ("This is Tide Table. I'm Gordon Wiley.", "", ["Gordon Wiley"], ["Tide Table"]),
        ("", "For the Valley Bulletin, this is Gordon Wiley.", ["Gordon Wiley"], ["Valley Bulletin"]),
        ("This is Gordon Wiley.", "I'm Gordon Wiley.", ["Gordon Wiley"], []),
        ("", "This is Gordon Wiley for Tide Table.", ["Gordon Wiley"], ["Tide Table"]),
    ],
)
def test_no_phrase_is_proposed_as_both(start: str, end: str, people: list[str], outlets: list[str]) -> None:
    claims = spoken(heard(start, f"{BEFORE} {end}" if end else "", probability=0.9), *PEOPLE)
    assert values(claims, *ROLES, proposed=True) == people
    assert values(claims, *OUTLETS, proposed=True) == outlets


# The measure


def test_a_name_agrees_with_itself_as_well_as_can_be() -> None:
    for name in PEOPLE:
        sounds = tuple(sound_of([word.casefold()]) for word in name.split())
        found = agreement(sounds, "".join(sounds))
        assert found.bits == pytest.approx(information("".join(sounds)))
        assert found.shares == pytest.approx([1.0] * len(sounds))
        for other in PEOPLE:
            assert agreement(sounds, sound_of(other.casefold().split())).bits <= found.bits
    assert agreement(("KaReN",), "").bits < 0
    assert agreement((), "KaReN").shares == ()


def test_what_whisper_heard(shared: Path) -> None:
    """The bars: of the pieces whose sign-off has words, 60 % by a roster, 85 % with the story, and nobody else."""
    rows = measure(pieces_in(shared / "names"), (0,))
    assert missed(rows) == []
    assert sum(row["roster_credited"] for row in rows) >= 28, rows


def test_a_misheard_person_is_no_new_one_however_many_are_known() -> None:
    words = heard(end=f"{BEFORE} From Suva, Tabitale Ata-Ur reporting.", probability=0.55)
    names = ("Tavita Leiataua", *crowd(3000))
    assert values(spoken(words, *names), *ROLES, proposed=True) == []
