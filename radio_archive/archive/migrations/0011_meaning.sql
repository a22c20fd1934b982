-- What clips are about, in numbers, where search by meaning is turned on: a vector of the title, then one of every three
-- segments, 384 signed bytes each; `whole` is their mean. `radio-archive index --meaning` makes what is missing.
CREATE TABLE embeddings (
        clip_id INTEGER PRIMARY KEY REFERENCES clips(id) ON DELETE CASCADE,
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        model TEXT NOT NULL,
        whole BLOB NOT NULL,
        vectors BLOB NOT NULL
    );

CREATE INDEX embeddings_transcript ON embeddings (transcript_id);

-- A text that was changed or removed takes its vectors with it.
CREATE TRIGGER embeddings_segments_ad AFTER DELETE ON segments BEGIN
    DELETE FROM embeddings WHERE clip_id = old.clip_id;
END;

CREATE TRIGGER embeddings_segments_au AFTER UPDATE OF text, position, clip_id ON segments BEGIN
    DELETE FROM embeddings WHERE clip_id IN (old.clip_id, new.clip_id);
END;

CREATE TRIGGER embeddings_clips_au AFTER UPDATE OF title ON clips WHEN old.title IS NOT new.title BEGIN
    DELETE FROM embeddings WHERE clip_id = new.id;
END;
