-- All tables of the design. Some have had their names and keys since then, and wait for what is to fill them.
--
-- It made full-text indexes too, which 0005 dropped: what is derived from other rows is no part of a migration.

CREATE TABLE stations (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        url TEXT,
        merged_into INTEGER REFERENCES stations(id)
    );

CREATE TABLE shows (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        station_id INTEGER REFERENCES stations(id),
        url TEXT,
        merged_into INTEGER REFERENCES shows(id)
    );

CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        biography TEXT,
        merged_into INTEGER REFERENCES people(id)
    );

-- A show's, person's or station's own name is an alias too: every look-up by name goes through this table.
CREATE TABLE aliases (
        id INTEGER PRIMARY KEY,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station')),
        subject_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        UNIQUE (subject_type, subject_id, folded)
    );

CREATE TABLE slugs (
        old TEXT NOT NULL,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station', 'clip')),
        subject_id INTEGER NOT NULL,
        PRIMARY KEY (old, subject_type)
    );

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
    );

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
    );

CREATE TABLE clip_recordings (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        recording_id INTEGER NOT NULL REFERENCES recordings(id),
        start REAL NOT NULL DEFAULT 0,
        "end" REAL,
        role TEXT NOT NULL DEFAULT 'original' CHECK (role IN ('original', 'podcast', 'rebroadcast')),
        PRIMARY KEY (clip_id, recording_id, start)
    );

-- words: JSON, one [start ms, end ms, text, probability in thousandths or null] per word; digest: its SHA-256.
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
    );

CREATE TABLE speakers (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        person_id INTEGER REFERENCES people(id)
    );

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
    );

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
    );

CREATE TABLE credits (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        person_id INTEGER NOT NULL REFERENCES people(id),
        role TEXT NOT NULL,
        claim_id INTEGER REFERENCES claims(id),
        PRIMARY KEY (clip_id, person_id, role)
    );

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
    );

CREATE TABLE correction_batches (
        id INTEGER PRIMARY KEY,
        author TEXT NOT NULL,
        reason TEXT,
        created_at TEXT NOT NULL,
        undone_at TEXT
    );

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
    );

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
    );

CREATE TABLE feeds (
        id INTEGER PRIMARY KEY,
        url TEXT NOT NULL UNIQUE,
        show_id INTEGER REFERENCES shows(id),
        etag TEXT,
        last_modified TEXT,
        checked_at TEXT
    );

CREATE TABLE feed_items (
        id INTEGER PRIMARY KEY,
        feed_id INTEGER NOT NULL REFERENCES feeds(id) ON DELETE CASCADE,
        guid TEXT NOT NULL,
        enclosure_url TEXT,
        clip_id INTEGER REFERENCES clips(id) ON DELETE SET NULL,
        state TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        UNIQUE (feed_id, guid)
    );

CREATE TABLE glossary (
        id INTEGER PRIMARY KEY,
        term TEXT NOT NULL,
        show_id INTEGER REFERENCES shows(id) ON DELETE CASCADE,
        note TEXT
    );

CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        query TEXT NOT NULL,
        filters TEXT NOT NULL DEFAULT '{}',
        last_segment_id INTEGER,
        created_at TEXT NOT NULL,
        ran_at TEXT
    );

CREATE TABLE fixity_checks (
        id INTEGER PRIMARY KEY,
        recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
        checked_at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        found TEXT
    );

CREATE TABLE tombstones (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL,
        clip_uid TEXT NOT NULL,
        reason TEXT,
        at TEXT NOT NULL
    );

CREATE INDEX aliases_folded ON aliases (subject_type, folded);
CREATE INDEX clips_air_date ON clips (air_date);
CREATE INDEX clips_show ON clips (show_id, air_date);
CREATE INDEX clips_current_transcript ON clips (current_transcript_id);
CREATE INDEX clip_recordings_recording ON clip_recordings (recording_id);
CREATE INDEX transcripts_clip ON transcripts (clip_id);
CREATE INDEX transcripts_recording ON transcripts (recording_id);
CREATE INDEX segments_transcript ON segments (transcript_id);
CREATE INDEX speakers_clip ON speakers (clip_id);
CREATE INDEX claims_subject ON claims (subject_type, subject_id, field);
CREATE INDEX credits_person ON credits (person_id);
CREATE INDEX credits_claim ON credits (claim_id);
CREATE INDEX stories_clip ON stories (clip_id);
CREATE INDEX corrections_transcript ON corrections (transcript_id);
CREATE INDEX tombstones_sha256 ON tombstones (sha256);
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
    LEFT JOIN transcripts ON transcripts.id = clips.current_transcript_id;

CREATE VIEW transcript_lines AS
    SELECT clips.uid AS clip, clips.title, shows.name AS show, clips.air_date AS date,
        segments.position, segments.start, segments."end", segments.text
    FROM segments
    JOIN clips ON clips.id = segments.clip_id
    LEFT JOIN shows ON shows.id = clips.show_id;

PRAGMA application_id = 1382105458;
