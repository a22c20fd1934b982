"""Classify a line of a published story: navigation, byline, publication date, picture credit, or part of the story."""

import re
from collections.abc import Collection
from typing import NamedTuple

from radio_archive.metadata.dates import WRITTEN, calendar_date, date_of
from radio_archive.metadata.people import is_name, people_in
from radio_archive.text.periods import MONTHS
from radio_archive.text.spelling import fold

LONGEST_LINE = 20_000
"""Characters; a longer line is not a paragraph."""

_SENTENCE_END = re.compile(r"[.!?…。！？।؟]['\"”’»)\]]*$")
_ASKING_END = re.compile(r"[!?！？؟]['\"”’»)\]]*$")
_NO_WORDS = re.compile(r"[\W\d_]*")
_NOISE = re.compile(
    r"(?ix)(play|play\ live\ radio|listen(\ (live|now|again))?|live|on\ air|now\ playing|up\ next|next\ up|"
    r"available\ on\ air\ stations|all\ streams|(skip|jump)\ to\ .{1,30}|donate(\ now)?|menu|close|(show\ )?search|"
    r"search\ query|home|log\ ?in|sign\ (in|up)(\ for\ .*)?|subscribe(\ to\ .*)?|share(\ (this|via|on)\b.*)?|"
    r"facebook|twitter|x|bluesky|threads|flipboard|linked\ ?in|reddit|whatsapp|email|e-mail|print|copy\ link|tweet|"
    r"download|embed|transcript|tags|topics|filed\ under|advertisement|sponsor(ed)?(\ message)?|loading|"
    r"your\ browser\ does\ not\ support\ .*|(read|see|listen|watch|hear)(\ more|\ also)?\ ?:\ .*|"
    r"(read|see)\ (more|next|also)|keep\ reading|recommended(\ for\ you)?|trending(\ now)?|"
    r"see\ stories\ by\ .*|all\ rights\ reserved|about\ the\ (author|reporter|host)|back\ to\ top)[\s:.…»>]*"
)
_NEWSLETTER = re.compile(
    r"(?i)^[^“”\"]*\b(sign up|subscribe|get|receive)\b[^“”\"]*\b(newsletters?|inbox|email updates|daily briefing)\b"
)
_END = re.compile(
    r"(?ix)(related(\ (stories|story|content|articles|news|links|posts|coverage|topics|reading))?|"
    r"(more|other|latest|recent|top|popular|featured)\ (stories|news|headlines|posts|articles|episodes)|"
    r"more\ (from|like)\ .{1,60}|you\ (may|might)\ also\ like|most\ (read|viewed|popular)|"
    r"(leave|post|add)\ a\ (comment|reply)|(\d+\ )?(comments?|responses|replies)|stay\ connected|"
    r"(previous|next)\ (post|story|article))[\s:.…»>]*"
)

_COPYRIGHT = re.compile(r"(?i)^[^.!?]{0,60}?(©|\(c\)(?=\W*\d{4})|\bcopyright\b(?=.{0,12}(?:\d{4}|©|\(c\))))(.{1,200})$")
_YEARS = re.compile(r"(?i)\b(19|20)\d{2}(\s*[-–—,/]\s*((19|20)?\d{2}\b|present|today))*\b")
_AFTER_HOLDER = re.compile(
    r"(?i)\s*([|•·]|\s[-–—]\s|\.(\s|$)|;|,?\s+(inc|llc|ltd|corp)\b|\b(all rights|unless|except|licensed|to see more)\b)"
)

_WEEKDAY = r"((mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\b\.?,?\s+)?"
_DAY = (
    r"((?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    r"|(?P<day2>\d{1,2})(st|nd|rd|th)?\.?\s+(?P<month2>[a-z]{3,9})\.?,?\s+(?P<year2>\d{4})"
    r"|(?P<iso>\d{4}-\d{2}-\d{2}))"
)
_PUBLISHED_WORD = (
    r"(first\ )?(published|posted|aired|broadcast|air\ date|date\ published|publication\ date)\b\s*:?\s*(on\s+)?"
)
_PUBLISHED = re.compile(
    rf"(?ix)^{_PUBLISHED_WORD}{_WEEKDAY}{_DAY}(T|\s*(,|\||-|–|—|•|·|at|@)*\s*)"
    r"(\d{1,2}([:.h]\d{2}){0,2}\s*([ap]\.?\s?m\.?)?(\s*[A-Z]{1,5}|\s*[+-]\d{2}:?\d{2})?)?"
    r"(\s*[,|;•·–—-]?\s*(last\ )?(updated|modified)\b.{0,80})?\.?$"
)
_ONLY_DATE = re.compile(rf"(?ix){_WEEKDAY}{_DAY}\.?")
_DATED = re.compile(rf"(?ix)\s+({_PUBLISHED_WORD})?{_WEEKDAY}{_DAY}\b.*$")

