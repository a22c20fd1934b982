"""Repair text that was decoded with the wrong encoding: `KÄ\x81neÊ»ohe` was `Kāneʻohe`."""

import unicodedata

from radio_archive.models import clean_text

LONGEST = 20_000
"""Characters; a longer text is not repaired."""


def repaired(text: str) -> str:
    """Return `text` in NFC, and repair UTF-8 that was read as Latin-1 or Windows-1252.

    Repairs only if the whole text, converted back to bytes, is valid UTF-8 and ftfy judges it to be wrong: a name that
    only looks unusual stays. Quotation marks, ʻokina and kahakō are never changed.
    """
    if not text.isascii() and len(text) <= LONGEST:
        # Slow to load, and most texts do not need it.
        import ftfy

        # Its other repairs guess lost characters or simplify typography.
        config = ftfy.TextFixerConfig(
            unescape_html=False,
            remove_terminal_escapes=False,
            restore_byte_a0=True,
            replace_lossy_sequences=False,
            decode_inconsistent_utf8=False,
            fix_c1_controls=True,
            fix_latin_ligatures=False,
            fix_character_width=False,
            uncurl_quotes=False,
            fix_line_breaks=False,
            fix_surrogates=False,
            remove_control_chars=False,
            normalization=None,
            max_decode_length=LONGEST,
            explain=False,
        )
        text = ftfy.fix_encoding(text, config)
    return unicodedata.normalize("NFC", text)


def readable(text: str) -> str:
    """Return a text from a tag ready to show and store: repaired, on one line, without control characters."""
    return clean_text(repaired(text))
