"""The search of a static site answers as the archive's own does: the judgement sets, in Node, without a browser."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from judgements import Answer, archived, ask, failures, load, score
from support.spoken_archive import say, spoken_archive
from support.static_search import StaticAnswer, need_node, searching

from radio_archive import Archive, search
from radio_archive.archive.clips import read
from radio_archive.publish.links import StaticLinks
from radio_archive.publish.searchdata import search_data
from radio_archive.publish.static import SCRIPTS, write_search


@dataclass(frozen=True, slots=True)
class Judging:
    """One judgement set, archived and published."""

    archive: Archive
    keys: Mapping[str, str]
    answer: Callable[[str], StaticAnswer]
    pages: Mapping[str, str]
    """The keys of the clips by their pages."""

    def found(self, query: str) -> list[str]:
        return [self.pages[page] for page in self.answer(query).pages]


@pytest.fixture(scope="module", params=["dev", "own"])
def judging(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Judging]]:
    with ExitStack() as held:
        yield request.param, _judging(request.param, tmp_path_factory.mktemp(request.param), held)


def _judging(name: str, folder: Path, held: ExitStack) -> Judging:
    need_node()
    keys = archived(load(name), folder / "archive")
    archive = held.enter_context(Archive(folder / "archive", read_only=True))
    links = StaticLinks({}, {})
    write_search(archive, links, folder / "search")
    clips = read.clips(archive, parts=read.LISTED)
    return Judging(
        archive,
        keys,
        held.enter_context(searching(folder)),
        {links.file(f"/{clip.address}") or "": keys[clip.uid] for clip in clips},
    )


def test_the_clip_that_is_meant_comes_first(judging: tuple[str, Judging]) -> None:
    name, judged = judging
    queries = load(name).queries
    given = {one.id: Answer(judged.found(one.query)) for one in queries}
    own = {one.id: ask(judged.archive, judged.keys, one.query) for one in queries}
    wrong = "\n".join(failures(queries, given))
    here, there = score(queries, given), score(queries, own)
    assert here.overall.mrr >= there.overall.mrr - 0.03, wrong
    assert here.overall.found >= there.overall.found - 0.03, wrong
    assert here.silent >= there.silent, wrong


WHOLE_CHUNKS = 70
"""Clips whose texts fill more than one part of the index."""
SAME = {
    # Where two clips have the same score, the archive has the one first that was added last, and a site the newest.
    "dev": [
        "undersea cable Tonga", "breadfruit trees", "volcano eruption evacuation", "the fish do not carry passports",
        "How did Tonga get its internet back?", "dogs protect the ducks and the ducks eat the snails", "voting by mail",
        "nests", "nesting albatross chicks", "coffe leaf rust", "undersee cable", "albatros chicks", "bread fruit",
        "title:coffee", '"leaf rust" coffee', "leaf -rust", "volcano November 2022", "Hawai'i kava", "りんご",
        "+coffee leaf", "xylophone coffee", "coffee xylophone quagga", "US troops", "snail* duck*", "rust OR ducklings",
    ],
    "own": [
        "ant stings", "ʻahuʻula", "Lahaina fire", "Where do the survivors of the Lahaina fire live now?",
        "whale survey", "vanila growers", "axis deer", "Maui -fire", "WWII veterans", "U.S. Navy fuel",
    ],
}  # fmt: skip


def test_it_finds_the_same_clips_in_the_same_order(judging: tuple[str, Judging]) -> None:
    """The first three, what each of them lacks, and which words took the place of unknown ones."""
    name, judged = judging
    here, there = {}, {}
    for query in SAME[name]:
        answer, own = judged.answer(query), search(judged.archive, query, limit=20)
        here[query] = (
            [(judged.pages[page], list(lack)) for page, lack in zip(answer.pages, answer.missing, strict=True)][:3],
            [(typed, list(by)) for typed, by in answer.replaced],
        )
        there[query] = (
            [(judged.keys[hit.clip.uid], list(hit.missing)) for hit in own.clips[:3]],
            [(one.typed, list(one.by)) for one in own.replaced],
        )
    assert here == there


def test_clips_by_date_are_in_the_archives_order(tmp_path: Path) -> None:
    need_node()
    with spoken_archive(tmp_path / "archive") as archive:
        for date in ("2024-05-01", "2999-01-01", None, "1998", "2024-06-01"):
            say(archive, "A storm came.", title=str(date), show="Storms", date=date)
        write_search(archive, StaticLinks({}, {}), tmp_path / "search")
        there = [hit.clip.title for hit in search(archive, "show:storms").clips]
    with searching(tmp_path) as ask_static:
        pages = ask_static("show:storms").pages
    assert [page.split("/")[1] for page in pages] == ["2024-06-01", "2024-05-01", "1998", "undated", "2999-01-01"]
    assert there == ["2024-06-01", "2024-05-01", "1998", "None", "2999-01-01"]


def test_parts_of_two_publications_are_never_mixed(tmp_path: Path) -> None:
    """Yesterday's page with today's files, and today's with yesterday's: what is found is right, or nothing is."""
    need_node()
    folders, indexes = [tmp_path / "yesterday", tmp_path / "today"], list[str]()
    with spoken_archive(tmp_path / "archive") as archive:
        for number in range(WHOLE_CHUNKS):
            say(
                archive,
                f"Reef number {number} is closed.",
                title=f"Reef {number}",
                reporter="Ana Keo",
                date="2024-05-01",
            )
        for folder in folders:
            write_search(archive, StaticLinks({}, {}), folder / "search")
            indexes += [path.relative_to(folder / "search").as_posix() for path in folder.glob("search/h/*.js")]
            say(archive, "The mayor resigns.", title="The mayor", reporter="Kim Lee", date="2024-06-01")
    yesterday, today = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.js")} for folder in folders
    )
    assert all(yesterday[name] == today[name] for name in yesterday.keys() & today.keys())
    # What is said in the older clips has not changed, so it need not be published again.
    kept = {name for name in yesterday.keys() & today.keys() if name.parent.name == "t"}
    assert len(kept) == len([name for name in yesterday if name.parent.name == "t"]) - 1
    for files, index in ((0, indexes[1]), (1, indexes[0])):
        with searching(folders[files], index) as ask_without:
            assert ask_without("closed").is_missing
        shutil.copy(folders[1 - files] / "search" / index, folders[files] / "search" / index)
        with searching(folders[files], index) as ask_mixed, searching(folders[1 - files], index) as ask_whole:
            answers = {query: (ask_mixed(query), ask_whole(query)) for query in ("mayor", "closed", '"number 7"')}
        assert any(mixed.is_missing for mixed, _ in answers.values())
        assert all(mixed.is_missing or mixed == whole for mixed, whole in answers.values())


def test_the_scripts_take_every_number_and_list_from_python() -> None:
    asked = {name for script in SCRIPTS for name in re.findall(r"\bdata\.(\w+)", script.read_text(encoding="utf-8"))}
    assert asked == search_data().keys()
