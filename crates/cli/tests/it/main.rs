//! Everything put together: conformance, scenarios, laws of the fold, and the program itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod ahead;
mod cluster;
mod conformance;
mod crates;
mod definitions;
mod enums;
mod flexnet;
mod formats;
mod hostile;
mod meaning;
mod oracle;
mod outputs;
mod program;
mod reports;
mod resume;
mod scenario;
mod scenarios;
mod server;
mod snapshots;
mod store;
mod threads;
mod trees;

/// Says that something could not be tested, past the capture of the test's output.
fn skipped(what: &str) {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}\n");
}
