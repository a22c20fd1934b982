-- A collection that everybody may see: it has a page and a feed on the site.
ALTER TABLE collections ADD COLUMN public INTEGER NOT NULL DEFAULT 0;

-- What aired on a day of any year, and what is about a subject, without reading the other clips.
CREATE INDEX clips_day ON clips (substr(air_date, 6, 5), air_date);
CREATE INDEX subjects_folded ON subjects (folded, clip_id);
