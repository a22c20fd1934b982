"""Tell names of people, stations and machines apart by simple rules, without a list of names; part bylines."""

import re
from collections.abc import Iterator
from dataclasses import replace

from radio_archive.models import Claim, Field, clean_text
from radio_archive.text.spelling import fold

_STATION = re.compile(
    r"\b(radio|news|newsroom|network|broadcasting|podcasts?|station|productions?|fm|various artists|unknown artist)\b"
)
_CALL_SIGN = re.compile(r"[KW][A-Z]{2,3}([- ](FM|AM|TV|HD\d))?")
# The ʻokina is a letter. The two classes must not overlap, or matching takes exponential time.
_WORD = re.compile(r"[^\W\d_a-z](?:[^\W\d_]|['’‘-])*\.?")
_PARTICLES = frozenset(
    "de del della der den van von da dos di du la le el al bin ibn ben st of te ter y e i af av zu zum".split()
)
# Words of newsrooms, institutions, shows and menus that are in no name of a person.
_NO_NAME = frozenset(
    "radio news newsroom staff desk editors editor editorial team network media station broadcasting press "
    "agency podcast public local world national home about contact schedule programs shows stories weather "
    "sports music arts live the this more all our your listen read watch share photo photos video courtesy "
    "associated service bureau reports report contributor contributors admin administrator website writer "
    "writers reporter reporters correspondent correspondents wire wires agencies digital online newsletter "
    "subscribe follow donate comment comments sign login university college institute foundation museum "
    "council department ministry government commission association society company corporation inc llc ltd "
    "gmbh studio studios production productions magazine journal gazette herald tribune chronicle times notes "
    "minute morning weekend edition bulletin today hour show program programme author authors by unknown "
    "various artist artists guest host audio and with from".split()
)
_BY = re.compile(r"(?i)(?:(?:reported|written|produced|story|words|text)\s+)?(?:by|por|par|von|di|na)\s*:?\s+(?=\S)")
_BETWEEN = re.compile(r"\s*(?:[,;/|•·+&]|(?<!\S)(?:and|with|und|et)\s)\s*", re.IGNORECASE)
_BETWEEN_SURNAMES_TOO = re.compile(r"\s+[ye]\s+")
"""Between two people, or within one's name: `José Ortega y Gasset`."""
_AWAY = re.compile(r"(?i)\s+(?:in|for|at|from|of|on|reports?|reporting|contribut\w+)\s.*$")
_ADDRESS = re.compile(r"://|@|^\S+\.[a-z]{2,}$", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]{0,100}[)\]]")
_LONGEST_BYLINE = 300
MOST_PEOPLE = 20
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


def is_name(text: str) -> bool:
    """Whether text looks like a person's name: two to five capitalized words, none of them a newsroom word."""
    words = text.split()
    if not 2 <= len(words) <= 5 or len(text) > 60 or any(map(str.isdigit, text)):
        return False
    for place, word in enumerate(words):
        letters = word.lstrip("ʻʼ‘’'\"“(")
        if fold(word) in _NO_NAME or not letters[:1].isalpha() or re.search(r"[!?:;|]", word):
            return False
        particle, _, rest = letters.partition("-")
        # al-Masri
        capital = not (rest if particle in _PARTICLES and rest else letters)[0].islower()
        if not capital and (place == 0 or place == len(words) - 1 or word.casefold() not in _PARTICLES):
            return False
    return not is_station(text)


def people_in(text: str) -> list[str]:
    """Return the people whom a byline names: `By Ann Lee and Bo Li, with Sam Bow in Kona` names three.

    A station, a newsroom, a job or a place among them is left out. Empty if nobody is certainly a person.
    """
    line = clean_text(text) if len(text) <= 4 * _LONGEST_BYLINE else ""
    if not line or len(line) > _LONGEST_BYLINE:
        return []
    by = _BY.match(line)
    line = _ASIDE.sub("", line[by.end() :] if by else line)
    found = (name for part in _BETWEEN.split(line) for name in _names(_AWAY.sub("", part).strip(" .,:-–—")))
    return list(dict.fromkeys(found))[:MOST_PEOPLE]


def _names(part: str) -> list[str]:
    """The names in a part of a byline."""
    if _ADDRESS.search(part):
        return []
    several = _BETWEEN_SURNAMES_TOO.split(part)
    if len(several) > 1 and all(map(is_name, several)):
        return several
    return [part] if is_name(part) else []


def each_person(claim: Claim) -> Iterator[Claim]:
    """Yield a claim for each person whom the value of `claim` names; none for an organisation or an address.

    A claim about another field stays as it is, and so does a single word, which may be how somebody is called.
    """
    if claim.field not in {Field.REPORTER, Field.HOST, Field.GUEST}:
        yield claim
        return
    people = people_in(claim.value)
    if not people:
        words = fold(claim.value).split()
        no_person = is_station(claim.value) or _ADDRESS.search(claim.value) or not _NO_NAME.isdisjoint(words)
        people = [] if no_person else [claim.value]
    for number, name in enumerate(people, 1):
        key = claim.source_key if len(people) == 1 else f"{claim.source_key} {number:02}"
        yield replace(claim, value=name, source_key=key)
