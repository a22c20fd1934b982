"""One file of a text tree: a few facts of a clip, then its current text, a sentence a line, for git and its like."""

import re
from typing import NamedTuple

from radio_archive.models import Clip, clean_text
from radio_archive.text.segmenting import sentences
from radio_archive.text.spelling import slug

NO_SHOW = "no-show"
"""The folder of clips that are of no show."""
_FIRST = "# A transcript of radio-archive. Mend the sentences below the empty line, and leave these lines as they are."
_FACT = re.compile(r"# (\w+): (.*)")
_MARK = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)


class TextFile(NamedTuple):
    """What stands in a file of the tree, and why it cannot be used, if that is so."""

    facts: dict[str, str]
    lines: list[str]
    problem: str | None = None

    @property
    def path(self) -> str:
        """Where in the tree the file belongs."""
        return path_of(self.facts.get("clip", ""), self.facts.get("show"))


def path_of(uid: str, show: str | None) -> str:
    """Return where in the tree a clip's file is: in the folder of its show, named after the clip."""
    return f"{slug(show) if show else NO_SHOW}/{uid}.txt"


def write(clip: Clip, transcript: int, digest: str) -> str:
    """Return the file of a clip that was read with its words; `digest` is the SHA-256 of its transcript as stored.

    The same text gives the same bytes, and a corrected word changes its line alone.
    """
    facts = {
        "clip": clip.uid,
        "title": clip.title,
        "show": clip.show,
        "date": clip.date,
        "transcript": str(transcript),
        "sha256": digest,
    }
    head = [f"# {key}: {clean_text(value)}" for key, value in facts.items() if value]
    whole = "\n".join([_FIRST, *head, "", *(one.text for one in sentences(clip.words))]) + "\n"
    return whole.encode("utf-8", "replace").decode("utf-8")


def read(content: bytes) -> TextFile:
    """Return what is in a file of the tree, whatever an editor made of its line ends and letters. Never raises."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return TextFile({}, [], "it is not UTF-8: save it as UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head, _, body = text.partition("\n\n")
    facts = {found[1]: found[2].strip() for line in head.split("\n") if (found := _FACT.fullmatch(line.strip()))}
    if mark := _MARK.search(text):
        line = text.count("\n", 0, mark.start()) + 1
        return TextFile(facts, [], f"line {line} is a mark of git about a conflict: decide it first")
    if not re.fullmatch(r"[0-9a-z]{1,40}", facts.get("clip", "")):
        return TextFile(facts, [], "the lines at its top no longer say which clip it is: bring them back")
    return TextFile(facts, body.split("\n"))
