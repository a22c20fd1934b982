"""Which claims win and lose: a table of typical files, run through the pipeline that every clip takes.

Real files with real tags, sidecars and stories; only the words that are heard are given. A row expects, for a field,
`source: value` of the winner and then of the losers, best first; an empty list means that nothing is claimed. For a
field with a question mark it expects what is only proposed. What the archive then says of the clip must be the winner,
reading all sources again must change nothing, and no claim is lost.
"""

# mypy: allow-untyped-calls

import functools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from mutagen import id3
from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from support.audio_files import encode, tone
from support.spoken import piece

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.names import roster
from radio_archive.audio import container
from radio_archive.config.reader import read_settings
from radio_archive.config.settings import TEMPLATE, Settings
from radio_archive.metadata.feed.claims import sidecar_of
from radio_archive.metadata.feed.reader import Author, Feed, FeedItem
from radio_archive.metadata.resolve import proposals, ranks, resolve_for_show
from radio_archive.models import Claim, Clip, Field, Outcome, Source, Transcript
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import find_inputs
from radio_archive.pipeline.request import Request, naming
from radio_archive.pipeline.retag import reread
from radio_archive.speech.replay import ReplayTranscriber

STATION = "Hawaiʻi Coast Radio"
SHAPES = {"mp3": ("libmp3lame", "mp3"), "flac": ("flac", "flac"), "m4a": ("aac", "ipod"), "wav": ("pcm_s16le", "wav")}


@dataclass(frozen=True)
class Row:
    """One file with its neighbours and its spoken words, and the expected results."""

    name: str
    expect: Mapping[str, Sequence[str]]
    file: str = "clips/take.mp3"
    """The path below the added folder; `clips` names no show."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """By ID3 frame, Vorbis key, MP4 atom, or field of a WAV's `bext` chunk."""
    beside: Mapping[str, bytes | str] = field(default_factory=dict)
    """By suffix: a sidecar, or a story."""
    opens: str = ""
    ends: str = ""
    probability: float = 0.9
    """Of each word that is heard."""
    human: Sequence[tuple[str, str]] = ()
    """Field and value; a value that begins with `!` is denied."""
    people: Sequence[str] = ()
    shows: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    settings: str = ""


def sidecar(**values: object) -> dict[str, bytes | str]:
    return {".json": json.dumps(values, ensure_ascii=False)}


def story(
    headline: str = "Reef Notes: Eleven burrows behind the breakwater", *, byline: str = "", end: str = ""
) -> str:
    """A pasted page, with a copyright year and a dated picture that must not become the air date."""
    return f"""© 2023 {STATION}
Play Live Radio
0:00 0:00

{headline}
{byline}
FILE - A crane barge lies at anchor off Kealahou, on Feb. 3, 2021. (Iris Wong, Coast Pool, File)
Iris Wong
/
Coast Pool

The crane barge off Kealahou will lie still for ten weeks, until the shearwaters have left their burrows.

Divers found eleven burrows behind the breakwater, where nobody had looked before.

“We waited 27 years. We can wait for a bird,” says harbor agent Dean Kalua.

{end}
Related Stories
What the divers saw under the pier
"""


