"""What the guards against invented text found in each decoded window of a transcript, as JSON."""

STATEMENTS = ("ALTER TABLE transcripts ADD COLUMN windows TEXT",)
