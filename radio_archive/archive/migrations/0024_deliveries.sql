-- What is told to a webhook about each clip that a watcher archived.

-- uid: by which the receiver knows a message that comes again. state: pending, delivered, or failed for good.
-- error: why the last attempt failed.
CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        state TEXT NOT NULL DEFAULT 'pending',
        attempts INTEGER NOT NULL DEFAULT 0,
        next_attempt TEXT NOT NULL,
        error TEXT,
        created_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    );

CREATE INDEX deliveries_clip_id ON deliveries (clip_id);
CREATE INDEX deliveries_pending ON deliveries (next_attempt) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (id) WHERE state = 'failed';