BIOGRAPHY = f"Malia Santos has been the ocean reporter at {STATION} since 2018."
TOLD = {".txt": story(end=BIOGRAPHY)}
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Eleven burrows</title><script type="application/ld+json">
{"@type": "NewsArticle", "headline": "Eleven burrows", "datePublished": "DATE", "author": {"name": "Malia Santos"}}
</script></head><body><article><h1>Eleven burrows</h1><p>The crane barge off Kealahou will lie still for ten weeks.</p>
<p>Divers found eleven burrows behind the breakwater, where nobody had looked before.</p></article></body></html>"""


def fed(title: str = "The tide clock", written: str = "Tue, 22 Oct 2024 06:00:00 -1000", **item: object) -> bytes:
    feed = Feed("https://coast.example/feed", title="Harbor Watch", author=STATION)
    day = {"Tue, 22 Oct 2024 06:00:00 -1000": "2024-10-22", "Wed, 23 Oct 2024 04:30:00 GMT": "2024-10-23"}[written]
    return sidecar_of(feed, FeedItem("tide-7", title=title, date=day, date_written=written, **item))  # type: ignore[arg-type]


TAGGED = {"TIT2": "The tide", "TALB": "Harbor Watch", "TPE1": "Dana Kealoha", "TDRC": "2024-10-20"}
SIGNED = "The council votes next week. For Harbor Watch, I'm Dana Kealoha."
AM = {"Asia Minute": {"code": "AM"}}

# fmt: off
ROWS = [
    # Names of files and folders
    Row("show, date, title by order", file="clips/asia-minute_2024-10-22_north-korea.mp3",
        expect={"show": [], "show?": ["filename: Asia Minute"], "date": ["filename: 2024-10-22"],
                "title": ["filename: North Korea"]}),
    Row("a topic and a date", file="clips/Undersea cable 2024-10-22.mp3",
        expect={"show": [], "show?": ["filename: Undersea Cable"], "date": ["filename: 2024-10-22"]}),
    Row("a show that is known", file="clips/asia-minute_2024-10-22_north-korea.mp3", shows=AM,
        expect={"show": ["filename: Asia Minute"], "show?": []}),
    Row("date first, one word", file="clips/20241022_AsiaMinute.mp3",
        expect={"show": [], "show?": ["filename: Asia Minute"], "date": ["filename: 2024-10-22"]}),
    Row("date first, small words", file="clips/2025-03-04 sea turtles.mp3",
        expect={"show": [], "date": ["filename: 2025-03-04"], "title": ["filename: Sea Turtles"]}),
    Row("date first, a dash", file="clips/2025-06-10 Reef Notes - Sea turtles.mp3",
        expect={"show": [], "show?": ["filename: Reef Notes"], "title": ["filename: Sea Turtles"]}),
    Row("a show's code", file="clips/AM102224.mp3", shows=AM,
        expect={"show": ["filename: Asia Minute"], "date": ["filename: 2024-10-22"]}),
    Row("a code in small letters", file="clips/am102224.mp3", shows=AM, expect={"show": ["filename: Asia Minute"]}),
    Row("a code that nobody has", file="clips/ZZ102224.mp3", shows=AM,
        expect={"show": [], "date": [], "title": ["filename: ZZ102224"]}),
    Row("the longer of two codes", file="clips/AMX102224.mp3", shows={**AM, "Asia Extra": {"code": "AMX"}},
        expect={"show": ["filename: Asia Extra"]}),
    Row("two shows of one code: the roster is the truth, the settings are not", file="clips/AM102224.mp3", shows=AM,
        settings='[shows."Pacific Report"]\ncode = "am"\n[filename]\npatterns = ["{code}{date:MMDDYY}"]',
        expect={"show": ["filename: Asia Minute"], "date": ["filename: 2024-10-22"]}),
    Row("a code of the settings alone", file="clips/PR102224.mp3", shows=AM,
        settings='[shows."Pacific Report"]\ncode = "pr"', expect={"show": ["filename: Pacific Report"]}),
    Row("two patterns: the first that matches", file="clips/Asia Minute_2024-10-22.mp3",
        settings='[filename]\npatterns = ["{show}_{date:YYYY-MM-DD}", "{title}_{date}"]',
        expect={"show": ["filename: Asia Minute"], "date": ["filename: 2024-10-22"]}),
    Row("two patterns, the other way round", file="clips/Asia Minute_2024-10-22.mp3",
        settings='[filename]\npatterns = ["{title}_{date}", "{show}_{date:YYYY-MM-DD}"]',
        expect={"show": [], "title": ["filename: Asia Minute"]}),
    Row("a pattern with a two-digit year", file="clips/tides-22.10.24.mp3",
        settings='[filename]\npatterns = ["{title}-{date:DD.MM.YY}"]',
        expect={"date": ["filename: 2024-10-22"], "title": ["filename: Tides"]}),
    Row("a pattern and the year 1971", file="clips/tides-22.10.71.mp3",
        settings='[filename]\npatterns = ["{title}-{date:DD.MM.YY}"]', expect={"date": ["filename: 1971-10-22"]}),
    Row("two-digit years that can be read in two ways", file="clips/AM110524.mp3", shows=AM,
        expect={"show": ["filename: Asia Minute"], "date": []}),
    Row("the 31st of February in a name", file="clips/asia-minute_2024-02-31_north-korea.mp3",
        expect={"date": [], "show": []}),
    Row("a leap day that was none", file="clips/asia-minute_2023-02-29.mp3", expect={"date": []}),
    Row("a leap day that was one", file="clips/asia-minute_2024-02-29.mp3", expect={"date": ["filename: 2024-02-29"]}),
    Row("the folder knows the show better", file="Harbor Watch/2024-10-22_Tides.mp3",
        expect={"show": ["folder: Harbor Watch"], "title": ["filename: Tides"], "date": ["filename: 2024-10-22"]}),
    Row("folder against file name", file="Harbor Watch/asia-minute_2024-10-22_tides.mp3",
        expect={"show": ["folder: Harbor Watch"], "show?": ["filename: Asia Minute"]}),
    Row("folder and file name agree", file="Specials/Harbor Watch/harbor-watch_2024-10-22_tides.mp3",
        expect={"show": ["folder: Harbor Watch", "folder: Specials", "filename: Harbor Watch"], "show?": []}),
    Row("a folder that is a date", file="2024-10-22/tides.mp3", expect={"date": ["folder: 2024-10-22"], "show": []}),
    Row("the outermost folder", file="Pacific Report/Harbor Watch/tides.mp3",
        expect={"show": ["folder: Pacific Report"], "show?": ["folder: Harbor Watch"]}),
    Row("a folder within it that is a known show", file="Pacific Report/Asia Minute/tides.mp3", shows=AM,
        expect={"show": ["folder: Asia Minute", "folder: Pacific Report"]}),
    Row("folders that say nothing", file="2024/10/mp3s/tides.mp3", expect={"show": [], "show?": []}),
    Row("a season, a week, a state and a station", file="KHPR/Season 2/Week 43/finals/REC/tides.mp3",
        expect={"show": [], "show?": []}),
    # Tags
    Row("tags alone", tags=TAGGED,
        expect={"title": ["tags: The tide", "filename: Take"], "show": ["tags: Harbor Watch"],
                "reporter": ["tags: Dana Kealoha"], "date": ["tags: 2024-10-20"]}),
    Row("tags against folder and name", file="Reef Notes/asia-minute_2024-10-22_korea.mp3", tags=TAGGED,
        expect={"show": ["tags: Harbor Watch", "folder: Reef Notes"],
                "date": ["tags: 2024-10-20", "filename: 2024-10-22"], "title": ["tags: The tide", "filename: Korea"]}),
    Row("a frame made for it against the album", tags={**TAGGED, "TXXX:SHOW": "Reef Notes"},
        expect={"show": ["tags: Reef Notes", "tags: Harbor Watch"]}),
    Row("a year alone in the tags", file="clips/asia-minute_2024-10-22_korea.mp3", tags={"TDRC": "2024"},
        expect={"date": ["filename: 2024-10-22"]}),
    Row("the 31st of February in the tags", file="clips/asia-minute_2024-10-22_k.mp3", tags={"TDRC": "2024-02-31"},
        expect={"date": ["filename: 2024-10-22"]}),
    Row("a release date against a recording date", tags={"TDRC": "2024-10-20", "TDRL": "2024-10-22"},
        expect={"date": ["tags: 2024-10-22", "tags: 2024-10-20"]}),
    Row("a station in the artist tag", tags={**TAGGED, "TPE1": STATION}, expect={"reporter": []}),
    Row("two artists in one tag", tags={**TAGGED, "TPE1": "Dana Kealoha; Lani Pua"},
        expect={"reporter": ["tags: Dana Kealoha", "tags: Lani Pua"]}),
    Row("a desk in the artist tag", tags={**TAGGED, "TPE1": "News Staff"}, expect={"reporter": [], "reporter?": []}),
    Row("a byline of three, in a story", beside={".txt": story(byline="By Bo Li and Ann Lee, with Sam Bow in Kona")},
        expect={"reporter": ["story: Bo Li", "story: Ann Lee", "story: Sam Bow"]}),
    Row("the show in the artist tag", tags={**TAGGED, "TPE1": "Harbor Watch"}, expect={"reporter": []}),
    Row("what an encoder says of itself", tags={"COMM": "Encoded by LAME 3.100"}, expect={"summary": []}),
    Row("broken encodings", tags={"TIT2": "KÄ\x81neÊ»ohe Bay"},
        expect={"title": ["tags: Kāneʻohe Bay", "filename: Take"]}),
    Row("a FLAC file", file="clips/take.flac",
        tags={"TITLE": "The tide", "ALBUM": "Harbor Watch", "DATE": "2024-10-20"},
        expect={"title": ["tags: The tide", "filename: Take"], "date": ["tags: 2024-10-20"]}),
    Row("an M4A file", file="clips/take.m4a",
        tags={"\xa9nam": "The tide", "tvsh": "Harbor Watch", "\xa9alb": "Best of"},
        expect={"title": ["tags: The tide", "filename: Take"], "show": ["tags: Harbor Watch", "tags: Best of"]}),
    Row("a broadcast wave: its date is a guess", file="clips/reef-notes_2024-10-22_tides.wav",
        tags={"originator": "KHPR", "date": "2024-10-19"},
        expect={"station": ["tags: KHPR"], "date": ["filename: 2024-10-22", "tags: 2024-10-19"]}),
    Row("a broadcast wave alone", file="clips/take.wav", tags={"originator": "Dana Kealoha", "date": "2024:10:19"},
        expect={"reporter": [], "reporter?": ["tags: Dana Kealoha"], "date": ["tags: 2024-10-19"]}),
    Row("a broadcast wave of somebody known", file="clips/take.wav", tags={"originator": "Dana Kealoha"},
        people=["Dana Kealoha"], expect={"reporter": ["tags: Dana Kealoha"], "reporter?": []}),
    # Sidecars
    Row("a sidecar against tags and name", file="clips/asia-minute_2024-10-22_korea.mp3", tags=TAGGED,
        beside=sidecar(show="Reef Notes", title="Burrows", date="2024-10-21", reporter="Malia Santos"),
        expect={"show": ["sidecar: Reef Notes", "tags: Harbor Watch"],
                "title": ["sidecar: Burrows", "tags: The tide", "filename: Korea"],
                "date": ["sidecar: 2024-10-21", "tags: 2024-10-20", "filename: 2024-10-22"],
                "reporter": ["sidecar: Malia Santos", "tags: Dana Kealoha"]}),
    Row("a sidecar in TOML", beside={".toml": 'show = "Reef Notes"\ndate = 2024-10-21\n'},
        expect={"show": ["sidecar: Reef Notes"], "date": ["sidecar: 2024-10-21"]}),
    Row("an evening that is the next day in Universal Time", beside=sidecar(date="2024-10-21T22:30:00-10:00"),
        expect={"date": ["sidecar: 2024-10-21"]}),
    Row("the 31st of February in a sidecar", tags=TAGGED, beside=sidecar(date="2024-02-31"),
        expect={"date": ["tags: 2024-10-20"]}),
    Row("day and month that nobody can tell apart", tags=TAGGED, beside=sidecar(date="03-04-2025"),
        expect={"date": ["tags: 2024-10-20"]}),
    Row("a two-digit year in a sidecar", beside=sidecar(date="24-10-22"), expect={"date": []}),
    Row("a sidecar that is broken", tags=TAGGED, beside={".json": '{"title": "Bur'},
        expect={"title": ["tags: The tide", "filename: Take"]}),
    Row("a byline in a sidecar", beside=sidecar(byline="By Malia Santos"),
        expect={"reporter": ["sidecar: Malia Santos"]}),
    Row("two reporters in one byline", tags=TAGGED, beside=sidecar(reporter=["Malia Santos", "Bo Li"]),
        expect={"reporter": ["sidecar: Malia Santos", "sidecar: Bo Li", "tags: Dana Kealoha"]}),
    Row("two who sign off together", ends="For Harbor Watch, I'm Dana Kealoha and Lani Pua.",
        people=["Lani Pua", "Dana Kealoha"], shows={"Harbor Watch": {}},
        expect={"reporter": ["signoff: Dana Kealoha", "signoff: Lani Pua"]}),
    # Stories
    Row("a pasted story has no date", beside=TOLD,
        expect={"show": [], "show?": ["story: Reef Notes"], "station": [f"story: {STATION}"],
                "reporter": ["story: Malia Santos"],
                "title": ["story: Eleven burrows behind the breakwater", "filename: Take"], "date": []}),
    Row("a story without a date against a name with one", file="clips/asia-minute_2024-10-22_korea.mp3", beside=TOLD,
        expect={"date": ["filename: 2024-10-22"], "show": [], "show?": ["story: Reef Notes", "filename: Asia Minute"]}),
    Row("a headline that begins with a known show", beside=TOLD, shows={"Reef Notes": {}},
        expect={"show": ["story: Reef Notes"], "show?": []}),
    Row("a topic in a headline against folder and tags", file="Harbor Watch/take.mp3", tags={"TALB": "Reef Radio"},
        beside={".txt": story("War in Ukraine: Eleven burrows behind the breakwater")},
        expect={"show": ["tags: Reef Radio", "folder: Harbor Watch"], "show?": ["story: War in Ukraine"]}),
    Row("headline and file name agree", file="clips/reef-notes_2024-10-22_birds.mp3", beside=TOLD,
        expect={"show": ["story: Reef Notes", "filename: Reef Notes"]}),
    Row("a story against tags", tags=TAGGED, beside=TOLD,
        expect={"show": ["tags: Harbor Watch"], "show?": ["story: Reef Notes"],
                "reporter": ["story: Malia Santos", "tags: Dana Kealoha"], "date": ["tags: 2024-10-20"]}),
    Row("a sidecar against a story", beside={**TOLD, **sidecar(title="Burrows")},
        expect={"title": ["sidecar: Burrows", "story: Eleven burrows behind the breakwater", "filename: Take"],
                "show?": ["story: Reef Notes"]}),
    Row("a page that is published late in the evening",
        beside={".html": PAGE.replace("DATE", "2024-10-21T21:05:00-10:00")},
        expect={"date": ["story: 2024-10-21"], "reporter": ["story: Malia Santos"]}),
    Row("the 31st of February on a page", beside={".html": PAGE.replace("DATE", "2024-02-31")}, expect={"date": []}),
    # Feeds
    Row("a feed against tags", tags=TAGGED, beside={".json": fed(authors=(Author("Lani Pua", "itunes:author"),))},
        expect={"title": ["feed: The tide clock", "tags: The tide", "filename: Take"],
                "date": ["feed: 2024-10-22", "tags: 2024-10-20"], "reporter": ["feed: Lani Pua", "tags: Dana Kealoha"],
                "station": [f"feed: {STATION}"]}),
    Row("a story against a feed", beside={**TOLD, ".json": fed()},
        expect={"title": ["story: Eleven burrows behind the breakwater", "feed: The tide clock", "filename: Take"],
                "show": ["feed: Harbor Watch"], "date": ["feed: 2024-10-22"]}),
    Row("a feed in Universal Time", beside={".json": fed(written="Wed, 23 Oct 2024 04:30:00 GMT")},
        expect={"date": ["feed: 2024-10-23"]}),
    Row("a feed in Universal Time, and the station's own evening",
        beside={".json": fed(written="Wed, 23 Oct 2024 04:30:00 GMT")},
        settings='[station]\ntimezone = "Pacific/Honolulu"', expect={"date": ["feed: 2024-10-22"]}),
    # Spoken words
    Row("a sign-off of people on the roster", ends=SIGNED, people=["Dana Kealoha"], shows={"Harbor Watch": {}},
        expect={"reporter": ["signoff: Dana Kealoha"], "show": ["signoff: Harbor Watch"]}),
    Row("somebody off the roster is only proposed", ends=SIGNED, shows={"Harbor Watch": {}},
        expect={"reporter": [], "show": ["signoff: Harbor Watch"]}),
    Row("a show that only the clip's own tags know", opens="This is Harbor Watch.", tags={"TALB": "Harbor Watch"},
        expect={"show": ["tags: Harbor Watch", "signoff: Harbor Watch"]}),
    Row("a reporter whom only the sidecar knows", ends=SIGNED, beside=sidecar(reporter="Dana Kealoha"),
        expect={"reporter": ["sidecar: Dana Kealoha", "signoff: Dana Kealoha"]}),
    Row("a name in the tags is not heard where another is said", ends="I'm Lani Pua.", tags=TAGGED,
        expect={"reporter": ["tags: Dana Kealoha"]}),
    Row("a guest who says a name at the end is no reporter", ends="I'm Dean Kalua.", beside=sidecar(guest="Dean Kalua"),
        expect={"reporter": [], "guest": ["sidecar: Dean Kalua"]}),
    Row("what is said against folder and name", file="Reef Notes/asia-minute_2024-10-22_korea.mp3", ends=SIGNED,
        people=["Dana Kealoha"], shows={"Harbor Watch": {}},
        expect={"show": ["signoff: Harbor Watch", "folder: Reef Notes"]}),
    Row("tags against what is said", tags={**TAGGED, "TPE1": "Lani Pua"}, ends=SIGNED, people=["Dana Kealoha"],
        expect={"reporter": ["tags: Lani Pua", "signoff: Dana Kealoha"],
                "show": ["tags: Harbor Watch", "signoff: Harbor Watch"]}),
    Row("two people of one name", ends="For Harbor Watch, I'm Ann Lee.", people=["Ann Lee", "Ann Lee"],
        shows={"Harbor Watch": {}}, expect={"reporter": [], "show": ["signoff: Harbor Watch"]}),
    Row("two people of one name, of whom the tags name one", ends="For Harbor Watch, I'm Ann Lee.",
        people=["Ann Lee", "Ann Lee"], tags={"TPE1": "Ann Lee"}, expect={"reporter": ["tags: Ann Lee"]}),
    Row("a garbled sign-off, and a story that has the name", ends="For Harbor Watch, I'm Tide You Wooky.",
        probability=0.4, beside={".txt": story(end="Taito Vuki dived with them in May, and saw two more.")},
        people=["Taito Vuki", "Dana Kealoha"], shows={"Harbor Watch": {}},
        expect={"reporter": ["signoff: Taito Vuki"], "reporter?": []}),
    Row("a garbled sign-off, and a story that has another name", ends="For Harbor Watch, I'm Tide You Wooky.",
        probability=0.4, beside={".txt": story(end="Dana Kealoha dived with them in May, and saw two more.")},
        people=["Taito Vuki", "Dana Kealoha"], shows={"Harbor Watch": {}}, expect={"reporter": []}),
    Row("a name without By above a story", beside={".txt": story(byline="Dana Kealoha, Harbor Watch")},
        people=["Dana Kealoha"], shows={"Harbor Watch": {}}, expect={"reporter": ["story: Dana Kealoha"]}),
    Row("a name without By that nobody has", beside={".txt": story(byline="Dana Kealoha, Harbor Watch")},
        expect={"reporter": [], "reporter?": ["story: Dana Kealoha"]}),
    Row("a show in a byline", beside={".txt": story(byline="By Dana Kealoha, Beach Street")},
        shows={"Beach Street": {}}, expect={"reporter": ["story: Dana Kealoha"]}),
    Row("a sign-off quoted in a soundbite",
        opens='The tape begins: "For Harbor Watch, I\'m Dana Kealoha." Then it breaks off, and nobody knows what '
              "followed that night, for the archive burned down a week later and the tapes went with it.",
        people=["Dana Kealoha"], shows={"Harbor Watch": {}}, expect={"reporter": []}),
    Row("somebody in a soundbite gives a name", people=["Dana Kealoha", "Lani Pua"], shows={"Harbor Watch": {}},
        ends="I'm Lani Pua and I have fished here for thirty years, as my father did before me. " + SIGNED,
        expect={"reporter": ["signoff: Dana Kealoha"]}),
    Row("nothing is said", expect={"show": [], "reporter": [], "date": [], "title": ["filename: Take"]}),
    # A show's own ranks
    Row("a show that trusts its sign-offs", tags={**TAGGED, "TPE1": "Lani Pua"}, ends=SIGNED, people=["Dana Kealoha"],
        shows={"Harbor Watch": {"ranks": ["signoff"]}},
        expect={"reporter": ["signoff: Dana Kealoha", "tags: Lani Pua"]}),
    Row("a show that is only heard, and trusts its file names", file="clips/asia-minute_2024-10-22_tides.mp3",
        tags={"TIT2": "The tide"}, opens="This is Harbor Watch.", shows={"Harbor Watch": {"ranks": ["filename"]}},
        expect={"show": ["signoff: Harbor Watch"],
                "title": ["filename: Tides", "tags: The tide"]}),
    Row("a show whose ranks were heard of only at the end", file="clips/2024-10-22 tides.mp3",
        tags={"TIT2": "The tide", "TDRC": "2024-10-20"}, opens="This is Harbor Watch.",
        shows={"Harbor Watch": {"ranks": ["filename"]}},
        expect={"show": ["signoff: Harbor Watch"], "title": ["filename: Tides", "tags: The tide"],
                "date": ["filename: 2024-10-22", "tags: 2024-10-20"]}),
    Row("the ranks of another show", tags={**TAGGED, "TPE1": "Lani Pua"}, ends=SIGNED, people=["Dana Kealoha"],
        shows={"Harbor Watch": {}, "Reef Notes": {"ranks": ["signoff"]}},
        expect={"reporter": ["tags: Lani Pua", "signoff: Dana Kealoha"]}),
    # Human decisions
    Row("a person against everything", file="Reef Notes/asia-minute_2024-10-22_korea.mp3", tags=TAGGED, ends=SIGNED,
        beside={**TOLD, **sidecar(show="Best Of", date="2024-10-21")},
        human=[("show", "Ocean Hour"), ("date", "2024-10-19")],
        expect={"show": ["human: Ocean Hour", "sidecar: Best Of", "story: Reef Notes", "tags: Harbor Watch",
                         "signoff: Harbor Watch", "folder: Reef Notes"],
                "date": ["human: 2024-10-19", "sidecar: 2024-10-21", "tags: 2024-10-20", "filename: 2024-10-22"]}),
    Row("a person against ranks", tags=TAGGED, human=[("title", "Turtles")],
        shows={"Harbor Watch": {"ranks": ["filename", "tags"]}},
        expect={"title": ["human: Turtles", "tags: The tide", "filename: Take"]}),
    Row("the last of two words", tags=TAGGED, human=[("title", "Turtles"), ("title", "Honu")],
        expect={"title": ["human: Honu", "human: Turtles", "tags: The tide", "filename: Take"]}),
    Row("a denial", tags=TAGGED, ends=SIGNED, people=["Dana Kealoha"], human=[("reporter", "!dana kealoha")],
        expect={"reporter": [], "show": ["tags: Harbor Watch", "signoff: Harbor Watch"]}),
    Row("a denial lets the next one win", tags=TAGGED, beside=TOLD, human=[("reporter", "!Malia Santos")],
        expect={"reporter": ["tags: Dana Kealoha"]}),
    Row("what is denied is not listened for", ends=SIGNED, tags={"TPE1": "Dana Kealoha"},
        human=[("reporter", "!Dana Kealoha")], expect={"reporter": []}),
    Row("a show denied has no ranks", tags={**TAGGED, "TXXX:SHOW": "Reef Notes"}, human=[("show", "!Reef Notes")],
        shows={"Reef Notes": {"ranks": ["filename"]}},
        expect={"show": ["tags: Harbor Watch"], "title": ["tags: The tide", "filename: Take"]}),
]
# fmt: on


@functools.cache
def sound(suffix: str, folder: Path) -> bytes:
    codec, kind = SHAPES[suffix]
    return encode(folder / f"bare.{suffix}", tone(0.5, 48_000), codec=codec, container=kind, rate=48_000).read_bytes()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty archive, and a folder for the source files."""
    folder = tmp_path_factory.mktemp("sources")
    Archive.create(folder / "archive", TEMPLATE).close()
    return folder


