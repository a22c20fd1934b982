"""Tell names of people, stations and machines apart by simple rules, without a list of names."""

import re

from radio_archive.text.spelling import fold

_STATION = re.compile(
    r"\b(radio|news|newsroom|network|broadcasting|podcasts?|station|productions?|fm|various artists|unknown artist)\b"
)
_CALL_SIGN = re.compile(r"[KW][A-Z]{2,3}([- ](FM|AM|TV|HD\d))?")
# The ʻokina is a letter. The two classes must not overlap, or matching takes exponential time.
_WORD = re.compile(r"[^\W\d_a-z](?:[^\W\d_]|['’‘-])*\.?")
_PARTICLES = frozenset("de da di van von der den la le del bin al el".split())
# The originator in a broadcast WAV is mostly a program or a recorder. No word here is also a person's name.
_MACHINES = frozenset(
    "adobe audio audacity audition audiovault avid broadcast burli cubase dalet default devices digital dira editor "
    "encoder engine finder foobar handy hindenburg izotope lab logger machine marantz media memo memos microsoft mini "
    "mixer mixpre music nagra netia nuendo olympus playback pro producer reaper recorder recorders recording rogue "
    "sadie samplitude scarlett sequoia sequence server software sony sound soundtrack station studio system systems "
    "tascam technologies technology tool tools track twisted unknown user vault voice wavelab windows workstation "
    "zaxcom zetta zoom".split()
)


def is_station(name: str) -> bool:
    """Whether `name` is a station, a newsroom or a network: `Hawaiʻi Public Radio`, `KHPR`."""
    return bool(_STATION.search(fold(name)) or _CALL_SIGN.fullmatch(name))


def looks_like_a_person(name: str) -> bool:
    """Whether `name` can only be a person's: two to five capitalized words, none of which names a machine."""
    words = name.split(" ") if len(name) <= 60 else []
    inner = (word for word in words[:-1] if word.casefold() not in _PARTICLES)
    if not 2 <= len(words) <= 5 or len(words[-1].rstrip(".")) < 2:
        return False
    return all(_WORD.fullmatch(word) for word in (*inner, words[-1])) and not set(fold(name).split()) & _MACHINES
