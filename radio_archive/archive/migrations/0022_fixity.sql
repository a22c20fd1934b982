-- When recordings were read again and compared with their digests: `fixity_checks` has each, `fixity_runs` how far a run came.

-- checked_at: when it was last read again. When it was archived, it was read back, too.
ALTER TABLE recordings ADD COLUMN checked_at TEXT;

-- Those that were read longest ago come first.
CREATE INDEX recordings_checked ON recordings (coalesce(checked_at, added_at));

-- asked: which recordings, as options. finished_at: empty while it goes on, or where it was interrupted.
-- checked, bytes: how many recordings were read, and how much of them. faults: how many were not as they were archived.
CREATE TABLE fixity_runs (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        asked TEXT NOT NULL,
        checked INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        faults INTEGER NOT NULL DEFAULT 0
    );

-- Those that were ever found wrong are read again each time, until they are right.
CREATE INDEX fixity_checks_faults ON fixity_checks (recording_id) WHERE outcome IN ('changed', 'missing', 'unreadable');