def bext(wave: bytes, tags: Mapping[str, str]) -> bytes:
    fields = (("description", 256), ("originator", 32), ("reference", 32), ("date", 10), ("time", 8))
    chunk = b"".join(tags.get(name, "").encode().ljust(length, b"\0") for name, length in fields) + bytes(250)
    return wave[:12] + b"bext" + len(chunk).to_bytes(4, "little") + chunk + wave[12:]


def put(row: Row, root: Path, template: Path) -> Path:
    """Write the file of a row, with its tags and neighbours."""
    path = root / row.file
    path.parent.mkdir(parents=True)
    suffix = path.suffix[1:]
    whole = sound(suffix, template)
    path.write_bytes(bext(whole, row.tags) if suffix == "wav" and row.tags else whole)
    if suffix == "mp3" and row.tags:
        tags = id3.ID3()
        for key, text in row.tags.items():
            name, _, description = key.partition(":")
            more = {"desc": description} if name in {"TXXX", "COMM"} else {}
            tags.add(getattr(id3, name)(encoding=3, text=text, **more))
        tags.save(path)
    elif suffix in {"flac", "m4a"}:
        file = FLAC(path) if suffix == "flac" else MP4(path)
        for key, text in row.tags.items():
            file[key] = [text]
        file.save()
    for beside, content in row.beside.items():
        path.with_suffix(beside).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def prepared(row: Row, archive: Archive) -> Settings:
    """Put people and shows on the roster; two people of the same name stay two people."""
    for number, person in enumerate(row.people):
        added = roster.add(archive, "person", f"{person} {number}", [], {})
        with archive.writing():
            archive.db.execute("UPDATE people SET name = ? WHERE uid = ?", [person, added.uid])
            archive.db.execute(
                "UPDATE aliases SET name = ?, folded = ? WHERE name = ?", [person, person.lower(), added.name]
            )
    for show, facts in row.shows.items():
        roster.add(archive, "show", show, [], facts)
    settings = archive.folder / "radio-archive.toml"
    settings.write_text(row.settings, encoding="utf-8")
    return read_settings(settings)


