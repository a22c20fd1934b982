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
const [folder, index, ...scripts] = process.argv.slice(1);
const run = (path) => (0, eval)(fs.readFileSync(path, "utf8"));
function load(script) {
  const path = fileURLToPath(script.src);
  if (!fs.existsSync(path)) return script.onerror();
  document.currentScript = script;
  run(path);
  return script.onload();
}
global.window = global;
global.document = {
  readyState: "loading", addEventListener() {}, createElement: () => ({}), currentScript: {},
  head: { append: load }, querySelector: () => ({ dataset: { index } }),
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
    const { PartMissing } = radioArchiveIndex, { QueryError } = radioArchiveQuery;
    if (!(error instanceof QueryError || error instanceof PartMissing)) throw error;
    found = { clips: [], replaced: [], isMissing: error instanceof PartMissing };
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
    is_missing: bool = False
    """Whether a part of the index is not there."""


Ask = Callable[[str], StaticAnswer]


def need_node() -> None:
    """Skip the test where there is no Node."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")


@contextmanager
def searching(folder: Path, index: str | None = None) -> Iterator[Ask]:
    """Start Node for the folder of a published site; `index` is the path that its page names, if another one does."""
    index = index or next((folder / "search").glob("h/*.js")).relative_to(folder / "search").as_posix()
    command = ["node", "-e", PROGRAM, str(folder / "search"), index, *(script.name for script in SCRIPTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as node:
        assert node.stdin is not None
        assert node.stdout is not None
        sent, received = node.stdin, node.stdout

        def ask(query: str) -> StaticAnswer:
            sent.write(json.dumps(query) + "\n")
            sent.flush()
            found = json.loads(received.readline())
            replaced = [(one["typed"], one["by"]) for one in found["replaced"]]
            pages, missing = [page for page, _ in found["clips"]], [lack for _, lack in found["clips"]]
            return StaticAnswer(pages, missing, replaced, found.get("isMissing", False))

        yield ask
        node.stdin.close()
