"""The database's tables, as numbered migrations. A migration that shipped is never edited: a new one follows it.

Every table, key and view here is also read by people with nothing but `sqlite3`, `sqlite-utils` or plain Datasette.
"""

from collections.abc import Mapping, Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from radio_archive.archive.index import facets, spellings
from radio_archive.text.variants import seed

APPLICATION_ID = 0x52614172
"""SQLite's `application_id` of our databases: "RaAr" in ASCII."""

TOKENIZE = "unicode61 remove_diacritics 2 separators 'ʻʼ'"

TOKENIZE_5 = "unicode61 remove_diacritics 2 separators 'ʻʼʽʾʿˋˊꞌ'"
"""The same with all letters that stand for an ʻokina or its like."""

migrations = Migrations("radio_archive")

TABLES = (
    """
    CREATE TABLE stations (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        url TEXT,
        merged_into INTEGER REFERENCES stations(id)
    )""",
    """
    CREATE TABLE shows (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        station_id INTEGER REFERENCES stations(id),
        url TEXT,
        merged_into INTEGER REFERENCES shows(id)
    )""",
    """
    CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        biography TEXT,
        merged_into INTEGER REFERENCES people(id)
    )""",
    # A show's, person's or station's own name is an alias too: every look-up by name goes through this table.
    """
    CREATE TABLE aliases (
        id INTEGER PRIMARY KEY,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station')),
        subject_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        UNIQUE (subject_type, subject_id, folded)
    )""",
    """
    CREATE TABLE slugs (
        old TEXT NOT NULL,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station', 'clip')),
        subject_id INTEGER NOT NULL,
        PRIMARY KEY (old, subject_type)
    )""",
    """
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        duration REAL NOT NULL,
        sample_rate INTEGER NOT NULL,
        channels INTEGER NOT NULL,
        storage TEXT NOT NULL CHECK (storage IN ('copied', 'referenced')),
        path TEXT NOT NULL,
        original_name TEXT NOT NULL,
        level REAL,
        loudness REAL,
        true_peak REAL,
        peaks BLOB,
        warnings TEXT,
        added_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE clips (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        show_id INTEGER REFERENCES shows(id),
        title TEXT NOT NULL,
        air_date TEXT,
        language TEXT,
        summary TEXT,
        visibility TEXT NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'private')),
        embargo_until TEXT,
        rights TEXT,
        review_status TEXT NOT NULL DEFAULT 'unreviewed',
        current_transcript_id INTEGER REFERENCES transcripts(id),
        added_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE clip_recordings (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        recording_id INTEGER NOT NULL REFERENCES recordings(id),
        start REAL NOT NULL DEFAULT 0,
        "end" REAL,
        role TEXT NOT NULL DEFAULT 'original' CHECK (role IN ('original', 'podcast', 'rebroadcast')),
        PRIMARY KEY (clip_id, recording_id, start)
    )""",
    # words: JSON, one [start ms, end ms, text, probability in thousandths or null] per word; digest: its SHA-256.
    """
    CREATE TABLE transcripts (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        recording_id INTEGER NOT NULL REFERENCES recordings(id),
        origin TEXT NOT NULL CHECK (origin IN ('engine', 'import', 'feed')),
        engine TEXT,
        engine_version TEXT,
        model TEXT,
        revision TEXT,
        options TEXT NOT NULL DEFAULT '{}',
        language TEXT,
        speed REAL,
        words TEXT NOT NULL,
        created_at TEXT NOT NULL,
        digest TEXT NOT NULL
    )""",
    """
    CREATE TABLE speakers (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        person_id INTEGER REFERENCES people(id)
    )""",
    """
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        start REAL NOT NULL,
        "end" REAL NOT NULL,
        speaker_id INTEGER REFERENCES speakers(id),
        text TEXT NOT NULL,
        heard TEXT,
        variants TEXT,
        facets TEXT,
        scores TEXT,
        UNIQUE (clip_id, position)
    )""",
    """
    CREATE TABLE claims (
        id INTEGER PRIMARY KEY,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('clip', 'show', 'person', 'station')),
        subject_id INTEGER NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        source TEXT NOT NULL,
        source_key TEXT NOT NULL DEFAULT '',
        evidence TEXT NOT NULL,
        at REAL,
        confidence REAL NOT NULL,
        denies INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL,
        superseded_at TEXT
    )""",
    """
    CREATE TABLE credits (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        person_id INTEGER NOT NULL REFERENCES people(id),
        role TEXT NOT NULL,
        claim_id INTEGER REFERENCES claims(id),
        PRIMARY KEY (clip_id, person_id, role)
    )""",
    """
    CREATE TABLE stories (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        url TEXT,
        headline TEXT,
        body TEXT NOT NULL,
        caption TEXT,
        picture_credit TEXT,
        biography TEXT,
        variants TEXT,
        digest TEXT NOT NULL
    )""",
    """
    CREATE TABLE correction_batches (
        id INTEGER PRIMARY KEY,
        author TEXT NOT NULL,
        reason TEXT,
        created_at TEXT NOT NULL,
        undone_at TEXT
    )""",
    """
    CREATE TABLE corrections (
        id INTEGER PRIMARY KEY,
        batch_id INTEGER NOT NULL REFERENCES correction_batches(id),
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        first_word INTEGER NOT NULL,
        last_word INTEGER NOT NULL,
        "before" TEXT NOT NULL,
        "after" TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('proposed', 'accepted', 'rejected')),
        source TEXT NOT NULL,
        evidence TEXT,
        confidence REAL NOT NULL
    )""",
    """
    CREATE TABLE intake (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        inode INTEGER,
        sha256 TEXT,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt TEXT,
        error TEXT,
        clip_id INTEGER REFERENCES clips(id) ON DELETE SET NULL,
        first_seen_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL UNIQUE,
        show_id INTEGER REFERENCES shows(id),
        etag TEXT,
        last_modified TEXT,
        checked_at TEXT
    )""",
    """
    CREATE TABLE feed_items (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds(id) ON DELETE CASCADE,
        guid TEXT NOT NULL,
        enclosure_url TEXT,
        clip_id INTEGER REFERENCES clips(id) ON DELETE SET NULL,
        state TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        UNIQUE (feed_id, guid)
    )""",
    """
    CREATE TABLE glossary (
        id INTEGER PRIMARY KEY,
        term TEXT NOT NULL,
        show_id INTEGER REFERENCES shows(id) ON DELETE CASCADE,
        note TEXT
    )""",
    """
    CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        query TEXT NOT NULL,
        filters TEXT NOT NULL DEFAULT '{}',
        last_segment_id INTEGER,
        created_at TEXT NOT NULL,
        ran_at TEXT
    )""",
    """
    CREATE TABLE fixity_checks (
        id INTEGER PRIMARY KEY,
        recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
        checked_at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        found TEXT
    )""",
    """
    CREATE TABLE tombstones (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL,
        clip_uid TEXT NOT NULL,
        reason TEXT,
        at TEXT NOT NULL
    )""",
)

