"""The queue of what waits for a person's ear: what is in it, what a person decides, and what a page of it costs."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.bounds import sqlite_steps
from support.texts import change, said, save_said, save_transcript, text_of

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, decisions, proposals, redactions, review, save, versions
from radio_archive.archive.clips.review import Done, Item, Place, State
from radio_archive.archive.filters import Filters
from radio_archive.archive.names import roster
from radio_archive.archive.public.views import hide
from radio_archive.errors import StaleTextError, UsageError
from radio_archive.models import Alternative, Edit, Proposal, ProposalSource

ALL = Filters()
HEARD = "The Jung?? on?? daily says so. Fifteen?? boats never came to Molo?? Kati?? today."
OTHER = "The Jung?? on?? daily says so. Fifty?? boats never came to Molokai today."


JOONGANG = Proposal(
    *(1, 3, "Jung on daily", "JoongAng Daily", ProposalSource.STORY, "“JoongAng Daily” in the story", 0.95),
    alternatives=(
        Alternative(1, 3, "Jungang Daily", ProposalSource.STORY, "in its headline", 0.6),
        Alternative(1, 2, "Jong-ang", ProposalSource.GLOSSARY, "in the glossary", 0.5),
        Alternative(0, 1, "Jung", ProposalSource.GLOSSARY, "in the glossary", 0.4),
    ),
)


def saved(archive: Archive, name: str, text: str = HEARD, show: str = "Reef Notes") -> str:
    return save_said(archive, name, said(text), show)


@pytest.fixture
def clip(archive: Archive) -> str:
    """A clip with two versions, and a proposal."""
    uid = saved(archive, "1", OTHER)
    save_transcript(archive, uid, said(HEARD))
    proposals.propose(archive, uid, [JOONGANG], 0.99)
    return uid


def queue(archive: Archive) -> dict[str, Item]:
    return {one.text: one for one in review.page(archive, ALL, 50)}


def test_the_queue_has_proposals_and_doubtful_words_the_likeliest_errors_first(archive: Archive, clip: str) -> None:
    items = review.page(archive, ALL, 50)
    assert [(one.kind, one.text, [offer.text for offer in one.offers]) for one in items] == [
        ("proposal", "Jung on daily", ["JoongAng Daily", "Jungang Daily", "Jong-ang"]),
        ("number", "Fifteen", ["Fifty"]),
        ("name", "Molo Kati", ["Molokai"]),
    ]
    first = items[0]
    assert (first.clip.uid, first.version, first.offers[0].evidence) == (clip, 2, JOONGANG.evidence)
    assert [offer.heard for offer in first.offers] == ["Jung on daily", "Jung on daily", "Jung on"]
    assert (first.before, first.after) == ("The", "says so. Fifteen boats never came to Molo Kati today.")
    assert (first.start, first.end) == pytest.approx((0.4, 1.5))
    assert (first.heard_from, first.heard_to) == pytest.approx((0.0, 3.0))
    assert [one.worth for one in items] == sorted((one.worth for one in items), reverse=True)


ACTS: dict[str, tuple[str, Callable[[Archive, Item], Done], str, State]] = {
    "a proposal accepted": (
        *("Jung on daily", lambda archive, one: review.accept(archive, one, "Lani")),
        *("The JoongAng Daily says so.", State.ACCEPTED),
    ),
    "its second text": (
        *("Jung on daily", lambda archive, one: review.accept(archive, one, "Lani", 1)),
        *("The Jungang Daily says so.", State.REJECTED),
    ),
    "its third, for fewer words": (
        *("Jung on daily", lambda archive, one: review.accept(archive, one, "Lani", 2)),
        *("The Jong-ang daily says so.", State.REJECTED),
    ),
    "a proposal rejected": (
        *("Jung on daily", lambda archive, one: review.reject(archive, one, "Lani")),
        *("The Jung on daily says so.", State.REJECTED),
    ),
    "a proposal written anew": (
        *("Jung on daily", lambda archive, one: review.write(archive, one, "Joongang  Daily", "Lani")),
        *("The Joongang Daily says so.", State.REJECTED),
    ),
    "a proposal written as it is": (
        *("Jung on daily", lambda archive, one: review.write(archive, one, "Jung on daily", "Lani")),
        *("The Jung on daily says so.", State.REJECTED),
    ),
    "another version's word": (
        *("Molo Kati", lambda archive, one: review.accept(archive, one, "Lani")),
        *("came to Molokai today.", State.COVERED),
    ),
    "a word kept": ("Molo Kati", lambda archive, one: review.reject(archive, one, "Lani"), HEARD, State.RIGHT),
    "a word removed": (
        *("Fifteen", lambda archive, one: review.write(archive, one, "", "Lani")),
        *("boats never came", State.COVERED),
    ),
    "a word skipped": ("Fifteen", lambda archive, one: review.skip(archive, one, "Lani"), HEARD, State.SKIPPED),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_a_person_decides_is_done_kept_and_undone(archive: Archive, clip: str, name: str) -> None:
    which, act, expected, state = ACTS[name]
    before, whole = text_of(archive, clip), queue(archive)
    done = act(archive, whole[which])
    assert expected.replace("?", "") in text_of(archive, clip)
    assert [one.text for one in review.page(archive, ALL, 50)] == [one for one in whole if one != which]
    kept = archive.db.execute("SELECT state FROM review_items WHERE id = ?", [whole[which].id]).fetchone()
    assert kept == (state,)
    # Another one at the same time is told, and changes nothing.
    after = text_of(archive, clip)
    if state != State.SKIPPED:
        for late in (review.accept, review.reject, review.skip):
            with pytest.raises(StaleTextError):
                late(archive, whole[which], "Kai")
    assert text_of(archive, clip) == after
    review.undo(archive, done)
    assert text_of(archive, clip) == before
    assert queue(archive) == whole


def test_a_sentence_still_ends_when_its_last_word_is_removed(archive: Archive) -> None:
    uid = saved(archive, "1", "They sailed to Molokai Kati.?? The boats never came.")
    [one] = review.page(archive, ALL, 50)
    review.write(archive, one, "", "Lani")
    assert text_of(archive, uid) == "They sailed to Molokai. The boats never came."


def test_what_was_skipped_comes_again_only_when_asked_for(archive: Archive, clip: str) -> None:
    one = queue(archive)["Fifteen"]
    review.skip(archive, one, "Lani")
    (again,) = review.page(archive, ALL, 50, skipped=True)
    assert again == replace(one, state=State.SKIPPED)
    review.accept(archive, again, "Lani")
    assert "Fifty boats" in text_of(archive, clip)
    assert review.page(archive, ALL, 50, skipped=True) == []


def test_nothing_is_accepted_where_nothing_is_offered(archive: Archive) -> None:
    saved(archive, "1", "We came to Molo?? today.")
    (one,) = review.page(archive, ALL, 50)
    with pytest.raises(UsageError, match="no text is offered"):
        review.accept(archive, one, "Lani")


def test_the_queue_follows_new_versions_and_keeps_what_is_decided_about_the_same_words(archive: Archive) -> None:
    uid = saved(archive, "1", "We came to Molo?? Kati?? in May. Fifteen?? boats left.")
    items = queue(archive)
    assert set(items) == {"Molo Kati", "Fifteen"}
    review.reject(archive, items["Fifteen"], "Lani")
    # Decided, and derived again: nothing of it comes back.
    with archive.writing():
        from radio_archive.archive.index import suspects

        suspects.refresh(archive.db, read_id(archive, uid))
    assert set(queue(archive)) == {"Molo Kati"}
    save_transcript(archive, uid, said("We came to Molokai in May. Fifteen?? boats left Pulama??"))
    assert {one.text: one.version for one in queue(archive).values()} == {"Pulama": 2}


def test_another_version_tells_what_else_may_have_been_said(archive: Archive) -> None:
    uid = saved(archive, "1", "We came to Molo?? Kati?? in May. They saw the Pulama?? there.")
    assert {one.text: one.offers for one in review.page(archive, ALL, 9)} == {"Molo Kati": (), "Pulama": ()}
    save.add_transcript(archive, uid, said("We came to Molokai in May. They saw the Pullman there."))
    found = {one.text: [offer.text for offer in one.offers] for one in review.page(archive, ALL, 9)}
    assert found == {"Molo Kati": ["Molokai"], "Pulama": ["Pullman"]}


def read_id(archive: Archive, uid: str) -> int:
    return int(archive.db.execute("SELECT id FROM clips WHERE uid = ?", [uid]).fetchone()[0])


def test_a_page_after_a_page_and_the_queue_of_one_show(archive: Archive) -> None:
    for number in range(6):
        saved(
            archive, str(number), "Then Molo?? came. Then Kati?? left.", "Reef Notes" if number % 2 else "Harbor Watch"
        )
    whole = review.page(archive, ALL, 50)
    assert len(whole) == 12
    pages, after = [], review.FIRST
    while found := review.page(archive, ALL, 5, after):
        pages += found
        after = Place(found[-1].worth, found[-1].id)
    assert pages == whole
    notes = review.page(archive, Filters(show="Reef Notes"), 50)
    assert notes == [one for one in whole if one.clip.show == "Reef Notes"]
    assert len(notes) == 6
    # A clip that goes to another show takes its items along.
    subject = roster.find(archive, "show", "Reef Notes")
    roster.merge(archive, "show", roster.find(archive, "show", "Harbor Watch"), subject)
    assert len(review.page(archive, Filters(show="Reef Notes"), 50)) == 12
    with pytest.raises(UsageError, match="no show called"):
        review.page(archive, Filters(show="Nobody"), 5)


def test_how_far_each_show_is(archive: Archive, clip: str) -> None:
    saved(archive, "2", "Then Molo?? came.", "Harbor Watch")
    items = queue(archive)
    review.accept(archive, items["Jung on daily"], "Lani")
    review.reject(archive, items["Fifteen"], "Lani")
    review.skip(archive, items["Molo Kati"], "Lani")
    assert review.status(archive, ALL) == [
        review.ShowStatus("Harbor Watch", 0, 1, 0, 0, 0, 0),
        review.ShowStatus("Reef Notes", 0, 0, 1, 1, 0, 1),
    ]
    assert [one.show for one in review.status(archive, Filters(show="Reef Notes"))] == ["Reef Notes"]


def test_strangers_see_nothing_of_it_and_editors_nothing_of_hidden_clips(archive: Archive, clip: str) -> None:
    public = Filters(public=True)
    shown = review.page(archive, public, 50)
    assert shown == review.page(archive, ALL, 50) != []
    with Archive(archive.folder, read_only=True) as reader:
        hide(reader.db.conn)
        assert review.page(reader, ALL, 50) == []
    decisions.set_decision(archive, clip, "visibility", "private")
    assert review.page(archive, public, 50) == []
    assert review.status(archive, public) == []
    assert review.item(archive, shown[0].id, public) is None
    assert review.item(archive, shown[0].id) == shown[0]


def test_of_what_is_redacted_nobody_is_asked_and_nothing_is_offered(archive: Archive) -> None:
    clip = saved(archive, "1")
    wider = Alternative(1, 2, "Jungan", ProposalSource.GLOSSARY, "in the glossary", 0.5)
    proposal = Proposal(2, 2, "on", "An", ProposalSource.GLOSSARY, "in the glossary", 0.9, alternatives=(wider,))
    proposals.propose(archive, clip, [proposal], 0.99)
    assert [(offer.heard, offer.text) for offer in queue(archive)["on"].offers] == [("on", "An"), ("Jung on", "Jungan")]
    redactions.add(archive, clip, 0.4, 0.7, author="owner")
    one = queue(archive)["on"]
    assert (one.before, [(offer.heard, offer.text) for offer in one.offers]) == ("The [redacted]", [("on", "An")])
    redactions.add(archive, clip, one.start, one.end, author="owner")
    assert set(queue(archive)) == {"Fifteen", "Molo Kati"}
    assert review.item(archive, one.id) is None
    # Nor is anything written there, which nobody would see.
    with pytest.raises(UsageError, match="redacted"):
        corrections.edit(archive, clip, [Edit(1, 2, "[redacted]", "Kai")], "Lani")
    redactions.undo(archive, clip)
    assert queue(archive)["on"] == one


def test_what_a_person_or_a_publisher_wrote_has_no_suspects(archive: Archive) -> None:
    save_said(archive, "1", said("We came to Molo?? today.", "import"))
    assert review.page(archive, ALL, 50) == []


def test_a_page_costs_the_same_in_a_larger_archive(archive: Archive) -> None:
    def steps() -> int:
        last = review.page(archive, ALL, 1)[0]
        return max(
            sqlite_steps(archive.db.conn, lambda: review.page(archive, ALL, 4)),
            sqlite_steps(archive.db.conn, lambda: review.page(archive, Filters(show="Rare"), 4)),
            sqlite_steps(archive.db.conn, lambda: review.page(archive, ALL, 4, Place(last.worth, last.id))),
        )

    saved(archive, "rare", "Then Molo?? came. Then Kati?? left.", "Rare")
    common = saved(archive, "common", "Then Molo?? came. Then Kati?? left." * 100)
    few = steps()
    with archive.writing():
        archive.db.execute(
            """WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 100),
                   m (m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM m WHERE m < 100)
               INSERT OR IGNORE INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt,
                   worth)
               SELECT id, show_id, current_transcript_id, n, n + m, 'word', 0.8, 0.8 FROM clips, n, m WHERE uid = ?""",
            [common],
        )
    assert steps() < 2 * few


def test_another_text_for_more_words_does_not_replace_what_somebody_wrote_meanwhile(
    archive: Archive, clip: str
) -> None:
    longer = replace(JOONGANG, alternatives=(Alternative(0, 3, "Jung", ProposalSource.GLOSSARY, "", 0.4),))
    proposals.propose(archive, clip, [longer], 0.99)
    one = queue(archive)["Jung on daily"]
    change(archive, clip, 0, 0, "A")
    with pytest.raises(StaleTextError, match="is now 'A Jung on daily'"):
        review.accept(archive, one, "Kai", 1)
    assert text_of(archive, clip).startswith("A Jung on daily says")
    again = queue(archive)["Jung on daily"]
    assert again.offers[1].heard == "A Jung on daily"
    review.accept(archive, again, "Kai", 1)
    assert text_of(archive, clip).startswith("Jung says")


def test_nobody_accepts_a_text_that_was_not_offered_when_they_looked(archive: Archive, clip: str) -> None:
    for again in (
        replace(JOONGANG, alternatives=JOONGANG.alternatives[::-1]),
        # It gets the ids of the one before, which are free then.
        replace(JOONGANG, after="Jong-an Daily"),
    ):
        seen = queue(archive)["Jung on daily"]
        proposals.propose(archive, clip, [again], 0.99)
        for choice in (0, 1):
            with pytest.raises(StaleTextError):
                review.accept(archive, seen, "Lani", choice)
    assert text_of(archive, clip).startswith("The Jung on daily says so.")


def test_what_waits_in_another_version_is_not_counted_and_comes_back_with_it(archive: Archive, clip: str) -> None:
    whole = [(one.kind, one.text) for one in review.page(archive, ALL, 50)]
    edited = change(archive, clip, 1, 1, "Young")
    save_transcript(archive, clip, said("Nothing like that was said."))
    assert review.page(archive, ALL, 50) == []
    assert review.status(archive, ALL) == [review.ShowStatus("Reef Notes", 0, 0, 0, 0, 1, 0)]
    corrections.undo(archive, edited)
    assert [one.proposals for one in review.status(archive, ALL)] in ([], [0])
    versions.choose(archive, clip, 2)
    assert [(one.kind, one.text) for one in review.page(archive, ALL, 50)] == whole
    assert [(one.proposals, one.words) for one in review.status(archive, ALL)] == [(1, len(whole) - 1)]


def test_a_word_that_a_person_left_is_not_asked_for_again_when_its_version_comes_back(
    archive: Archive, clip: str
) -> None:
    review.reject(archive, queue(archive)["Molo Kati"], "Lani")
    review.reject(archive, queue(archive)["Fifteen"], "Lani")
    waiting = set(queue(archive))
    versions.choose(archive, clip, 1)
    versions.choose(archive, clip, 2)
    assert set(queue(archive)) == waiting
    assert [one.right for one in review.status(archive, ALL)] == [2]


def test_a_word_that_a_person_left_is_not_asked_for_in_a_later_version_that_has_it_too(
    archive: Archive, clip: str
) -> None:
    review.reject(archive, queue(archive)["Molo Kati"], "Lani")
    review.reject(archive, queue(archive)["Fifteen"], "Lani")
    save_transcript(archive, clip, said(f"Aloha. {HEARD.replace('Fifteen', 'Sixteen')}"))
    assert {"Molo Kati", "Sixteen"} & set(queue(archive)) == {"Sixteen"}
    assert [one.right for one in review.status(archive, ALL)] == [2]
    versions.choose(archive, clip, 2)
    assert not {"Molo Kati", "Fifteen"} & set(queue(archive))


def test_a_word_waits_again_when_a_correction_of_it_is_undone(archive: Archive, clip: str) -> None:
    waiting = set(queue(archive))
    batch = change(archive, clip, 6, 6, "Fifty")
    assert "Fifteen" not in queue(archive)
    corrections.undo(archive, batch)
    assert set(queue(archive)) == waiting
    save.add_transcript(archive, clip, said("Another version."))
    assert {"Fifteen", "Jung on daily"} <= set(queue(archive))
