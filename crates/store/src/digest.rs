//! What a stored event is checked by: a digest of its own, and a chain over all of them.

use sha2::{Digest as _, Sha256};

use crate::place::{Position, Stream, Version};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The digest of an event: over its position, its stream, its version and its bytes. So an event
/// that was changed or moved is noticed when it is read.
///
/// Position and version are eight bytes each, little end first; then a byte for the kind of stream
/// (0 catalog, 1 account, 2 malformed), the length of the account's name in four bytes, the name,
/// and the line.
#[must_use]
pub fn digest_of(position: Position, stream: &Stream, version: Version, line: &[u8]) -> Digest {
    let account = stream.account().unwrap_or_default();
    let kind = match stream {
        Stream::Catalog => 0,
        Stream::Account(_) => 1,
        Stream::Malformed => 2u8,
    };
    let mut digest = Sha256::new();
    digest.update(position.get().to_le_bytes());
    digest.update(version.get().to_le_bytes());
    digest.update([kind]);
    digest.update((account.len() as u32).to_le_bytes());
    digest.update(account);
    digest.update(line);
    digest.finalize().into()
}

/// A digest over a log up to a position: of the digest before it and that of the next event.
///
/// Two logs with the same chain hold the same events in the same order. Whoever writes it down
/// outside of the store can tell later that nothing up to there was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain(pub Digest);

impl Chain {
    /// The chain of a log without events: all zero.
    pub const EMPTY: Chain = Chain([0; 32]);

    /// The chain one event further.
    #[must_use]
    pub fn then(self, event: &Digest) -> Chain {
        let mut digest = Sha256::new();
        digest.update(self.0);
        digest.update(event);
        Chain(digest.finalize().into())
    }
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
