"""What docs/assistants.md says of the tools and their limits is so."""

import asyncio
import re
from typing import Any

from mcp.server import MCPServer
from support.pages import CODE, DOCS, read

from radio_archive.assistants import server, tools
from radio_archive.search import quotations
from radio_archive.text import wording
from radio_archive.text.doubts import UNCHECKED

PAGE = read(DOCS / "assistants.md")
TEXT = " ".join(PAGE.split())


async def never(context: Any, asked: Any) -> Any:
    raise AssertionError


def test_the_tools_and_their_arguments_are_listed() -> None:
    served = MCPServer("test")
    server.register(served, never)
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    told = {CODE.findall(name)[0]: CODE.findall(arguments) for name, arguments, _ in rows}
    found = {tool.name: list(tool.input_schema["properties"]) for tool in asyncio.run(served.list_tools())}
    assert told == found


def test_the_limits_are_these() -> None:
    for limit, what in (
        (f"{tools.CLIPS} clips", "at most"), (f"{tools.TEXT:,} characters", ""), (f"most {tools.QUOTATIONS}", ""),
        (f"{tools.ROWS} at once", ""), ("five terms", ""), ("two minutes", ""),
    ):  # fmt: skip
        assert f"{what} {limit}".strip() in TEXT, limit
    assert (tools.TERMS, tools.SECONDS) == (5, 120)
    assert f"*{UNCHECKED}*" in TEXT
    results = re.search(r"exactly this: `(.*?)`, `(.*?)`, or `(.*?)`", TEXT)
    assert results is not None
    assert list(results.groups()) == list(quotations.Result)


def test_the_page_about_search_has_the_limits_of_an_exact_quotation() -> None:
    said = " ".join(read(DOCS / "search.md").split())
    assert f"at most {wording.SKIPPED} at each" in said
    assert f"at most {wording.ALIKE * 100:.0f} % of the words are others" in said
