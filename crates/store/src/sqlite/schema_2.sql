-- Streams and ids are made anew from the events, checkpoints are copied. Each row has a digest over
-- what it says; where a row is looked up by its key, that of its neighbour covers the key, too, so
-- that a row which is not found is known not to be there (row_digest.rs).
ALTER TABLE checkpoints RENAME TO checkpoints_1;
DROP TABLE streams;
DROP TABLE ids;
DROP TABLE head;
DROP TABLE snapshots;

-- Accounts have the numbers from 2, without gaps; 0 is the catalog, 1 the malformed lines of
-- imported logs. `digest` is over the row, `names` over its account and the next one in byte order;
-- in the catalog's row over the first one.
CREATE TABLE streams (
    stream INTEGER PRIMARY KEY,
    account TEXT UNIQUE CHECK ((account IS NULL) = (stream < 2)),
    last INTEGER NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    names BLOB NOT NULL
) STRICT;

-- The digest is over the row and the key of the next one. One row, of no stream, is before all
-- others. An id of more than 256 bytes is kept as the byte 255 and its SHA-256.
CREATE TABLE ids (
    stream INTEGER NOT NULL,
    id BLOB NOT NULL,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;

-- One row: where the log ends, how many streams and ids there are, and the last position that a
-- service appended (others were imported).
CREATE TABLE head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    streams INTEGER NOT NULL,
    ids INTEGER NOT NULL,
    stamped INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- The digest is over the row and the name of the next consumer. The one without a name is before
-- all others.
CREATE TABLE checkpoints (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was delivered to a consumer, each under a key that says what it was.
CREATE TABLE deliveries (
    consumer TEXT NOT NULL,
    key BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (consumer, key)
) STRICT, WITHOUT ROWID;

-- A cache of what services answered, by the position of the event, with a digest over both.
CREATE TABLE answers (
    position INTEGER PRIMARY KEY,
    answer BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- A cache: every row may be deleted at any time. `parts` names the parts that belong to it: for
-- each the version at which it was written, in eight bytes, and its digest.
CREATE TABLE snapshots (
    stream INTEGER PRIMARY KEY,
    stamp TEXT NOT NULL,
    position INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    parts BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;

-- Parts that no snapshot names are left over from one that was not finished.
CREATE TABLE snapshot_parts (
    stream INTEGER NOT NULL,
    part INTEGER NOT NULL,
    written INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (stream, part, written)
) STRICT, WITHOUT ROWID;
