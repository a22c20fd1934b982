"""The values that the parts of radio_archive exchange: frozen, without database ids and I/O.

Times are seconds as floats from the start of the clip. Text is Unicode NFC.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Word:
    """One timed word. As in Whisper, `text` includes its leading space, so that words join without a separator."""

    start: float
    end: float
    text: str
    probability: float | None = None
    language: str | None = None
    """An ISO 639-1 code where it is not the transcript's language."""
    speaker: str | None = None
    """Who says it, as the file calls them that it comes from: `Ann Lee`, `SPEAKER_00`. A label, and no person."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a transcript, from `start` to `end` seconds, where somebody speaks and no words were understood."""

    start: float
    end: float


class Verdict(StrEnum):
    """How the guards against invented text judged a window."""

    TRUSTED = "trusted"
    REPAIRED = "repaired"
    """Suspect at first, but not when it was decoded again alone."""
    SUSPECT = "suspect"
    """Suspect both times; the better text was kept."""
    DROPPED = "dropped"
    """Text without speech, both times: none was kept."""
    UNCHECKED = "unchecked"
    """The guards were off."""


@dataclass(frozen=True, slots=True)
class WindowReport:
    """The scores and verdict for one decoded window, from `start` to `end` seconds of the clip."""

    start: float
    end: float
    verdict: Verdict
    scores: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    """The guards that objected to its text: `compression_ratio 3.1 > 2.4`."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one engine run (or an import, or a feed) says was heard. Its words never change."""

    words: tuple[Word, ...]
    language: str | None = None
    origin: str = "engine"
    engine: str | None = None
    engine_version: str | None = None
    model: str | None = None
    revision: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    speed: float | None = None
    """Seconds of audio transcribed per second of work; None if not measured."""
    windows: tuple["WindowReport", ...] = ()
    """How sure the engine was of each window."""
    gaps: tuple[Gap, ...] = ()
    """Speech without words, in order."""

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence-like piece of the current text, derived from words `first_word` to `last_word` (inclusive)."""

    start: float
    end: float
    text: str
    first_word: int
    last_word: int
    language: str | None = None
    """An ISO 639-1 code where it is not the transcript's language."""
    speaker: str | None = None
    """Who says it, if that is known: the label in the transcript, or the name of the person that it is for."""


class CorrectionStatus(StrEnum):
    """What became of a correction."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """What came with it was undone, and nobody decided about it otherwise."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change to words `first_word` to `last_word` (inclusive positions in a transcript, whose words never change)."""

    first_word: int
    last_word: int
    before: str
    """The text at that place when the correction was made."""
    after: str
    """The new text; empty where the words are removed."""
    source: str
    """What it is taken from: `human`, `story`, `glossary`, `roster`."""
    evidence: str = ""
    """Why it is right, for a person to check."""
    confidence: float = 1.0
    """Between 0 and 1."""
    alternatives: tuple["Alternative", ...] = ()
    """Others for about the same words, the most likely first."""
    status: CorrectionStatus = CorrectionStatus.PROPOSED
    forgets: bool = False
    """What was heard there is no longer found by a search."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's change to words of the current text.

    `first_word` and `last_word` are positions in the transcript, as `text.corrected.Corrected.edit` finds them for
    words of the current text. `before` is the text that the person saw there: if it is another one by then, somebody
    else has changed it meanwhile.
    """

    first_word: int
    last_word: int
    before: str
    after: str


class Field(StrEnum):
    """The fields of a clip that claims are about."""

    SHOW = "show"
    STATION = "station"
    REPORTER = "reporter"
    HOST = "host"
    GUEST = "guest"
    TITLE = "title"
    DATE = "date"
    LANGUAGE = "language"
    SUMMARY = "summary"
    TRANSCRIPT = "transcript"
    """Which of the clip's transcripts is the current one: its number, or `machine` for the engine's newest."""


RECURS = 3
"""Different days of files with the same name beside the date, from which that name is taken for a show's."""


