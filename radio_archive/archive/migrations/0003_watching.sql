-- What the watch folder's queue needs to survive any end, what lay beside a recording, and who is watching.

ALTER TABLE intake ADD COLUMN root TEXT;
ALTER TABLE intake ADD COLUMN quiet_since TEXT;
ALTER TABLE intake ADD COLUMN waits_for TEXT;
ALTER TABLE intake ADD COLUMN left_at TEXT;
ALTER TABLE intake ADD COLUMN moved_to TEXT;
ALTER TABLE intake ADD COLUMN command TEXT;
CREATE INDEX intake_state ON intake (state, left_at);
CREATE INDEX intake_clip ON intake (clip_id);
CREATE TABLE sidecars (
            id INTEGER PRIMARY KEY,
            clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            suffix TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            content BLOB NOT NULL,
            added_at TEXT NOT NULL,
            UNIQUE (clip_id, name, sha256)
        );

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
        );

INSERT INTO watcher (id) VALUES (1);
