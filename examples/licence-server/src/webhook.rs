//! Notices, posted to whoever sends mail: each until it is taken, so at least once.
//!
//! Whoever must not send twice remembers the header `Idempotency-Key`, which is the same whenever a
//! notice comes again.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tallyfold_core::Record;
use tallyfold_log::write_record;
use tallyfold_store::{AsyncLedgerService, StoreError};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::lines_file::LinesFile;
use crate::settings::{WebhookArgs, WebhookFrom};

/// Whose checkpoint it is.
const SUBSCRIBER: &str = "webhook";
/// How long a notice waits after it was not taken, at first and at most.
const WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_mins(1));
/// How long the other end may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The other end.
#[derive(Clone)]
pub(crate) struct Webhook {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
    from: WebhookFrom,
    dead_letters: LinesFile,
    due_every: Duration,
}

/// What became of a notice.
enum Posted {
    Taken,
    /// The other end will never take it.
    Refused(StatusCode),
}

/// A notice that was refused for good, as the file of dead letters has it.
#[derive(Serialize)]
struct DeadLetter<'a> {
    status: u16,
    idempotency_key: &'a str,
    notice: &'a RawValue,
}

impl Webhook {
    /// The other end that was set, if one was.
    pub(crate) fn of(args: WebhookArgs) -> anyhow::Result<Option<Webhook>> {
        let WebhookArgs { url, token, from, dead_letters, due_minutes } = args;
        let Some(url) = url else { return Ok(None) };
        let parsed: axum::http::Uri = url.parse().context("--webhook is no URL")?;
        anyhow::ensure!(
            parsed.scheme_str() == Some("http"),
            "--webhook is an http URL: let a proxy on this machine speak TLS"
        );
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false);
        let due_every = Duration::from_secs(u64::from(due_minutes.max(1)) * 60);
        let agent = config.max_redirects(0).build().into();
        let dead_letters = LinesFile::new(dead_letters);
        Ok(Some(Webhook { agent, url, token, from, dead_letters, due_every }))
    }

    /// Passes over what happened before now, where that is wanted and nothing was ever posted.
    pub(crate) async fn begin(&self, ledger: &AsyncLedgerService) -> Result<(), StoreError> {
        match self.from {
            WebhookFrom::Start => Ok(()),
            WebhookFrom::Now => {
                ledger.run(|service| service.notices_from_now(SUBSCRIBER).map(|_| ())).await
            }
        }
    }

    /// Posts notices until it is told to end, and then finishes the one that is being posted: it
    /// would be posted again.
    pub(crate) async fn deliver(self, ledger: AsyncLedgerService, end: Arc<Notify>) {
        while let Err(error) = self.deliver_some(&ledger, &end).await {
            tracing::error!(%error, "notices cannot be read");
            tokio::select! {
                () = sleep(WAIT.1) => {}
                () = end.notified() => return,
            }
        }
    }

    async fn deliver_some(
        &self,
        ledger: &AsyncLedgerService,
        end: &Notify,
    ) -> Result<(), StoreError> {
        let mut notices = ledger.notices(SUBSCRIBER, self.due_every);
        let mut wait = WAIT.0;
        loop {
            let next = tokio::select! {
                next = notices.next() => next?,
                () = end.notified() => return Ok(()),
            };
            let Some(delivery) = next else { return Ok(()) };
            let posted = self.post(delivery.notice()).await;
            let outcome = match &posted {
                Ok(Posted::Taken) => "taken",
                Ok(Posted::Refused(_)) => "refused",
                Err(_) => "not_taken",
            };
            metrics::counter!("licence_server_notices_total", "outcome" => outcome).increment(1);
            match posted {
                Ok(_) => {
                    delivery.done();
                    wait = WAIT.0;
                }
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "a notice was not taken");
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = end.notified() => return Ok(()),
                    }
                    wait = WAIT.1.min(wait * 2);
                }
            }
        }
    }

    /// Posts a notice. One that is refused for good is kept, so that it does not hold up the others.
    async fn post(&self, notice: &Record<'_>) -> anyhow::Result<Posted> {
        let (line, key) = line_of(notice)?;
        let webhook = self.clone();
        let posted = spawn_blocking(move || {
            let posted = webhook.post_line(&line, &key)?;
            if let Posted::Refused(status) = posted {
                webhook.keep(status, &line, &key)?;
            }
            Ok(posted)
        });
        posted.await?
    }

    fn post_line(&self, line: &str, key: &str) -> anyhow::Result<Posted> {
        let mut request = self
            .agent
            .post(&self.url)
            .content_type("application/json")
            .header("Idempotency-Key", key);
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        match request.send(line)?.status() {
            status if status.is_success() => Ok(Posted::Taken),
            status if is_for_good(status) => Ok(Posted::Refused(status)),
            status => bail!("the answer was {status}"),
        }
    }

    fn keep(&self, status: StatusCode, line: &str, key: &str) -> anyhow::Result<()> {
        let (path, notice) = (self.dead_letters.path().display(), serde_json::from_str(line)?);
        let letter = DeadLetter { status: status.as_u16(), idempotency_key: key, notice };
        let letter = format!("{}\n", serde_json::to_string(&letter)?);
        let kept = self.dead_letters.append(letter.as_bytes());
        kept.with_context(|| format!("cannot write {path}"))?;
        tracing::error!(%status, "a notice was refused for good; it is in {path}");
        Ok(())
    }
}

/// Whether the other end says that this notice is what is wrong, and not the time, the token, or the
/// address.
fn is_for_good(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::GONE
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY
    )
}

/// A notice as the journal has it, and its digest, by which it is known again.
fn line_of(notice: &Record<'_>) -> anyhow::Result<(String, String)> {
    let mut line = Vec::new();
    write_record(&mut line, notice)?;
    let key = Sha256::digest(&line).iter().fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    });
    Ok((String::from_utf8(line)?, key))
}
