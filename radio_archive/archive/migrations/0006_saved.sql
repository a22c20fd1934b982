-- Which clips a saved search has told of: the newest segment it saw says little, for ids are used again.

CREATE TABLE saved_finds (
            saved_id INTEGER NOT NULL REFERENCES saved_searches(id) ON DELETE CASCADE,
            clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
            found_at TEXT NOT NULL,
            PRIMARY KEY (saved_id, clip_id)
        ) WITHOUT ROWID;

CREATE INDEX saved_finds_clip ON saved_finds (clip_id);
ALTER TABLE saved_searches DROP COLUMN last_segment_id;