class Source(StrEnum):
    """Where a claim comes from, unless a plugin made it."""

    HUMAN = "human"
    SIDECAR = "sidecar"
    STORY = "story"
    FEED = "feed"
    TAGS = "tags"
    SIGNOFF = "signoff"
    FOLDER = "folder"
    FILENAME = "filename"
    ENGINE = "engine"
    """What an engine wrote is the text unless somebody published another."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sourced statement about one field: "the title is X, say the tags, in TIT2"."""

    field: Field
    value: str
    source: str
    """One of `Source`, or the name of a plugin's source."""
    evidence: str
    """The place in the source, for a person to check: `ID3 TIT2`, `file name 20241105_HarborWatch`."""
    confidence: float = 1.0
    source_key: str = ""
    """Distinguishes claims of the same source about the same field."""
    at: float | None = None
    """Seconds into the clip, where the claim was heard."""
    denies: bool = False
    """True: the value is *not* that of the field."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The winner among the claims about one field, and the others, best first."""

    field: Field
    value: str
    winner: Claim
    losers: tuple[Claim, ...] = ()

    @property
    def accepted(self) -> tuple[Claim, ...]:
        """The winner and, for people, the others from its source.

        For reporters only those from the same place in it: two in one byline, but not a second opinion.
        """
        source, evidence = self.winner.source, self.winner.evidence
        same = [claim for claim in self.losers if claim.source == source]
        if self.field == Field.REPORTER:
            same = [claim for claim in same if claim.evidence == evidence and source != Source.HUMAN]
        elif self.field not in {Field.HOST, Field.GUEST}:
            same = []
        return (self.winner, *same)


@dataclass(frozen=True, slots=True)
class Story:
    """The parts of the web page or text that a newsroom published with a clip, without menus, adverts and the like."""

    headline: str | None = None
    """Without the show's name in front."""
    body: tuple[str, ...] = ()
    """Its paragraphs."""
    station: str | None = None
    show: str | None = None
    reporter: str | None = None
    """The reporters' names, separated by commas."""
    biography: str | None = None
    date: str | None = None
    """When it was published, YYYY-MM-DD, if the page says so."""
    language: str | None = None
    url: str | None = None
    caption: str | None = None
    picture_credit: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named part of a recording; times in seconds; `end` is None if only the next one's start is known."""

    start: float
    title: str
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture inside an audio file."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """A person, show or station of the roster, and its other names and spellings."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """The people, shows and stations that the archive knows."""

    people: tuple[Known, ...] = ()
    shows: tuple[Known, ...] = ()
    stations: tuple[Known, ...] = ()


class TermKind(StrEnum):
    """What a term of the glossary names."""

    PERSON = "person"
    PLACE = "place"
    ORGANIZATION = "organization"
    SHOW = "show"
    WORD = "word"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the glossary: how a station spells a name or word."""

    term: str
    """The preferred spelling, which may be several words: `Hawaiʻi`, `Hui Kuapā`."""
    kind: TermKind = TermKind.OTHER
    heard: tuple[str, ...] = ()
    """What engines are known to write for it: `Jung-on Daily`."""
    show: str | None = None
    """The show that it is for; None for the whole archive."""
    note: str | None = None
    """For those who keep the glossary."""


class ProposalSource(StrEnum):
    """Where the spelling of a proposal comes from. No Source, all of which have a rank among claims."""

    STORY = "story"
    GLOSSARY = "glossary"
    ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another spelling that may be meant at the place of a proposal, for words of its own; `confidence` is 0 to 1."""

    first_word: int
    last_word: int
    after: str
    source: ProposalSource
    evidence: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to words `first_word` to `last_word` (inclusive) of a transcript, which would spell a name right."""

    first_word: int
    last_word: int
    before: str
    """The text of these words, as heard, without space at its ends."""
    after: str
    """What would stand there, with the punctuation of `before` around it."""
    source: ProposalSource
    evidence: str
    """For a person to check: `the story's 2nd paragraph has “Hui Kuapā”; sounds 86 % alike`."""
    confidence: float
    """0 to 1: how likely it is right."""
    alternatives: tuple[Alternative, ...] = ()
    """Others for about the same words, the likeliest first, at most two: with `after` the first three for the place."""
    tied: bool = False
    """Whether another spelling is about as likely, so that only a person can decide."""


Content = bytes
"""The type `bytes`, for classes with a field `bytes`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One audio file, identified by the SHA-256 of its bytes."""

    sha256: str
    bytes: int
    media_type: str
    duration: float
    sample_rate: int
    channels: int
    original_name: str
    level: float | None = None
    """Mean level in dBFS; None for digital silence."""
    loudness: float | None = None
    """Integrated loudness in LUFS, by ITU-R BS.1770."""
    true_peak: float | None = None
    """In dBTP."""
    bit_rate: int | None = None
    """Bits per second, on average."""
    chapters: tuple[Chapter, ...] = ()
    peaks: Content | None = None
    """The waveform: the loudest sample, 0 to 255, of each of several hundred parts."""
    warnings: tuple[str, ...] = ()
    """Problems of the file that did not prevent archiving: it is cut short, or channels cancel each other out."""


