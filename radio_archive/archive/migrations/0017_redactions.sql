-- Stretches of clips that the public must neither read nor hear, and what is published in place of their recordings.

-- start, end: seconds of the clip. One that was undone counts for nothing.
-- words: JSON, those that are hidden near it, too, as another transcript may time them otherwise.
CREATE TABLE redactions (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        start REAL NOT NULL,
        "end" REAL NOT NULL,
        words TEXT NOT NULL DEFAULT '[]',
        reason TEXT,
        author TEXT NOT NULL,
        created_at TEXT NOT NULL,
        undone_at TEXT,
        CHECK (0 <= start AND start < "end")
    );

CREATE INDEX redactions_clip ON redactions (clip_id, undone_at);

-- A recording of a clip with redactions: what is published is this file, in media/; nothing where path is empty.
CREATE TABLE redacted_recordings (
        recording_id INTEGER PRIMARY KEY REFERENCES recordings(id) ON DELETE CASCADE,
        sha256 TEXT,
        path TEXT NOT NULL DEFAULT '',
        bytes INTEGER NOT NULL DEFAULT 0,
        media_type TEXT NOT NULL DEFAULT '',
        bit_rate INTEGER,
        level REAL,
        loudness REAL,
        true_peak REAL,
        peaks BLOB
    );

CREATE INDEX redacted_recordings_sha256 ON redacted_recordings (sha256);
