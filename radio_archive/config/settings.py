"""radio-archive.toml as frozen values, and the file that a new archive gets. `config.reader` reads one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

TEMPLATE = """\
# Settings of this radio archive. Everything is optional; what is commented out shows the default.

[engine]
# model = "auto"         # a Whisper name (tiny, base, small, medium, large-v3, large-v3-turbo), a folder, or "demo"
# device = "auto"        # auto, cpu or cuda
# compute_type = "auto"  # int8 or float32 on a CPU; float16 or int8_float16 on a GPU
# beam_size = 5          # more is slower and a little more exact
# batch_size = 0         # windows decoded together, of whatever clips; 0 lets the device choose, less takes less memory
# encode_batch_size = 0  # windows encoded together; 0 lets the device choose
# threads = 0            # CPU threads; 0 lets the machine choose
# guards = true          # check every window for invented text, and decode a suspect one again
# language = "en"        # what is spoken; left out, it is detected for each clip
# prompt = ""            # a sentence in the style the transcript should have
# short_windows = false  # encode windows in their own length: quicker, and not what Whisper was trained on
# hotwords = ["Kāneʻohe", "Molokaʻi"]  # names to listen for, the most important first

[watch]
# folders = ["inbox"]      # what `radio-archive watch` watches, from the archive's folder or absolute
# settle = 5.0             # seconds without a change after which a file counts as whole
# sidecar_wait = 2.0       # seconds more that a clip without a sidecar waits for one
# incomplete_wait = 600.0  # seconds without a change after which a file that is shorter than it claims is archived too
# rescan = 300.0           # seconds between full looks at the folders, for every watcher misses something
# poll = 0.0               # look every so many seconds, where no changes are reported; 0 chooses by the file system
# originals = "remove"     # what becomes of an archived file: remove, keep, or a folder to move it to
# quiet_hours = ""         # do not transcribe then, local time: "06:00-09:00"
# command = []             # run after each clip: ["notify", "{clip}", "{title}"]; no shell
# command_timeout = 60.0   # seconds

[filename]
# patterns = ["{code}{date:MMDDYY}", "{show}_{date:YYYY-MM-DD}_{title}"]  # tried in this order on file names

[search]
# title = 2.0        # how much a match in a title counts; one in what was said counts 1
# name = 0.5         # of a show, or of somebody who is credited
# story = 0.5        # in the published story
# heard = 0.5        # in what the engine heard, where it was corrected
# time_limit = 20.0  # seconds after which a search is stopped

[station]
# timezone = ""  # "Pacific/Honolulu": whose days count where a feed dates its items in Universal Time

[site]
# title = ""     # of the site; left out, it is made of the station's name
# about = ""     # a paragraph or more about the archive
# contact = ""   # where corrections go: "mailto:archive@example.org" or a web address
# url = ""       # where a static site will stand: "https://archive.example.org/"; podcast feeds need it
# robots = true  # search engines may index the site

# What is special about a show. This is an example: take away each "# " that stands first, and put in your own.
# [shows."Asia Minute"]
# code = "AM"                    # what its files' names begin with: AM102224.mp3
# language = "en"                # what is spoken in it
# hotwords = ["Pyongyang"]       # names to listen for in it, before those of all shows
# prompt = "Asia Minute, on Hawaiʻi Public Radio."  # a sentence in the style of its transcripts
"""


@dataclass(frozen=True, slots=True)
class ShowHints:
    """What the engine should know about clips in advance, and how to recognize a show's files."""

    language: str | None = None
    prompt: str | None = None
    hotwords: tuple[str, ...] = ()
    code: str | None = None
    """What the names of the show's files begin with, or hold where a pattern says {code}: `AM`."""


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

    @property
    def hints(self) -> ShowHints:
        return ShowHints(self.language, self.prompt, self.hotwords)


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
    """Seconds after which a search is stopped."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """The settings of the station."""

    timezone: str = ""
    """The time zone of air dates, by its name in the tz database; empty: not known."""


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


@dataclass(frozen=True, slots=True)
class Settings:
    """All of radio-archive.toml."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    watch: WatchOptions = field(default_factory=WatchOptions)
    filename: FilenameOptions = field(default_factory=FilenameOptions)
    search: SearchOptions = field(default_factory=SearchOptions)
    station: StationOptions = field(default_factory=StationOptions)
    site: SiteOptions = field(default_factory=SiteOptions)
    shows: Mapping[str, ShowHints] = field(default_factory=dict)
    """By the show's name, as written."""
