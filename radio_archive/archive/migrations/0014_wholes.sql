-- What keeps the cost of a command over all clips at what it has to read.

-- How often names of the roster were changed, kept by triggers. A new show, person or station is no change: those who
-- know the roster read what was added, and the whole of it again after a change.
CREATE TABLE roster_edits (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        number INTEGER NOT NULL
    );

INSERT INTO roster_edits (id, number) VALUES (1, 0);

CREATE TRIGGER roster_edits_aliases_ai AFTER INSERT ON aliases
    WHEN EXISTS (SELECT 1 FROM aliases WHERE subject_type = new.subject_type AND subject_id = new.subject_id
        AND id <> new.id) BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_aliases_au AFTER UPDATE ON aliases BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_aliases_ad AFTER DELETE ON aliases BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_people_au AFTER UPDATE OF name, merged_into ON people BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_shows_au AFTER UPDATE OF name, merged_into ON shows BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_stations_au AFTER UPDATE OF name, merged_into ON stations BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

-- What refers to a row must be found when that row is deleted or merged: SQLite looks for it in each of these columns.
-- Where it is mostly empty, so is the index.
CREATE INDEX shows_merged ON shows (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX people_merged ON people (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX stations_merged ON stations (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX shows_station ON shows (station_id) WHERE station_id IS NOT NULL;
CREATE INDEX speakers_person ON speakers (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX segments_speaker ON segments (speaker_id) WHERE speaker_id IS NOT NULL;
CREATE INDEX corrections_batch ON corrections (batch_id);
CREATE INDEX feeds_show ON feeds (show_id) WHERE show_id IS NOT NULL;
CREATE INDEX feed_items_clip ON feed_items (clip_id) WHERE clip_id IS NOT NULL;
CREATE INDEX glossary_show ON glossary (show_id);
CREATE INDEX fixity_checks_recording ON fixity_checks (recording_id);

-- The name of each new clip is compared with those of removed ones, each sidecar with those that are kept already.
CREATE INDEX tombstones_clip ON tombstones (clip_uid);
CREATE INDEX sidecars_sha256 ON sidecars (sha256);

-- A list of feeds counts their items, and a list of pairs begins with the most alike.
CREATE INDEX feed_items_state ON feed_items (feed_id, state);
CREATE INDEX likenesses_status ON likenesses (status, similarity);

-- Half of the digits are enough to tell runs of words apart, and take less room. The order of the hashes stays.
ALTER TABLE sketches RENAME TO long_sketches;

CREATE TABLE sketches (
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        hash INTEGER NOT NULL,
        PRIMARY KEY (hash, clip_id)
    ) WITHOUT ROWID;

INSERT OR IGNORE INTO sketches (clip_id, hash) SELECT clip_id, hash >> 32 FROM long_sketches ORDER BY hash, clip_id;

DROP TABLE long_sketches;

CREATE INDEX sketches_clip ON sketches (clip_id);
