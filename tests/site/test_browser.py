"""The site in a real browser, against the real server: found, heard, read, steered, on a phone, without JavaScript."""

import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect
from support.bounds import PATIENCE
from support.browser import Visit, axe, browser, visit
from support.furnish import UNHEARD, Furnished, furnish
from support.gapped import GAP, Gapped
from support.program import ok, truths
from support.server import serving

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SENTENCE = "On Monday, the government announced an undersea cable from Fiji."
expect.set_options(timeout=1000 * PATIENCE)
AUDIO = "document.querySelector('audio')"
LIT = """() => new Promise((done) => requestAnimationFrame(() => {
    const audio = document.querySelector("audio");
    const words = [...document.querySelectorAll("#transcript span[data-start]")];
    const time = audio.currentTime, lit = words.findIndex((word) => word.classList.contains("lit"));
    let right = -1;
    words.forEach((word, i) => { if (Number(word.dataset.start) <= time) right = i; });
    const isHeard = right >= 0 && time < Number(words[right].dataset.end);
    done({ time, lit, right: isHeard ? right : null });
}))"""
"""What is lit in a frame, and what should be: a plain look at every word, not the page's own way of finding it.

As the frame is painted: between two frames, which are far apart on a busy machine, the time runs on and nobody sees it.
"""


@pytest.fixture(scope="module")
def furnished(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    from shutil import copytree, ignore_patterns

    folder = tmp_path_factory.mktemp("browser") / "archive"
    return furnish(Path(copytree(demo_archive, folder, ignore=ignore_patterns("*.db-wal", "*.db-shm", ".serving*"))))


@pytest.fixture(scope="module")
def static(furnished: Furnished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "site"
    done = ok("publish", "static", folder, "--archive", furnished.folder)
    assert "broken link" not in done.err
    return folder


@pytest.fixture(scope="module")
def addressed(furnished: Furnished, static: Path) -> Path:
    """A static site that knows its address, beside the other."""
    folder = static.parent / "addressed"
    ok("publish", "static", folder, "--archive", furnished.folder, "--url", "https://archive.example/")
    return folder


@pytest.fixture(scope="module")
def address(furnished: Furnished) -> Iterator[str]:
    settings = '[site]\ncontact = "mailto:archive@example.org"\n'
    (furnished.folder / "radio-archive.toml").write_text(settings, encoding="utf-8")
    with serving(furnished.folder) as server:
        yield server.address


# The publication is made first: it needs an event loop of its own, and a browser that runs has one.
@pytest.fixture(scope="module")
def chromium(static: Path, addressed: Path) -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Visit]:
    with visit(chromium, address) as visiting:
        yield visiting


def time_of(page: Page) -> float:
    return float(page.evaluate(f"{AUDIO}.currentTime"))


def until(page: Page, expression: str) -> None:
    """Wait until something is true. Playwright's own way evaluates text in the page, which its policy forbids."""
    end = time.monotonic() + PATIENCE
    while not _is_true(page, expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(20)


def _is_true(page: Page, expression: str) -> bool:
    try:
        return bool(page.evaluate(expression))
    except Error as error:
        # The page is just being left for another.
        if "context was destroyed" in str(error):
            return False
        raise


def wait_until_heard(page: Page, at_least: float) -> None:
    until(page, f"!{AUDIO}.paused && {AUDIO}.currentTime > {at_least}")


def note_first_seek(page: Page) -> None:
    """Note where the first seek goes to. When it has ended, the sound may have gone on already."""
    page.add_init_script(
        """document.addEventListener("seeking", (event) => { window.firstSeek ??= event.target.currentTime; }, true);"""
    )


def truly_said(sentence: str) -> float:
    """Return when a sentence of the cable's clip begins, by what the voice was told to say."""
    (clip,) = [clip for clip in truths() if "undersea-cable" in clip["file"]]
    return next(float(said["start"]) for said in clip["sentences"] if said["text"] == sentence)


def test_nothing_for_editors_is_published(static: Path) -> None:
    texts = [path for path in static.rglob("*") if path.suffix in {".html", ".js", ".json", ".css"}]
    assert texts
    assert [path for path in texts if re.search(rb"editor|editable|/-/", path.read_bytes())] == []


def test_what_was_found_is_heard(desk: Visit) -> None:
    note_first_seek(desk.page)
    page = desk.go()
    page.get_by_role("searchbox").fill("government announced undersea cable")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="clip")).to_be_visible()
    page.locator(".passages a", has_text="announced").first.click()
    until(page, "window.firstSeek !== undefined")
    assert abs(page.evaluate("window.firstSeek") - truly_said(SENTENCE)) <= 0.25
    marked = {re.sub(r"\W", "", word.lower()) for word in page.locator("#transcript .found").all_inner_texts()}
    assert marked == {"government", "announced", "undersea", "cable"}
    wait_until_heard(page, truly_said(SENTENCE) + 0.3)


def test_a_word_that_is_clicked_is_heard(desk: Visit, furnished: Furnished) -> None:
    note_first_seek(desk.page)
    page = desk.go(furnished.cable)
    word = page.locator("#transcript span[data-start]", has_text="approved").first
    start = float(word.get_attribute("data-start") or "nan")
    word.click()
    until(page, "window.firstSeek !== undefined")
    assert abs(page.evaluate("window.firstSeek") - start) <= 0.02
    wait_until_heard(page, start + 0.2)
    page.keyboard.press("Space")
    assert page.evaluate(f"{AUDIO}.paused")


