"""What the formats in XML share. What is added is cleaned, so that any text makes a file that can be read."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from radio_archive.models import clean_text


def add(parent: ET.Element, name: str, text: str | None, attributes: Mapping[str, str] | None = None) -> None:
    """Add an element with text; nothing if the text is empty."""
    cleaned = clean(text or "")
    if cleaned:
        ET.SubElement(parent, name, dict(attributes or {})).text = cleaned


def add_empty(parent: ET.Element, name: str, attributes: Mapping[str, str | None]) -> None:
    """Add an element without text. Attributes that are None are left out."""
    ET.SubElement(parent, name, {key: clean(value) for key, value in attributes.items() if value is not None})


def clean(text: str) -> str:
    """Return text without the characters that XML forbids."""
    return clean_text(text).replace("\ufffe", "").replace("\uffff", "")


def document(root: ET.Element) -> str:
    """Return an element and all in it as the text of a file."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
