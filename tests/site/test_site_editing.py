"""`serve --edit`: who may edit, the review's forms, a clip's text while it is heard, and nothing of it elsewhere."""

import json
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from support.bounds import PATIENCE
from support.browser import axe, browser, visit
from support.furnish import SCRIPT
from support.program import environment, ok, run
from support.server import Serving, serving
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, decisions, proposals, read, redactions, review
from radio_archive.archive.filters import Filters
from radio_archive.models import Proposal, ProposalSource
from radio_archive.site import editing

ROUTES = ("/-/review", "/-/sign-in", "/-/sign-out", "/-/review/1", "/-/review/undo", "/-/edit/static/editor.js")
expect.set_options(timeout=1000 * PATIENCE)


@dataclass
class Desk:
    """A site that may be edited."""

    server: Serving
    folder: Path
    cable: str
    """A clip's address."""
    uid: str
    password: str
    """It was printed when the site was started."""

    def text(self) -> str:
        with Archive(self.folder, read_only=True) as archive:
            return " ".join(segment.text for segment in read.clip(archive, self.uid, read.Part.TEXT).segments)

    @contextmanager
    def client(self, name: str = "Lani") -> Iterator[httpx.Client]:
        """Return a visitor who has signed in."""
        with httpx.Client(base_url=self.server.address, timeout=PATIENCE) as client:
            sent = {"name": name, "password": self.password, "next": "/-/review"}
            answer = client.post("-/sign-in", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, "/-/review")
            yield client


@pytest.fixture(scope="module")
def desk(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("editing") / "archive"
    copytree(demo_archive, folder, ignore=ignore_patterns("*.db-wal", "*.db-shm", ".serving*"))
    with Archive(folder) as archive:
        clip = next(
            c for c in read.clips(archive, parts=read.Part.ADDRESS | read.Part.WORDS) if "undersea cable" in c.title
        )
        words = [word.text.strip() for word in clip.words]
        made = [
            Proposal(at, at, word, after, ProposalSource.STORY, "as the story has it", 0.998 - n / 1000)
            for n, (word, after) in enumerate(
                {"undersea": "under-sea", "government": "Regierung", "report.": "dispatch."}.items()
            )
            for at in [words.index(word)]
        ]
        proposals.propose(archive, clip.uid, made, 1.0)
        # One that nobody may see here.
        hidden = next(c.uid for c in read.clips(archive) if "Fishing Ban" in c.title)
        decisions.set_decision(archive, hidden, "visibility", "private")
    with serving(folder, "--edit") as server:
        assert server.process.stderr is not None
        told = server.process.stderr.readline()
        assert told.startswith(f"To edit: {server.address}-/sign-in?token=")
        page = httpx.get(told.split()[-1], timeout=PATIENCE)
        (password,) = re.findall(r'type="password"[^>]*value="([^"]+)"', page.text)
        yield Desk(server, folder, clip.address, clip.uid, password)


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return unescape(found[1])


def first_form(html: str) -> dict[str, str]:
    """Return the hidden fields of the first item's form, and its address."""
    at = html.index('<li id="item-')
    part = html[at:]
    action = re.search(r'action="([^"]*)"', part)
    assert action
    return {"action": action[1], **{name: field(part, name) for name in ("token", "back", "text", "seen")}}


def test_nobody_edits_without_the_password(desk: Desk) -> None:
    with httpx.Client(base_url=desk.server.address, timeout=PATIENCE) as stranger:
        answer = stranger.get("-/review?show=x")
        assert (answer.status_code, answer.headers["location"]) == (303, "/-/sign-in?next=%2F-%2Freview%3Fshow%3Dx")
        wrong = stranger.post("-/sign-in", data={"name": "Kai", "password": "wrong", "next": "/"})
        assert wrong.status_code == 403
        assert not stranger.cookies
        before = desk.text()
        change = {"first": 0, "last": 0, "version": 1, "before": "x", "after": "y"}
        assert stranger.post(f"-/edit/{desk.uid}", json=change).status_code == 401
        assert stranger.post("-/review/1", data={"do": "keep"}).status_code == 401
        page = stranger.get(desk.cable)
        assert "editor.js" not in page.text
        # Who signs in next must not get this page again.
        assert "no-store" in page.headers["cache-control"]
        assert desk.text() == before


def test_wrong_passwords_from_one_address_do_not_pile_up_and_keep_nobody_else_out(desk: Desk) -> None:
    def guess(number: int) -> httpx.Response:
        sent = {"name": "Kai", "password": f"wrong{number}", "next": "/"}
        return httpx.post(f"{desk.server.address}-/sign-in", data=sent, timeout=PATIENCE)

    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with ThreadPoolExecutor(12) as pool, httpx.Client(transport=elsewhere, timeout=PATIENCE) as other:
        guesses = [pool.submit(guess, number) for number in range(12)]
        first = next(as_completed(guesses)).result()
        sent = {"name": "Lani", "password": desk.password, "next": "/"}
        assert other.post(f"{desk.server.address}-/sign-in", data=sent).status_code == 303
        assert not all(guess.done() for guess in guesses)
        answers = [first, *(guess.result() for guess in guesses)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.status_code for answer in answers} == {403, 429}


def test_guesses_from_many_addresses_are_bounded_and_keep_no_editor_out(desk: Desk) -> None:
    def send(address: str, password: str) -> httpx.Response:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=PATIENCE) as client:
            sent = {"name": "Kai", "password": password, "next": "/"}
            return client.post(f"{desk.server.address}-/sign-in", data=sent)

    with desk.client() as editor, ThreadPoolExecutor(40) as pool:
        assert send("127.0.0.2", desk.password).status_code == 303
        answers = list(pool.map(send, [f"127.0.1.{at}" for at in range(1, 41)], [f"wrong{at}" for at in range(40)]))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 10 <= len(refused) < 40
        assert all(0 < int(answer.headers["retry-after"]) <= 60 for answer in refused)
        assert {answer.status_code for answer in answers} == {403, 429}
        assert send("127.0.2.1", desk.password).status_code == 429, "else guessing would go on"
        assert editor.get("-/review").status_code == 200
        for known in ("127.0.0.1", "127.0.0.2"):
            assert send(known, desk.password).status_code == 303


