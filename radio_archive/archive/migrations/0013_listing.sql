-- Lists of the clips in one language, the newest first, without reading the others.
CREATE INDEX clips_language ON clips (language, air_date);

-- How many clips a person has in which role, from the index alone.
DROP INDEX credits_person;
CREATE INDEX credits_person ON credits (person_id, role, clip_id);