_STATION = re.compile(r"\b(radio|fm|am|broadcasting|network|public media|news|media|station|community radio)\b")
_BROADCASTER = re.compile(r"\b(radio|fm|broadcasting|public media|public broadcasting|community media|radio station)\b")
_CALL_SIGN = re.compile(r"[KWCVX][A-Z]{2,3}([- ](FM|AM|TV|HD\d))?")

_BY = re.compile(
    r"(?i)^(?:(?:(?:reported|written|story|words|text)\s+)?(?:by|por|par|von|di|na)\s*:?"
    r"|from our (?:own )?(?:correspondent|reporter))\s+(\S.*)$"
)
_DATELINE = re.compile(r"(?i)^[^.!?:|]{2,60}?\s[-–—]\s+(?=by\s)")
_CREDIT = re.compile(
    r"(?i)\(?((photo(graph)?s?|image|picture|foto(graf[ií]a)?|illustration|screenshot|graphic|handout)"
    r"(\s+(courtesy|credits?))?\s*(:|/|\b(by|from|via|of|por|par)\b)|courtesy\b|credits?\b).{2,}"
)
_AGENCY = re.compile(r"\b(AP( Photo)?|Associated Press|Reuters|AFP|EPA|Getty( Images)?|Shutterstock|Wikimedia)\)?$")
_SLASHED = re.compile(r"[^.!?:]{2,60}?\s*/\s*[^.!?:]{2,60}")
_PARENTHESIS = re.compile(r"^(.{10,}?)\s*\(([^()]{3,160})\)\.?$")
_IN_PARENTHESIS = re.compile(
    r"(?i)\b(photos?|photograph(ed)?|image|courtesy|credit|getty|reuters|afp|illustration|screenshot|AP Photo|via AP"
    r"|foto)\b|, file( photo)?$"
)
_FILE_PHOTO = re.compile(r"(?i)^file( photo)?\s*[-–—:]\s*\S")

_LABELS = frozenset(
    fold(label)
    for label in (
        "analysis,opinion,opinions,commentary,comment,column,editorial,perspective,essay,review,reviews,update,updates,"
        "updated,breaking,breaking news,live,live updates,live blog,watch,listen,read,see,video,videos,audio,photo,"
        "photos,gallery,photo gallery,in pictures,explainer,explained,exclusive,interview,q and a,fact check,factcheck,"
        "investigation,special report,report,study,survey,poll,podcast,transcript,news,local news,world,sports,weather,"
        "business,politics,health,education,culture,feature,features,profile,obituary,correction,letter,letters,"
        "letter to the editor,first person,voices,debate,election,elections,results,timeline,map,chart,data,recap,"
        "preview,newsletter,press release,announcement,notebook,reporters notebook,op ed,guest column,guest opinion,"
        "part,episode,chapter,file,note,editors note,warning,alert,traffic alert"
    ).split(",")
)
_PREFIX = re.compile(r"^(?P<prefix>[^:|]{2,60}?)\s?[:|]\s+(?P<rest>\S.*)$")
_PROPOSED = 0.35
"""The confidence in a show before a headline's colon: less than a statement's."""
_LONGEST_PREFIX = 6
"""Words of a show's name before a headline's colon."""


def word_count(line: str) -> int:
    """Return the approximate number of words in a line, also in scripts without spaces between words."""
    return len(line.split()) + sum(character >= "\u2e80" for character in line) // 2


def ends_sentence(line: str) -> bool:
    return bool(_SENTENCE_END.search(line))


def is_paragraph(line: str) -> bool:
    """Whether a line below the headline is part of the story: a sentence, or a very long line."""
    return ends_sentence(line) or word_count(line) >= 12 or (line.endswith(":") and word_count(line) >= 6)


