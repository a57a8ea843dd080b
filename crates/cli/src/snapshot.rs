//! What a replay keeps for the next one, which goes on from there.
//!
//! A file of three parts: [`MAGIC`] and the two versions of [`VERSIONS`], as little-endian numbers
//! of 32 bits; the SHA-256 of the third part; and [`Saved`], as postcard writes it.

use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tallyfold_core::{Consumer, Finding, LogFoldSnapshot, Preset, Snapshot};
use tallyfold_engine::{DeniedOpens, Folded, Paused, PausedParts, Prefix};
use tallyfold_log::{FindingKind, FindingLine};

use crate::hash_key;
use crate::output::Output;
use crate::tally::Tally;

const MAGIC: &[u8] = b"tallyfold replay\n";
/// Of this file, and of the state that it holds.
const VERSIONS: [u32; 2] = [3, Snapshot::VERSION];
/// The length of a SHA-256.
const DIGEST_BYTES: usize = 32;

/// All that the rest of a replay can ask of the part before it.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    first_rulebook: Preset,
    prefix: Prefix,
    fold: LogFoldSnapshot<'a>,
    tally: Cow<'a, Tally>,
    denied_opens: Cow<'a, DeniedOpens>,
    findings: Vec<SavedFinding>,
}

/// A finding: line, kind unless it is malformed, account, message, and column.
type SavedFinding = (u64, Option<Finding>, Option<String>, String, Option<u64>);

/// A replay that was saved, to go on from.
pub(crate) struct Start {
    pub(crate) paused: Paused,
    pub(crate) tally: Tally,
}

/// Writes a snapshot in place of the one before it, if there was one: whole or not at all.
pub(crate) fn save<J>(
    mut out: Output,
    first_rulebook: Preset,
    folded: &mut Folded<(Option<Tally>, J)>,
) -> anyhow::Result<()>
where
    (Option<Tally>, J): Consumer,
{
    let (parts, (tally, _)) = folded.pause().context("an as-of cannot be gone on from")?;
    let PausedParts { prefix, fold, denied_opens, findings } = parts;
    let tally = tally.as_ref().map_or_else(Cow::default, Cow::Borrowed);
    let denied_opens = Cow::Borrowed(denied_opens);
    let findings = findings.iter().map(saved).collect();
    let saved = Saved { first_rulebook, prefix, fold, tally, denied_opens, findings };
    write(&mut out, &saved).with_context(|| out.cannot_write())?;
    out.finish()
}

fn write(out: &mut Output, saved: &Saved<'_>) -> anyhow::Result<()> {
    let body = postcard::to_stdvec(saved)?;
    out.write_all(MAGIC)?;
    for version in VERSIONS {
        out.write_all(&version.to_le_bytes())?;
    }
    out.write_all(&Sha256::digest(&body))?;
    out.write_all(&body)?;
    Ok(())
}

/// Reads a snapshot that was saved under this first rulebook.
pub(crate) fn load(path: &Path, first_rulebook: Preset) -> anyhow::Result<Start> {
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let start = body(&file).and_then(|body| start(body, first_rulebook));
    start.with_context(|| unusable(path))
}

/// What every refusal of a snapshot is introduced with.
pub(crate) fn unusable(path: &Path) -> String {
    format!("cannot go on from {}", path.display())
}

fn start(body: &[u8], first_rulebook: Preset) -> anyhow::Result<Start> {
    let saved: Saved<'_> = postcard::from_bytes(body).map_err(|_| damaged())?;
    ensure!(saved.first_rulebook == first_rulebook, "it was saved under another --rulebook");
    let (denied_opens, tally) = (saved.denied_opens.into_owned(), saved.tally.into_owned());
    let findings = saved.findings.into_iter().map(restored).collect();
    let key = hash_key::drawn();
    let paused = Paused::restore(saved.prefix, saved.fold, denied_opens, findings, key)?;
    Ok(Start { paused, tally })
}

/// What is in a file, once its versions and its digest are right.
fn body(file: &[u8]) -> anyhow::Result<&[u8]> {
    let rest = file.strip_prefix(MAGIC).context("it is not a snapshot of a replay")?;
    let (versions, rest) = rest.split_at_checked(4 * VERSIONS.len()).ok_or_else(damaged)?;
    for (written, known) in versions.as_chunks().0.iter().zip(VERSIONS) {
        let written = u32::from_le_bytes(*written);
        if written != known {
            let (age, advice) = match written > known {
                true => ("a newer", "use that one"),
                false => ("an older", "save it anew"),
            };
            bail!("it was written by {age} tallyfold; {advice}, or leave out --from-snapshot");
        }
    }
    let (digest, body) = rest.split_at_checked(DIGEST_BYTES).ok_or_else(damaged)?;
    ensure!(*digest == *Sha256::digest(body), damaged());
    Ok(body)
}

fn damaged() -> anyhow::Error {
    anyhow!("it is damaged; leave out --from-snapshot")
}

fn saved(finding: &FindingLine) -> SavedFinding {
    let FindingLine { line, kind, account, message, column } = finding.clone();
    let kind = match kind {
        FindingKind::Malformed => None,
        FindingKind::Finding(finding) => Some(finding),
    };
    (line, kind, account, message, column.map(|column| column as u64))
}

fn restored((line, kind, account, message, column): SavedFinding) -> FindingLine {
    let kind = kind.map_or(FindingKind::Malformed, FindingKind::Finding);
    let column = column.and_then(|column| usize::try_from(column).ok());
    FindingLine { line, kind, account, message, column }
}
