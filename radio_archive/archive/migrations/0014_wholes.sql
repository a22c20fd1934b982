-- What keeps the cost of a command over all clips at what it has to read.

-- How often names of the roster were changed, kept by triggers. A new show, person or station is no change: those who
-- know the roster read what was added, and the whole of it again after a change.
CREATE TABLE roster_edits (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        number INTEGER NOT NULL
    );

INSERT INTO roster_edits (id, number) VALUES (1, 0);

CREATE TRIGGER roster_edits_aliases_ai AFTER INSERT ON aliases
    WHEN EXISTS (SELECT 1 FROM aliases WHERE subject_type = new.subject_type AND subject_id = new.subject_id
        AND id <> new.id) BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_aliases_au AFTER UPDATE ON aliases BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_aliases_ad AFTER DELETE ON aliases BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_people_au AFTER UPDATE OF name, merged_into ON people BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_shows_au AFTER UPDATE OF name, merged_into ON shows BEGIN
    UPDATE roster_edits SET number = number + 1;
END;

CREATE TRIGGER roster_edits_stations_au AFTER UPDATE OF name, merged_into ON stations BEGIN
    UPDATE roster_edits SET number = number + 1;
END;
