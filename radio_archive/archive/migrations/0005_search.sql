-- Spellings and their variants; facets; names and titles are searched as well.

DROP TRIGGER IF EXISTS segments_ai;
DROP TRIGGER IF EXISTS segments_ad;
DROP TRIGGER IF EXISTS segments_au;
DROP TRIGGER IF EXISTS clips_ai;
DROP TRIGGER IF EXISTS clips_ad;
DROP TRIGGER IF EXISTS clips_au;
DROP TRIGGER IF EXISTS stories_ai;
DROP TRIGGER IF EXISTS stories_ad;
DROP TRIGGER IF EXISTS stories_au;
DROP TABLE IF EXISTS segments_fts;
DROP TABLE IF EXISTS clips_fts;
DROP TABLE IF EXISTS stories_fts;
-- What the tokenizer takes for one word in a text, and how that is written elsewhere. `pending_below`: segments with
-- a smaller id have not been looked through for the word since the form became known; null: all have.
CREATE TABLE spellings (
        id INTEGER PRIMARY KEY,
        plain TEXT NOT NULL,
        written TEXT NOT NULL,
        pending_below INTEGER,
        UNIQUE (plain, written)
    );

CREATE INDEX spellings_pending ON spellings (pending_below) WHERE pending_below IS NOT NULL;
-- Counts and the order by date look at every hit: this finds its clip without reading the segment.
CREATE INDEX segments_place ON segments (id, clip_id);
ALTER TABLE clips ADD COLUMN variants TEXT;
