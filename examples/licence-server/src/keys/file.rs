//! The file that keeps the keys: a line for each that was issued, and for each change of one.

use std::path::PathBuf;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tallyfold_core::Timestamp;

use super::{Holder, Issued, Keys, PREFIX, Scope, digest, from_hex, hex};
use crate::lines_file::LinesFile;

/// A line of the keys file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
enum KeyLine {
    Issued {
        key: String,
        holder: Holder,
        sha256: String,
        #[serde(default, skip_serializing_if = "Scope::is_full")]
        scope: Scope,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    Revoked {
        key: String,
    },
    /// The key is worth nothing from this instant on; replaces what was said before.
    Expires {
        key: String,
        at: Timestamp,
    },
}

impl Keys {
    fn take(&mut self, line: KeyLine) -> anyhow::Result<()> {
        match line {
            KeyLine::Issued { key, holder, sha256, scope, expires_at } => {
                let digest = from_hex(&sha256).context("`sha256` is not 64 hexadecimal digits")?;
                let issued = Issued { holder, scope, expires_at, digest, is_revoked: false };
                if self.0.insert(key, issued).is_some() {
                    bail!("this key was issued before");
                }
            }
            KeyLine::Revoked { key } => self.known(&key)?.is_revoked = true,
            KeyLine::Expires { key, at } => self.known(&key)?.expires_at = Some(at),
        }
        Ok(())
    }

    fn known(&mut self, key: &str) -> anyhow::Result<&mut Issued> {
        self.0.get_mut(key).with_context(|| format!("no key `{key}` was issued above"))
    }
}

/// Where the keys are kept.
#[derive(Clone, Debug)]
pub(crate) struct KeysFile(LinesFile);

/// What is asked for with a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) holder: Holder,
    pub(crate) scope: Scope,
    pub(crate) expires_at: Option<Timestamp>,
}

impl KeysFile {
    pub(crate) fn new(path: PathBuf) -> KeysFile {
        KeysFile(LinesFile::new(path))
    }

    /// Reads all keys; none where there is no file yet.
    pub(crate) fn read(&self) -> anyhow::Result<Keys> {
        Ok(self.read_existing()?.unwrap_or_default())
    }

    /// Reads all keys of a file that exists.
    pub(super) fn read_existing(&self) -> anyhow::Result<Option<Keys>> {
        let path = self.0.path().display();
        let read = self.0.read().with_context(|| format!("cannot read {path}"))?;
        let Some(lines) = read else { return Ok(None) };
        let mut keys = Keys::default();
        for (number, line) in (1..).zip(lines.iter()) {
            let taken = serde_json::from_slice(line).map_err(Into::into);
            taken
                .and_then(|line| keys.take(line))
                .with_context(|| format!("{path}, line {number}, is no line of a keys file"))?;
        }
        if lines.is_torn() {
            tracing::warn!(
                "{path} ends within a line, which is passed over: it was never finished"
            );
        }
        Ok(Some(keys))
    }

    /// Reads the keys anew in place of others; never loses a key that was known.
    pub(crate) fn read_again(&self, known: &Keys) -> anyhow::Result<Keys> {
        let path = self.0.path().display();
        let Some(keys) = self.read_existing()? else {
            bail!("{path} is missing; `key revoke` is how a key ends")
        };
        if let Some(lost) = known.first_lost_in(&keys) {
            bail!("{path} lacks what it said of key `{lost}`; `key revoke` is how a key ends");
        }
        Ok(keys)
    }

    /// Issues a key and answers it.
    pub(crate) fn issue(&self, terms: Terms) -> anyhow::Result<String> {
        // Nothing is added to what cannot be read.
        self.read()?;
        let (key, line) = new_key(terms)?;
        self.append(&[line])?;
        Ok(key)
    }

    /// Issues a key in place of another, which ends at an instant, and answers it.
    pub(crate) fn rotate(
        &self,
        public: &str,
        ends_at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> anyhow::Result<String> {
        let keys = self.read()?;
        let old = self.worth_something(&keys, public)?;
        let (holder, scope) = (old.holder.clone(), old.scope);
        let (key, line) = new_key(Terms { holder, scope, expires_at })?;
        let at = old.expires_at.map_or(ends_at, |earlier| earlier.min(ends_at));
        self.append(&[line, KeyLine::Expires { key: public.to_owned(), at }])?;
        Ok(key)
    }

    /// Makes a key worthless.
    pub(crate) fn revoke(&self, public: &str) -> anyhow::Result<()> {
        self.worth_something(&self.read()?, public)?;
        self.append(&[KeyLine::Revoked { key: public.to_owned() }])
    }

    fn worth_something<'k>(&self, keys: &'k Keys, public: &str) -> anyhow::Result<&'k Issued> {
        let path = self.0.path().display();
        let issued = keys.0.get(public).filter(|key| !key.is_revoked);
        issued
            .with_context(|| format!("no key `{public}` is in {path}; `key list` prints them all"))
    }

    fn append(&self, lines: &[KeyLine]) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        let path = self.0.path().display();
        self.0.append(&bytes).with_context(|| format!("cannot write {path}"))
    }
}

/// A key and the line that keeps its digest.
fn new_key(terms: Terms) -> anyhow::Result<(String, KeyLine)> {
    let mut random = [0; 40];
    getrandom::fill(&mut random).context("the system has no random numbers")?;
    let (public, secret) = random.split_at(8);
    let (public, secret) = (hex(public), hex(secret));
    let key = format!("{PREFIX}{public}_{secret}");
    let Terms { holder, scope, expires_at } = terms;
    let sha256 = hex(&digest(&key));
    Ok((key, KeyLine::Issued { key: public, holder, sha256, scope, expires_at }))
}

