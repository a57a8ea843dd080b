-- Accounts have the numbers from 2; 0 is the catalog, 1 the malformed lines of imported logs. The
-- last event of each is known here too, so that an index that lost it is noticed.
CREATE TABLE streams (
    stream INTEGER PRIMARY KEY,
    account TEXT UNIQUE CHECK ((account IS NULL) = (stream < 2)),
    last INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

INSERT INTO streams VALUES (0, NULL, 0, 0), (1, NULL, 0, 0);

-- One row for each line of the log. The digest is described in docs/operations.md.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    number INTEGER NOT NULL,
    line BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- Every index ends with the row's number: the events of a stream in order of position.
CREATE INDEX events_by_stream ON events (stream);

CREATE TABLE ids (
    stream INTEGER NOT NULL,
    id BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;

-- One row: the chain over all events up to a position, and a digest over both.
CREATE TABLE head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoints (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A cache: every row may be deleted at any time.
CREATE TABLE snapshots (
    stream INTEGER PRIMARY KEY,
    stamp TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
