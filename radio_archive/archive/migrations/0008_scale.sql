-- What keeps the cost of one clip the same in an archive of any size.

-- Saving a clip asks which item of a feed it came from.
CREATE INDEX feed_items_sha256 ON feed_items (sha256);

-- The watcher takes the oldest file that is ready, and only looks at the files that it has not finished. The history of
-- all files that ever came in is never read.
DROP INDEX intake_state;
CREATE INDEX intake_state ON intake (state, id);
CREATE INDEX intake_unfinished ON intake (id)
    WHERE state IN ('archived', 'failed', 'duplicate') AND (left_at IS NULL OR command = 'pending');

-- How many files are in each state, kept by triggers.
CREATE TABLE intake_counts (
        state TEXT PRIMARY KEY,
        number INTEGER NOT NULL
    ) WITHOUT ROWID;

INSERT INTO intake_counts (state, number) SELECT state, count(*) FROM intake GROUP BY state;

CREATE TRIGGER intake_counts_ai AFTER INSERT ON intake BEGIN
    INSERT INTO intake_counts (state, number) VALUES (new.state, 1)
        ON CONFLICT (state) DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER intake_counts_ad AFTER DELETE ON intake BEGIN
    UPDATE intake_counts SET number = number - 1 WHERE state = old.state;
END;

CREATE TRIGGER intake_counts_au AFTER UPDATE OF state ON intake WHEN old.state IS NOT new.state BEGIN
    UPDATE intake_counts SET number = number - 1 WHERE state = old.state;
    INSERT INTO intake_counts (state, number) VALUES (new.state, 1)
        ON CONFLICT (state) DO UPDATE SET number = number + 1;
END;

-- The files that were read and are archived, so that another run over them does not read those that are as they were.
CREATE TABLE known_files (
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        ctime_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) WITHOUT ROWID;

-- Guesses which files are new by their names and sizes.
CREATE INDEX recordings_bytes ON recordings (bytes);