def test_the_word_that_is_heard_is_lit(desk: Visit, furnished: Furnished) -> None:
    page = desk.go(furnished.cable)
    samples = []
    page.locator(".speed").select_option("2")
    page.get_by_role("button", name="Play").click()
    for start in (6, 31, 57):
        page.evaluate(f"{AUDIO}.currentTime = {start}")
        wait_until_heard(page, start)
        for _ in range(25):
            page.wait_for_timeout(60)
            samples.append(page.evaluate(LIT))
    page.evaluate(f"{AUDIO}.pause()")
    generator = random.Random(7)
    for _ in range(20):
        page.evaluate(
            f"(time) => new Promise((done) => {{ {AUDIO}.onseeked = () => requestAnimationFrame(done); "
            f"{AUDIO}.currentTime = time; }})",
            generator.uniform(1, 78),
        )
        samples.append(page.evaluate(LIT))
    heard = [sample for sample in samples if sample["right"] is not None]
    assert len(heard) > 50
    assert sum(sample["lit"] == sample["right"] for sample in heard) / len(heard) >= 0.95


def test_an_hour_can_be_gone_through(desk: Visit, furnished: Furnished) -> None:
    assert desk.go(furnished.hour).locator(".lit").count() == 0, "nothing is heard yet"
    page = desk.go(furnished.hour + "?q=tick#t=3000")
    until(page, f"{AUDIO}.seekable.length && {AUDIO}.seekable.end(0) > 3599 && {AUDIO}.currentTime >= 3000")
    assert page.locator(".lit").inner_text().strip() == "tick 0:50:00"
    page.locator(".wave input").fill("1234.5")
    until(page, f"Math.abs({AUDIO}.currentTime - 1234.5) < 0.1 && !{AUDIO}.seeking")
    assert page.locator(".lit").inner_text().strip() == "tick 0:20:34"
    page.get_by_role("button", name="Play").click()
    wait_until_heard(page, 1235)


def test_a_deep_link_leads_to_the_moment_and_waits(desk: Visit, furnished: Furnished) -> None:
    page = desk.go(furnished.cable + "#t=31.5")
    until(page, f"Math.abs({AUDIO}.currentTime - 31.5) < 0.05")
    assert page.evaluate(f"{AUDIO}.paused")
    assert page.locator(".lit").evaluate("(word) => word.getBoundingClientRect().top < innerHeight")
    # A link on the page itself is heard at once, and a passage ends where it ends.
    page.evaluate(
        f"""() => {{ window.after = 0; location.hash = '#t=6,7';
        {AUDIO}.addEventListener("timeupdate", (event) => {{ if (event.target.currentTime >= 7) window.after += 1; }});
        }}"""
    )
    wait_until_heard(page, 6)
    until(page, f"{AUDIO}.paused && {AUDIO}.currentTime >= 7")
    # However far apart the looks at the time are: the first one after the end stops it, which is told once more.
    assert page.evaluate("window.after") <= 2


NAMED_TIMES = {
    "t=1:05": 65.0, "t=0:01:05.5": 65.5, "t=npt:10,20": 10.0, "t=,20": 0.0, "q=cable&t=31.5": 31.5, "t=1:75": 0.0,
    "t=20,10": 0.0, "t=1e9": 0.0, "%": 0.0, "t=%E0%A4%A": 0.0,
}  # fmt: skip


def test_an_address_may_name_a_time_in_any_of_the_usual_ways(desk: Visit, furnished: Furnished) -> None:
    """What is no time is ignored, and stops nothing."""
    for number, (fragment, start) in enumerate(NAMED_TIMES.items()):
        page = desk.go(f"{furnished.cable}?{number}#{fragment}")
        until(page, f"{AUDIO}.readyState >= 1 && !{AUDIO}.seeking")
        assert abs(time_of(page) - start) < 0.05, fragment
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until_heard(page, 0.1)


def test_it_goes_on_where_one_stopped(desk: Visit, furnished: Furnished) -> None:
    page = desk.go(furnished.cable + "#t=40")
    until(page, f"{AUDIO}.currentTime >= 40")
    page.get_by_role("button", name="Play").click()
    wait_until_heard(page, 40.2)
    page.get_by_role("button", name="Pause").click()
    until(page, f"{AUDIO}.paused")
    desk.go()
    page = desk.go(furnished.cable)
    until(page, f"{AUDIO}.currentTime > 39.5")


def test_with_the_keyboard_alone(desk: Visit) -> None:
    page = desk.go()
    page.keyboard.press("/")
    page.keyboard.type("undersea cable")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.passages a')"):
            break
    page.keyboard.press("Enter")
    until(page, f"location.hash.startsWith('#t=') && {AUDIO}")
    wait_until_heard(page, 0)
    page.keyboard.press("Space")
    until(page, f"{AUDIO}.paused")
    before = time_of(page)
    page.keyboard.press("Space")
    wait_until_heard(page, before)
    page.keyboard.press("Space")
    until(page, f"{AUDIO}.paused")
    before = time_of(page)
    page.keyboard.press("ArrowRight")
    until(page, f"Math.abs({AUDIO}.currentTime - {before + 5}) < 0.3")
    page.keyboard.press("ArrowLeft")
    until(page, f"Math.abs({AUDIO}.currentTime - {before}) < 0.3")
    # The first stop of the keyboard leads past all that is on every page.
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"


SELECT = """(said) => { const words = [...document.querySelectorAll("#transcript span[data-start]")];
    const from = words.findIndex((word) => word.textContent.includes(said));
    getSelection().setBaseAndExtent(words[from].firstChild, 0, words[from + 3].firstChild, 3); }"""