def is_long_sentence(line: str) -> bool:
    """Whether a line is certainly not a headline but a sentence or a caption. A headline may end with ? or !"""
    words = word_count(line)
    return words >= 30 or (words >= 6 and ends_sentence(line) and (words > 15 or not _ASKING_END.search(line)))


def is_noise(line: str) -> bool:
    """Whether a line belongs to the page's player, menus or buttons, or asks to subscribe."""
    if len(line) <= 400 and _NEWSLETTER.search(line):
        return True
    return bool(len(line) <= 120 and (_NO_WORDS.fullmatch(line) or _NOISE.fullmatch(_without_duration(line))))


def ends_story(line: str) -> bool:
    """Whether this line starts other stories, or comments."""
    return len(line) <= 80 and bool(_END.fullmatch(line))


def _without_duration(line: str) -> str:
    return re.sub(r"\s*[•·|(-]?\s*\d{1,2}:\d{2}(:\d{2})?\)?$", "", line)


def copyright_holder(line: str) -> str | None:
    """Return the holder in a copyright line: `© 2025 Hawaiʻi Public Radio`. Its year is never used as a date."""
    if len(line) > 250:
        return None
    match = _COPYRIGHT.match(line)
    if match is None:
        return None
    rest = re.sub(r"(?i)©|\(c\)|\bcopyright\b", " ", match[2])
    rest = _YEARS.sub(" ", rest).strip(" ,:;.-–—|•·")
    rest = re.sub(r"(?i)^by\s+", "", rest)
    holder = " ".join(_AFTER_HOLDER.split(rest, maxsplit=1)[0].split()).strip(" ,:;-–—|•·")
    return holder if 2 <= len(holder) <= 80 and any(map(str.isalpha, holder)) else None


