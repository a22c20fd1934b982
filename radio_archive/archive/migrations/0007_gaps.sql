-- Where somebody speaks in a transcript and no words were understood, and sentences in another language than the rest.

CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        start REAL NOT NULL,
        "end" REAL NOT NULL
    );

CREATE INDEX gaps_transcript ON gaps (transcript_id);
-- Few files are damaged or cut short: `list --incomplete` finds them without reading the others.
CREATE INDEX recordings_damaged ON recordings (id) WHERE warnings IS NOT NULL;
ALTER TABLE segments ADD COLUMN language TEXT;
