"""How often the reporter of a piece is credited by what real Whisper heard, and whether anybody else is.

    python benchmarks/credits.py FOLDER                 # the table, and whether the bars are met
    python benchmarks/credits.py FOLDER --pieces        # and what became of each piece
    python benchmarks/credits.py FOLDER --json FILE     # and the figures as JSON
    python benchmarks/credits.py FOLDER --page docs/metadata.md    # and write the table into the page

FOLDER has a folder for each piece: `names.json` (who reports, for which show, which names are spoken and what became of
the sign-off), `base.json` and `tiny.json` (the words of two models) and `story.txt` or `story.html`.

The roster has all people of all pieces, the shows, and the stations that are named in sign-offs. A piece counts if its
sign-off has words in the transcript. Credited: by the roster alone, and by the roster and the story, of the pieces
whose story names the reporter; a claim of any source may win, as for every clip. The same with invented people on the
roster as well. Wrong: somebody else is credited. Absent: the reporter is not on the roster, so whoever is credited as
reporter is wrong, by the roster alone or with a story without byline. New: a proposal of a person or show that is not
on the roster, though everybody is.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from report import rewrite

from radio_archive.metadata import gather
from radio_archive.metadata.resolve import is_proposal, resolve
from radio_archive.metadata.spoken.known import KnownNames
from radio_archive.models import Claim, Field, Known, Roster, Word
from radio_archive.text.spelling import fold

ENGINES = ("base", "tiny")
CROWDS = (0, 500, 3000)
"""Invented people on the roster besides those of the pieces."""
BARS = {"roster": 0.6, "story": 0.85}
"""Share of the pieces with words in the sign-off, at least."""

GIVEN = """Aaron Abena Adaeze Aiko Akira Alana Alejandra Amara Amit Ana Andre Angela Anika Anthony Arjun Asami Ayumi
Beatriz Ben Brandon Bruno Carla Carlos Carmen Cheng Chloe Daisuke Dalia Dana David Deepa Derek Diego Dominic Eduardo
Elena Eleni Emeka Emiko Emily Enrique Erik Esther Fatima Felipe Fiona Gabriel George Gita Gordon Grace Haruki Hassan
Heather Helen Hina Hiro Hoku Hugo Ibrahim Ikaika Ines Ingrid Isabel Ivan Jae-won Jamal James Janine Jasmin Ji-woo
Joanna Jomar Jonah Jorge Joyce Julia Junko Kahiau Kainoa Kaleo Kalani Karen Karim Katrin Kavya Keala Keiko Kekoa
Kelsey Kenji Kenneth Kimo Kiri Kofi Kristin Kyoko Lani Latisha Laura Leila Leo Lina Linh Logan Lucas Lupe Mahina Makoa
Malakai Malia Manuel Marcus Maria Mariko Marina Mateo Matthew Megan Mei Mele Michael Miguel Mikala Minh Miriam Moana
Mohammed Monica Naomi Nalani Natalie Nikolai Nina Noah Noelani Nohea Olivia Omar Oscar Pania Patricia Paulo Peni Peter
Pita Priya Rachel Rafael Rangi Raj Rebecca Ricardo Robert Rohan Rosa Ruth Ryan Sanjay Sara Satoshi Scott Sefo Semisi
Seung-min Shanice Sina Sione Sofia Soo-jin Stefan Susan Tamar Tane Tanya Tavita Teresa Thanh Thomas Tiare Tobias
Tomasi Trevor Tui Umi Vaea Valerie Victor Vijay Vikram Wanda Wei Wiremu Xiomara Yasmin Yolanda Yuki Yusuf Zara
Zoe""".split()
FAMILY = """Abad Abe Acosta Adebayo Agustin Ahmed Akana Akiyama Alapai Alvarez Amituanai Anderson Aoki Apana Aquino
Arakawa Bailey Baker Banerjee Bautista Becker Bello Benitez Bishop Brennan Brown Burke Cabral Campbell Cardoso
Carvalho Castillo Chan Chatterjee Chen Choi Chong Chun Coleman Cruz Dacosta Das Davis Delgado Diaz Domingo Duarte
Edwards Endo Enomoto Esposito Evans Faleafa Farrell Fernandez Fifita Fisher Flores Fonoti Foster Fujii Fukuda Garcia
Gibson Gomes Gonzales Goto Gupta Hale Hall Hamada Hansen Harada Harris Hashimoto Hayashi Hernandez Higa Hill Hirano Ho
Hoang Hopkins Huang Hussein Ibarra Ikeda Inouye Ishii Ito Jackson Jensen Johnson Jones Joshi Kahale Kahananui
Kaleikini Kamaka Kanahele Kaneshiro Kapoor Kauhane Kawamoto Kealoha Keawe Kelly Khan Kim Kimura Kobayashi Koroma Kumar
Kurihara Lam Larsen Lau Lee Leota Lewis Lim Lopez Lowe Lui Mahoe Mailata Makoni Malone Maninoa Marino Marshall Martin
Matsuda McCarthy McDonald Medeiros Mehta Mendoza Miller Mitchell Miyamoto Molina Moore Morales Moriarty Mori Mueller
Murphy Nakagawa Nakamura Nakasone Ngata Nguyen Nielsen Nishimura Novak Nunes O'Brien O'Connor Ochoa Oda Ogawa Okada
Okafor Oliveira Olsen Ong Onyango Oshiro Otsuka Paea Pacheco Palakiko Park Parker Patel Pereira Perez Pham Phillips
Pineda Pratt Quinn Rahman Ramirez Ramos Reid Reyes Rivera Roberts Robinson Rodrigues Rogers Romero Russo Saito
Sakamoto Salazar Sanchez Santos Sato Savea Schmidt Sharma Shimizu Silva Singh Smith Soares Sousa Stewart Sullivan
Suzuki Tagaloa Takahashi Tamura Tanaka Taufa Taylor Teixeira Thompson Toledo Torres Tran Tsukamoto Turner Uchida Umeda
Vaai Valdez Vargas Vasquez Villanueva Wagner Walker Watanabe Webb Whitaker Williams Wilson Wong Wright Yamada
Yamaguchi Yang Yates Yoshida Young Yuen Zhang Zimmerman""".split()


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: its facts, the claims of its story, and the words of each engine."""

    name: str
    facts: Mapping[str, Any]
    said: gather.SidecarContents
    words: Mapping[str, tuple[Word, ...]]

    @property
    def reporter(self) -> str:
        return str(self.facts["reporter"])

    @property
    def folded(self) -> str:
        return fold(self.reporter)

    @property
    def named_in_story(self) -> bool:
        return any(name["text"] == self.reporter and name["in_story"] for name in self.facts["names"])

    def signs(self, engine: str) -> bool:
        """Whether the sign-off has words in the transcript."""
        return not self.facts["signoff"][engine]["lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who is credited in a piece as reporter, folded, and what is proposed."""

    reporters: frozenset[str]
    proposals: tuple[Claim, ...]


def pieces_in(folder: Path) -> list[Piece]:
    """Return the pieces of a folder, in order."""
    return [_piece(path.parent) for path in sorted(folder.glob("*/names.json"))]


def _piece(folder: Path) -> Piece:
    facts = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    said = gather.parse_sidecars([(path.name, path.read_bytes()) for path in sorted(folder.glob("story.*"))])
    words = {engine: json.loads((folder / f"{engine}.json").read_text(encoding="utf-8"))["words"] for engine in ENGINES}
    return Piece(
        folder.name,
        facts,
        said,
        {
            engine: tuple(Word(one["start"], one["end"], one["text"], one["probability"]) for one in heard)
            for engine, heard in words.items()
        },
    )


def people_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the full names of all people who are named in the pieces, and who report them."""
    named = (name for piece in pieces for name in piece.facts["names"])
    people = {name["text"] for name in named if name["kind"] == "person" and not name["short_for"]}
    return sorted(people | {piece.reporter for piece in pieces})


def stations_of(pieces: Sequence[Piece]) -> list[str]:
    """Return the stations that the pieces sign off for."""
    return sorted(
        {
            str(name["text"])
            for piece in pieces
            for name in piece.facts["names"]
            if name["kind"] == "organisation"
            and name["text"] != piece.facts["show"]
            and name["text"] in piece.facts["signoff"]["text"]
        }
    )


@cache
def crowd(number: int) -> tuple[str, ...]:
    """Return so many invented people, the same each time."""
    chance = random.Random(number)  # noqa: S311
    people = dict.fromkeys(f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}" for _ in range(2 * number))
    return tuple(people)[:number]


def roster_of(pieces: Sequence[Piece], others: Sequence[str] = (), without: str | None = None) -> Roster:
    """Return the roster: all people of the pieces and `others`, but for one, and the shows."""
    people = dict.fromkeys((*people_of(pieces), *others))
    shows = sorted({str(piece.facts["show"]) for piece in pieces})
    return Roster(
        tuple(Known(name) for name in people if name != without),
        tuple(map(Known, shows)),
        tuple(map(Known, stations_of(pieces))),
    )


def outcome(piece: Piece, engine: str, known: KnownNames, names: Mapping[Field, set[str]], *, story: bool) -> Outcome:
    """Return who is credited by the words of an engine, a roster and, with `story`, the story."""
    said = piece.said if story else gather.SidecarContents()
    if fold(piece.reporter) not in names[Field.REPORTER]:
        said = replace(said, claims=tuple(claim for claim in said.claims if claim.field not in gather.PEOPLE))
    words, duration = piece.words[engine], float(piece.facts["duration"])
    heard = gather.claims_from_speech(words, known, said.claims, duration=duration, story=said.story)
    claims = gather.confirmed([*said.claims, *heard], lambda claim: fold(claim.value) in names.get(claim.field, set()))
    reporters = resolve(claims).get(Field.REPORTER)
    accepted = frozenset(fold(claim.value) for claim in reporters.accepted) if reporters else frozenset[str]()
    return Outcome(accepted, tuple(claim for claim in heard if is_proposal(claim)))


def outcomes(
    pieces: Sequence[Piece], others: Sequence[str] = (), *, story: bool = False, absent: bool = False
) -> Iterator[tuple[Piece, str, Outcome, Mapping[Field, set[str]]]]:
    """Yield what becomes of each piece with each engine; with `absent`, its reporter is not on the roster."""
    shared = roster_of(pieces, others)
    known = KnownNames(shared)
    for piece in pieces:
        if absent:
            roster = roster_of(pieces, others, piece.reporter)
            known = KnownNames(roster)
        else:
            roster = shared
        people = {fold(one.name) for one in roster.people}
        names = {
            **dict.fromkeys((Field.REPORTER, Field.HOST, Field.GUEST), people),
            Field.SHOW: {fold(one.name) for one in roster.shows},
            Field.STATION: {fold(one.name) for one in roster.stations},
        }
        for engine in ENGINES:
            yield piece, engine, outcome(piece, engine, known, names, story=story), names


def is_new(claim: Claim, names: Mapping[Field, set[str]]) -> bool:
    """Whether a proposal is of somebody or something that is not on the roster."""
    return fold(claim.value) not in names[claim.field]


def measure(pieces: Sequence[Piece], crowds: Sequence[int] = CROWDS) -> list[dict[str, Any]]:
    """Return a row for each engine and size of roster."""
    rows = []
    for number in crowds:
        found = {kind: list(outcomes(pieces, crowd(number), story=kind == "story")) for kind in ("roster", "story")}
        found["absent"] = list(outcomes(pieces, crowd(number), absent=True))
        found["stranger"] = list(outcomes(pieces, crowd(number), story=True, absent=True))
        for engine in ENGINES:
            row: dict[str, Any] = {"engine": engine, "crowd": number, "pieces": len(pieces)}
            for kind, ones in found.items():
                here = [(p, o, names) for p, one, o, names in ones if one == engine]
                signed = [(p, o) for p, o, _ in here if p.signs(engine) and (kind != "story" or p.named_in_story)]
                row[f"{kind}_signed"] = len(signed)
                row[f"{kind}_credited"] = sum(p.folded in o.reporters for p, o in signed)
                row[f"{kind}_wrong"] = sum(bool(o.reporters - {p.folded}) for p, o, _ in here)
                row[f"{kind}_new"] = sum(is_new(claim, names) for _, o, names in here for claim in o.proposals)
                row[f"{kind}_both"] = sum(_as_both(o.proposals) for _, o, _ in here)
            rows.append(row)
    return rows


def _as_both(proposals: Sequence[Claim]) -> bool:
    """Whether one phrase is proposed as a person and as a show."""
    outlets = {fold(claim.value) for claim in proposals if claim.field in {Field.SHOW, Field.STATION}}
    return any(fold(claim.value) in outlets for claim in proposals if claim.field in gather.PEOPLE)


def missed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the bars that are missed: by the engines together, with nobody but the people of the pieces on the roster,
    and by each row in what must never be."""
    plain = [row for row in rows if not row["crowd"]]
    found = []
    for kind, least in BARS.items():
        signed, credited = (sum(row[f"{kind}_{what}"] for row in plain) for what in ("signed", "credited"))
        if credited < least * signed:
            found.append(f"{kind}: {credited} of {signed}, and not {least:.0%}")
    for row in rows:
        for what in (
            "roster_wrong",
            "story_wrong",
            "absent_wrong",
            "stranger_wrong",
            "roster_both",
            "absent_both",
            "roster_new",
        ):
            if row[what]:
                found.append(f"{row['engine']}, {row['crowd']} more on the roster: {what} {row[what]}")
    return found


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures as a table."""
    head = ("model", "invented people", "by the roster", "and the story", "wrong", "wrong if absent", "proposed as new")
    lines = [head, ("---",) * len(head)]
    for row in rows:
        share = [f"{row[f'{kind}_credited']} of {row[f'{kind}_signed']}" for kind in ("roster", "story")]
        wrong = (
            f"{row['roster_wrong'] + row['story_wrong']}",
            f"{row['absent_wrong'] + row['stranger_wrong']}",
            f"{row['roster_new']}",
        )
        lines.append((row["engine"], f"{row['crowd']}", *share, *wrong))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: list[str]) -> None:
    """Print the table, and exit with an error if a bar is missed."""
    parser = argparse.ArgumentParser(description="Count how often the reporter of a piece is credited.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", action="store_true", help="Also list what became of each piece.")
    parser.add_argument("--json", type=Path, help="Write the figures of all pieces here.")
    parser.add_argument("--page", type=Path, help="Write the table of all pieces into this page.")
    options = parser.parse_args(arguments)
    pieces = pieces_in(options.folder)
    if not pieces:
        sys.exit(f"{options.folder} has no folders with a names.json")
    if options.pieces:
        for kind in ("roster", "story"):
            for piece, engine, found, names in outcomes(pieces, story=kind == "story"):
                new = [claim.value for claim in found.proposals if is_new(claim, names)]
                signs = "" if piece.signs(engine) else "(lost)"
                print(f"{kind} {piece.name} {engine} {signs}: {piece.reporter} {sorted(found.reporters)} {new or ''}")
    rows = measure(pieces)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps({"credits": rows}, indent=1) + "\n", encoding="utf-8")
    if options.page:
        rewrite(options.page, "credits", table(rows))
    faults = missed(rows)
    if faults:
        sys.exit("\n".join(("missed:", *faults)))


if __name__ == "__main__":
    main(sys.argv[1:])
