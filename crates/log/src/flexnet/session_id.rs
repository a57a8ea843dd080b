//! Session ids: the same for the same check-out, whatever is imported with it.
//!
//! `20260302T080000-1f2e3d4c`: the instant of the check-out in UTC, and the first eight hexadecimal
//! digits of the SHA-256 of server, feature, user, host and ordinal, with a tab between. The ordinal
//! counts the check-outs of one second that are the same otherwise, from 1.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, Timelike};
use sha2::{Digest, Sha256};
use tallyfold_core::Name;

use super::names::Connection;

/// How long what the caller puts before each id may be, in bytes.
pub(super) const MAX_PREFIX_BYTES: usize = 200;

/// Makes the tags of one second after another.
#[derive(Debug, Default)]
pub(super) struct Tags {
    second: i64,
    same: HashMap<(usize, u32), u32>,
    taken: HashSet<u32>,
}

impl Tags {
    /// The tag of the next check-out.
    pub(super) fn next(
        &mut self,
        second: i64,
        server: (usize, &str),
        connection: (u32, &Connection),
    ) -> u32 {
        if second != self.second {
            *self = Tags { second, ..Tags::default() };
        }
        let ordinal = self.same.entry((server.0, connection.0)).or_default();
        *ordinal += 1;
        let (mut ordinal, connection) = (*ordinal, connection.1);
        loop {
            let tag = tag(server.1, connection, ordinal);
            if self.taken.insert(tag) {
                return tag;
            }
            ordinal = ordinal.wrapping_add(1 << 16);
        }
    }
}

fn tag(server: &str, connection: &Connection, ordinal: u32) -> u32 {
    let Connection { feature, user, host, .. } = connection;
    let text = format!("{server}\t{feature}\t{user}\t{host}\t{ordinal}");
    let digest = Sha256::digest(text.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// The id of a session.
pub(super) fn session_id(prefix: &str, second: i64, tag: u32) -> Name<'static> {
    let at = DateTime::from_timestamp(second, 0).unwrap_or_default();
    let day = (at.year() * 100 + at.month().cast_signed()) * 100 + at.day().cast_signed();
    let time = (at.hour() * 100 + at.minute()) * 100 + at.second();
    Name::new(format!("{prefix}{day}T{time:06}-{tag:08x}"))
        .expect("the prefix was checked, the rest is short")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_can_be_made_again_with_standard_tools() {
        let connection = Connection {
            daemon: 0,
            feature: "87545ACD_2022_0F".into(),
            user: "ana".into(),
            host: "pc1".into(),
        };
        let mut tags = Tags::default();
        let mut next = |second, server| tags.next(second, (0, server), (0, &connection));
        let first = next(1_772_438_400, "licsrv");
        let id = session_id("x/", 1_772_438_400, first);
        // printf 'licsrv\t87545ACD_2022_0F\tana\tpc1\t1' | sha256sum
        assert_eq!(id.as_str(), "x/20260302T080000-087021e8");
        assert_ne!(next(1_772_438_400, "licsrv"), first, "the second of the same kind");
        assert_eq!(next(1_772_438_401, "licsrv"), first, "a later second begins anew");
        assert_ne!(next(1_772_438_402, "other"), first);
    }
}
