-- Every word, to find what an unknown one in a query may mean without reading the full-text indexes.

CREATE TABLE words (word TEXT PRIMARY KEY) WITHOUT ROWID;
