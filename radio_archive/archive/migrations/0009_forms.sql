-- Stems, abbreviations and other forms of words; the indexes are made again, with a column for them.

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
ALTER TABLE segments ADD COLUMN forms TEXT;
ALTER TABLE clips ADD COLUMN forms TEXT;
ALTER TABLE stories ADD COLUMN forms TEXT;
