"""The tools for assistants, by the SDK's own client: on standard input and output, and in Datasette."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.server import MCPServer
from support.furnish import UNHEARD, Furnished, furnish
from support.program import COMMAND, USUAL, run
from support.server import serving

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, redactions
from radio_archive.archive.clips.save import remove_clip
from radio_archive.archive.index import words
from radio_archive.assistants import tools
from radio_archive.assistants.server import public_archive
from radio_archive.config.settings import SiteOptions
from radio_archive.site.assistants import add_tools
from radio_archive.site.server import site

OURS = ["search_archive", "get_clip", "quote", "check_quote", "check_draft", "trends", "list_shows"]
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    failed: bool
    text: str
    data: Any


@dataclass(frozen=True)
class Secrets:
    """An archive, and what nobody may be told of it."""

    made: Furnished
    cable: str
    removed: str
    redacted: str
    words: str
    """Those that were taken out of the clip `redacted`, from 0 to 10 s."""
    gone: tuple[str, ...]
    """The same in pieces, without those that its title has."""


@pytest.fixture(scope="module")
def secrets(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    folder = tmp_path_factory.mktemp("told") / "archive"
    shutil.copytree(demo_archive, folder, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))
    made = furnish(folder)
    with Archive(folder) as archive:
        with archive.writing():
            words.add(archive.db, [UNHEARD])
        public = [clip for clip in read.clips(archive, parts=read.Part.WORDS) if clip.uid not in made.hidden_uids]
        (cable,) = (clip.uid for clip in public if clip.title.startswith("An undersea cable"))
        removed, redacted = [clip for clip in public if clip.uid != cable and len(clip.words) in range(60, 900)][:2]
        gone = [word.text.strip() for word in redacted.words if word.end < 10]
        pieces = [" ".join(gone[at : at + 4]).lower() for at in range(len(gone) - 3)]
        redactions.add(archive, redacted.uid, 0.0, 10.0, author="Lani")
        remove_clip(archive, removed.uid)
    return Secrets(
        made,
        cable,
        removed.uid,
        redacted.uid,
        " ".join(gone),
        tuple(one for one in pieces if one not in redacted.title.lower()),
    )


SAID = "the government announced an undersea cable"
SENTENCE = "On Monday, the government announced an undersea cable from Fiji."
WRONG: list[Call] = [
    ("search_archive", {"query": "x" * 501}), ("get_clip", {"clip": "x" * 201}),
    ("search_archive", {"query": ""}), ("search_archive", {"query": "cable", "since": "someday"}),
    ("search_archive", {"query": "cable", "show": "Nobody's"}), ("get_clip", {"clip": "nothing1"}),
    ("quote", {"clip": "hourhour", "start": 5, "end": 5}), ("quote", {"clip": "hourhour", "start": 0, "end": 500}),
    ("quote", {"clip": "nothing1", "start": 0, "end": 60}), ("check_quote", {"quotation": "the", "clip": "nothing1"}),
    ("check_quote", {"quotation": "…"}), ("check_draft", {"draft": "“a b” " * 51}),
    ("trends", {"terms": []}), ("trends", {"terms": ["a"] * 6}), ("trends", {"terms": ["x" * 501]}),
]  # fmt: skip


def right(cable: str) -> list[Call]:
    return [
        ("search_archive", {"query": "undersea cable", "show": "Pacific Report", "since": "", "until": ""}),
        ("get_clip", {"clip": cable, "start": 5.9}),
        ("quote", {"clip": cable, "start": 5.9, "end": 10.2}),
        ("check_quote", {"quotation": SAID, "clip": "", "show": ""}),
        ("check_quote", {"quotation": SAID.replace("announced", "denied"), "clip": cable}),
        ("check_draft", {"draft": f"A story.\n\n“{SAID},” she said. “Nobody ever said that.”"}),
        ("trends", {"terms": ["cable"]}),
        ("list_shows", {}),
    ]


@dataclass(frozen=True)
class Told:
    """All that a client was told in one session."""

    on_the_web: bool
    tools: dict[str, Any]
    answers: dict[str, Answer]

    def __call__(self, call: Call) -> Answer:
        return self.answers[repr(call)]


@pytest.fixture(scope="module", params=["stdio", "datasette"])
def told(request: pytest.FixtureRequest, secrets: Secrets) -> Told:
    """What the server tells, asked everything at once: it takes long to start."""
    calls = [*right(secrets.cable), *WRONG, *LONG, *OWN, *(call for _, call in attempts(secrets))]

    async def talk(server: StdioServerParameters | str) -> Told:
        answers = {}
        async with Client(server) as client:
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            for tool, arguments in calls:
                one: Any = await client.call_tool(tool, arguments)
                text = "\n".join(part.text for part in one.content)
                answers[repr((tool, arguments))] = Answer(bool(one.is_error), text, one.structured_content)
        return Told(isinstance(server, str), listed, answers)

    if request.param == "stdio":
        arguments = [*COMMAND[1:], "mcp", "--archive", str(secrets.made.folder)]
        return asyncio.run(talk(StdioServerParameters(command=sys.executable, args=arguments, env=USUAL)))
    pytest.importorskip("datasette_mcp", reason="datasette-mcp is not installed")
    env = {**USUAL, "DATASETTE_LOAD_PLUGINS": "radio-archive,datasette-mcp"}
    with serving(secrets.made.folder, env=env) as server:
        return asyncio.run(talk(f"{server.address}-/mcp"))


def test_a_client_finds_the_clip_the_second_and_the_quotation(told: Told, secrets: Secrets) -> None:
    found, clip, quoted, exact, other, draft, counted, shows = map(told, right(secrets.cable))
    source = found.data["passages"][0]["source"]
    assert found.data["passages"][0]["text"] == SENTENCE.replace("undersea cable", "**undersea** **cable**")
    assert (source["clip"], source["note"]) == (secrets.cable, "machine transcript, not checked")
    assert f"0:05–0:10 (clip {secrets.cable})" in source["citation"]
    assert told.on_the_web == str(source["url"]).endswith("/an-undersea-cable-from-fiji-to-hawaii#t=5.9")
    assert clip.data["lines"][0] == {"start": 5.9, "text": SENTENCE}
    assert quoted.data["text"] == SENTENCE
    assert (exact.data["result"], exact.data["source"]["clip"]) == ("exact", secrets.cable)
    assert (other.data["result"], other.data["words"]) == ("differing", 1)
    assert "[-denied-] {+announced+}" in other.data["diff"]
    assert (draft.data["exact"], draft.data["not_said"], draft.data["quotations"][1]["line"]) == (1, 1, 3)
    assert ("2024", 3) in [(one["period"], one["sentences"]) for one in counted.data["counts"]]
    assert "Pacific Report" in [one["name"] for one in shows.data["shows"]]
    # The text is the same as the data, for clients that take no data.
    assert json.loads(exact.text) == exact.data


def test_the_tools_only_read_and_say_what_they_return(told: Told) -> None:
    for name in OURS:
        tool = told.tools[name]
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.output_schema
        assert len(tool.description) > 50
    assert told.on_the_web or list(told.tools) == OURS


def attempts(secrets: Secrets) -> Iterator[tuple[str, Call]]:
    """Yield calls that must tell nothing, each with what it asks for."""
    ways = [UNHEARD, f"{UNHEARD.lower()}*", f'"{UNHEARD}"', "Xylograpehr", f"heard:{UNHEARD}", f"title:{UNHEARD}"]
    ways += [f"story:{UNHEARD}", f"speaker:{UNHEARD}", f'text : "{UNHEARD}" OR 1=1 --']
    for asked in (*ways, "' OR visibility = 'private", secrets.words, "\x00%*"):
        yield asked, ("search_archive", {"query": asked, "limit": 20})
        yield asked, ("check_quote", {"quotation": asked})
        yield asked, ("check_draft", {"draft": f"“{asked}”"})
        yield asked, ("trends", {"terms": [asked]})
        yield asked, ("search_archive", {"query": "the", "show": asked})
        yield asked, ("get_clip", {"clip": asked})
    for uid in (*secrets.made.hidden_uids, secrets.removed):
        for name in (uid, uid[:5], uid.upper(), f"{uid[:6]}%"):
            yield name, ("get_clip", {"clip": name})
            yield name, ("quote", {"clip": name, "start": 0, "end": 60})
            yield name, ("check_quote", {"quotation": "the", "clip": name})
    for old in ("pacific-report/2020-01-01/old", *secrets.made.hidden, f"{UNHEARD} Hour", "private1"):
        yield old, ("get_clip", {"clip": old})
        yield old, ("trends", {"terms": ["the"], "show": old})
    yield "", ("list_shows", {})
    yield "", ("get_clip", {"clip": secrets.redacted})
    yield "", ("quote", {"clip": secrets.redacted, "start": 0, "end": 30})
    yield "", ("search_archive", {"query": "the OR a OR an OR is", "limit": 20})


def test_nothing_hidden_is_told_by_any_tool_or_argument(told: Told, secrets: Secrets) -> None:
    hidden = [*secrets.made.hidden_uids, secrets.removed, *secrets.made.hidden_digests, UNHEARD.lower()]
    for what, call in attempts(secrets):
        answer = told(call)
        text = answer.text.lower()
        # What was asked for may be said again.
        for asked in (json.dumps(what)[1:-1], what, what.partition(":")[2].partition(" ")[0]):
            text = text.replace(asked.lower(), "") if asked else text
        assert [secret for secret in (*hidden, *(() if answer.failed else secrets.gone)) if secret in text] == [], call
        assert not answer.failed or "\n" not in answer.text, call
        assert "Traceback" not in answer.text
        if call[0] == "get_clip" and what:
            assert answer.failed, call


def test_what_is_hidden_is_answered_as_if_it_did_not_exist(told: Told, secrets: Secrets) -> None:
    for tool, arguments in [call for call in WRONG if call[1].get("clip") == "nothing1"]:
        unknown = told((tool, arguments)).text
        for uid in (*secrets.made.hidden_uids, secrets.removed):
            assert told((tool, {**arguments, "clip": uid})).text.replace(uid, "nothing1") == unknown


OWN: list[Call] = [
    ("list_databases", {}),
    ("execute_sql", {"database": "archive", "sql": "SELECT * FROM clips"}),
    ("get_database_schema", {"database": "archive"}),
]


def test_datasettes_own_tools_see_nothing_of_an_archive(told: Told) -> None:
    listed, *others = map(told, OWN)
    assert listed.data == ({"databases": []} if told.on_the_web else None)
    assert all(answer.failed for answer in others)


LONG: list[Call] = [("get_clip", {"clip": "hourhour"}), ("search_archive", {"query": "the", "limit": 99})]


def test_answers_are_bounded_and_what_is_wrong_is_said_in_one_line(told: Told, secrets: Secrets) -> None:
    assert [call for call in WRONG if not told(call).failed] == []
    whole, found = (told(call) for call in LONG)
    assert sum(len(line["text"]) for line in whole.data["lines"]) <= tools.TEXT
    assert len({one["source"]["clip"] for one in found.data["passages"]}) in range(5, tools.CLIPS + 1)
    assert all("\n" not in told(call).text for call in WRONG)
    assert all(len(answer.text) < 40_000 for answer in told.answers.values())
    with public_archive(secrets.made.folder) as archive:
        rest = tools.get_clip(archive, lambda path: None, "hourhour", whole.data["next_start"])
    assert rest.lines[0].start == whole.data["next_start"]


def test_a_private_site_offers_nothing_and_a_closed_one_answers_nobody(demo_archive: Path) -> None:
    async def asked(rules: dict[str, Any], *, private: bool) -> Any:
        served, tools_of = (
            site(demo_archive / "archive.db", SiteOptions(), metadata=rules, private=private),
            MCPServer("x"),
        )
        add_tools(served, tools_of)
        async with Client(tools_of) as client:
            return await client.list_tools(), await client.call_tool("list_shows", {})

    listed, _ = asyncio.run(asked({}, private=True))
    assert listed.tools == []
    listed, shows = asyncio.run(asked({"allow": {"id": "lani"}}, private=False))
    assert len(listed.tools) == len(OURS)
    assert (shows.is_error, "not open to you" in shows.content[0].text) == (True, True)


def test_without_the_sdk_one_line_says_what_to_install(demo_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')", encoding="utf-8"
    )
    path = ":".join(filter(None, (str(tmp_path), USUAL.get("PYTHONPATH"))))
    ran = run("mcp", "--archive", demo_archive, env={"PYTHONPATH": path})
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "this needs the package mcp. Run `pip install 'radio-archive[mcp]'`.\n"
