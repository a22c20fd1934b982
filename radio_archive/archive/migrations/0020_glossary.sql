-- A change of the glossary is counted as one of a name: who keeps the names reads them again.
CREATE TRIGGER roster_edits_glossary_ai AFTER INSERT ON glossary BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_glossary_au AFTER UPDATE ON glossary BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_glossary_ad AFTER DELETE ON glossary BEGIN
    UPDATE roster_edits SET number = number + 1;
END;