INDEXES = (
    "CREATE INDEX aliases_folded ON aliases (subject_type, folded)",
    "CREATE INDEX clips_air_date ON clips (air_date)",
    "CREATE INDEX clips_show ON clips (show_id, air_date)",
    "CREATE INDEX clips_current_transcript ON clips (current_transcript_id)",
    "CREATE INDEX clip_recordings_recording ON clip_recordings (recording_id)",
    "CREATE INDEX transcripts_clip ON transcripts (clip_id)",
    "CREATE INDEX transcripts_recording ON transcripts (recording_id)",
    "CREATE INDEX segments_transcript ON segments (transcript_id)",
    "CREATE INDEX speakers_clip ON speakers (clip_id)",
    "CREATE INDEX claims_subject ON claims (subject_type, subject_id, field)",
    "CREATE INDEX credits_person ON credits (person_id)",
    "CREATE INDEX credits_claim ON credits (claim_id)",
    "CREATE INDEX stories_clip ON stories (clip_id)",
    "CREATE INDEX corrections_transcript ON corrections (transcript_id)",
    "CREATE INDEX tombstones_sha256 ON tombstones (sha256)",
)

VIEWS = (
    """
    CREATE VIEW clip_list AS
    SELECT clips.uid AS clip, clips.title, shows.name AS show,
        (SELECT group_concat(people.name, ', ') FROM credits JOIN people ON people.id = credits.person_id
         WHERE credits.clip_id = clips.id AND credits.role = 'reporter') AS reporter,
        clips.air_date AS date,
        coalesce(clip_recordings."end", recordings.duration) - clip_recordings.start AS duration,
        recordings.sha256, transcripts.model AS transcript, clips.added_at
    FROM clips
    JOIN clip_recordings ON clip_recordings.clip_id = clips.id AND clip_recordings.role = 'original'
    JOIN recordings ON recordings.id = clip_recordings.recording_id
    LEFT JOIN shows ON shows.id = clips.show_id
    LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id""",
    """
    CREATE VIEW transcript_lines AS
    SELECT clips.uid AS clip, clips.title, shows.name AS show, clips.air_date AS date,
        segments.position, segments.start, segments."end", segments.text
    FROM segments
    JOIN clips ON clips.id = segments.clip_id
    LEFT JOIN shows ON shows.id = clips.show_id""",
)


