"""Text whose bytes were once read in the wrong encoding, put right: `KÄ\x81neÊ»ohe` was `Kāneʻohe`."""

import unicodedata

from radio_archive.models import clean_text

LONGEST = 20_000
"""Characters; in a longer text nothing is searched for."""


def repaired(text: str) -> str:
    """Return `text` in NFC, with UTF-8 that was read as Latin-1 or Windows-1252 put right.

    Only where the whole text, taken back to bytes, says the same in UTF-8 and looks wrong as it stands, which ftfy
    judges: a name that merely looks odd stays as it is. No quotation mark, ʻokina or kahakō is made another.
    """
    if not text.isascii() and len(text) <= LONGEST:
        # It takes a moment to load, and most texts do without.
        import ftfy

        # Its other repairs guess at what was lost, or make typography plain.
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
    """Return a text from a tag as it is shown and stored: repaired, on one line, without control characters."""
    return clean_text(repaired(text))
