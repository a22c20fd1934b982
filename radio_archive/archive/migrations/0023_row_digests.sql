-- Digests of all rows that cannot be made again, by which `verify` finds what changed. The program keeps them.

-- row_key: the row's integer key, or a digest of its key's columns. digest: of those of its columns that have a value.
CREATE TABLE row_digests (
        table_name TEXT NOT NULL,
        row_key INTEGER NOT NULL,
        digest INTEGER NOT NULL,
        PRIMARY KEY (table_name, row_key)
    ) WITHOUT ROWID;

-- Its corrections have these digests, too.
ALTER TABLE corrections DROP COLUMN digest;
