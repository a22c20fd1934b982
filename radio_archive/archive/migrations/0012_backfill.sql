-- What `radio-archive backfill` has listed and still has to archive, or how that ended. It is no part of the watched
-- folders' queue: nothing here is ever moved, waits until it is complete, or vanishes.
CREATE TABLE backfill (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        item TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL CHECK (kind IN ('file', 'remote', 'feed')),
        root TEXT,
        sidecar_name TEXT,
        sidecar BLOB,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'archived', 'duplicate', 'failed')),
        problem TEXT NOT NULL DEFAULT '',
        error TEXT,
        seconds REAL NOT NULL DEFAULT 0,
        clip_id INTEGER REFERENCES clips(id) ON DELETE SET NULL,
        listed_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        UNIQUE (source, item)
    );

CREATE INDEX backfill_state ON backfill (state, id);

CREATE INDEX backfill_clip ON backfill (clip_id);

-- How many entries are in each state, by the kind of the problem where they failed, and the seconds of their audio.
CREATE TABLE backfill_counts (
        state TEXT NOT NULL,
        problem TEXT NOT NULL,
        number INTEGER NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (state, problem)
    ) WITHOUT ROWID;

CREATE TRIGGER backfill_counts_ai AFTER INSERT ON backfill BEGIN
    INSERT INTO backfill_counts (state, problem, number, seconds)
    VALUES (new.state, new.problem, 1, new.seconds)
    ON CONFLICT DO UPDATE SET number = number + 1, seconds = seconds + excluded.seconds;
END;

CREATE TRIGGER backfill_counts_ad AFTER DELETE ON backfill BEGIN
    UPDATE backfill_counts SET number = number - 1, seconds = seconds - old.seconds
    WHERE state = old.state AND problem = old.problem;
END;

CREATE TRIGGER backfill_counts_au AFTER UPDATE OF state, problem, seconds ON backfill BEGIN
    UPDATE backfill_counts SET number = number - 1, seconds = seconds - old.seconds
    WHERE state = old.state AND problem = old.problem;
    INSERT INTO backfill_counts (state, problem, number, seconds)
    VALUES (new.state, new.problem, 1, new.seconds)
    ON CONFLICT DO UPDATE SET number = number + 1, seconds = seconds + excluded.seconds;
END;
