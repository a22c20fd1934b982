"""Shows, people and stations: found in any spelling, merged and separated again without loss."""

from pathlib import Path

import pytest
from support.bounds import sqlite_steps, statements
from support.clips import new_clip

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, save
from radio_archive.archive.names import addresses, roster
from radio_archive.errors import NoSuchSubjectError, UsageError
from radio_archive.formats.roster_file import read_rows
from radio_archive.models import Field, Known
from radio_archive.pipeline.retag import apply_claims


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    opened = Archive.create(tmp_path / "a", "")
    for sha256, show, reporter in [
        ("1", "Reef Notes", "Malia Santos"),
        ("2", "Reef Notes", "M. Santos"),
        ("3", "Reef Notez", "Malia Santos"),
    ]:
        save.save_clip(opened, new_clip(sha256, show, reporter))
    return opened


@pytest.mark.parametrize("text", ["Malia Santos", "MALIA SANTOS", "malia", "Malia-Santos"])
def test_people_are_found_however_they_are_spelled(archive: Archive, text: str) -> None:
    assert roster.find(archive, "person", text).name == "Malia Santos"


def test_an_unknown_name_brings_suggestions(archive: Archive) -> None:
    with pytest.raises(NoSuchSubjectError, match="Did you mean 'Malia Santos'"):
        roster.find(archive, "person", "Maila Santoz")
    with pytest.raises(NoSuchSubjectError, match="more than one person is called 'santos'"):
        roster.find(archive, "person", "santos")


def everything(archive: Archive) -> list[tuple[str, str | None, str | None]]:
    return sorted((clip.recording.sha256, clip.show, clip.reporter) for clip in read.clips(archive))


def test_a_merge_moves_everything_and_can_be_undone(archive: Archive) -> None:
    before = everything(archive), roster.entries(archive, "person"), roster.entries(archive, "show")
    people = [roster.find(archive, "person", name) for name in ("M. Santos", "Malia Santos")]
    number = roster.merge(archive, "person", people[0], people[1])
    shows = [roster.find(archive, "show", name) for name in ("Reef Notez", "Reef Notes")]
    roster.merge(archive, "show", shows[0], shows[1])
    assert everything(archive) == [(key, "Reef Notes", "Malia Santos") for key in "123"]
    assert roster.find(archive, "person", "M. Santos").name == "Malia Santos"
    assert [subject.name for subject in roster.entries(archive, "person")] == ["Malia Santos"]
    save.save_clip(archive, new_clip("4", "reef-notez", "M. SANTOS"))
    assert everything(archive)[-1] == ("4", "Reef Notes", "Malia Santos")
    roster.undo(archive, "show")
    roster.undo(archive, "person", number)
    with pytest.raises(NoSuchSubjectError, match="no such merge"):
        roster.undo(archive, "person", number)
    store_removed = [line for line in everything(archive) if line[0] != "4"]
    assert store_removed == before[0]
    assert [s.name for s in roster.entries(archive, "person")] == [s.name for s in before[1]]


def test_a_person_who_had_both_credits_has_one_and_gets_two_back(archive: Archive) -> None:
    archive.db.execute(
        "INSERT INTO credits (clip_id, person_id, role) SELECT 1, id, 'reporter' FROM people WHERE name = 'M. Santos'"
    )
    archive.db.conn.commit()
    one, other = (roster.find(archive, "person", name) for name in ("M. Santos", "Malia Santos"))
    roster.merge(archive, "person", one, other)
    assert everything(archive)[0] == ("1", "Reef Notes", "Malia Santos")
    roster.undo(archive, "person")
    assert set((everything(archive)[0][2] or "").split(", ")) == {"Malia Santos", "M. Santos"}