def publication_date(line: str) -> str | None:
    """Return the day, YYYY-MM-DD, of a line that contains only a publication date."""
    match = _PUBLISHED.match(line) if len(line) <= 160 else None
    if match is None:
        return None
    if match["iso"]:
        written = WRITTEN.match(match["iso"])
        return date_of(written) if written else None
    month = MONTHS.get((match["month"] or match["month2"]).casefold(), 0)
    return calendar_date(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"]))


def looks_like_station(text: str) -> bool:
    return bool(_STATION.search(fold(text)) or _CALL_SIGN.fullmatch(text))


class Byline(NamedTuple):
    """The reporters in a byline, and the show and station if it names them."""

    reporters: tuple[str, ...]
    show: str | None = None
    station: str | None = None


def byline(line: str, stations: Collection[str] = ()) -> Byline | None:
    """Read `By Malia Santos`, `Malia Santos | Reef Notes`, `Hawaiʻi Coast Radio | By Malia Santos and Bo Li`.

    Before it may be a place: `HILO — By Malia Santos`.

    `stations` are known names of the station, folded.
    """
    if len(line) > 240:
        return None
    line = _DATELINE.sub("", _DATED.sub("", line))
    pieces = [piece for piece in re.split(r"\s*[|•·]\s*", line) if piece]
    by = next(((place, named) for place, piece in enumerate(pieces) if (named := byline_authors(piece))), None)
    if by is not None:
        place, reporters = by
    elif len(pieces) > 1 and is_name(pieces[0]) and (len(pieces) == 2 or looks_like_station(pieces[1])):
        place, reporters = 0, pieces[:1]
    else:
        return None
    show = station = None
    for piece in pieces[:place] + pieces[place + 1 :]:
        if fold(piece) in stations or (looks_like_station(piece) and fold(piece) not in _LABELS):
            station = station or piece
        elif not any(map(str.isdigit, piece)) and piece[0].isupper() and word_count(piece) <= _LONGEST_PREFIX:
            show = show or (piece if fold(piece) not in _LABELS else None)
    return Byline(tuple(reporters), show, station)


def byline_authors(text: str) -> list[str]:
    """Return the names after `By`; none if text does not begin so, or goes on otherwise."""
    match = _BY.match(text)
    people = people_in(match[1]) if match else []
    # `By Monday, Ann Lee …` is a sentence.
    return people if match and people and match[1].startswith(people[0]) else []


def signature(line: str) -> str | None:
    """Return the name in a line that has nothing else, or the show after it: `Malia Santos, Reef Notes`.

    It may as well be a subtitle (`Late Again`) or a place (`Quezon City, Philippines`).
    """
    name, _, outlet = line.partition(", ")
    words = outlet.split()
    if len(line) > 120 or not is_name(name) or is_noise(line) or len(words) > _LONGEST_PREFIX:
        return None
    return name if not words or (_is_title(words) and not re.search(r"[\d.!?:;|]", outlet)) else None


def is_broadcaster(name: str) -> bool:
    """Whether a name says that its owner is a radio station, more strictly than `looks_like_station`."""
    return bool(_BROADCASTER.search(fold(name)) or _CALL_SIGN.fullmatch(name))


def is_kicker(line: str) -> bool:
    """Whether a line above a headline may be the show: `ASIA MINUTE`, but not `NEWS`, a date or a button."""
    words = line.split()
    if not 2 <= len(words) <= _LONGEST_PREFIX or len(line) > 60 or re.search(r"[\d|•·/]", line):
        return False
    return (
        _is_title(words)
        and not looks_like_station(line)
        and fold(line) not in _LABELS
        and not is_noise(line)
        and not ends_sentence(line)
    )


def is_no_caption(line: str) -> bool:
    """Whether what stands below a picture or a player says nothing of it: `Audio`, `Getty Images`, `Listen`."""
    return fold(line) in _LABELS or is_noise(line) or is_credit(line)


def is_credit(line: str) -> bool:
    """Whether a line is a picture credit: `Photo: Ruth Imada`, `Ruth Imada / Lagoon Street Radio`, `Ann Lee/AP`."""
    if len(line) > 140 or word_count(line) > 14 or "http" in line or (ends_sentence(line) and word_count(line) > 8):
        return False
    if _CREDIT.match(line) or (_AGENCY.search(line) and not ends_sentence(line)):
        return True
    return bool(_SLASHED.fullmatch(line)) and line[0].isupper() and not any(map(str.isdigit, line))


def credited_caption(line: str) -> tuple[str, str] | None:
    """Return caption and credit from one line: `A grader clears the road. (Photo by Petra Lund)`."""
    match = _PARENTHESIS.match(line) if len(line) <= 1500 else None
    return (match[1], match[2]) if match and _IN_PARENTHESIS.search(match[2]) else None


def is_file_photo(line: str) -> bool:
    return bool(_FILE_PHOTO.match(line))


class Headline(NamedTuple):
    """A headline without the show's name, the show, and the confidence in the show."""

    text: str
    show: str | None = None
    confidence: float = 0.0


def split_headline(headline: str, known: Collection[str] = (), support: Collection[str] = ()) -> Headline:
    """Split the name of the show off a headline: `Asia Minute: North Korea plans …`.

    `known` are shows, `support` other short lines of the page, all folded. A label (`Opinion: …`) is not a show. Nor is
    the first half of a headline in sentence case, `The road opens: trucks roll again`; if all words are capitalized,
    only `support` can decide. A single word is more likely a topic. If only a date follows the show, the headline stays
    whole. Topics look like shows (`War in Ukraine: …`), so a show that is not known is only proposed.
    """
    match = _PREFIX.match(headline)
    if match is None:
        return Headline(headline)
    prefix, rest = match["prefix"].strip(" \"“”'"), match["rest"]
    folded = fold(prefix)
    if folded in known:
        return Headline(rest, prefix, 0.9)
    label = folded in _LABELS or folded.rstrip(" 0123456789") in _LABELS
    words = prefix.split()
    if label or not 1 <= len(words) <= _LONGEST_PREFIX or not _is_title(words) or word_count(rest) < 2:
        return Headline(headline)
    if _ONLY_DATE.fullmatch(rest):
        return Headline(headline, prefix, _PROPOSED)
    if folded in support:
        return Headline(rest, prefix, _PROPOSED if len(words) > 1 else _PROPOSED - 0.05)
    starts_low = rest.lstrip("ʻ‘“\"'«")[:1].islower()
    if len(words) == 1 or starts_low or _is_title(rest.split()):
        return Headline(headline)
    return Headline(rest, prefix, _PROPOSED - 0.05)


def _is_title(words: list[str]) -> bool:
    """Whether every long word is capitalized."""
    weighty = [word.strip("ʻ‘’“”\"'«»(),.!?") for word in words]
    weighty = [word for word in weighty if len(word) > 3 or word[:1].isupper()]
    return bool(weighty) and words[0].strip("ʻ‘“\"'«(")[:1] != "" and all(not word[0].islower() for word in weighty)
