//! Notices, posted to whoever sends mail: each until it is taken, so at least once.
//!
//! Whoever must not send twice remembers the header `Idempotency-Key`, which is the same whenever a
//! notice comes again.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context;
use sha2::{Digest, Sha256};
use tallyfold_core::Record;
use tallyfold_log::write_record;
use tallyfold_store::{AsyncLedgerService, Delivery, StoreError};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::settings::WebhookArgs;

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
    due_every: Duration,
}

impl Webhook {
    /// The other end that was set, if one was.
    pub(crate) fn of(args: WebhookArgs) -> anyhow::Result<Option<Webhook>> {
        let Some(url) = args.url else { return Ok(None) };
        let parsed: axum::http::Uri = url.parse().context("--webhook is no URL")?;
        anyhow::ensure!(
            parsed.scheme_str() == Some("http"),
            "--webhook is an http URL: let a proxy on this machine speak TLS"
        );
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
        let due_every = Duration::from_secs(u64::from(args.due_minutes.max(1)) * 60);
        let agent = config.max_redirects(0).build().into();
        Ok(Some(Webhook { agent, url, token: args.token, due_every }))
    }

    /// Posts notices for ever.
    pub(crate) async fn deliver(self, ledger: AsyncLedgerService) {
        loop {
            match self.deliver_some(&ledger).await {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "notices cannot be read"),
            }
            sleep(WAIT.1).await;
        }
    }

    async fn deliver_some(&self, ledger: &AsyncLedgerService) -> Result<(), StoreError> {
        let mut notices = ledger.notices("webhook", self.due_every);
        let mut wait = WAIT.0;
        while let Some(delivery) = notices.next().await? {
            let posted = self.post(&delivery).await;
            let outcome = if posted.is_ok() { "taken" } else { "not_taken" };
            metrics::counter!("licence_server_notices_total", "outcome" => outcome).increment(1);
            match posted {
                Ok(()) => {
                    delivery.done();
                    wait = WAIT.0;
                }
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "a notice was not taken");
                    sleep(wait).await;
                    wait = WAIT.1.min(wait * 2);
                }
            }
        }
        Ok(())
    }

    async fn post(&self, delivery: &Delivery) -> anyhow::Result<()> {
        let (line, key) = line_of(delivery.notice())?;
        let webhook = self.clone();
        let posted = spawn_blocking(move || {
            let mut request = webhook
                .agent
                .post(&webhook.url)
                .content_type("application/json")
                .header("Idempotency-Key", key);
            if let Some(token) = &webhook.token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            request.send(&line[..])
        });
        let answer = posted.await??;
        anyhow::ensure!(answer.status().is_success(), "the answer was {}", answer.status());
        Ok(())
    }
}

/// A notice as the journal has it, and its digest, by which it is known again.
fn line_of(notice: &Record<'_>) -> anyhow::Result<(Vec<u8>, String)> {
    let mut line = Vec::new();
    write_record(&mut line, notice)?;
    let key = Sha256::digest(&line).iter().fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    });
    Ok((line, key))
}
