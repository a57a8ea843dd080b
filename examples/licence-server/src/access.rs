//! Who may do what. A handler that takes an [`OwnAccount`] or [`Admin`] cannot be reached without.
//!
//! An account that is not the caller's is refused before anything is looked up, so that nobody
//! learns which accounts exist.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tallyfold_core::Name;
use tallyfold_store::{Clock, SystemClock};

use crate::input::Segments;
use crate::keys::{Holder, Keys, KeysFile, Refused, Scope};
use crate::problem::Problem;
use crate::serve::Shared;

/// The keys as they are now; read anew on demand.
#[derive(Debug)]
pub(crate) struct Gate {
    file: KeysFile,
    keys: RwLock<Keys>,
}

impl Gate {
    pub(crate) fn new(file: KeysFile) -> anyhow::Result<Gate> {
        let keys = RwLock::new(file.read()?);
        Ok(Gate { file, keys })
    }

    /// Reads the file again. A file that cannot be read, or lacks a key that is known, changes
    /// nothing.
    pub(crate) fn reload(&self) -> anyhow::Result<usize> {
        let keys = self.file.read_again(&self.known())?;
        let count = keys.len();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(count)
    }

    pub(crate) fn len(&self) -> usize {
        self.known().len()
    }

    fn known(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn caller(&self, key: &str) -> Result<Caller, Problem> {
        let keys = self.known();
        let issued = keys.of(key, SystemClock.now()).map_err(|refused| match refused {
            Refused::Unknown => nobody(),
            Refused::Expired(at) => Problem::unauthenticated(format!("the key ended at {at}")),
        });
        let (key, issued) = issued?;
        Ok(Caller { key: key.to_owned(), holder: issued.holder.clone(), scope: issued.scope })
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The public part of the key.
    pub(crate) key: String,
    holder: Holder,
    scope: Scope,
}

/// Lets nobody through without a key, nor past what the key is good for.
pub(crate) async fn authenticate(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = shared.gate.caller(bearer(request.headers()).ok_or_else(nobody)?)?;
    tracing::Span::current().record("key", &caller.key);
    if caller.scope == Scope::ReadOnly && !request.method().is_safe() {
        return Err(Problem::forbidden("it is a key that records nothing"));
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The key that a request carries, if it carries one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut keys = headers.get_all(AUTHORIZATION).iter();
    let (key, None) = (keys.next()?, keys.next()) else { return None };
    let (scheme, key) = key.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn nobody() -> Problem {
    Problem::unauthenticated("no key, or none that is valid")
}

/// The account that the path names, which is the caller's own, or the caller is an admin.
pub(crate) struct OwnAccount(pub(crate) Name<'static>);

/// The caller is an admin.
pub(crate) struct Admin;

fn holder(parts: &Parts) -> Result<&Holder, Problem> {
    let caller = parts.extensions.get::<Caller>();
    caller.map(|it| &it.holder).ok_or_else(|| Problem::unauthenticated("no key was looked at"))
}

impl<S: Send + Sync> FromRequestParts<S> for OwnAccount {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<OwnAccount, Problem> {
        let path = Segments::<BTreeMap<String, String>>::from_request_parts(parts, state).await?;
        let account = path.0.get("account").map(String::as_str).unwrap_or_default();
        match holder(parts)? {
            Holder::Account(own) if own.as_str() == account => Ok(OwnAccount(own.clone())),
            Holder::Account(_) => Err(Problem::forbidden("it is the key of another account")),
            Holder::Admin => {
                let account = Name::new(account.to_owned());
                account.map(OwnAccount).map_err(Problem::malformed)
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Admin, Problem> {
        match holder(parts)? {
            Holder::Admin => Ok(Admin),
            Holder::Account(_) => Err(Problem::forbidden("only an admin may do this")),
        }
    }
}
