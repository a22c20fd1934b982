"""Detect the encoding of text files by their byte order mark."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode_marked(content: bytes) -> str | None:
    """Return the text after a byte order mark; None if there is no mark."""
    marked = ((mark, encoding) for mark, encoding in _MARKS if content.startswith(mark))
    mark, encoding = next(marked, (b"", ""))
    return content[len(mark) :].decode(encoding, "replace") if mark else None
