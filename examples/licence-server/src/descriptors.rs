//! File descriptors: each connection needs one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{debug, warn};

/// What the store, the log and the webhook need beside the connections.
const OTHERS: usize = 128;

/// Takes as many as the system allows, and says where they are too few for so many connections.
pub(crate) fn take(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, most) {
        debug!(%error, "the limit of file descriptors stays as it is");
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let wanted = connections.saturating_add(OTHERS) as u64;
    if current < wanted {
        warn!(
            "{current} file descriptors are too few for {connections} connections: raise the limit \
             (`ulimit -n {wanted}`), or lower --max-connections"
        );
    }
}