def test_a_passage_is_quoted(desk: Visit, furnished: Furnished) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.go(furnished.cable)
    page.evaluate(SELECT, "Monday")
    quote = page.get_by_role("region", name="Quote")
    expect(quote).to_be_visible()
    text = copied(page, "Copy quote", "Quote")
    assert text.startswith("“Monday, the government")
    assert f"{desk.base}{furnished.cable}#t=" in text
    for said in ("Dana Kealoha", "Pacific Report", "22 October 2024", "not checked by a person"):
        assert said in text
    with page.expect_download() as sound:
        quote.get_by_text("Save sound").click()
    assert Path(sound.value.path()).stat().st_size > 1000
    # A text that no machine wrote is not said to be one's.
    page = desk.go(furnished.hour)
    page.evaluate(SELECT, "tick")
    expect(page.get_by_role("region", name="Quote")).to_be_visible()
    text = copied(page, "Copy quote", "Quote")
    assert text.endswith("\n(Transcript by the publisher.)\n")
    assert "machine" not in text


def test_words_are_played_and_quoted_by_keyboard(desk: Visit, furnished: Furnished) -> None:
    note_first_seek(desk.page)
    page = desk.go(furnished.cable)
    page.locator("#transcript a.at").first.focus()
    page.keyboard.press("Tab")
    words = page.locator("#transcript span[data-start]").all_inner_texts()
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == words[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == words[2]
    assert page.locator("#transcript [role=button]").all_inner_texts() == [words[2]]
    start = page.evaluate("Number(document.activeElement.dataset.start)")
    page.keyboard.press("Enter")
    until(page, "window.firstSeek !== undefined")
    assert abs(page.evaluate("window.firstSeek") - start) <= 0.02
    wait_until_heard(page, start)
    page.keyboard.press("Space")
    until(page, f"{AUDIO}.paused")
    # Shift selects, Enter leads to what can be done with the words, Escape back to them.
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(f"Shift+{key}")
    page.keyboard.press("Enter")
    quote = page.get_by_role("region", name="Quote")
    expect(quote.locator(".chosen")).to_contain_text(f"“{words[2]} {words[3]}”")
    assert page.evaluate(focused) == "Hear it"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Copy quote"
    page.keyboard.press("Escape")
    expect(quote).to_be_hidden()
    assert page.evaluate(focused) == words[3]
    before = page.locator("#transcript p:has(:focus)").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("#transcript p:has(:focus)").inner_text() != before


def test_an_error_is_reported_at_its_moment_and_a_reference_copied(desk: Visit, furnished: Furnished) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.go(furnished.cable + "#t=1:05")
    report = page.get_by_role("link", name="Report an error at 1:05")
    expect(report).to_be_visible()
    sent = unquote(report.get_attribute("href") or "")
    assert sent.startswith("mailto:archive@example.org?subject=Error at 1:05: An undersea cable")
    assert sent.endswith(f"22 October 2024, at 1:05\n{desk.base}{furnished.cable}#t=65\n")
    page.get_by_role("button", name="Copy the reference in MLA style").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Kealoha, Dana. “An undersea cable")
    assert re.search(r"\. Accessed \d{1,2} [A-Z][a-z]+\.? \d{4}\.$", copied)


@pytest.fixture
def listener(chromium: Browser, gapped: Gapped) -> Iterator[Visit]:
    """A visitor of a clip of which a part was not understood."""
    with serving(gapped.folder) as server, visit(chromium, server.address) as visiting:
        note_first_seek(visiting.page)
        visiting.go(f"clip/{gapped.cable}")
        yield visiting


def test_what_was_not_understood_is_seen_and_heard(listener: Visit) -> None:
    page = listener.page
    gap = page.get_by_role("link", name="0:32–0:38 somebody speaks; not understood")
    expect(gap).to_be_visible()
    shown = page.locator("#transcript").inner_text()
    assert shown.index("2023.") < shown.index("not understood") < shown.index("Wir leben")
    gap.click()
    until(page, "window.firstSeek !== undefined")
    assert abs(page.evaluate("window.firstSeek") - GAP[0]) <= 0.02
    wait_until_heard(page, GAP[0] + 0.1)
    # And again, though the address has it already.
    page.evaluate(f"{AUDIO}.currentTime = 60")
    wait_until_heard(page, 60)
    gap.press("Enter")
    until(page, f"{AUDIO}.currentTime < {GAP[1]}")


def test_a_quote_does_not_hide_what_was_not_understood(listener: Visit) -> None:
    page = listener.page
    page.evaluate(
        """() => { const words = [...document.querySelectorAll("#transcript span[data-start]")];
        const from = words.findIndex((word) => word.textContent === "2023.");
        getSelection().setBaseAndExtent(words[from].firstChild, 0, words[from + 2].firstChild, 5); }"""
    )
    chosen = page.get_by_role("region", name="Quote").locator(".chosen")
    expect(chosen).to_have_text("0:30  “2023. [not understood] Wir leben”")


def test_captions_are_loaded_and_shown(desk: Visit, furnished: Furnished) -> None:
    page = desk.go(furnished.cable)
    page.get_by_label("Captions").check()
    until(page, f"{AUDIO}.textTracks[0].cues && {AUDIO}.textTracks[0].cues.length > 5")
    page.evaluate(f"{AUDIO}.currentTime = 8")
    expect(page.locator(".caption")).to_contain_text("undersea")


def test_on_a_phone(chromium: Browser, address: str, furnished: Furnished) -> None:
    with visit(chromium, address, **PHONE) as phone:
        for place in ("", "search?q=undersea+cable", "pacific-report", furnished.cable, furnished.hostile, "about"):
            page = phone.go(place)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        page = phone.go(furnished.cable)
        page.locator("#transcript span[data-start]", has_text="approved").first.tap()
        wait_until_heard(page, 13)
        page.get_by_role("button", name="Pause").tap()
        assert page.evaluate(f"{AUDIO}.paused")


def test_without_javascript(chromium: Browser, address: str, furnished: Furnished) -> None:
    with visit(chromium, address, java_script_enabled=False) as plain:
        page = plain.go()
        page.get_by_role("searchbox").fill("undersea cable")
        page.keyboard.press("Enter")
        page.locator(".hits h3 a").first.click()
        expect(page.locator("#transcript")).to_contain_text("government announced an undersea cable")
        sound = page.locator("audio")
        expect(sound).to_be_visible()
        assert sound.get_attribute("controls") is not None
        assert page.request.get(plain.base.rstrip("/") + (sound.get_attribute("src") or "")).ok
        expect(page.locator(".board")).to_be_hidden()
        assert plain.problems == []


PAGES = ("", "search?q=undersea+cable", "search?q=nobodysaysthis", "search", "about", "people", "pacific-report", "all",
         "search?q=goverment+reef+cable", "search?q=government+announced+undersea+cable+zebras", "people/dana-kealoha",
         "all/2024", "browse", "on", "on/10-22", "trends?q=cable,reef,%22sea+level%22", "concordance?q=reef",
         "nothing/here")  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 768), ("light", 1280)])
