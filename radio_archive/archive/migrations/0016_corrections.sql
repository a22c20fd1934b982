-- Corrections as decisions that can be undone, and what a glossary's terms are and are misheard as.

-- kind: what the batch is the work of. A batch that was undone counts for nothing.
ALTER TABLE correction_batches ADD COLUMN kind TEXT NOT NULL DEFAULT 'edit';

-- Made again, because the first version had no `withdrawn`: the state of what came in a batch that was undone.
-- `alternatives`: JSON, other texts for the same place, the best first. `decision_id`: the decision that `status` is of.
-- `forgets`: what was heard there is no longer found.
ALTER TABLE corrections RENAME TO early_corrections;

CREATE TABLE correction_decisions (
        id INTEGER PRIMARY KEY,
        batch_id INTEGER NOT NULL REFERENCES correction_batches(id),
        correction_id INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE,
        accepted INTEGER NOT NULL
    );

CREATE TABLE corrections (
        id INTEGER PRIMARY KEY,
        batch_id INTEGER NOT NULL REFERENCES correction_batches(id),
        transcript_id INTEGER NOT NULL REFERENCES transcripts(id) ON DELETE CASCADE,
        first_word INTEGER NOT NULL,
        last_word INTEGER NOT NULL,
        "before" TEXT NOT NULL,
        "after" TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('proposed', 'accepted', 'rejected', 'withdrawn')),
        source TEXT NOT NULL,
        evidence TEXT,
        confidence REAL NOT NULL,
        alternatives TEXT,
        forgets INTEGER NOT NULL DEFAULT 0,
        decision_id INTEGER REFERENCES correction_decisions(id)
    );

INSERT INTO corrections (id, batch_id, transcript_id, first_word, last_word, "before", "after", status, source, evidence,
        confidence)
    SELECT id, batch_id, transcript_id, first_word, last_word, "before", "after", status, source, evidence, confidence
    FROM early_corrections;

DROP TABLE early_corrections;

CREATE INDEX corrections_batch ON corrections (batch_id);
CREATE INDEX corrections_transcript ON corrections (transcript_id, status, decision_id);
CREATE INDEX corrections_decision ON corrections (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX corrections_open ON corrections (confidence) WHERE status = 'proposed';
CREATE INDEX correction_decisions_batch ON correction_decisions (batch_id);
CREATE INDEX correction_decisions_correction ON correction_decisions (correction_id);
CREATE INDEX correction_batches_kind ON correction_batches (kind);

-- How many places of the current text are corrected.
ALTER TABLE clips ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0;

-- heard: JSON, what the term is misheard as.
ALTER TABLE glossary ADD COLUMN kind TEXT NOT NULL DEFAULT 'other';
ALTER TABLE glossary ADD COLUMN heard TEXT;
