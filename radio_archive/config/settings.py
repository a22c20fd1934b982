"""radio-archive.toml as frozen values, and the file that a new archive gets. `config.reader` reads one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Self

from radio_archive.config.podcasts import PodcastOptions, Podcasts

TEMPLATE = """\
# Settings of this radio archive. Everything is optional; the lines that are commented out show the defaults.

[engine]
# model = "auto"         # a name from `radio-archive models list`, a folder, or "endpoint:NAME", which is at `url`
# url = ""               # a server that transcribes as OpenAI's does: "http://127.0.0.1:8000/v1"; its key is no setting
# device = "auto"        # auto, cpu or cuda
# compute_type = "auto"  # int8 or float32 on a CPU; float16 or int8_float16 on a GPU
# beam_size = 5          # higher is slower and a little more accurate
# batch_size = 0         # windows decoded together, also of different clips; fewer need less memory; 0: automatic
# encode_batch_size = 0  # windows encoded together; 0: automatic
# threads = 0            # CPU threads; 0: automatic
# workers = 0            # that transcribe, each with a model of its own; 0: one, or all that fit a cluster
# guards = true          # check every window for invented text, and decode suspicious ones again
# language = "en"        # the spoken language; without it, it is detected for each clip
# prompt = ""            # a sentence in the style that the transcript should have
# short_windows = false  # encode windows at their own length: faster, but Whisper was not trained on that
# hotwords = ["Kāneʻohe", "Molokaʻi"]  # names to listen for, the most important first

[cluster]
# address = ""        # where a Ray cluster is that transcribes: "10.0.0.1:6379", or "local" for this machine alone
# audio = "sent"      # how its machines get the sound: sent to them, or from files on shared storage
# folder = ""         # with "shared": the folder whose files the machines find at `url`; "": all, at the same paths
# url = ""            # a path on the machines, or an address: "s3://bucket/audio"
# send_code = false   # send this program along, where the machines have only the packages that it needs

[watch]
# folders = ["inbox"]      # folders to watch, relative to the archive's folder or absolute
# settle = 5.0             # a file is complete after so many seconds without a change
# sidecar_wait = 2.0       # seconds that a file without a sidecar also waits for one
# incomplete_wait = 600.0  # seconds without a change before a file that is shorter than it claims is archived too
# rescan = 300.0           # seconds between full scans of the folders, in case a change was missed
# poll = 0.0               # seconds between checks if no changes are reported; 0: depends on the file system
# originals = "remove"     # what to do with an archived file: remove, keep, or a folder to move it to
# quiet_hours = ""         # when not to transcribe, in local time: "06:00-09:00"
# command = []             # run after each clip, without a shell: ["notify", "{clip}", "{title}"]
# command_timeout = 60.0   # seconds that the command may take
# webhook = ""             # a web address that is told about each clip: "https://newsroom.example/clips"
# webhook_private = false  # it may be on this machine or in the local network

[filename]
# patterns = ["{code}{date:MMDDYY}", "{show}_{date:YYYY-MM-DD}_{title}"]  # tried in this order on file names

[search]
# title = 2.0        # how much a match in a title counts; a match in the spoken words counts 1
# name = 0.5         # in the name of a show or a credited person
# story = 0.5        # in the published story
# heard = 0.5        # in the engine's own text, where it was corrected later
# time_limit = 20.0  # seconds of a processor after which a search is stopped
# meaning = false    # also find what is close in meaning, in English: see `radio-archive index --help`

[corrections]
# propose = true  # look in each new transcript for names that the story, the glossary or the roster spell otherwise
# accept = 0.6    # how sure a proposal must be to be accepted by itself, 0 to 1; at 1, all wait for a person

[station]
# timezone = ""      # "Pacific/Honolulu": the time zone of air dates, because feeds often use Universal Time
# tag_encoding = ""  # "cp1251": the encoding of tags that do not tell it; without it, the spoken language decides
# captions = true    # captions and scripts that come with a clip become its text; false: what was heard does