def test_everybody_can_use_it(chromium: Browser, address: str, furnished: Furnished, scheme: str, width: int) -> None:
    """axe-core finds nothing on any kind of page, and nobody has to scroll sideways."""
    source = axe()
    found = {}
    with visit(chromium, address, color_scheme=scheme, viewport={"width": width, "height": 800}) as visiting:
        for place in (*PAGES, furnished.cable, furnished.hour, furnished.hostile, f"embed/{_uid(furnished)}"):
            page = visiting.go(place)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
            if bad := violations(page, source):
                found[place] = bad
        # A page that is not there is meant to be an error.
        visiting.problems = [text for text in visiting.problems if "404" not in text]
    assert found == {}, found


def violations(page: Page, source: str) -> list[tuple[str, list[str]]]:
    """Return the rules of axe-core, whose source is given, that a page breaks, with some of the places."""
    page.evaluate(source)
    bad = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in bad]


def _uid(furnished: Furnished) -> str:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(furnished.folder / "archive.db")) as db:
        (uid,) = db.execute("SELECT uid FROM clips WHERE title LIKE 'An undersea cable%'").fetchone()
    return str(uid)


@pytest.mark.parametrize("private", [False, True])
def test_script_in_texts_is_text(chromium: Browser, furnished: Furnished, private: bool) -> None:
    """In titles, names, transcripts, stories, rights, subjects, chapters, sources and query strings."""
    with serving(furnished.folder, *(["--private"] if private else [])) as server:
        script = '"><script>window.fired = true</script><img src=x onerror="window.fired = true">'
        with visit(chromium, server.address) as visiting:
            places = ["", furnished.hostile, furnished.hostile.split("/")[0], "people", "about"]
            places += [
                f"search?{name}={script}&q={script}hostile" for name in ("show", "reporter", "year", "sort", "page")
            ]
            places += [f"search?q={word}" for word in ("hostile", "window fired", script, "onerror")]
            places += [f"{furnished.hostile}?q={script}#t={script}", f"{furnished.hostile}#t=1,9"]
            if private:
                places += [
                    "archive",
                    "archive/clips",
                    "archive/shows",
                    "archive/segments?_search=fired",
                    "archive/stories",
                ]
            for place in places:
                page = visiting.go(place)
                page.wait_for_timeout(50)
                assert not page.evaluate("window.fired === true"), place
                assert page.locator("a[href^='javascript:' i]").count() == 0, place
            # Datasette's own pages have scripts of their own, and no policy; what they complain of is not ours.
            visiting.problems = [text for text in visiting.problems if "status of 40" not in text]


def test_the_static_site_from_a_disk(chromium: Browser, static: Path, furnished: Furnished) -> None:
    with visit(chromium, static.as_uri() + "/") as disk:
        note_first_seek(disk.page)
        page = disk.go("index.html")
        page.get_by_role("searchbox").fill("undersea cable")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("clip")
        assert page.locator(".hits mark").count() > 2
        page.locator(".passages a", has_text="announced").first.click()
        until(page, "window.firstSeek !== undefined")
        assert abs(page.evaluate("window.firstSeek") - truly_said(SENTENCE)) <= 0.25
        expect(page.locator("#transcript .found").first).to_have_text(re.compile("undersea|cable"))
        page.get_by_role("button", name="Play").click()
        wait_until_heard(page, truly_said(SENTENCE))
        page.evaluate(
            """() => { const words = document.querySelectorAll("#transcript span[data-start]");
            getSelection().setBaseAndExtent(words[5].firstChild, 0, words[8].firstChild, 3); }"""
        )
        expect(page.get_by_role("region", name="Quote")).to_be_visible()
        expect(page.get_by_text("Save sound")).to_be_hidden()