def test_one_name_belongs_to_one_person(archive: Archive) -> None:
    malia = roster.find(archive, "person", "Malia Santos")
    with pytest.raises(UsageError, match=r"is a name of M\. Santos already"):
        roster.change(archive, malia, {}, ["m santos"])
    renamed = roster.change(archive, malia, {"name": "Malia Santos-Lee", "role": "reporter"}, ["Malia S."])
    assert renamed.name == "Malia Santos-Lee"
    assert set(renamed.aliases) == {"Malia Santos", "Malia S."}
    assert renamed.facts == {"role": "reporter"}
    assert roster.RosterReader(archive).news()[0].people[0] == Known("Malia Santos-Lee", ("Malia Santos", "Malia S."))


def test_a_merge_into_itself_is_refused(archive: Archive) -> None:
    malia = roster.find(archive, "person", "Malia Santos")
    with pytest.raises(UsageError, match="already"):
        roster.merge(archive, "person", malia, malia)


def test_shows_have_codes_stations_and_ranks(archive: Archive) -> None:
    facts = {"code": "RN", "station": "Coast Radio", "ranks": ["signoff", "tags"], "rights": "© Coast Radio"}
    show = roster.add(archive, "show", "reef notes", ["RN Daily"], facts)
    assert show.name == "Reef Notes"
    assert show.facts == facts
    assert roster.codes(archive) == {"RN": "Reef Notes"}
    assert roster.find(archive, "station", "coast radio").clips == 2


@pytest.mark.parametrize("kind", ["show", "person", "station"])
def test_a_list_asks_no_more_of_many_than_of_few(archive: Archive, kind: str) -> None:
    def listed() -> list[roster.RosterEntry]:
        found = roster.entries(archive, kind)
        assert found == [roster.find(archive, kind, entry.uid) for entry in found]
        return found

    facts = {"station": "Coast Radio"} if kind == "show" else {}
    roster.add(archive, kind, "Harbor Watch", ["Harbour Watch", "HW"], facts)
    few = listed()
    asked = len(statements(archive.db.conn, lambda: roster.entries(archive, kind)))
    for number in range(30):
        roster.add(archive, kind, f"Number {number}", [f"No. {number}"], facts)
    many = listed()
    assert len(many) == len(few) + 30
    assert next(entry.aliases for entry in many if entry.name == "Harbor Watch") == ("Harbour Watch", "HW")
    assert len(statements(archive.db.conn, lambda: roster.entries(archive, kind))) == asked


TOML = """
[[people]]
name = "Kēhau Pua"
aliases = ["Kehau P."]
role = "host"

[[people]]
name = "Tom Fujimoto"
"""