SOURCED = (
    "ALTER TABLE shows ADD COLUMN code TEXT",
    "ALTER TABLE shows ADD COLUMN rights TEXT",
    "ALTER TABLE shows ADD COLUMN visibility TEXT CHECK (visibility IN ('public', 'private'))",
    "ALTER TABLE shows ADD COLUMN ranks TEXT",
    "ALTER TABLE shows ADD COLUMN loudness_target REAL",
    "ALTER TABLE people ADD COLUMN role TEXT",
    "ALTER TABLE recordings ADD COLUMN bit_rate INTEGER",
    "ALTER TABLE recordings ADD COLUMN chapters TEXT",
    "ALTER TABLE stories ADD COLUMN name TEXT",
    "ALTER TABLE feed_items ADD COLUMN sha256 TEXT",
    "ALTER TABLE feed_items ADD COLUMN error TEXT",
    # moved: JSON, the ids of the rows that pointed at the one and now point at the other, by table.
    """
    CREATE TABLE merges (
        id INTEGER PRIMARY KEY,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station')),
        from_id INTEGER NOT NULL,
        into_id INTEGER NOT NULL,
        moved TEXT NOT NULL,
        merged_at TEXT NOT NULL,
        undone_at TEXT
    )""",
    """
    CREATE TABLE covers (
        recording_id INTEGER PRIMARY KEY REFERENCES recordings(id) ON DELETE CASCADE,
        media_type TEXT NOT NULL,
        content BLOB NOT NULL
    )""",
    """
    CREATE TABLE subjects (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        subject TEXT NOT NULL,
        folded TEXT NOT NULL,
        PRIMARY KEY (clip_id, folded)
    )""",
    """
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        created_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        folded TEXT NOT NULL UNIQUE,
        note TEXT,
        created_at TEXT NOT NULL
    )""",
    """
    CREATE TABLE collection_clips (
        collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        PRIMARY KEY (collection_id, clip_id)
    )""",
    # The smallest hashes of a transcript's runs of words: clips that share many of them say the same.
    """
    CREATE TABLE sketches (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        hash INTEGER NOT NULL,
        PRIMARY KEY (hash, clip_id)
    ) WITHOUT ROWID""",
    """
    CREATE TABLE likenesses (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        other_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        similarity REAL NOT NULL,
        status TEXT NOT NULL DEFAULT 'proposed' CHECK (status IN ('proposed', 'accepted', 'rejected')),
        found_at TEXT NOT NULL,
        PRIMARY KEY (clip_id, other_id)
    )""",
    "CREATE INDEX sketches_clip ON sketches (clip_id)",
    "CREATE INDEX likenesses_other ON likenesses (other_id)",
    "CREATE INDEX collection_clips_clip ON collection_clips (clip_id)",
    "CREATE INDEX notes_clip ON notes (clip_id)",
)

# What the tokenizer takes for one word in a text, and how that is written elsewhere. `pending_below`: segments with a
# smaller id have not been looked through for the word since the form became known; null: all have.
SEARCHED = (
    """
    CREATE TABLE spellings (
        id INTEGER PRIMARY KEY,
        plain TEXT NOT NULL,
        written TEXT NOT NULL,
        pending_below INTEGER,
        UNIQUE (plain, written)
    )""",
    "CREATE INDEX spellings_pending ON spellings (pending_below) WHERE pending_below IS NOT NULL",
    # Counts and the order by date look at every hit: this finds its clip without reading the segment.
    "CREATE INDEX segments_place ON segments (id, clip_id)",
    "ALTER TABLE clips ADD COLUMN variants TEXT",
)
SEARCHED_COLUMNS: Mapping[str, Sequence[str]] = {
    "segments": ("text", "heard", "variants", "facets"),
    "clips": ("title", "summary", "variants"),
    "stories": ("headline", "body", "caption", "variants"),
    "aliases": ("name", "folded"),
}