@dataclass(frozen=True, slots=True)
class TranscriptInfo:
    """How a transcript was made; `words` is the number of its words."""

    origin: str
    engine: str | None
    engine_version: str | None
    model: str | None
    revision: str | None
    options: Mapping[str, object]
    language: str | None
    speed: float | None
    created_at: str
    current: bool
    words: int
    windows: tuple[WindowReport, ...]
    """How sure the engine was of each window; empty if it was not recorded."""
    gaps: tuple[Gap, ...] = ()
    """Speech without words, in order."""
    number: int = 0
    """The clip's transcripts are numbered by age, from 1; 0 outside a clip."""
    edition: bool = False
    """It is of another recording of the clip, with other times."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A person's role on a clip. `source` is where it comes from; `at` is in seconds of the clip."""

    role: str
    name: str
    source: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """One aired piece and what is known of it.

    The first part is always filled. The later parts are filled only on request, see `archive.clips.read.Part`.
    `duration` is in seconds, `date` is YYYY-MM-DD, `language` is an ISO 639 code.
    """

    uid: str
    title: str
    recording: Recording
    show: str | None = None
    reporter: str | None = None
    """The reporters' names, separated by commas."""
    date: str | None = None
    language: str | None = None
    duration: float = 0.0
    summary: str | None = None
    review: str = "unreviewed"
    rights: str | None = None
    added_at: str = ""
    model: str | None = None
    """The model that made the current transcript, if an engine did."""
    corrected: int = 0
    """The number of places where the current text is not what the transcript says."""
    file: str = ""
    """The recording's path, relative to the archive unless it was archived by reference."""
    storage: str = "copied"
    has_cover: bool = False
    origin: str = "engine"
    """Where the current transcript comes from: `engine`, `import` (a file beside the recording) or `feed`."""
    # Part.ADDRESS
    address: str = ""
    """The clip's path on the site: `asia-minute/2024-10-22/undersea-cable`."""
    # Part.AUDIBLE
    audible: bool = False
    """Whether outsiders may hear its recording."""
    # Part.TEASER
    teaser: str | None = None
    """The first sentences of the current text."""
    # Part.OPTIONS
    options: Mapping[str, object] = field(default_factory=dict, hash=False)
    """With which the engine made its newest transcript; empty where they are not recorded."""
    heard_by: str | None = None
    """The model of that transcript."""
    # Part.TEXT
    segments: tuple[Segment, ...] = ()
    words: tuple[Word, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """Where somebody speaks in the current transcript and no words were understood, in order."""
    transcripts: tuple[TranscriptInfo, ...] = ()
    """The current one; with Part.SOURCES all versions, the newest first."""
    # Part.SOURCES
    claims: tuple[Claim, ...] = ()
    ranks: tuple[str, ...] = ()
    """The sources that the show trusts most; empty for the default order."""
    sidecars: tuple[str, ...] = ()
    """Names of the files that came with the recording."""
    editions: tuple[tuple[str, str, float], ...] = ()
    """Other recordings of the clip: role (podcast, rebroadcast), file name, seconds."""
    # Part.PAGE
    credits: tuple[Credit, ...] = ()
    station: str | None = None
    subjects: tuple[str, ...] = ()
    story: Story | None = None

    @property
    def show_address(self) -> str:
        """The path of its show on the site."""
        return self.address.partition("/")[0]

    @property
    def transcript(self) -> TranscriptInfo | None:
        """The current transcript, if it was requested."""
        return next((info for info in self.transcripts if info.current), None)


class Outcome(StrEnum):
    """The result for one input of an ingest."""

    ARCHIVED = "archived"
    ADDED = "added"
    """It was archived already, and got another transcript."""
    DUPLICATE = "duplicate"
    FAILED = "failed"


class IntakeState(StrEnum):
    """The state of a file of a watched folder."""

    SETTLING = "settling"
    READY = "ready"
    WORKING = "working"
    ARCHIVED = "archived"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome for one input; `clip` is a uid, `duration` is in seconds."""

    path: Path
    outcome: Outcome
    clip: str | None = None
    cause: Exception | None = None
    """Why it failed."""
    duration: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def error(self) -> str | None:
        """Why it failed, and what to do next, in one line."""
        return None if self.cause is None else str(self.cause)


def clean_text(text: str) -> str:
    """Return `text` in NFC, on one line, without control and formatting characters, safe to store and print.

    Lone surrogates (from file names that are not UTF-8) become U+FFFD. Joiners that scripts need are kept.
    """
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif category == "Cf" and character not in "\u200c\u200d":
            continue
        else:
            kept.append(" " if category in {"Cc", "Zl", "Zp"} else character)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
