//! API keys: issued once, kept as digests.
//!
//! A key is `tfk_<public part>_<secret part>`. The file is only ever appended to.

mod file;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tallyfold_core::{Name, Timestamp};

pub(crate) use file::{KeysFile, Terms};

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

/// What a key is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Everything that its holder may do.
    #[default]
    Full,
    /// To look, and to record nothing.
    ReadOnly,
}

impl Scope {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_full(&self) -> bool {
        *self == Scope::Full
    }
}

/// All keys that were ever issued, by their public parts.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, Issued>);

/// A key that was issued.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) holder: Holder,
    pub(crate) scope: Scope,
    /// From this instant on it is worth nothing.
    expires_at: Option<Timestamp>,
    digest: [u8; 32],
    is_revoked: bool,
}

/// Why a key opens nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was never issued, or was revoked.
    Unknown,
    Expired(Timestamp),
}

impl Keys {
    /// The public part of a key and what was issued. Takes as long for a wrong secret as for the
    /// right one.
    pub(crate) fn of(&self, key: &str, now: Timestamp) -> Result<(&str, &Issued), Refused> {
        let public = key.strip_prefix(PREFIX).and_then(|key| key.split_once('_'));
        let known = public.and_then(|(public, _)| self.0.get_key_value(public));
        let (public, issued) = known.ok_or(Refused::Unknown)?;
        let is_right: bool = digest(key).ct_eq(&issued.digest).into();
        match issued.expires_at.filter(|at| *at <= now) {
            _ if !is_right || issued.is_revoked => Err(Refused::Unknown),
            Some(at) => Err(Refused::Expired(at)),
            None => Ok((public, issued)),
        }
    }

    /// A line for each key that was not revoked: public part, holder, and what limits it.
    pub(crate) fn list(&self) -> String {
        let mut list = String::new();
        for (key, issued) in self.0.iter().filter(|(_, issued)| !issued.is_revoked) {
            let _ = match &issued.holder {
                Holder::Admin => write!(list, "{key}  admin"),
                Holder::Account(account) => write!(list, "{key}  account {account}"),
            };
            if issued.scope == Scope::ReadOnly {
                list.push_str(", read-only");
            }
            if let Some(at) = issued.expires_at {
                let _ = write!(list, ", until {at}");
            }
            list.push('\n');
        }
        list
    }

    /// How many were not revoked.
    pub(crate) fn len(&self) -> usize {
        self.0.values().filter(|issued| !issued.is_revoked).count()
    }

    /// The first key that others do not know, or whose revocation they do not.
    fn first_lost_in(&self, others: &Keys) -> Option<&str> {
        let is_kept = |key: &str, issued: &Issued| {
            let other = others.0.get(key);
            other.is_some_and(|it| it.digest == issued.digest && it.is_revoked >= issued.is_revoked)
        };
        self.0.iter().find(|(key, issued)| !is_kept(key, issued)).map(|(key, _)| key.as_str())
    }
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
