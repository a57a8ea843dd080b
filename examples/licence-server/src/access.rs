//! Who may do what. A handler that takes an [`OwnAccount`] or [`Admin`] cannot be reached without.
//!
//! An account that is not the caller's is refused before anything is looked up, so that nobody
//! learns which accounts exist.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use tallyfold_core::Name;

use crate::input::{Segments, with_body_read};
use crate::keys::{Holder, Keys, KeysFile};
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

    /// Reads the file again. A file that cannot be read changes nothing.
    pub(crate) fn reload(&self) -> anyhow::Result<usize> {
        let keys = self.file.read()?;
        let count = keys.len();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(count)
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn caller(&self, key: &str) -> Option<Caller> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (key, holder) = keys.holder(key)?;
        Some(Caller { key: key.to_owned(), holder: holder.clone() })
    }
}

/// Who asks.
#[derive(Clone, Debug)]
struct Caller {
    /// The public part of the key.
    key: String,
    holder: Holder,
}

/// Lets nobody through without a key.
pub(crate) async fn authenticate(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(|header| header.split_once(' '));
    let bearer = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let caller = bearer.and_then(|(_, key)| shared.gate.caller(key.trim()));
    let caller = caller.ok_or_else(|| Problem::unauthenticated("no key, or none that is valid"))?;
    tracing::Span::current().record("key", &caller.key);
    let mut request = with_body_read(request).await?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
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
