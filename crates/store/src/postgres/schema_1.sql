-- As in the SQLite store: accounts have the numbers from 2; 0 is the catalog, 1 the malformed lines
-- of imported logs. Names are compared byte for byte.
CREATE TABLE tallyfold.streams (
    stream BIGINT PRIMARY KEY,
    account TEXT COLLATE "C" UNIQUE CHECK ((account IS NULL) = (stream < 2)),
    last BIGINT NOT NULL,
    version BIGINT NOT NULL
);

INSERT INTO tallyfold.streams VALUES (0, NULL, 0, 0), (1, NULL, 0, 0);

-- One row for each line of the log.
CREATE TABLE tallyfold.events (
    position BIGINT PRIMARY KEY,
    stream BIGINT NOT NULL,
    number BIGINT NOT NULL,
    line BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

CREATE INDEX events_by_stream ON tallyfold.events (stream, position);

CREATE TABLE tallyfold.ids (
    stream BIGINT NOT NULL,
    id BYTEA NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (stream, id)
);

-- One row: the chain over all events up to a position, and a digest over both. Whoever appends
-- locks it first, so that positions have no gaps and become visible in order.
CREATE TABLE tallyfold.head (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    position BIGINT NOT NULL,
    chain BYTEA NOT NULL,
    digest BYTEA NOT NULL
);

CREATE TABLE tallyfold.checkpoints (
    consumer TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);

-- A cache: every row may be deleted at any time.
CREATE TABLE tallyfold.snapshots (
    stream BIGINT PRIMARY KEY,
    stamp TEXT NOT NULL,
    position BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    digest BYTEA NOT NULL
);