def test_a_session_is_kept_from_other_sites(desk: Desk) -> None:
    with desk.client() as client:
        answer = client.post(
            "-/sign-in", data={"name": "Kai", "password": desk.password, "next": "https://evil.example/"}
        )
        assert answer.headers["location"] == "/-/review"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        # No page for an editor is kept by what is between.
        page = client.get("-/review")
        assert "no-store" in page.headers["cache-control"]
        form = first_form(page.text)
        sent = {**form, "do": "keep"}
        origin = desk.server.address.rstrip("/")
        for headers, more in (
            ({"Origin": "https://evil.example"}, {}),
            ({"Origin": origin.replace("127.0.0.1", "localhost")}, {}),
            ({"Origin": "null"}, {}),
            ({"Sec-Fetch-Site": "same-site"}, {}),
            ({}, {"token": "guessed"}),
            ({}, {"token": ""}),
        ):
            assert client.post(form["action"], data={**sent, **more}, headers=headers).status_code == 403
        assert client.get(form["action"]).status_code == 405
        assert (
            client.post("-/edit/x", content=b"[" * 9, headers={"Content-Type": "application/json"}).status_code == 400
        )
        assert client.post("-/edit/x", content=b"a" * 70_000).status_code == 400
        assert first_form(client.get("-/review").text) == form
        # Datasette's own forms are as they were.
        assert client.post("-/logout", data={}).status_code in {302, 403, 404}


