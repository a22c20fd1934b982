"""Records of PBCore 2.1, the metadata standard of public media in the USA (https://pbcore.org/)."""

import xml.etree.ElementTree as ET

from radio_archive.formats.cues import clock
from radio_archive.formats.paragraphs import paragraphs_and_gaps
from radio_archive.formats.text import line
from radio_archive.formats.xml import add, clean, document
from radio_archive.models import Clip
from radio_archive.text.languages import three_letters
from radio_archive.text.versions import provenance

NAMESPACE = "http://www.pbcore.org/PBCore/PBCoreNamespace.html"
NO_DESCRIPTION = "No description available"
"""The standard wants a description."""


def write(clip: Clip) -> str:
    """Return what is known of a clip and of its recording, and the transcript in an annotation."""
    root = ET.Element("pbcoreDescriptionDocument", {"xmlns": NAMESPACE})
    add(root, "pbcoreAssetType", "Segment")
    add(root, "pbcoreAssetDate", clip.date, {"dateType": "Broadcast"})
    add(root, "pbcoreIdentifier", clip.uid, {"source": "radio-archive"})
    add(root, "pbcoreTitle", clip.title if clean(clip.title) else clip.uid, {"titleType": "Segment"})
    add(root, "pbcoreTitle", clip.show, {"titleType": "Series"})
    for subject in clip.subjects:
        add(root, "pbcoreSubject", subject)
    summary = clip.summary if clean(clip.summary or "") else NO_DESCRIPTION
    add(root, "pbcoreDescription", summary, {"descriptionType": "Summary"})
    # Creators come before contributors, who are guests.
    for name in ("creator", "contributor"):
        for credit in clip.credits:
            if (credit.role == "guest") == (name == "contributor"):
                _add_named(root, name, credit.name, credit.role.title())
    _add_named(root, "publisher", clip.station, "Distributor")
    if clean(clip.rights or ""):
        add(ET.SubElement(root, "pbcoreRightsSummary"), "rightsSummary", clip.rights)
    _add_recording(root, clip)
    _add_transcript(root, clip)
    return document(root)


def _add_named(parent: ET.Element, kind: str, name: str | None, role: str) -> None:
    if clean(name or ""):
        element = ET.SubElement(parent, f"pbcore{kind.title()}")
        add(element, kind, name)
        add(element, f"{kind}Role", role)


def _add_recording(root: ET.Element, clip: Clip) -> None:
    recording, element = clip.recording, ET.SubElement(root, "pbcoreInstantiation")
    # A recording that was archived by reference has a path that means nothing elsewhere.
    location = clip.file if clip.storage == "copied" and clean(clip.file) else recording.sha256
    add(element, "instantiationIdentifier", recording.sha256, {"source": "SHA-256"})
    add(element, "instantiationIdentifier", recording.original_name, {"source": "File name"})
    add(element, "instantiationDigital", recording.media_type)
    add(element, "instantiationLocation", location)
    add(element, "instantiationMediaType", "Sound")
    add(element, "instantiationFileSize", str(recording.bytes), {"unitsOfMeasure": "bytes"})
    add(element, "instantiationDuration", clock(round(1000 * clip.duration), "."))
    if recording.bit_rate:
        add(element, "instantiationDataRate", str(recording.bit_rate), {"unitsOfMeasure": "bits/second"})
    add(element, "instantiationChannelConfiguration", f"{recording.channels} channel{'s'[: recording.channels - 1]}")
    add(element, "instantiationLanguage", three_letters(clip.language or ""))
    track = ET.SubElement(element, "instantiationEssenceTrack")
    add(track, "essenceTrackType", "Audio")
    add(track, "essenceTrackSamplingRate", str(recording.sample_rate), {"unitsOfMeasure": "Hz"})


def _add_transcript(root: ET.Element, clip: Clip) -> None:
    lines = [clean(line(part)) for part in paragraphs_and_gaps(clip)]
    if lines:
        ET.SubElement(root, "pbcoreAnnotation", {"annotationType": "Transcript"}).text = "\n".join(lines)
    add(root, "pbcoreAnnotation", provenance(clip), {"annotationType": "Transcript source"})