@migrations(name="0001_first")
def first(db: Database) -> None:
    """All tables of the design; those that nothing fills yet keep their names and keys for later."""
    for statement in (*TABLES, *INDEXES, *VIEWS):
        db.execute(statement)
    db.table("segments").enable_fts(
        ["text", "heard", "variants", "facets"], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE
    )
    db.table("clips").enable_fts(["title", "summary"], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE)
    db.table("stories").enable_fts(
        ["headline", "body", "variants"], fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE
    )
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@migrations(name="0002_windows")
def windows(db: Database) -> None:
    """What the guards against invented text found in each decoded window of a transcript, as JSON."""
    db.execute("ALTER TABLE transcripts ADD COLUMN windows TEXT")


@migrations(name="0003_watching")
def watching(db: Database) -> None:
    """What the watch folder's queue needs to survive any end, what lay beside a recording, and who is watching."""
    for column in ("root TEXT", "quiet_since TEXT", "waits_for TEXT", "left_at TEXT", "moved_to TEXT", "command TEXT"):
        db.execute(f"ALTER TABLE intake ADD COLUMN {column}")
    db.execute("CREATE INDEX intake_state ON intake (state, left_at)")
    db.execute("CREATE INDEX intake_clip ON intake (clip_id)")
    db.execute(
        """
        CREATE TABLE sidecars (
            id INTEGER PRIMARY KEY,
            clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            suffix TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            content BLOB NOT NULL,
            added_at TEXT NOT NULL,
            UNIQUE (clip_id, name, sha256)
        )"""
    )
    db.execute(
        """
        CREATE TABLE watcher (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            host TEXT,
            pid INTEGER,
            folders TEXT,
            started_at TEXT,
            beat_at TEXT,
            progress_at TEXT,
            ended_at TEXT,
            paused_at TEXT
        )"""
    )
    db.execute("INSERT INTO watcher (id) VALUES (1)")


@migrations(name="0004_sourced")
def sourced(db: Database) -> None:
    """What sourced metadata needs: merges that can be undone, defaults of shows, collections, edits of one piece."""
    for statement in SOURCED:
        db.execute(statement)


def index(db: Database, table: str) -> None:
    """Make a table's full-text index and the triggers that keep it true."""
    columns = SEARCHED_COLUMNS[table]
    db.table(table).enable_fts(columns, fts_version="FTS5", create_triggers=True, tokenize=TOKENIZE_5)


@migrations(name="0005_search")
def search(db: Database) -> None:
    """Spellings and their variants; facets; names and titles are searched as well."""
    for table in ("segments", "clips", "stories"):
        db.table(table).disable_fts()
    for statement in SEARCHED:
        db.execute(statement)
    facets.fill(db)
    facets.prepare(db)
    for table in SEARCHED_COLUMNS:
        index(db, table)
    spellings.learn(db, sorted(seed(), key=lambda form: form.written))
    db.execute("UPDATE spellings SET pending_below = NULL")
    for indexed in spellings.INDEXED:
        last: int | None = 0
        while last is not None:
            last, wrong = spellings.stale(db, indexed, last, 1_000)
            spellings.mend(db, indexed, wrong)


@migrations(name="0006_saved")
def saved(db: Database) -> None:
    """Which clips a saved search has told of: the newest segment it saw says little, for ids are used again."""
    db.execute(
        """
        CREATE TABLE saved_finds (
            saved_id INTEGER NOT NULL REFERENCES saved_searches(id) ON DELETE CASCADE,
            clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
            found_at TEXT NOT NULL,
            PRIMARY KEY (saved_id, clip_id)
        ) WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX saved_finds_clip ON saved_finds (clip_id)")
    db.execute("ALTER TABLE saved_searches DROP COLUMN last_segment_id")