@pytest.mark.parametrize(
    "path", ["/\t/evil.example", "/x\r\nSet-Cookie: a=b", "/\\evil.example", "//evil.example", "x", ""]
)
def test_nobody_is_led_to_another_site(desk: Desk, path: str) -> None:
    with desk.client() as client:
        sent = {"name": "Kai", "password": desk.password, "next": path}
        answer = client.post("-/sign-in", data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/-/review")


def test_what_makes_no_sense_is_refused_and_a_script_is_told_why(desk: Desk) -> None:
    change: dict[str, object] = {"first": 0, "last": 0, "version": 1, "before": "x", "after": "y"}
    before = desk.text()
    with desk.client() as client:
        page = client.get("-/review").text
        headers = {"Content-Type": "application/json", "X-Editor-Token": field(page, "token")}
        for sent, status, said in (
            (b"[" * 60_000, 400, "no form"),
            ({**change, "last": 300}, 400, "200 words"),
            ({**change, "first": "a"}, 400, "no correction"),
            ({**change, "first": 10**30, "last": 10**30}, 409, "changed meanwhile"),
            ({**change, "version": 10**30}, 409, "another wording"),
            ({**change, "before": "\ud800", "after": "\ud800"}, 409, "changed meanwhile"),
        ):
            content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
            answer = client.post(f"-/edit/{desk.uid}", content=content, headers=headers)
            assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
        answer = client.post("-/edit/none", json=change, headers=headers)
        assert (answer.status_code, "not here any more" in answer.json()["error"]) == (404, True)
        token = json.dumps({**change, "token": "\ud800"}).encode()
        plain = {"Content-Type": "application/json"}
        assert client.post(f"-/edit/{desk.uid}", content=token, headers=plain).status_code == 403
        form = first_form(page)
        assert client.post(form["action"], data=form, headers={"Origin": "http://["}).status_code == 403
        for place in ("0.5-" + 30 * "9", "nan-1", "0.5-", "x"):
            assert client.get(f"-/review?after={place}").status_code == 400
    assert desk.text() == before


def test_the_review_goes_on_where_it_was(desk: Desk) -> None:
    with desk.client() as client:
        html = client.get("-/review?show=Pacific+Report").text
        following = re.findall(r'<li id="(item-[0-9]+)"', html)
        backs = re.findall(r'name="back" value="([^"]*)"', html)
        # The first of them is of undoing. Each item has two forms.
        here = "/-/review?show=Pacific+Report"
        rest = [f"{here}#{one}" for one in following[2:]]
        assert backs[1::2] == [here, *rest, here]
        more = re.search(r'href="([^"]*after=[^"]*)"', html)
        assert more
        later = unescape(more[1])
        second = client.get(later).text
        assert field(second, "back") == later
        items = re.findall(r'<li id="(item-[0-9]+)"', second)
        assert items
        assert not set(items) & set(following)
        form = first_form(second)
        kept = client.post(form["action"], data={**form, "do": "skip"})
        assert kept.headers["location"] == later
        skipped = client.get("-/review?skipped=1").text
        assert field(skipped, "back") == "/-/review?skipped=1"
        undone = client.post("-/review/undo", data={"token": form["token"], "back": "/-/review?show=Pacific+Report"})
        assert undone.headers["location"] == f"/-/review?show=Pacific+Report#{items[0]}"


def test_nothing_that_is_redacted_is_shown_to_editors_or_changed(desk: Desk) -> None:
    with Archive(desk.folder) as archive:
        (one,) = [item for item in review.page(archive, Filters(), 100) if item.text == "government"]
        redactions.add(archive, desk.uid, one.start, one.end, author="owner")
    with desk.client() as client:
        html = client.get("-/review").text
        token = field(html, "token")
        assert not re.search("Regierung|<mark>.redacted", html)
        assert "Monday, the [redacted] announced" in html
        change = {"first": one.first_word, "last": one.last_word, "version": one.version, "token": token}
        for before, status in (("government", 409), ("[redacted]", 400)):
            answer = client.post(f"-/edit/{desk.uid}", json={**change, "before": before, "after": "x"})
            assert (answer.status_code, "government" in answer.json()["error"]) == (status, before == "government")
        assert answer.json()["error"].startswith("Not saved: “[redacted]”")
    with Archive(desk.folder) as archive:
        redactions.undo(archive, desk.uid)
        assert review.item(archive, one.id) == one


def test_the_review_by_forms_alone(desk: Desk) -> None:
    before = desk.text()
    with desk.client() as client:
        html = client.get("-/review").text
        assert "<mark>undersea</mark>" in html
        form = first_form(html)
        answer = client.post(form["action"], data={**form, "do": "0"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/-/review")
        assert "under-sea cable" in desk.text()
        html = client.get("-/review").text
        assert "Accepted: “undersea”" in html
        # Somebody who has the old page is told.
        late = client.post(form["action"], data={**form, "do": "keep"})
        assert (late.status_code, "quicker" in late.text) == (409, True)
        # So is who saw other texts on offer.
        following = first_form(html)
        other = following["seen"].replace("Regierung", "Obrigkeit")
        assert other != following["seen"]
        late = client.post(following["action"], data={**following, "seen": other, "do": "0"})
        assert (late.status_code, "Regierung" in desk.text()) == (409, False)
        token = field(html, "token")
        undone = client.post("-/review/undo", data={"token": token, "back": "//evil.example"})
        assert undone.headers["location"] == f"/-/review#item-{form['action'].rpartition('/')[2]}"
        assert desk.text() == before
        form = first_form(client.get("-/review").text)
        client.post(form["action"], data={**form, "do": "write", "after": "sub-marine"})
        assert "sub-marine cable" in desk.text()
        form = first_form(client.get("-/review").text)
        assert form["text"] == "government"
        client.post(form["action"], data={**form, "do": "skip"})
        assert "<mark>government</mark>" in client.get("-/review?skipped=1").text
        token = field(html, "token")
        for _ in range(2):
            client.post("-/review/undo", data={"token": token, "back": "/-/review"})
        assert desk.text() == before
        assert "Fishing Ban" not in client.get("-/review?show=Harbor+Watch").text
        assert client.post("-/sign-out", data={"token": token}).status_code == 303
        assert client.get("-/review").status_code == 303
    with Archive(desk.folder, read_only=True) as archive:
        assert {batch.author for batch in batches.newest(archive)} == {"Lani"}


def test_a_hidden_clip_cannot_be_edited(desk: Desk) -> None:
    with Archive(desk.folder, read_only=True) as archive:
        hidden = [one for one in review.page(archive, Filters(), 100) if one.clip.title.startswith("Fishing Ban")]
    assert hidden
    with desk.client() as client:
        token = field(client.get("-/review").text, "token")
        for one in hidden:
            change = {"first": one.first_word, "last": one.last_word, "version": one.version, "before": one.text}
            sent = {"token": token, "text": one.text, "seen": one.seen, "do": "keep"}
            assert (
                client.post(f"-/edit/{one.clip.uid}", json={**change, "after": "x", "token": token}).status_code == 404
            )
            assert client.post(f"-/review/{one.id}", data=sent).status_code == 409
    with Archive(desk.folder, read_only=True) as archive:
        assert all(review.item(archive, one.id) == one for one in hidden)


def test_the_editor_is_small() -> None:
    assert sum(path.stat().st_size for path in editing.STATIC.iterdir()) < 15_000


def test_nothing_of_it_is_where_it_was_not_asked_for(desk: Desk, tmp_path: Path) -> None:
    """Neither on a site without `--edit`, nor in a bundle."""
    ok("publish", "bundle", tmp_path / "bundle", "--archive", desk.folder)
    for visitor in (Visitor(desk.folder), Visitor(tmp_path / "bundle", immutable=True)):
        assert {visitor.get(path).status_code for path in ROUTES} == {404}
        assert {visitor.ask("POST", path).status_code for path in ROUTES} <= {403, 404, 405}
        page = visitor.get(f"/{desk.cable}").text
        assert not re.search("editor|editable|/-/", page.replace("/-/static-plugins/", ""))
    (wheel,) = (tmp_path / "bundle" / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert [name for name in packed.namelist() if "edit" in name] == []


@pytest.mark.parametrize("password", ["short", "ends a line\n", "no text: \udcff\udcff"])
def test_a_short_or_odd_password_is_refused(desk: Desk, password: str) -> None:
    ran = run("serve", "--edit", "--archive", desk.folder, env=environment(RADIO_ARCHIVE_PASSWORD=password))
    assert (ran.code, ran.err.count("\n"), "at least 10" in ran.err) == (1, 1, True)


# The rest comes last: a browser that runs has an event loop.
@pytest.fixture(scope="module")
def chromium(desk: Desk) -> Iterator[Browser]:
    with browser() as running:
        yield running


def sign_in(page: Page, desk: Desk, name: str, path: str) -> None:
    page.goto(f"{desk.server.address}-/sign-in?next=/{path}")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(desk.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"{name} is editing.")).to_be_visible()
    page.wait_for_load_state()


def edit(page: Page, word: str) -> Any:
    """Open a word of the transcript, and return its field."""
    page.locator("#transcript [data-start]", has_text=re.compile(rf"^{re.escape(word)}$")).first.click()
    return page.locator(".editor-field input")


def test_two_people_correct_a_clip_while_they_listen(desk: Desk, chromium: Browser) -> None:
    address = desk.server.address
    with visit(chromium, address) as one, visit(chromium, address) as other:
        for visiting, name in ((one, "Lani"), (other, "Kai")):
            sign_in(visiting.page, desk, name, desk.cable)
            button = visiting.page.get_by_role("button", name="Edit the text")
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
        page = one.page
        page.locator("button.play").click()
        written = edit(page, "announced")
        written.fill("unveiled it")
        # Keys that mean something to the player are letters here.
        page.keyboard.press("Control+Enter")
        expect(page.locator("body.playing")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(page.locator("#transcript .corrected")).to_have_text("unveiled it")
        assert "government unveiled it an" in desk.text()
        # The other one still sees the old word, changes it, and loses nothing.
        written = edit(other.page, "announced")
        written.fill("made known")
        other.page.keyboard.press("Enter")
        alert = other.page.get_by_role("alert")
        expect(alert).to_contain_text("“unveiled it”")
        assert other.page.locator(".editor-field input").input_value() == "made known"
        other.problems = [said for said in other.problems if "409" not in said]
        alert.get_by_role("button", name="Use “made known”").click()
        expect(other.page.locator(".editor-field")).to_have_count(0)
        assert "government made known an" in desk.text()
        # Elsewhere both write at once, with the keyboard alone, several words together.
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        several = page.locator(".editor-field input")
        before = several.input_value()
        assert len(before.split()) == 2
        page.keyboard.press("Escape")
        expect(page.locator(".editor-field")).to_have_count(0)
        assert "made known" in desk.text()
        page.evaluate(axe())
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        assert [rule["id"] for rule in found["violations"]] == []
    found = ok("search", '"made known"', "--archive", desk.folder, "--jsonl").rows
    assert [row["clip"] for row in found] == [desk.uid]


def test_what_editors_type_is_text(desk: Desk, chromium: Browser) -> None:
    with visit(chromium, desk.server.address) as visiting:
        page = visiting.page
        page.goto(f"{desk.server.address}-/sign-in?next=/{desk.cable}")
        page.get_by_label("Your name").fill(SCRIPT)
        page.get_by_label("Password").fill(desk.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Edit the text").click()
        written = edit(page, "contract")
        written.fill(SCRIPT)
        page.keyboard.press("Tab")
        # It was saved, and the next word is open.
        expect(page.locator("#transcript .corrected", has_text="window.fired")).to_have_text(SCRIPT)
        assert page.locator(".editor-field input").input_value() == "after"
        page.keyboard.press("Escape")
        assert SCRIPT in desk.text()
        page.reload()
        expect(page.locator("#editor-undo")).to_contain_text("Changed: “contract”")
        # All words of one correction are changed together; without a text they are removed.
        page.get_by_role("button", name="Edit the text").click()
        page.locator("#transcript [data-start]", has_text="<script>window.fired").click()
        written = page.locator(".editor-field input")
        assert written.input_value() == SCRIPT
        written.fill("")
        page.keyboard.press("Enter")
        expect(page.locator(".editor-field")).to_have_count(0)
        assert "approved a after weeks" in desk.text()
        for _ in range(2):
            page.get_by_role("button", name="Undo").click()
            page.wait_for_load_state()
        expect(page.locator("#editor-undo")).to_be_hidden()
        assert "approved a contract after weeks" in desk.text()


def test_the_word_before_gets_the_full_stop_of_the_words_that_are_removed(desk: Desk, chromium: Browser) -> None:
    before = desk.text()
    with visit(chromium, desk.server.address) as visiting:
        page = visiting.page
        sign_in(page, desk, "Lani", desk.cable)
        page.get_by_role("button", name="Edit the text").click()
        for _ in range(2):
            words = desk.text().split(". ")[1].split()
            written = edit(page, f"{words[-1]}.")
            written.fill("")
            page.keyboard.press("Enter")
            expect(page.locator(".editor-field")).to_have_count(0)
            shown = " ".join(page.locator("#transcript").inner_text().split())
            assert f"{' '.join(words[:-1])}. " in shown
            assert f" {' '.join(words[:-1])}. I'm" in desk.text()
        for _ in range(2):
            page.get_by_role("button", name="Undo").click()
            page.wait_for_load_state()
        expect(page.locator("#editor-undo")).to_be_hidden()
        assert desk.text() == before


def test_the_review_in_a_browser_by_keys(desk: Desk, chromium: Browser) -> None:
    with visit(chromium, desk.server.address) as visiting:
        page = visiting.page
        sign_in(page, desk, "Lani", "-/review")
        expect(page.locator("li.now mark")).to_have_text("undersea")
        expect(page.locator("li.now .facts")).to_contain_text("proposal, 100% sure")
        expect(page.locator(".review .facts", has_text="likely to be wrong").first).to_be_visible()
        page.keyboard.press("j")
        expect(page.locator("li.now mark")).to_have_text("government")
        page.keyboard.press("k")
        page.evaluate(axe())
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        assert [rule["id"] for rule in found["violations"]] == []
        page.keyboard.press("a")
        expect(page.locator("#editor-undo")).to_contain_text("Accepted: “undersea”")
        assert "under-sea" in desk.text()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".review mark").first).to_have_text("undersea")
        # After one that is further down, the next one is at hand; and a second click sends nothing a second time.
        expect(page.locator("li.now mark")).to_have_text("undersea")
        page.keyboard.press("j")
        expect(page.locator("li.now mark")).to_have_text("government")
        following = page.locator(".review mark").nth(2).inner_text()
        page.evaluate("for (const again of [1, 2]) document.querySelector('li.now [value=skip]').click()")
        expect(page.locator("#editor-undo")).to_contain_text("Skipped: “government”")
        expect(page.locator("li.now mark")).to_have_text(following)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("li.now mark")).to_have_text("government")


def test_what_was_typed_outlasts_the_session(desk: Desk, chromium: Browser) -> None:
    with visit(chromium, desk.server.address) as visiting:
        page = visiting.page
        sign_in(page, desk, "Lani", desk.cable)
        page.get_by_role("button", name="Edit the text").click()
        edit(page, "contract").fill("deal")
        page.context.clear_cookies()
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("no longer signed in")
        with page.context.expect_page() as opened:
            alert.get_by_role("link", name="Sign in again").click()
        again = opened.value
        again.get_by_label("Your name").fill("Lani")
        again.get_by_label("Password").fill(desk.password)
        again.get_by_role("button", name="Sign in").click()
        expect(again.get_by_text("Lani is editing.")).to_be_visible()
        written = page.locator(".editor-field input")
        assert written.input_value() == "deal"
        # What is typed is not lost to another page, either.
        page.locator("form.find button").click()
        expect(alert).to_contain_text("Save this first")
        written.press("Enter")
        expect(page.locator("#transcript .corrected")).to_have_text("deal")
        assert "approved a deal after weeks" in desk.text()
        # A click on another word saves, and opens it.
        edit(page, "deal").fill("contract")
        page.locator("#transcript [data-start]", has_text=re.compile("^weeks$")).click()
        expect(page.locator(".editor-field input")).to_have_value("weeks")
        page.keyboard.press("Escape")
        assert "approved a contract after weeks" in desk.text()
        visiting.problems = [said for said in visiting.problems if "401" not in said and "403" not in said]


def test_what_was_heard_is_found_once_it_was_changed(desk: Desk, chromium: Browser) -> None:
    with visit(chromium, desk.server.address) as visiting:
        page = visiting.page
        sign_in(page, desk, "Lani", desk.cable)
        page.get_by_role("button", name="Edit the text").click()
        edit(page, "weeks").fill("months")
        page.keyboard.press("Enter")
        expect(page.locator("#transcript .corrected")).to_have_text("months")
        page.get_by_role("searchbox").fill("heard:weeks")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="1 clip")).to_be_visible()
        expect(page.locator("main")).to_contain_text("other transcripts are not public")
        page.locator(".passages a", has_text="after months").click()
        expect(page).to_have_url(re.compile(rf"{re.escape(desk.cable)}.*#t="))
        expect(page.locator(".how")).to_contain_text(re.compile(r"; corrected in \d+ places?\."))
        # The word is not in the text any more, so none of it is marked as found.
        expect(page.locator("#transcript .found:not(.quoted)")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#editor-undo")).to_be_hidden()
        page.goto(f"{desk.server.address}search?q=heard:weeks")
        expect(page.get_by_role("status").filter(has_text="0 clips")).to_be_visible()
