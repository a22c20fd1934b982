-- A digest of each correction, as transcripts have one: it tells a byte that changed, which SQLite does not notice.

-- digest: SHA-256 of what is stored of the correction and never follows from a decision. Made by the program.
ALTER TABLE corrections ADD COLUMN digest TEXT NOT NULL DEFAULT '';

-- What waited in a transcript that is no longer its clip's current one filled pages of the queue that nobody saw.
DELETE FROM review_items WHERE state IN ('open', 'skipped')
    AND transcript_id NOT IN (SELECT current_transcript_id FROM clips WHERE current_transcript_id IS NOT NULL);
