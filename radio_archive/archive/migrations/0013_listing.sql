-- Lists of the clips in one language, the newest first, without reading the others.

CREATE INDEX clips_language ON clips (language, air_date);