[site]
# title = ""     # the site's title; without it, it is made from the station's name
# about = ""     # one or more paragraphs about the archive
# contact = ""   # where to send corrections: "mailto:archive@example.org" or a web address
# url = ""       # the web address of a static site: "https://archive.example.org/"; podcast feeds need it
# robots = true  # search engines may index the site
# sql = false    # visitors of a bundle may send SQL of their own, and take whole tables as CSV
# proxies = 0    # servers between visitors and the site that say for whom they ask, in X-Forwarded-For

[podcast]
# category = ""     # in which directories list the feeds: "News", or a part of it: "News > Daily News"
# image = ""        # a square JPEG or PNG of 1400 to 3000 pixels in the archive's folder, or a web address
# owner = ""        # who is responsible for the feeds; without it, the station or the site
# email = ""        # where directories write to the owner; everybody can read it
# explicit = false  # the clips are for adults only

# Settings for one show. This is an example: remove the "# " at the beginning of each line, and use your own values.
# [shows."Asia Minute"]
# code = "AM"                    # how its file names begin: AM102224.mp3
# language = "en"                # its spoken language
# hotwords = ["Pyongyang"]       # names to listen for in this show, before those for all shows
# prompt = "Asia Minute, on Hawaiʻi Public Radio."  # a sentence in the style of its transcripts
# category = "News > Daily News" # for its podcast feed, in place of what [podcast] says; and so on
# image = "https://radio.example/asia-minute.jpg"
# owner = "Hawaiʻi Public Radio"
# email = "podcasts@example.org"
# explicit = false
"""

ENDPOINT = "endpoint:"
"""Before the name of a model that the server at `engine.url` has."""
LONGEST_TIME = 31_536_000
"""Seconds, a year: the largest number in a setting that has no other limit."""
LIMITS: Mapping[str, tuple[int, int]] = {
    "beam_size": (1, 100),
    "batch_size": (0, 1_024),
    "encode_batch_size": (0, 1_024),
    "threads": (0, 1_024),
    "workers": (0, 256),
    "accept": (0, 1),
    "proxies": (0, 16),
}
"""The smallest and the largest value of numbers. Beyond those of the engine it hangs, or its process crashes."""


@dataclass(frozen=True, slots=True)
class ShowHints:
    """What the engine should know about clips in advance, and how to recognize a show's files."""

    language: str | None = None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()
    code: str | None = None
    """What the names of the show's files begin with, or hold where a pattern says {code}: `AM`."""

    def with_language(self, language: str | None) -> Self:
        """Return these hints for a clip whose language a person named, if one did."""
        return replace(self, language=language or self.language)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The settings of the engine. `auto` and 0 leave the choice to the machine."""

    model: str = "auto"
    device: str = "auto"
    compute_type: str = "auto"
    beam_size: int = 5
    batch_size: int = 0
    """Windows decoded together, also of different clips."""
    encode_batch_size: int = 0
    """Windows encoded together."""
    threads: int = 0
    workers: int = 0
    """Processes that transcribe, each with a model of its own; 0: the one that asks, or all that fit a cluster."""
    guards: bool = True
    """Check every window for invented text, and decode a suspect one again alone."""
    language: str | None = None
    """An ISO 639-1 code for clips without one of their own; None: detected."""
    prompt: str | None = None
    """A sentence in the style that the transcript should have."""
    hotwords: tuple[str, ...] = ()
    """Names to listen for, the most important first; as many as fit are used."""
    short_windows: bool = False
    """Encode a window in its own length, not padded to 30 s: much quicker, but Whisper was not trained on that."""
    url: str = ""
    """Where models called `endpoint:NAME` are: a server with OpenAI's `/audio/transcriptions` below this address."""

    @property
    def hints(self) -> ShowHints:
        return ShowHints(self.language, self.prompt, self.hotwords)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The settings for transcribing on a Ray cluster."""

    address: str = ""
    """`host:port`, or `local` for one of this machine alone; empty: no cluster."""
    audio: str = "sent"
    """How workers get the sound: `sent` to them, or from files on `shared` storage."""
    folder: str = ""
    """The folder here whose files workers find at `url`; empty: they find all files at the same paths."""
    url: str = ""
    """A path there, or an address that fsspec understands: `s3://bucket/audio`."""
    send_code: bool = False
    """Send this program to the machines, which have only the packages that it needs."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """The settings of the watcher. Durations are in seconds."""

    folders: tuple[str, ...] = ("inbox",)
    """Relative to the archive, or absolute."""
    settle: float = 5.0
    """A file counts as complete after this time without a change."""
    sidecar_wait: float = 2.0
    """A clip without a sidecar waits this much longer than `settle` for one."""
    incomplete_wait: float = 600.0
    """A file that is shorter than it claims is archived after this time without a change."""
    rescan: float = 300.0
    """Between full scans of the folders."""
    poll: float = 0.0
    """Between scans if no changes are reported; 0: depends on the file system."""
    originals: str = "remove"
    """What happens to an archived file: `remove`, `keep`, or a folder to move it to."""
    quiet_hours: str = ""
    """When not to transcribe, local time: `22:00-06:30`."""
    command: tuple[str, ...] = ()
    """Run after each clip."""
    command_timeout: float = 60.0
    webhook: str = ""
    """A web address that is told about each clip; see `watch.webhook`."""
    webhook_private: bool = False
    """It may be an address of this machine or of the local network."""

    def is_quiet(self, now: time) -> bool:
        """Whether `now`, a local time of day, is within the quiet hours."""
        if not self.quiet_hours:
            return False
        start, end = map(time.fromisoformat, self.quiet_hours.split("-"))
        return start <= now < end if start <= end else now >= start or now < end


@dataclass(frozen=True, slots=True)
class FilenameOptions:
    """The settings for file names."""

    patterns: tuple[str, ...] = ()
    """Tried in this order, before the built-in ones; see `metadata.filename.patterns`."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How much a match counts, by where it is; one in what was said counts 1."""

    title: float = 2.0
    name: float = 0.5
    """Of a show or of a credited person."""
    story: float = 0.5
    heard: float = 0.5
    """In what the engine heard, where it was corrected."""
    time_limit: float = 20.0
    """Seconds of a processor after which a search is stopped."""
    meaning: bool = False
    """Also find clips that are close in meaning, and make what that needs of each new clip."""


