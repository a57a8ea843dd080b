//! Logs of older formats, brought to the present one line by line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::line::{MAX_LINE_BYTES, parse_line};
use crate::malformed::{Malformed, Reason, excerpt};

/// A version of the log format. Whoever hands a log over says which: it is never guessed from a line.
///
/// Version 1 is what docs/events.md describes, and the only one so far. Version 0 is free for a format of
/// your own that was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatVersion(u32);

impl FormatVersion {
    /// Version 1.
    pub const V1: FormatVersion = FormatVersion(1);
    /// What readers read and writers write.
    pub const CURRENT: FormatVersion = FormatVersion::V1;

    /// The version with this number.
    #[must_use]
    pub const fn new(number: u32) -> FormatVersion {
        FormatVersion(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    fn next(self) -> FormatVersion {
        FormatVersion(self.0.saturating_add(1))
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why an upcaster refuses a line: any error, for people.
pub type UpcastError = Box<dyn std::error::Error + Send + Sync>;

type Upcaster = dyn Fn(&[u8]) -> Result<Cow<'_, [u8]>, UpcastError> + Send + Sync;

/// Upcasters: from one version of the format to the next.
///
/// ```
/// use std::borrow::Cow;
/// use serde_json::{Map, Value};
/// use tallyfold_log::{FormatVersion, LogReader, UpcastError, Upcasters};
///
/// /// In our version 0 the account was called `team`.
/// fn rename_team(line: &[u8]) -> Result<Cow<'_, [u8]>, UpcastError> {
///     let mut fields: Map<String, Value> = serde_json::from_slice(line)?;
///     let team = fields.remove("team").ok_or("it has no `team`")?;
///     fields.insert("account".to_owned(), team);
///     Ok(serde_json::to_vec(&fields)?.into())
/// }
///
/// let v0 = FormatVersion::new(0);
/// let upcast = Upcasters::new().register(v0, rename_team).from_version(v0)?;
/// let log = r#"
/// {"type":"SessionClosed","at":"2026-01-05T09:00:00Z","team":"acme","session":"s1"}
/// {"type":"SessionClosed","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1"}
/// "#;
/// let mut reader = LogReader::new(log.as_bytes()).upcast(upcast);
/// let line = reader.next_line()?.ok_or("no line")?;
/// assert!(line.number == 2 && line.event.is_ok());
/// let line = reader.next_line()?.ok_or("no line")?;
/// assert_eq!(line.number, 3);
/// assert_eq!(line.event.unwrap_err().to_string(), "not a line of format 0: it has no `team`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Upcasters(BTreeMap<FormatVersion, Arc<Upcaster>>);

impl Upcasters {
    /// None: only the present format can be read.
    #[must_use]
    pub fn new() -> Upcasters {
        Upcasters::default()
    }

    /// Registers what makes a line of the next version of one of this version, in place of what was
    /// registered for it before.
    ///
    /// Line and answer come without terminator. What is answered must be one line; an empty one where the
    /// next version has nothing to say. A line that is refused is malformed.
    #[must_use]
    pub fn register<F>(mut self, from: FormatVersion, upcaster: F) -> Upcasters
    where
        F: Fn(&[u8]) -> Result<Cow<'_, [u8]>, UpcastError> + Send + Sync + 'static,
    {
        self.0.insert(from, Arc::new(upcaster));
        self
    }

    /// The way from a version to the present one; no step for the present one itself.
    ///
    /// # Errors
    ///
    /// [`NoUpcaster`] where a step is missing, or the version is newer than the present one.
    pub fn from_version(&self, version: FormatVersion) -> Result<Upcast, NoUpcaster> {
        let (mut steps, mut at) = (Vec::new(), version);
        while at != FormatVersion::CURRENT {
            let step = self.0.get(&at).filter(|_| at < FormatVersion::CURRENT);
            steps.push((at, step.ok_or(NoUpcaster { from: at })?.clone()));
            at = at.next();
        }
        Ok(Upcast { steps: steps.into() })
    }
}

impl fmt::Debug for Upcasters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upcasters").field(&self.0.keys()).finish()
    }
}

/// Nothing brings lines of a version to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "format {from} cannot be read: no upcaster from it is registered, and this version reads format {}",
    FormatVersion::CURRENT
)]
pub struct NoUpcaster {
    /// The version.
    pub from: FormatVersion,
}

