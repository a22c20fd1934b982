"""Reads the draft of a story for its quotations: plain text, Markdown, HTML, or a document of a word processor.

Word documents are Office Open XML, ISO/IEC 29500. What was deleted in them, and is only kept as a tracked change, is
not read; what was inserted is.
"""

import io
import re
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile, ZipFile

from radio_archive.errors import UsageError
from radio_archive.text.quotations import Paragraph

LARGEST = 1_000_000
"""Most bytes of a draft, and of the text of a Word document."""
_UNPACKED = 20_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLOCK_STYLES = re.compile(r"(?i)quote|blocktext|zitat|citation|cita")
_MARKUP = re.compile(r"(?i)\s*<(?:!doctype html|html|head|body|div|p|article|h[1-6]|blockquote)\b")
_BREAKS = frozenset(
    """address article aside blockquote body caption dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5
    h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul""".split()
)
"""Elements of HTML that begin and end a paragraph."""
_UNSEEN = frozenset("head script style template noscript title svg math iframe object select textarea".split())
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_BLOCK = re.compile(r"[ \t]{0,3}>[ \t]?")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\((?:[^()\s]|\([^()\s]{0,200}\)){0,500}(?:\s+\"[^\"]{0,200}\")?\)")
_EMPHASIS = re.compile(r"(?<!\\)(?:[*`]{1,3}|(?<![^\W_])_{1,3}(?=\w)|(?<=[^\s_])_{1,3}(?![^\W_]))")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~&\"'-])")
_TITLE = re.compile(r"(?m)^\s{0,3}#{1,6}\s+")


def read_draft(content: bytes, name: str) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a draft; `name` is that of its file, whose suffix tells what it is.

    The line of a paragraph in HTML and in a Word document is its number. Raises UsageError.
    """
    if len(content) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST:,} bytes", "Split it, or save its text alone.")
    suffix = name.rpartition(".")[2].lower()
    if suffix == "docx" or content[:4] == b"PK\x03\x04":
        return tuple(_numbered(_of_word(content, name)))
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if (b"\0" in content and not is_wide) or content[:5] in (b"%PDF-", b"{\\rtf"):
        raise UsageError(f"{name} is no text", "Save it as .docx, .txt, .md or .html.")
    text = content.decode("utf-16", "replace") if is_wide else _decoded(content)
    if suffix in {"html", "htm", "xhtml"} or _MARKUP.match(text):
        return tuple(_numbered(_of_html(text)))
    return tuple(_of_text(text.replace("\r\n", "\n").replace("\r", "\n"), markdown=suffix in {"md", "markdown"}))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _numbered(parts: Iterator[tuple[str, bool]]) -> Iterator[Paragraph]:
    for number, (text, is_block) in enumerate(((text, block) for text, block in parts if text.strip()), 1):
        yield Paragraph(" ".join(text.split()), number, is_block)


def _of_text(text: str, *, markdown: bool) -> Iterator[Paragraph]:
    line = 1
    for part in _BLANK.split(text):
        lines = part.strip("\n").split("\n")
        begins = line + len(part) - len(part.lstrip("\n"))
        line += part.count("\n") + 1
        is_block = all(_BLOCK.match(one) for one in lines)
        said = "\n".join(_BLOCK.sub("", one, count=1) for one in lines) if is_block else "\n".join(lines)
        if said.strip():
            yield Paragraph(_without_markup(said) if markdown else said, begins, is_block)


def _without_markup(text: str) -> str:
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", _TITLE.sub("", text)))
    return _ESCAPED.sub(r"\1", plain)


def _of_html(text: str) -> Iterator[tuple[str, bool]]:
    from lxml import etree, html  # type: ignore[import-untyped]

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return
    said, blocks, unseen = list[str](), 0, 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        begins = event == "start"
        if tag in _BREAKS:
            yield "".join(said), blocks > 0
            said = []
        blocks += (tag == "blockquote") * (1 if begins else -1)
        unseen += (tag in _UNSEEN) * (1 if begins else -1)
        if tag == "q":
            said.append("“" if begins else "”")
        elif tag == "br":
            said.append(" ")
        if not unseen:
            said.append((element.text if begins else element.tail) or "")
    yield "".join(said), False


def _of_word(content: bytes, name: str) -> Iterator[tuple[str, bool]]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        with ZipFile(io.BytesIO(content)) as package, package.open("word/document.xml") as file:
            markup = file.read(_UNPACKED + 1)
        if len(markup) > _UNPACKED:
            raise UsageError(f"the text of {name} is larger than {_UNPACKED:,} bytes", "Split it.")
        tree = etree.fromstring(markup, parser)
    except (BadZipFile, KeyError, etree.LxmlError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise UsageError(f"{name} is no Word document", "Save it as .docx, .txt, .md or .html.") from error
    for paragraph in tree.iter(f"{_WORD}p"):
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        named = style.get(f"{_WORD}val", "") if style is not None else ""
        yield "".join(_runs(paragraph)), bool(_BLOCK_STYLES.search(named))


def _runs(paragraph: Any) -> Iterator[str]:
    for part in paragraph.iter(f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br"):
        yield part.text or "" if part.tag == f"{_WORD}t" else " "
