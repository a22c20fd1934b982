"""What PBCore 2.1 asks of the elements that we write: their order, how many of each, and the attributes they must have.

For machines without the published schema, with which a test compares it.
"""

import io

from lxml import etree  # type: ignore[import-untyped]

NAMESPACE = "http://www.pbcore.org/PBCore/PBCoreNamespace.html"
_CHILDREN = {
    "pbcoreDescriptionDocument": """pbcoreAssetType*, pbcoreAssetDate*, pbcoreIdentifier+, pbcoreTitle+, pbcoreSubject*,
        pbcoreDescription+, pbcoreCreator*, pbcoreContributor*, pbcorePublisher*, pbcoreRightsSummary*,
        pbcoreInstantiation*, pbcoreAnnotation*""",
    "pbcoreCreator": "creator, creatorRole*",
    "pbcoreContributor": "contributor, contributorRole*",
    "pbcorePublisher": "publisher, publisherRole*",
    "pbcoreRightsSummary": "rightsSummary?",
    "pbcoreInstantiation": """instantiationIdentifier+, instantiationDigital?, instantiationLocation,
        instantiationMediaType?, instantiationFileSize?, instantiationDuration?, instantiationDataRate?,
        instantiationChannelConfiguration?, instantiationLanguage*, instantiationEssenceTrack*""",
    "instantiationEssenceTrack": "essenceTrackType?, essenceTrackSamplingRate?",
}
_ATTRIBUTES = {
    "pbcoreDescriptionDocument": f'xmlns CDATA #FIXED "{NAMESPACE}"',
    "pbcoreAssetDate": "dateType CDATA #IMPLIED",
    "pbcoreIdentifier": "source CDATA #REQUIRED",
    "pbcoreTitle": "titleType CDATA #IMPLIED",
    "pbcoreDescription": "descriptionType CDATA #IMPLIED",
    "pbcoreAnnotation": "annotationType CDATA #IMPLIED",
    "instantiationIdentifier": "source CDATA #REQUIRED",
    "instantiationFileSize": "unitsOfMeasure CDATA #IMPLIED",
    "instantiationDataRate": "unitsOfMeasure CDATA #IMPLIED",
    "essenceTrackSamplingRate": "unitsOfMeasure CDATA #IMPLIED",
}


def dtd() -> etree.DTD:
    """Return the rules as a document type definition, which knows no other elements and attributes."""
    names = {name.strip(" *+?\n") for children in _CHILDREN.values() for name in children.split(",")}
    lines = [f"<!ELEMENT {name} ({children})>" for name, children in _CHILDREN.items()]
    lines += [f"<!ELEMENT {name} (#PCDATA)>" for name in sorted(names - _CHILDREN.keys())]
    lines += [f"<!ATTLIST {name} {attributes}>" for name, attributes in _ATTRIBUTES.items()]
    return etree.DTD(io.StringIO("\n".join(lines)))