@dataclass(frozen=True, slots=True)
class CorrectionOptions:
    """The settings for names that were misheard."""

    propose: bool = True
    """Look for them in each new transcript."""
    accept: float = 0.6
    """The confidence, 0 to 1, from which a proposal is accepted by itself; none has 1."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """The settings of the station."""

    timezone: str = ""
    """The time zone of air dates, by its name in the tz database; empty: not known."""
    tag_encoding: str = ""
    """The encoding of tags that do not tell it, by its name in Python; empty: the spoken language decides."""
    captions: bool = True
    """Captions and scripts that come with a clip and fit it become its text, before what was heard."""


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """The settings of the site, here or in Datasette's configuration."""

    title: str = ""
    """By default made from the station's name."""
    about: str = ""
    """Paragraphs for the page about the archive, separated by empty lines."""
    contact: str = ""
    """An address (https: or mailto:) for corrections and requests."""
    url: str = ""
    """Its web address, with a slash at the end, which also identifies its feeds; empty if not known."""
    robots: bool = True
    """Search engines may index it."""
    sql: bool = False
    """Visitors of a bundle may send SQL of their own, and take whole tables as CSV."""
    proxies: int = 0
    """Proxies before it, each of which adds to X-Forwarded-For whom it asks for; see `site.clients`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    cluster: ClusterOptions = field(default_factory=ClusterOptions)
    watch: WatchOptions = field(default_factory=WatchOptions)
    filename: FilenameOptions = field(default_factory=FilenameOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    corrections: CorrectionOptions = field(default_factory=CorrectionOptions)
    station: StationOptions = field(default_factory=StationOptions)
    site: SiteOptions = field(default_factory=SiteOptions)
    podcast: PodcastOptions = field(default_factory=PodcastOptions)
    shows: Mapping[str, ShowHints] = field(default_factory=dict)
    """By the show's name, as written."""
    show_podcasts: Mapping[str, PodcastOptions] = field(default_factory=dict)
    """The same of what its feed tells: what is not set for a show is that of all."""

    @property
    def podcasts(self) -> Podcasts:
        """What the site's feeds tell."""
        languages = {name: hints.language for name, hints in self.shows.items() if hints.language}
        spoken = self.engine.language or ""
        return Podcasts(self.podcast, self.show_podcasts, languages, spoken)
