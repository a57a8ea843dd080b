//! API keys: issued once, kept as digests.
//!
//! A key is `tfk_<public part>_<secret part>`. The file is only ever appended to: a line for each
//! key that was issued, and one for each that was revoked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tallyfold_core::Name;

const PREFIX: &str = "tfk_";

/// Who holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holder {
    /// May do everything, in every account.
    Admin,
    /// May use and read this account, and no other.
    Account(Name<'static>),
}

/// A line of the keys file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Issued { key: String, holder: Holder, sha256: String },
    Revoked { key: String },
}

/// The keys that are worth something.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, Issued>);

#[derive(Debug)]
struct Issued {
    holder: Holder,
    digest: [u8; 32],
}

impl Keys {
    /// The public part of a key and who holds it; none for a key that was never issued, or was
    /// revoked. Takes as long for a wrong secret as for the right one.
    pub(crate) fn holder(&self, key: &str) -> Option<(&str, &Holder)> {
        let (public, _) = key.strip_prefix(PREFIX)?.split_once('_')?;
        let (public, issued) = self.0.get_key_value(public)?;
        let is_right: bool = digest(key).ct_eq(&issued.digest).into();
        is_right.then_some((public.as_str(), &issued.holder))
    }

    /// A line for each key: public part and holder.
    pub(crate) fn list(&self) -> String {
        let mut list = String::new();
        for (key, issued) in &self.0 {
            let _ = match &issued.holder {
                Holder::Admin => writeln!(list, "{key}  admin"),
                Holder::Account(account) => writeln!(list, "{key}  account {account}"),
            };
        }
        list
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn take(&mut self, line: Line) -> anyhow::Result<()> {
        match line {
            Line::Issued { key, holder, sha256 } => {
                let digest = from_hex(&sha256).context("`sha256` is not 64 hexadecimal digits")?;
                self.0.insert(key, Issued { holder, digest });
            }
            Line::Revoked { key } => {
                self.0.remove(&key);
            }
        }
        Ok(())
    }
}

/// The file that keeps them.
#[derive(Clone, Debug)]
pub(crate) struct KeysFile(PathBuf);

impl KeysFile {
    pub(crate) fn new(path: PathBuf) -> KeysFile {
        KeysFile(path)
    }

    /// Reads all keys; none where there is no file yet.
    pub(crate) fn read(&self) -> anyhow::Result<Keys> {
        let path = self.0.display();
        let text = match std::fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
        };
        let mut keys = Keys::default();
        for (number, line) in (1..).zip(text.lines()) {
            let taken = serde_json::from_str(line).map_err(Into::into);
            taken
                .and_then(|line| keys.take(line))
                .with_context(|| format!("{path}, line {number}, is no line of a keys file"))?;
        }
        Ok(keys)
    }

    /// Issues a key and answers it.
    pub(crate) fn issue(&self, holder: Holder) -> anyhow::Result<String> {
        let mut random = [0; 40];
        getrandom::fill(&mut random).context("the system has no random numbers")?;
        let (public, secret) = random.split_at(8);
        let (public, secret) = (hex(public), hex(secret));
        let key = format!("{PREFIX}{public}_{secret}");
        self.append(&Line::Issued { key: public, holder, sha256: hex(&digest(&key)) })?;
        Ok(key)
    }

    /// Makes a key worthless.
    pub(crate) fn revoke(&self, public: &str) -> anyhow::Result<()> {
        if !self.read()?.0.contains_key(public) {
            bail!("no key `{public}` is in {}; `key list` prints them all", self.0.display());
        }
        self.append(&Line::Revoked { key: public.to_owned() })
    }

    fn append(&self, line: &Line) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = open_to_append(&self.0).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.with_context(|| format!("cannot write {}", self.0.display()))
    }
}

/// Digests cannot be turned back into keys, but who holds which is nobody else's business.
fn open_to_append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A secret part has 256 random bits, so that a plain digest of it cannot be guessed back.
fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, place) in bytes.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (KeysFile, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (KeysFile::new(folder.path().join("keys.jsonl")), folder)
    }

    fn acme() -> Holder {
        Holder::Account(Name::new("acme").unwrap())
    }

    #[test]
    fn a_key_tells_its_holder_until_it_is_revoked() {
        let (file, _folder) = file();
        let (admin, account) = (file.issue(Holder::Admin).unwrap(), file.issue(acme()).unwrap());
        let keys = file.read().unwrap();
        assert_eq!(keys.holder(&admin).unwrap().1, &Holder::Admin);
        let (public, holder) = keys.holder(&account).unwrap();
        assert_eq!(holder, &acme());
        file.revoke(public).unwrap();
        let keys = file.read().unwrap();
        assert_eq!(keys.holder(&account), None);
        assert!(keys.holder(&admin).is_some());
        assert!(file.revoke(public).is_err(), "it is gone already");
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
            assert_eq!(keys.holder(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_file_does_not_hold_the_keys() {
        let (file, _folder) = file();
        let key = file.issue(acme()).unwrap();
        let (_, secret) = key.rsplit_once('_').unwrap();
        assert!(!std::fs::read_to_string(&file.0).unwrap().contains(secret));
    }

    #[test]
    fn a_file_that_cannot_be_read_says_where() {
        let (file, _folder) = file();
        let short = r#"{"line":"issued","key":"a","holder":"admin","sha256":"ab"}"#;
        for wrong in ["{}", "nonsense", short] {
            std::fs::write(&file.0, wrong).unwrap();
            let error = format!("{:#}", file.read().unwrap_err());
            assert!(error.contains("keys.jsonl, line 1, is no line"), "{error}");
        }
    }
}