def test_no_file_of_the_static_site_tells_of_what_is_hidden(static: Path, furnished: Furnished) -> None:
    secrets = [UNHEARD.encode(), UNHEARD.lower().encode()]
    secrets += [text.encode() for text in (*furnished.hidden_uids, *furnished.hidden_digests)]
    telling = [
        path for path in static.rglob("*") if path.is_file()
        and any(secret in path.read_bytes() or secret.decode() in path.as_posix() for secret in secrets)
    ]  # fmt: skip
    assert telling == []
    assert (static / furnished.cable / "index.html").is_file()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("hawaii", True), ("Hawai‘i", True), ("HAWAIʻI", True), ("molokai coral", True), ('"undersea cable"', True),
        ('"cable undersea"', False), ("underse*", True), ("cable -undersea", False), ("Dana Kealoha", True),
        ("Xylographer", False), ("rumor", True), ("window fired", True), ("nobodysaysthis", False),
    ],
)  # fmt: skip
def test_the_static_search_finds(chromium: Browser, static: Path, typed: str, found: bool) -> None:
    from urllib.parse import quote

    with visit(chromium, static.as_uri() + "/") as disk:
        page = disk.go(f"search/index.html?q={quote(typed)}")
        status = page.get_by_role("status")
        expect(status).not_to_contain_text("Searching")
        assert ("Nothing found" not in status.inner_text()) is found
        assert (page.locator(".hits > li").count() > 0) is found


ASKED = [
    "(cable OR reef) -turtles", "(reef -turtles) OR cable", "storm (harbor OR farmers)", '"undersea cable" OR taro',
    "cable AND NOT undersea", "the -(cable fiji)", "NOT cable the", "+storm -rescue", "title:cable", "said:molokai",
    "in:title reef*", "title:(storm OR whales)", "coast NEAR rescue", "cable NEAR/0 fiji",
    'show:"Pacific Report" cable',
    "show:Harbor", "show:‘pacific report’ since:2024-11", "reporter:Kealoha", 'storm after:2024 before:"February 2025"',
    "cable in:2024", "storm January 2025", "storm 2025 OR 2024", "governor since:2025-02 until:4/30/2025",
    "in:march 2025", "xylophone OR cable", "(storm boat) OR “coral reefs”", "speakr:bob OR storm",
]  # fmt: skip


def test_the_static_search_finds_what_the_archives_search_finds(
    chromium: Browser, static: Path, furnished: Furnished
) -> None:
    with visit(chromium, static.as_uri() + "/") as disk:
        assert_found_alike(disk, furnished, ASKED)


def assert_found_alike(disk: Visit, furnished: Furnished, queries: Sequence[str]) -> None:
    """Ask the static search and the archive's own, and compare the clips that have all words."""
    from urllib.parse import quote

    from radio_archive.archive.archive import Archive
    from radio_archive.archive.filters import Filters
    from radio_archive.search.search import search

    with Archive(furnished.folder, read_only=True) as archive:
        for typed in queries:
            page = disk.go(f"search/index.html?q={quote(typed)}")
            expect(page.get_by_role("status")).to_have_text(re.compile("^[0-9]+ clips?$|^Nothing found"))
            expected = [hit.clip.title for hit in search(archive, typed, Filters(public=True), match="all").clips]
            # How much a clip with only some words has of a query depends on how many clips there are, hidden ones too.
            whole = page.locator(".hits article:not(:has(s)) h3")
            assert sorted(whole.all_inner_texts()) == sorted(expected), typed


def test_the_static_search_says_what_it_did(chromium: Browser, static: Path) -> None:
    """Which words a clip lacks, which word took the place of another, and the way back."""
    with visit(chromium, static.as_uri() + "/") as disk:
        page = disk.go("search/index.html?q=undersea+cable+volcano")
        expect(page.get_by_text("No clip has all of these words. These have some:")).to_be_visible()
        expect(page.locator(".hits article")).to_contain_text("without volcano")
        page = disk.go("search/index.html?q=storm+whales+harbor")
        expect(page.locator(".hits article s").first).to_have_text("whales")
        page = disk.go("search/index.html?q=the+undersee+cable")
        expect(page.locator(".hits article").first).to_contain_text("undersea")
        hint = page.locator("[data-static-search] .hint")
        expect(hint).to_contain_text("No clip says undersee, so undersea and under was searched for.")
        hint.get_by_role("link", name="Search for exactly undersee").click()
        expect(page.get_by_role("searchbox")).to_have_value('the "undersee" cable')
        expect(page.get_by_role("status")).to_have_text(re.compile("^Nothing found"))
        page = disk.go("search/index.html?q=%3Cimg+src%3Dx%3E+storm")
        expect(page.locator(".hits article").first).to_be_visible()
        disk.assert_clean()


def test_a_page_that_is_older_than_the_site_says_so(chromium: Browser, static: Path, tmp_path: Path) -> None:
    import os
    from shutil import copytree

    newer = Path(copytree(static, tmp_path / "site", copy_function=os.link, ignore=lambda *_: ["media"]))
    for part in newer.glob("search/t/*.js"):
        part.unlink()
    with visit(chromium, newer.as_uri() + "/") as disk:
        page = disk.go("search/index.html?q=undersea+cable")
        expect(page.get_by_role("status")).to_have_text(re.compile("Reload the page"))
        assert page.locator(".hits li").count() == 0
        disk.problems = [text for text in disk.problems if "ERR_FILE_NOT_FOUND" not in text]


@pytest.mark.parametrize(
    ("typed", "status", "hint"),
    [
        ("storm host:Ito", "3 clips", "This copy cannot search by host:, so it was left out."),
        ("storm OR speakr:x", "3 clips", "There is no field speakr: (there are show:"),
        ("storm show:Nowhere", "Nothing found", "No show here is called “Nowhere”."),
        ("-storm", "The query only excludes words.", None),
        ("storm reporter:a", "More than one reporter is called “a”: ", None),
        ("show:a show:b", "Show: is given twice.", None),
    ],
)
def test_the_static_search_says_what_it_cannot_do(
    chromium: Browser, static: Path, typed: str, status: str, hint: str | None
) -> None:
    from urllib.parse import quote

    with visit(chromium, static.as_uri() + "/") as disk:
        page = disk.go(f"search/index.html?q={quote(typed)}")
        expect(page.get_by_role("status")).to_contain_text(status)
        said = page.locator("[data-static-search] .hint").all_inner_texts()
        assert [text.startswith(hint or "") for text in said] == ([True] if hint else [])
        disk.assert_clean()


