-- What the guards against invented text found in each decoded window of a transcript, as JSON.

ALTER TABLE transcripts ADD COLUMN windows TEXT;