/// The way from one version of the format to the present one, made by [`Upcasters::from_version`]. Clones
/// share it.
#[derive(Clone)]
pub struct Upcast {
    steps: Arc<[(FormatVersion, Arc<Upcaster>)]>,
}

/// Whether a line without its end is blank.
fn says_nothing(line: &[u8]) -> bool {
    line.iter().all(|byte| b" \t".contains(byte))
}

/// How far lines were brought to the present format.
pub(crate) struct Progress {
    /// How many bytes of the old lines were read.
    pub(crate) bytes: usize,
    /// How many lines that were.
    pub(crate) lines: u64,
    /// Why the last of them was refused; nothing was written for it.
    pub(crate) refused: Option<Malformed>,
}

impl Upcast {
    /// Whether there is nothing to do.
    pub(crate) fn is_identity(&self) -> bool {
        self.steps.is_empty()
    }

    /// A line as the present format says it. Both come without terminator.
    ///
    /// # Errors
    ///
    /// [`Malformed`] where an upcaster refuses it, or answers more than one line.
    pub fn line<'a>(&self, line: &'a [u8]) -> Result<Cow<'a, [u8]>, Malformed> {
        let mut line = Cow::Borrowed(line);
        for (version, step) in &*self.steps {
            if says_nothing(&line) {
                break;
            }
            let refused = |why: &dyn fmt::Display| {
                let (version, why) = (*version, excerpt(&why.to_string()));
                Malformed::somewhere(Reason::Refused { version, why })
            };
            line = match &line {
                Cow::Borrowed(line) => step(line).map_err(|why| refused(&why))?,
                Cow::Owned(line) => {
                    Cow::Owned(step(line).map_err(|why| refused(&why))?.into_owned())
                }
            };
            if line.contains(&b'\n') {
                return Err(refused(&"its upcaster answered several lines"));
            }
        }
        Ok(line)
    }

    /// Brings whole lines to the present format, one for one, up to the first that is refused.
    pub(crate) fn lines(&self, old: &[u8], new: &mut Vec<u8>) -> Progress {
        let mut progress = Progress { bytes: 0, lines: 0, refused: None };
        for whole in old.split_inclusive(|byte| *byte == b'\n') {
            progress.bytes += whole.len();
            progress.lines += 1;
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            match self.sound_line(line.strip_suffix(b"\r").unwrap_or(line)) {
                Ok(line) => new.extend_from_slice(&line),
                Err(refused) => {
                    progress.refused = Some(refused);
                    break;
                }
            }
            new.push(b'\n');
        }
        progress
    }

    /// A line as the present format says it, which is an event or blank. What is wrong with it is said
    /// here, because later nobody knows the old line: no column of the new one is told.
    fn sound_line<'a>(&self, old: &'a [u8]) -> Result<Cow<'a, [u8]>, Malformed> {
        if says_nothing(old) {
            return Ok(Cow::Borrowed(b""));
        }
        if old.len() > MAX_LINE_BYTES {
            return Err(Malformed::somewhere(Reason::TooLong));
        }
        let new = self.line(old)?;
        match parse_line(&new) {
            Err(_) if says_nothing(&new) => Ok(Cow::Borrowed(b"")),
            Err(malformed) if *new == *old => Err(malformed),
            Err(Malformed { reason, .. }) => Err(Malformed::somewhere(reason)),
            Ok(_) => Ok(new),
        }
    }
}

impl fmt::Debug for Upcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = self.steps.iter().map(|(version, _)| version);
        f.write_str("Upcast").and_then(|()| f.debug_list().entries(versions).finish())
    }
}