@pytest.mark.parametrize(
    ("suffix", "text"),
    [(".toml", TOML), (".csv", "name,aliases,role\nKēhau Pua,Kehau P.,host\nTom Fujimoto,,\n")],
)
def test_bulk_files_say_the_same_as_toml_and_csv(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"people{suffix}"
    path.write_text(text, encoding="utf-8")
    rows = read_rows(path, "people", frozenset({"role"}))
    assert [(row.name, row.aliases, dict(row.facts)) for row in rows] == [
        ("Kēhau Pua", ("Kehau P.",), {"role": "host"}),
        ("Tom Fujimoto", (), {}),
    ]


@pytest.mark.parametrize(
    ("suffix", "text", "problem"),
    [
        (".toml", "[[people]]\nname = = 1", "line 2"),
        (".toml", "people = 3", "no \\[\\[people\\]\\] tables"),
        (".toml", "[[people]]\nnmae = 'x'", "number 1: 'nmae' is not known. Did you mean 'name'"),
        (".toml", "[[people]]\nname = 3", "no name"),
        (".toml", "[[people]]\nname = 'x'\naliases = 'y'", "It takes a list"),
        (".csv", "name\nx,y\n", "line 2: more values"),
        (".csv", "nome\nx\n", "line 2: 'nome' is not known"),
        (".csv", 'name\n"x\n', "CSV"),
    ],
)
def test_a_bulk_file_with_a_mistake_says_where(tmp_path: Path, suffix: str, text: str, problem: str) -> None:
    path = tmp_path / f"people{suffix}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=problem):
        read_rows(path, "people", frozenset({"role"}))


def test_a_code_belongs_to_one_show(archive: Archive) -> None:
    roster.add(archive, "show", "Reef Notes", [], {"code": "RN"})
    roster.add(archive, "show", "Reef Notes", [], {"code": "rn"})
    with pytest.raises(UsageError, match="'RN' is the code of Reef Notes already"):
        roster.add(archive, "show", "Radio Now", [], {"code": "RN"})
    assert roster.codes(archive) == {"rn": "Reef Notes"}


def test_reading_again_changes_nothing_for_an_alias_or_a_merge(archive: Archive) -> None:
    """What a clip's own sources write is one of the names of a merged person."""
    roster.merge(
        archive, "person", roster.find(archive, "person", "M. Santos"), roster.find(archive, "person", "malia")
    )
    roster.merge(
        archive, "show", roster.find(archive, "show", "Reef Notez"), roster.find(archive, "show", "Reef Notes")
    )
    before = everything(archive)
    assert {reporter for _, _, reporter in before} == {"Malia Santos"}
    for clip in list(read.clips(archive)):
        assert {claim.field for claim in read.clip(archive, clip.uid, read.Part.SOURCES).claims} >= {
            Field.SHOW,
            Field.REPORTER,
        }
        assert [c for c in apply_claims(archive, clip.uid, ()) if c.field in {Field.SHOW, Field.REPORTER}] == []
    assert everything(archive) == before


def test_looking_a_name_up_reads_no_other_names(archive: Archive) -> None:
    rows = [(number, f"person-{number}", f"Person {number}") for number in range(1_000, 3_000)]
    with archive.writing():
        archive.db.conn.executemany("INSERT INTO people (id, uid, name) VALUES (?, ?, ?)", rows)
        archive.db.conn.executemany(
            """INSERT INTO aliases (subject_type, subject_id, name, folded)
               VALUES ('person', ?, 'Person ' || ?1, 'person ' || ?1)""",
            [(key,) for key, *_ in rows],
        )
    malia = roster.find(archive, "person", "Malia Santos")
    for look_up in (
        lambda: addresses.subject(archive, "person", "person-1234"),
        lambda: addresses.subject(archive, "person", "nobody-at-all"),
        lambda: roster.change(archive, malia, {}, ["Malia of the Reef"]),
    ):
        assert sqlite_steps(archive.db.conn, look_up) < 4_000


def test_what_is_in_use_is_not_removed(archive: Archive) -> None:
    malia, show = roster.find(archive, "person", "Malia Santos"), roster.find(archive, "show", "Reef Notez")
    with pytest.raises(UsageError, match=r"Malia Santos is in use \(credits: 2\)"):
        roster.remove(archive, malia)
    with pytest.raises(UsageError, match=r"Reef Notez is in use \(clips: 1\)"):
        roster.remove(archive, show)
    roster.change(archive, show, {"station": "HPR"})
    with pytest.raises(UsageError, match=r"HPR is in use \(shows: 1\)"):
        roster.remove(archive, roster.find(archive, "station", "HPR"))


def test_what_is_removed_goes_with_all_that_was_merged_into_it(archive: Archive) -> None:
    one, two, three = (roster.add(archive, "person", name, [], {}) for name in ("One", "Two", "Three"))
    roster.merge(archive, "person", one, two)
    roster.merge(archive, "person", roster.find(archive, "person", "Two"), three)
    roster.remove(archive, roster.find(archive, "person", "One"))
    assert [entry.name for entry in roster.entries(archive, "person")] == ["M. Santos", "Malia Santos"]
    for table in ("people", "aliases", "claims", "merges"):
        kinds = "" if table == "people" else "WHERE subject_type = 'person'"
        rows = archive.db.execute(f"SELECT * FROM {table} {kinds}").fetchall()
        assert not any(name in str(rows) for name in ("One", "Two", "Three"))
    assert archive.db.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(NoSuchSubjectError):
        roster.undo(archive, "person")