#[cfg(test)]
mod tests {
    use tallyfold_core::{Name, Span};

    use super::*;
    use crate::keys::Refused;

    fn file() -> (KeysFile, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (KeysFile::new(folder.path().join("keys.jsonl")), folder)
    }

    fn admin() -> Terms {
        Terms { holder: Holder::Admin, scope: Scope::Full, expires_at: None }
    }

    fn acme() -> Terms {
        Terms { holder: Holder::Account(Name::new("acme").unwrap()), ..admin() }
    }

    fn now() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_key_tells_its_holder_until_it_is_revoked() {
        let (file, _folder) = file();
        let (admin, account) = (file.issue(admin()).unwrap(), file.issue(acme()).unwrap());
        let keys = file.read().unwrap();
        assert_eq!(keys.of(&admin, now()).unwrap().1.holder, Holder::Admin);
        let (public, issued) = keys.of(&account, now()).unwrap();
        assert_eq!(issued.holder, acme().holder);
        file.revoke(public).unwrap();
        let keys = file.read().unwrap();
        assert_eq!(keys.of(&account, now()).unwrap_err(), Refused::Unknown);
        assert!(keys.of(&admin, now()).is_ok());
        assert!(file.revoke(public).is_err(), "it is gone already");
    }

    #[test]
    fn a_rotated_key_and_its_successor_work_until_the_old_one_ends() {
        let (file, _folder) = file();
        let terms = Terms { scope: Scope::ReadOnly, ..acme() };
        let old = file.issue(terms.clone()).unwrap();
        let public = file.read().unwrap().of(&old, now()).unwrap().0.to_owned();
        let end = now() + Span::days(7);
        let new = file.rotate(&public, end, None).unwrap();
        let keys = file.read().unwrap();
        let (_, issued) = keys.of(&new, end).unwrap();
        assert_eq!((&issued.holder, issued.scope), (&terms.holder, terms.scope));
        assert!(keys.of(&old, end - Span::from_nanos(1)).is_ok());
        assert_eq!(keys.of(&old, end).unwrap_err(), Refused::Expired(end));
        file.rotate(&public, end + Span::days(1), None).unwrap();
        let keys = file.read().unwrap();
        assert_eq!(keys.of(&old, end).unwrap_err(), Refused::Expired(end), "not any later");
    }

    #[test]
    fn what_is_no_key_has_no_holder() {
        let (file, _folder) = file();
        let key = file.issue(acme()).unwrap();
        let keys = file.read().unwrap();
        let public = &key[..key.rfind('_').unwrap()];
        let shorter = &key[..key.len() - 1];
        let other = format!("{public}_{}", "0".repeat(64));
        for wrong in ["", "tfk_", "tfk__", public, shorter, &other, &format!("{key}0")] {
            assert_eq!(keys.of(wrong, now()).unwrap_err(), Refused::Unknown, "{wrong}");
        }
    }

    #[test]
    fn the_file_does_not_hold_the_keys() {
        let (file, _folder) = file();
        let key = file.issue(acme()).unwrap();
        let (_, secret) = key.rsplit_once('_').unwrap();
        assert!(!std::fs::read_to_string(file.0.path()).unwrap().contains(secret));
    }

    #[test]
    fn a_file_that_cannot_be_read_says_where() {
        let (file, _folder) = file();
        let short = r#"{"line":"issued","key":"a","holder":"admin","sha256":"ab"}"#;
        for wrong in ["{}", "nonsense\n", short, r#"{"line":"revoked","key":"a"}"#] {
            std::fs::write(file.0.path(), wrong).unwrap();
            let error = format!("{:#}", file.read().unwrap_err());
            assert!(error.contains("keys.jsonl, line 1, is no line"), "{error}");
            assert!(file.issue(admin()).is_err(), "nothing is added to it");
        }
    }

    #[test]
    fn a_torn_last_line_stops_neither_reading_nor_revoking() {
        let (file, _folder) = file();
        let key = file.issue(acme()).unwrap();
        let mut bytes = std::fs::read(file.0.path()).unwrap();
        bytes.extend_from_slice(br#"{"line":"issued","key":"dead"#);
        std::fs::write(file.0.path(), &bytes).unwrap();
        let keys = file.read().unwrap();
        let (public, _) = keys.of(&key, now()).unwrap();
        file.revoke(public).unwrap();
        assert_eq!(file.read().unwrap().of(&key, now()).unwrap_err(), Refused::Unknown);
    }

    #[test]
    fn no_key_and_no_revocation_is_lost_by_reading_anew() {
        let (file, _folder) = file();
        let [first, _, third] = [(); 3].map(|()| file.issue(acme()).unwrap());
        let keys = file.read().unwrap();
        file.revoke(keys.of(&third, now()).unwrap().0).unwrap();
        let known = file.read().unwrap();
        let whole = std::fs::read_to_string(file.0.path()).unwrap();
        for lines in 0..4 {
            let fewer: String = whole.split_inclusive('\n').take(lines).collect();
            std::fs::write(file.0.path(), fewer).unwrap();
            let error = file.read_again(&known).unwrap_err().to_string();
            assert!(error.contains("lacks what it said of key"), "{error}");
        }
        std::fs::remove_file(file.0.path()).unwrap();
        let error = file.read_again(&known).unwrap_err().to_string();
        assert!(error.contains("is missing"), "{error}");
        std::fs::write(file.0.path(), whole).unwrap();
        assert!(file.read_again(&known).unwrap().of(&first, now()).is_ok());
    }
}
