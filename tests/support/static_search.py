"""The search of a static site in one Node process: its own scripts and index, in a page with only what they need."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from radio_archive.publish.static import SCRIPTS

PROGRAM = """
const fs = require("fs"), { pathToFileURL, fileURLToPath } = require("url");
const [folder, ...scripts] = process.argv.slice(1);
const run = (path) => (0, eval)(fs.readFileSync(path, "utf8"));
global.window = global;
global.document = {
  readyState: "loading", addEventListener() {}, createElement: () => ({}), currentScript: {},
  head: { append(script) { run(fileURLToPath(script.src)); script.onload(); } },
};
for (const script of scripts) {
  document.currentScript.src = pathToFileURL(`${folder}/${script}`).href;
  run(`${folder}/${script}`);
}
require("readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  let found;
  try {
    const { clips, replaced } = await radioArchiveSearch.search(JSON.parse(line), {});
    found = { replaced, clips: await Promise.all(clips.slice(0, 20).map(async ({ clip, missing }) =>
      [(await radioArchiveIndex.clip(clip))[0], missing])) };
  } catch (error) {
    if (!(error instanceof radioArchiveQuery.QueryError)) throw error;
    found = { clips: [], replaced: [] };
  }
  console.log(JSON.stringify(found));
});
"""


@dataclass(frozen=True, slots=True)
class StaticAnswer:
    """The pages of the clips that were found, what each lacks, and what took the place of unknown words."""

    pages: Sequence[str]
    missing: Sequence[Sequence[str]]
    replaced: Sequence[tuple[str, Sequence[str]]]


Ask = Callable[[str], StaticAnswer]


def need_node() -> None:
    """Skip the test where there is no Node."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")


@contextmanager
def searching(folder: Path) -> Iterator[Ask]:
    """Start Node for the folder of a published site."""
    command = ["node", "-e", PROGRAM, str(folder / "search"), *(script.name for script in SCRIPTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as node:
        assert node.stdin is not None
        assert node.stdout is not None
        sent, received = node.stdin, node.stdout

        def ask(query: str) -> StaticAnswer:
            sent.write(json.dumps(query) + "\n")
            sent.flush()
            found = json.loads(received.readline())
            replaced = [(one["typed"], one["by"]) for one in found["replaced"]]
            return StaticAnswer([page for page, _ in found["clips"]], [lack for _, lack in found["clips"]], replaced)

        yield ask
        node.stdin.close()