def test_the_help_of_the_static_search_lists_what_works(chromium: Browser, static: Path, furnished: Furnished) -> None:
    """Each line of it finds what the archive finds, and all that is read as more than words is in it."""
    with visit(chromium, static.as_uri() + "/") as disk:
        page = disk.go("search/index.html")
        asked = page.locator(".syntax th code").all_inner_texts()
        told = page.locator(".syntax").inner_text()
        assert len(asked) > 10
        assert all(name in told for name in ("reporter:", "said:", "until:", "NEAR", "OR", "+cable"))
        assert not any(name in told for name in ("host:", "speaker:", "language:"))
        assert_found_alike(disk, furnished, [query.replace("Reef Notes", "Pacific Report") for query in asked])
        assert page.locator("[data-static-search] .hint").filter(has_text="left out").count() == 0


def test_what_the_static_search_finds_is_in_sight_on_a_phone(chromium: Browser, static: Path) -> None:
    """Not below the help, and no wider than the screen, although a show has a very long name."""
    with visit(chromium, static.as_uri() + "/", **{**PHONE, "viewport": {"width": 320, "height": 640}}) as phone:
        page = phone.go("search/index.html?q=the")
        expect(page.locator(".hits h3").first).to_be_in_viewport()
        expect(page.get_by_label("Show")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        expect(page.locator(".syntax")).to_be_hidden()
        page = phone.go("search/index.html?q=nobodysaysthis")
        expect(page.get_by_role("status")).to_contain_text("Nothing found")
        expect(page.locator(".syntax")).to_be_visible()


@pytest.fixture(scope="module")
def hosted(static: Path) -> Iterator[str]:
    """The address of the static site on a web host, under a path of its own, as many have it."""
    import functools
    import threading
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *said: object) -> None:
            pass

        def end_headers(self) -> None:
            if "/addressed/" in self.path:
                self.send_header("Permissions-Policy", "clipboard-write=()")
            super().end_headers()

    handler = functools.partial(Quiet, directory=str(static.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/site/"
        server.shutdown()


def test_the_static_site_from_a_web_host(chromium: Browser, hosted: str) -> None:
    """Every link on every page leads to a file."""
    with visit(chromium, hosted) as web:
        page = web.go()
        page.get_by_role("link", name="Pacific Report").first.click()
        page.get_by_role("searchbox", name="Search Pacific Report").fill("cable")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("clip")
        page.locator(".hits h3 a").first.click()
        expect(page.locator("#transcript")).to_contain_text("cable")


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Now playing")


def goes_on(page: Page) -> None:
    """The sound goes on: some time later it is further on, and did not begin anew."""
    wait_until_heard(page, time_of(page) + 0.1)


def is_same_document(page: Page) -> bool:
    """Whether the page was put in place of the one before, without a load, since the last time this was asked."""
    return bool(page.evaluate("() => { const before = window.isSame === true; window.isSame = true; return before; }"))


def search_and_play(page: Page, query: str, *, exactly: bool = True) -> float:
    """From the home page to the sound in two actions; return the second at which the passage begins."""
    page.get_by_role("searchbox").fill(query)
    page.keyboard.press("Enter")
    passage = page.locator(".passages li", has=page.locator(".hear")).last
    start = float((passage.get_by_role("link").get_attribute("href") or "").partition("#t=")[2])
    is_same_document(page)
    passage.get_by_role("button").click()
    wait_until_heard(page, start if exactly else 0)
    return start


def test_it_plays_on_while_one_browses(desk: Visit, furnished: Furnished) -> None:
    page = desk.go()
    start = search_and_play(page, "tick")
    assert start <= time_of(page) < start + 5
    found = page.title()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert is_same_document(page)
    goes_on(page)
    assert page.title().startswith("People")
    assert page.evaluate("document.activeElement.id") == "main"
    expect(page.get_by_role("status")).to_contain_text("People")
    # A search, too; and back, to where one was.
    page.get_by_role("searchbox").fill("storm")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^storm"))
    page.go_back()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.go_back()
    until(page, f"document.title === {json.dumps(found)}")
    assert is_same_document(page)
    goes_on(page)
    # On the clip's own page, its player goes on with the same sound, and the bar, which would say the same, is gone.
    bar(page).get_by_role("link").click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(bar(page)).to_be_hidden()
    goes_on(page)
    until(page, "document.querySelector('.lit') !== null")
    page.keyboard.press("Space")
    until(page, f"{AUDIO}.paused")
    page.keyboard.press("Space")
    goes_on(page)
    page.get_by_role("link", name="About").click()
    expect(bar(page)).to_contain_text("An hour of the clock")
    goes_on(page)
    assert is_same_document(page)
    # What is no page of ours is left to the browser, and so is what is not there.
    page.evaluate("document.querySelector('main a').href = '/nothing/here'")
    page.locator("main a").first.click()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert not is_same_document(page)
    # After a load, it is still there, where it was.
    expect(bar(page)).to_contain_text("An hour of the clock")
    until(page, f"{AUDIO}.currentTime > {start}")
    desk.problems = [text for text in desk.problems if "404" not in text]


def test_a_queue_is_heard_one_after_the_other(desk: Visit) -> None:
    page = desk.go("pacific-report")
    titles = page.locator(".clips h3").all_inner_texts()
    page.get_by_role("button", name="Play all").click()
    wait_until_heard(page, 0)
    controls = bar(page)
    expect(controls).to_contain_text(titles[0])
    controls.get_by_role("button", name="Next").click()
    expect(controls.get_by_role("link")).to_have_text(titles[1])
    wait_until_heard(page, 0)
    # The keyboard alone changes the order and takes away.
    controls.get_by_role("button", name=re.compile("^Queue")).focus()
    page.keyboard.press("Enter")
    lines = controls.get_by_role("listitem")
    controls.get_by_role("button", name=f"Up: {titles[1]}").focus()
    page.keyboard.press("Enter")
    expect(lines).to_contain_text([titles[1], titles[0], *titles[2:]])
    expect(page.get_by_role("status")).to_contain_text(f"{titles[1]}: 1 of {len(titles)}")
    assert page.evaluate("document.activeElement.closest('li') === document.querySelector('#queue li')")
    controls.get_by_role("button", name=f"Remove: {titles[0]}").focus()
    page.keyboard.press("Enter")
    expect(lines).to_contain_text([titles[1], *titles[2:]])
    page.keyboard.press("Escape")
    expect(lines.first).to_be_hidden()
    # At the end of a clip comes the next one; arrows and space are for the bar, but not in a field.
    goes_on(page)
    page.evaluate(f"{AUDIO}.currentTime = {AUDIO}.duration - 0.2")
    expect(controls.get_by_role("link")).to_have_text(titles[2])
    wait_until_heard(page, 0)
    page.evaluate("document.getElementById('main').focus()")
    page.keyboard.press("ArrowRight")
    until(page, f"{AUDIO}.currentTime > 5")
    page.keyboard.press("Space")
    until(page, f"{AUDIO}.paused")
    before = time_of(page)
    for key in ("Space", "ArrowLeft"):
        page.get_by_role("searchbox").first.press(key)
    assert (page.evaluate(f"{AUDIO}.paused"), time_of(page)) == (True, before)
    desk.go()
    page.get_by_role("button", name=f"Add to the queue: {titles[0]}").click()
    expect(page.get_by_role("status")).to_contain_text("Added to the queue")
    bar(page).get_by_role("button", name="Close the player").click()
    expect(bar(page)).to_be_hidden()
    assert page.locator("audio").count() == 0


STORED = ["{", "null", '{"items": 1}', '{"items": [{}], "at": 0}', "HOSTILE", "ELSEWHERE", "NOT_THERE"]


def test_what_others_have_stored_is_not_believed(desk: Visit, furnished: Furnished) -> None:
    """Every page on the same disk, or on the same host, can write there."""
    page = desk.go("pacific-report")
    item = {"sound": f"{desk.base}audio/x.mp3", "page": f"{desk.base}about", "title": "Title", "facts": "", "start": 0}
    kept: dict[str, Any] = {
        "HOSTILE": {"items": [item | {"page": "javascript:window.fired=true"}], "at": 0},
        "ELSEWHERE": {"items": [item | {"sound": "https://example.org/x.mp3"}], "at": 0},
        "NOT_THERE": {"items": [item], "at": 7},
    }
    write = """(text) => addEventListener("pagehide", () => sessionStorage.setItem("radio-archive:queue", text))"""
    for stored in STORED:
        # When the page is left, after ours has written its own.
        page.evaluate(write, json.dumps(kept[stored]) if stored in kept else stored)
        page.reload()
        expect(bar(page)).to_be_hidden()
        assert page.locator("audio").count() == 0
    # Nor is anything left of it.
    page.get_by_role("button", name="Add to the queue").first.click()
    expect(bar(page).get_by_role("button", name="Queue (1)")).to_be_visible()
    bar(page).get_by_role("button", name="Close the player").click()
    kept["NOT_THERE"]["at"] = 0
    page.evaluate(write, json.dumps(kept["NOT_THERE"]))
    page.reload()
    expect(bar(page)).to_contain_text("Title")
    expect(page.get_by_role("status")).to_contain_text("cannot be played")
    desk.problems = [text for text in desk.problems if "404" not in text]


def test_a_sound_is_fetched_from_the_passage_on_before_it_is_asked_for(desk: Visit, furnished: Furnished) -> None:
    asked: list[str] = []
    page = desk.go("search?q=%22tick+0:50%22")
    page.on(
        "request", lambda request: asked.append(request.headers.get("range", "")) if "/audio/" in request.url else None
    )
    page.locator(".passages .hear").first.focus()
    for _ in range(1000):
        if any(int(each.removeprefix("bytes=").split("-")[0] or 0) > 1_000_000 for each in asked):
            break
        page.wait_for_timeout(20)
    assert any(int(each.removeprefix("bytes=").split("-")[0] or 0) > 1_000_000 for each in asked), asked
    assert page.evaluate("document.querySelector('audio') === null")


def test_a_static_site_plays_on(chromium: Browser, hosted: str, static: Path) -> None:
    with visit(chromium, hosted) as web:
        page = web.go("index.html")
        # This simple host sends no ranges, so the sound begins where it can.
        search_and_play(page, "tick", exactly=False)
        page.get_by_role("link", name="People").click()
        expect(page.get_by_role("heading", name="People")).to_be_visible()
        # The search, whose scripts run again.
        for query in ("storm", "cable"):
            page.get_by_role("searchbox").fill(query)
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").filter(has_text="clip")).to_be_visible()
            expect(page.locator(".hits").first).to_contain_text(query, ignore_case=True)
        assert is_same_document(page)
        goes_on(page)
    # From a disk no page can be fetched; what is heard goes on after a load, if the browser allows it.
    with visit(chromium, static.as_uri() + "/") as disk:
        page = disk.go("index.html")
        search_and_play(page, "tick")
        # Further on than it could get by itself.
        page.evaluate(f"{AUDIO}.currentTime = 3000")
        until(page, f"!{AUDIO}.seeking")
        page.get_by_role("link", name="People").click()
        expect(bar(page)).to_contain_text("An hour of the clock")
        assert not is_same_document(page)
        bar(page).get_by_role("button", name=re.compile("Play|Pause")).focus()
        until(page, f"{AUDIO}.readyState > 0")
        assert time_of(page) >= 3000


def test_without_javascript_a_list_offers_nothing_to_play(chromium: Browser, address: str) -> None:
    with visit(chromium, address, java_script_enabled=False) as plain:
        page = plain.go("search?q=coral+reefs")
        assert page.get_by_role("button").all_inner_texts() == ["Search"]
        assert page.locator("#listening").is_hidden()


def copied(page: Page, name: str, region: str = "Share") -> str:
    """Press a button of the share row by the keyboard alone, and return what is in the clipboard then."""
    page.get_by_role("region", name=region).get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_moment_and_a_sentence_are_shared(desk: Visit, furnished: Furnished) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = desk.go(f"{furnished.cable}?q=cable#t={truly_said(SENTENCE) + 2:.1f}")
    until(page, f"{AUDIO}.currentTime > {truly_said(SENTENCE)}")
    field = page.get_by_label("Share from")
    until(page, "document.querySelector('#share input').value !== '0:00'")
    assert field.input_value() == f"0:{int(time_of(page)):02}"
    assert copied(page, "Copy link") == f"{desk.base}{furnished.cable}#t={(field.input_value())[-1]}"
    assert copied(page, "Copy quote").startswith(f"“{SENTENCE}”\n\nDana Kealoha, “An undersea cable from Fiji")
    code = copied(page, "Copy embed code")
    assert f'src="{desk.base}embed/{_uid(furnished)}?start={field.input_value()[-1]}"' in code
    # What was typed stays while something is heard, and leads elsewhere.
    field.fill("0:33")
    page.get_by_role("button", name="Play", exact=True).press("Enter")
    wait_until_heard(page, time_of(page) + 0.6)
    page.get_by_role("button", name="Pause", exact=True).press("Enter")
    assert copied(page, "Copy link").endswith("#t=33")
    card = page.get_by_role("region", name="Share").get_by_role("link", name="Quote card")
    card.focus()
    desk.go((card.get_attribute("href") or "").removeprefix(desk.base))
    expect(page.get_by_role("figure")).to_contain_text("Dana Kealoha")
    expect(page.locator("main")).to_contain_text("A machine wrote this; no person has checked it.")
    start, end = re.findall("[0-9.]+", (page.locator("audio").get_attribute("src") or "").partition("#t=")[2])
    assert float(start) <= 33.1
    assert 0 < float(end) - float(start) < 20


def test_what_is_shared_can_be_copied_where_the_clipboard_is_refused(
    chromium: Browser, hosted: str, addressed: Path, furnished: Furnished
) -> None:
    with visit(chromium, hosted) as web:
        page = web.go(f"../{addressed.name}/{furnished.cable}/index.html")
        assert page.evaluate("navigator.clipboard.writeText('').then(() => false, () => true)")
        page.get_by_role("region", name="Share").get_by_role("button", name="Copy link").press("Enter")
        expect(page.get_by_role("status")).to_have_text("Copied")
        page.get_by_role("searchbox").press("Control+v")
        expect(page.get_by_role("searchbox")).to_have_value(f"https://archive.example/{furnished.cable}/#t=0")
        web.problems = [text for text in web.problems if "permissions policy" not in text]


def test_a_static_site_shares_what_has_an_address(
    chromium: Browser, hosted: str, addressed: Path, furnished: Furnished, static: Path
) -> None:
    names = ["Copy link", "Copy quote", "Copy embed code", "Quote card"]
    share = "#share :is(button, a):not([hidden])"
    with visit(chromium, hosted) as web:
        assert web.go(f"{furnished.cable}/index.html").locator(share).all_inner_texts() == names[:2]
        page = web.go(f"../addressed/{furnished.cable}/index.html")
        page.get_by_label("Share from").fill("0:33")
        assert page.locator(share).all_inner_texts() == names
        card = page.get_by_role("link", name="Quote card")
        card.focus()
        published = card.get_attribute("href") or ""
        assert published.startswith(f"https://archive.example/embed/{_uid(furnished)}/index.html?start=")
        page = web.go(published.replace("https://archive.example/", "../addressed/"))
        expect(page.locator("#span")).to_have_text(re.compile("^0:3[0-3]–0:[34]"))
        expect(page.locator("blockquote")).to_contain_text(re.compile("^Bill Carter"))
    with visit(chromium, static.as_uri() + "/") as disk:
        assert disk.go(f"{furnished.cable}/index.html").locator(share).all_inner_texts() == names[1:2]


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_everybody_can_use_the_bar(chromium: Browser, address: str, width: int) -> None:
    source = axe()
    scheme: Any = "dark" if width == 768 else "light"
    with visit(chromium, address, viewport={"width": width, "height": 700}, color_scheme=scheme) as visiting:
        page = visiting.go("search?q=reef")
        page.get_by_role("button", name="Play all").click()
        bar(page).get_by_role("button", name=re.compile("^Queue")).click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page, source) == []
