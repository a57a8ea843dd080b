-- From schema 2 to 3: schema 2 kept the bodies of parts beside their keys, so a look-up read every body
-- on its way. Now an index without bodies finds them.

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
