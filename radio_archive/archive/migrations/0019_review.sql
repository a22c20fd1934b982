-- What waits for a person's ear: proposals, and the words of current transcripts that are most likely wrong.
--
-- doubt: how likely what is there is wrong, 0 to 1. worth: the same, less for ordinary words; the queue is in its order.
-- alternatives: JSON, other texts for the place. A proposal has its own in `corrections`, to whose `id` it refers.
-- right: a person heard the word and left it. covered: a correction at the same place decides about it.
CREATE TABLE review_items (
        id INTEGER PRIMARY KEY,
        clip_id INTEGER NOT NULL REFERENCES clips(id) ON DELETE CASCADE,
        show_id INTEGER REFERENCES shows(id),
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        first_word INTEGER NOT NULL,
        last_word INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('proposal', 'name', 'number', 'negation', 'word')),
        doubt REAL NOT NULL,
        worth REAL NOT NULL,
        alternatives TEXT,
        correction_id INTEGER REFERENCES corrections(id) ON DELETE CASCADE,
        state TEXT NOT NULL DEFAULT 'open'
            CHECK (state IN ('open', 'skipped', 'accepted', 'rejected', 'right', 'covered', 'withdrawn')),
        author TEXT,
        decided_at TEXT
    );

CREATE INDEX review_items_state ON review_items (state, worth DESC);
CREATE INDEX review_items_show ON review_items (show_id, state, worth DESC);
CREATE INDEX review_items_clip ON review_items (clip_id);
CREATE UNIQUE INDEX review_items_place ON review_items (transcript_id, first_word, last_word) WHERE correction_id IS NULL;
CREATE INDEX review_items_transcript ON review_items (transcript_id, first_word);
CREATE UNIQUE INDEX review_items_correction ON review_items (correction_id) WHERE correction_id IS NOT NULL;

INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth, correction_id)
    SELECT clip_id, show_id, transcript_id, first_word, last_word, 'proposal', confidence, confidence, corrections.id
    FROM corrections JOIN transcripts ON transcripts.id = transcript_id JOIN clips ON clips.id = clip_id
    WHERE status = 'proposed';

-- The queue follows the corrections, whoever writes them. What was never open is not in it.
CREATE TRIGGER review_items_corrections_ai AFTER INSERT ON corrections BEGIN
    INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth, correction_id)
        SELECT clip_id, show_id, new.transcript_id, new.first_word, new.last_word, 'proposal', new.confidence,
            new.confidence, new.id
        FROM transcripts JOIN clips ON clips.id = clip_id
        WHERE transcripts.id = new.transcript_id AND new.status = 'proposed';
    UPDATE review_items SET state = 'covered'
        WHERE transcript_id = new.transcript_id AND correction_id IS NULL AND state IN ('open', 'skipped')
            AND first_word <= new.last_word AND last_word >= new.first_word AND new.status <> 'withdrawn';
END;

CREATE TRIGGER review_items_corrections_au AFTER UPDATE OF status ON corrections WHEN old.status <> new.status BEGIN
    INSERT INTO review_items (clip_id, show_id, transcript_id, first_word, last_word, kind, doubt, worth, correction_id)
        SELECT clip_id, show_id, new.transcript_id, new.first_word, new.last_word, 'proposal', new.confidence,
            new.confidence, new.id
        FROM transcripts JOIN clips ON clips.id = clip_id
        WHERE transcripts.id = new.transcript_id AND new.status = 'proposed'
            AND NOT EXISTS (SELECT 1 FROM review_items WHERE correction_id = new.id);
    UPDATE review_items SET state = CASE new.status WHEN 'proposed' THEN 'open' ELSE new.status END,
            (author, decided_at) = (SELECT author, created_at FROM correction_decisions AS decisions
                JOIN correction_batches AS batches ON batches.id = decisions.batch_id
                WHERE decisions.id = new.decision_id)
        WHERE correction_id = new.id;
    UPDATE review_items SET state = CASE WHEN EXISTS (
                SELECT 1 FROM corrections WHERE corrections.transcript_id = new.transcript_id
                    AND corrections.first_word <= review_items.last_word
                    AND corrections.last_word >= review_items.first_word AND status <> 'withdrawn')
            THEN 'covered' ELSE 'open' END
        WHERE transcript_id = new.transcript_id AND correction_id IS NULL AND state IN ('open', 'skipped', 'covered')
            AND first_word <= new.last_word AND last_word >= new.first_word;
END;

CREATE TRIGGER review_items_corrections_confidence AFTER UPDATE OF confidence ON corrections BEGIN
    UPDATE review_items SET doubt = new.confidence, worth = new.confidence WHERE correction_id = new.id;
END;

CREATE TRIGGER review_items_corrections_ad AFTER DELETE ON corrections BEGIN
    UPDATE review_items SET state = 'open'
        WHERE transcript_id = old.transcript_id AND correction_id IS NULL AND state = 'covered'
            AND first_word <= old.last_word AND last_word >= old.first_word
            AND NOT EXISTS (
                SELECT 1 FROM corrections WHERE corrections.transcript_id = old.transcript_id
                    AND corrections.first_word <= review_items.last_word
                    AND corrections.last_word >= review_items.first_word AND status <> 'withdrawn');
END;

CREATE TRIGGER review_items_clips_au AFTER UPDATE OF show_id ON clips WHEN old.show_id IS NOT new.show_id BEGIN
    UPDATE review_items SET show_id = new.show_id WHERE clip_id = new.id;
END;
