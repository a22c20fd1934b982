-- What sourced metadata needs: merges that can be undone, defaults of shows, collections, edits of one piece.

ALTER TABLE shows ADD COLUMN code TEXT;
ALTER TABLE shows ADD COLUMN rights TEXT;
ALTER TABLE shows ADD COLUMN visibility TEXT CHECK (visibility IN ('public', 'private'));
ALTER TABLE shows ADD COLUMN ranks TEXT;
ALTER TABLE shows ADD COLUMN loudness_target REAL;
ALTER TABLE people ADD COLUMN role TEXT;
ALTER TABLE recordings ADD COLUMN bit_rate INTEGER;
ALTER TABLE recordings ADD COLUMN chapters TEXT;
ALTER TABLE stories ADD COLUMN name TEXT;
ALTER TABLE feed_items ADD COLUMN sha256 TEXT;
ALTER TABLE feed_items ADD COLUMN error TEXT;
-- moved: JSON, the ids of the rows that pointed at the one and now point at the other, by table.
CREATE TABLE merges (
        id INTEGER PRIMARY KEY,
        subject_type TEXT NOT NULL CHECK (subject_type IN ('show', 'person', 'station')),
        from_id INTEGER NOT NULL,
        into_id INTEGER NOT NULL,
        moved TEXT NOT NULL,
        merged_at TEXT NOT NULL,
        undone_at TEXT
    );

CREATE TABLE covers (
        recording_id INTEGER PRIMARY KEY REFERENCES recordings(id) ON DELETE CASCADE,
        media_type TEXT NOT NULL,
        content BLOB NOT NULL
    );

CREATE TABLE subjects (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        subject TEXT NOT NULL,
        folded TEXT NOT NULL,
        PRIMARY KEY (clip_id, folded)
    );

CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        created_at TEXT NOT NULL
    );

CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        folded TEXT NOT NULL UNIQUE,
        note TEXT,
        created_at TEXT NOT NULL
    );

CREATE TABLE collection_clips (
        collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        PRIMARY KEY (collection_id, clip_id)
    );

-- The smallest hashes of a transcript's runs of words: clips that share many of them say the same.
CREATE TABLE sketches (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        hash INTEGER NOT NULL,
        PRIMARY KEY (hash, clip_id)
    ) WITHOUT ROWID;

CREATE TABLE likenesses (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        other_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        similarity REAL NOT NULL,
        status TEXT NOT NULL DEFAULT 'proposed' CHECK (status IN ('proposed', 'accepted', 'rejected')),
        found_at TEXT NOT NULL,
        PRIMARY KEY (clip_id, other_id)
    );

CREATE INDEX sketches_clip ON sketches (clip_id);
CREATE INDEX likenesses_other ON likenesses (other_id);
CREATE INDEX collection_clips_clip ON collection_clips (clip_id);
CREATE INDEX notes_clip ON notes (clip_id);