def said_by(human: Sequence[tuple[str, str]]) -> tuple[Claim, ...]:
    return tuple(
        Claim(Field(name), value.removeprefix("!"), Source.HUMAN, "a test", denies=value.startswith("!"))
        for name, value in human
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_wins(row: Row, template: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(template / "archive", tmp_path / "archive"))
    path = put(row, tmp_path / "in", template)
    words = piece(row.opens, row.ends) if row.opens or row.ends else []
    words = [replace(word, probability=row.probability) for word in words]
    engine = ReplayTranscriber({container.sha256_of(path): Transcript(tuple(words), "en", engine="replay")})
    with Archive(folder) as archive:
        how = naming(archive, prepared(row, archive))
        inputs, _ = find_inputs([tmp_path / "in"], folder)
        [done] = Ingest(archive, engine, Request(said_by(row.human), naming=how)).run(inputs)
        assert done.outcome == Outcome.ARCHIVED, done.error
        assert done.clip is not None
        clip = read.clip(archive, done.clip, read.Part.SOURCES)
        check(row, clip)
        assert reread(archive, done.clip, how) == []
        again = read.clip(archive, done.clip, read.Part.SOURCES)
        assert set(again.claims) == set(clip.claims)
        check(row, again)


def check(row: Row, clip: Clip) -> None:
    resolved = resolve_for_show(clip.claims, lambda _: clip.ranks)
    found = {}
    proposed = proposals(clip.claims, ranks(clip.ranks))
    for name in row.expect:
        one = resolved.get(Field(name.rstrip("?")))
        listed = [one.winner, *one.losers] if one else []
        if name.endswith("?"):
            listed = [claim for claim in proposed if claim.field == name.rstrip("?")]
        found[name] = [f"{c.source}: {c.value}" for c in listed]
    # The folder given to the run is only a guess at the show, and comes last.
    assert {n: [c for c in claims if c != "folder: In"] for n, claims in found.items()} == row.expect
    kept = {"show": clip.show, "reporter": clip.reporter, "title": clip.title, "date": clip.date}
    for name in found.keys() & kept.keys():
        accepted = resolved[Field(name)].accepted if Field(name) in resolved else ()
        assert sorted((kept[name] or "").split(", ")) == (sorted({claim.value for claim in accepted}) or [""])
    for name, value in row.human:
        assert any(c.source == Source.HUMAN and c.value == value.removeprefix("!") for c in clip.claims), name


def test_the_table_is_large_enough() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)
