//! Serving: from an open store to a graceful end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tallyfold_core::{HashKey, Span};
use tallyfold_store::{AsyncLedgerService, LedgerService, ServiceSettings};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::{error, info, warn};

use crate::access::Gate;
use crate::keys::KeysFile;
use crate::limits::Limiter;
use crate::settings::ServeArgs;
use crate::webhook::Webhook;
use crate::{connections, descriptors, observe, routes, store};

/// How long the store may take to be closed, after the last request.
const CLOSING: Duration = Duration::from_secs(3);

/// How long the notice that is being posted may take, after the last request.
const LAST_NOTICE: Duration = Duration::from_secs(2);

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Shared {
    /// For what is answered at once.
    pub(crate) ledger: AsyncLedgerService,
    /// For what reads many events: on few threads, so that nobody else waits for them.
    pub(crate) reports: AsyncLedgerService,
    pub(crate) gate: Arc<Gate>,
    pub(crate) limiter: Limiter,
    pub(crate) metrics: PrometheusHandle,
    is_stopping: Arc<AtomicBool>,
}

impl Shared {
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}

/// Serves until it is told to stop.
pub(crate) fn run(args: ServeArgs, keys: KeysFile) -> anyhow::Result<()> {
    observe::start_log(&args.log, args.log_format)?;
    descriptors::take(args.limits.max_connections.get());
    let shared = shared(&args, keys)?;
    if shared.gate.len() == 0 {
        warn!("there is no API key yet: issue one with `key new`, then send SIGHUP");
    }
    let runtime = Runtime::new().context("cannot start the threads")?;
    let ledger = shared.ledger.clone();
    runtime.block_on(serve(args, shared))?;
    // Only what nobody waits for any more still runs now.
    runtime.shutdown_timeout(Duration::from_secs(1));
    close(ledger, CLOSING);
    info!("stopped");
    Ok(())
}

/// Keeps snapshots and closes the store, if that takes no longer than it may: a store that does not
/// answer does not keep the process. Nothing that was answered is lost then.
fn close(ledger: AsyncLedgerService, at_most: Duration) {
    let (done, is_done) = channel();
    thread::spawn(move || {
        let kept = ledger.service().keep_snapshots(at_most / 2);
        drop(ledger);
        // Who waited may have given up.
        let _ = done.send(kept);
    });
    match is_done.recv_timeout(at_most) {
        Ok(Ok(0)) => {}
        Ok(Ok(left)) => warn!(left, "no time was left to keep all snapshots"),
        Ok(Err(error)) => warn!(%error, "snapshots are not kept"),
        Err(_) => warn!("snapshots are not kept: the store does not answer in time"),
    }
}

fn shared(args: &ServeArgs, keys: KeysFile) -> anyhow::Result<Shared> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).context("the system has no random numbers")?;
    let settings = ServiceSettings::builder()
        .cached_accounts(args.cached_accounts.get())
        .hash_key(HashKey::new(key))
        .build();
    let deadline = Duration::from_secs(args.store_deadline_seconds.get().into());
    let service = Arc::new(LedgerService::new(store::open(&args.store, deadline)?, settings));
    look_at_clock(&service, args)?;
    Ok(Shared {
        ledger: AsyncLedgerService::new(service.clone(), args.threads),
        reports: AsyncLedgerService::new(service, args.report_threads),
        gate: Arc::new(Gate::new(keys)?),
        limiter: Limiter::new(&args.limits),
        metrics: observe::start_metrics()?,
        is_stopping: Arc::default(),
    })
}

/// Does not serve with a clock that cannot be right, unless somebody said that it is.
fn look_at_clock(service: &LedgerService, args: &ServeArgs) -> anyhow::Result<()> {
    if !args.accept_clock {
        service.check_clock(Span::days(args.clock_days)).context(
            "the clock may be wrong: set it, or, where it is right, start once with --accept-clock \
             (see \"Clocks\" in docs/operations.md)",
        )?;
    }
    service.accept_clock().context("the time cannot be noted")
}

/// Notes every hour what time it is, so that a time without events is not taken for a wrong clock.
async fn note_time(ledger: AsyncLedgerService) {
    loop {
        tokio::time::sleep(Duration::from_hours(1)).await;
        if let Err(error) = ledger.run(LedgerService::accept_clock).await {
            warn!(%error, "the time was not noted");
        }
    }
}

async fn serve(args: ServeArgs, shared: Shared) -> anyhow::Result<()> {
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
    let (address, store) = (listener.local_addr()?, shared.ledger.service().store().name());
    let router = routes::router(shared.clone(), args.limits.max_body_bytes);
    let stop = Stop::new(shared.clone())?;
    tokio::spawn(reload_keys(shared.gate.clone(), signal(SignalKind::hangup())?));
    tokio::spawn(observe::sum_up(shared.metrics.clone()));
    tokio::spawn(note_time(shared.ledger.clone()));
    let webhook = Webhook::of(args.webhook)?;
    if let Some(webhook) = &webhook {
        webhook.begin(&shared.ledger).await.context("the webhook cannot begin now")?;
    }
    let end = Arc::new(Notify::new());
    let webhook = webhook.map(|it| tokio::spawn(it.deliver(shared.ledger.clone(), end.clone())));
    info!(%address, store, keys = shared.gate.len(), "listening");

    let grace = Duration::from_secs(args.shutdown_seconds.into());
    connections::serve(listener, router, &args.limits, stop.asked_for(), grace).await;
    if let Some(mut webhook) = webhook {
        end.notify_one();
        if timeout(LAST_NOTICE, &mut webhook).await.is_err() {
            webhook.abort();
        }
    }
    Ok(())
}

/// What asks the service to stop.
struct Stop {
    shared: Shared,
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new(shared: Shared) -> anyhow::Result<Stop> {
        let (terminate, interrupt) = (SignalKind::terminate(), SignalKind::interrupt());
        Ok(Stop { shared, terminate: signal(terminate)?, interrupt: signal(interrupt)? })
    }

    async fn asked_for(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        self.shared.is_stopping.store(true, Ordering::Relaxed);
        info!("stopping: no new connections, requests in work are finished");
    }
}

async fn reload_keys(gate: Arc<Gate>, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        match gate.reload() {
            Ok(keys) => info!(keys, "read the keys anew"),
            Err(error) => {
                error!(error = format!("{error:#}"), "the keys stay as they were");
            }
        }
    }
}
