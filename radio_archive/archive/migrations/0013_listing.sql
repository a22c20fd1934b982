-- Lists of the clips in one language, the newest first, without reading the others.
CREATE INDEX clips_language ON clips (language, air_date);

-- How many clips a person has in which role, from the index alone.
DROP INDEX credits_person;
CREATE INDEX credits_person ON credits (person_id, role, clip_id);

-- Addresses move with a clip that is joined to another.
CREATE INDEX slugs_subject ON slugs (subject_type, subject_id);

-- Few recordings lack a waveform, once the older ones have theirs.
CREATE INDEX recordings_undrawn ON recordings (id) WHERE peaks IS NULL;
