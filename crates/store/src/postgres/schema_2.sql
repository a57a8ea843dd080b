-- Streams and ids are made anew from the events, checkpoints are copied. Each row has a digest over
-- what it says (row_digest.rs).
ALTER TABLE tallyfold.checkpoints RENAME TO checkpoints_1;
DROP TABLE tallyfold.streams;
DROP TABLE tallyfold.ids;
DROP TABLE tallyfold.head;
DROP TABLE tallyfold.snapshots;

-- As in the SQLite store: accounts have the numbers from 2, without gaps; 0 is the catalog, 1 the
-- malformed lines of imported logs. Names are compared byte for byte. Where a stream ends is told by
-- its last event: no append updates a row (docs/postgres.md says why).
CREATE TABLE tallyfold.streams (
    stream BIGINT PRIMARY KEY,
    account TEXT COLLATE "C" UNIQUE CHECK ((account IS NULL) = (stream < 2)),
    digest BYTEA NOT NULL
);

-- An id of more than 256 bytes is kept as the byte 255 and its SHA-256.
CREATE TABLE tallyfold.ids (
    stream BIGINT NOT NULL,
    id BYTEA NOT NULL,
    position BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (stream, id)
);

-- Where the log ends, how many streams and ids there are, and the last position that a service
-- appended (others were imported). The last row counts: an append inserts one and deletes the one
-- before it, under a lock that makes positions without gaps become visible in order.
CREATE TABLE tallyfold.heads (
    position BIGINT PRIMARY KEY,
    chain BYTEA NOT NULL,
    streams BIGINT NOT NULL,
    ids BIGINT NOT NULL,
    stamped BIGINT NOT NULL,
    digest BYTEA NOT NULL
);

CREATE TABLE tallyfold.checkpoints (
    consumer TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    digest BYTEA NOT NULL
);

-- What was delivered to a consumer, each under a key that says what it was.
CREATE TABLE tallyfold.deliveries (
    consumer TEXT NOT NULL,
    key BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (consumer, key)
);

-- A cache of what services answered, by the position of the event, with a digest over both.
CREATE TABLE tallyfold.answers (
    position BIGINT PRIMARY KEY,
    answer BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

-- A cache: every row may be deleted at any time. `parts` names the parts that belong to it: for
-- each the version at which it was written, in eight bytes, and its digest.
CREATE TABLE tallyfold.snapshots (
    stream BIGINT PRIMARY KEY,
    stamp TEXT NOT NULL,
    position BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    parts BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

-- Parts that no snapshot names are left over from one that was not finished.
CREATE TABLE tallyfold.snapshot_parts (
    stream BIGINT NOT NULL,
    part BIGINT NOT NULL,
    written BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (stream, part, written)
);
