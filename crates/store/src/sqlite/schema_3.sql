-- From schema 2 to 3: the parts of snapshots are found by an index without their bodies. In the tree
-- of schema 2 every look-up read the whole of each part that it was compared with.

DROP TABLE snapshot_parts;
DELETE FROM snapshots;

-- Parts that no snapshot names are left over from one that was not finished.
CREATE TABLE snapshot_parts (
    stream INTEGER NOT NULL,
    part INTEGER NOT NULL,
    written INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (stream, part, written)
) STRICT;
