-- What the other transcripts of a clip say otherwise than its current text: sentences, for `heard:` in a search. Derived.
CREATE TABLE other_texts (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        start REAL NOT NULL,
        "end" REAL NOT NULL,
        text TEXT NOT NULL
    );

CREATE INDEX other_texts_clip ON other_texts (clip_id);
CREATE INDEX other_texts_transcript ON other_texts (transcript_id);
