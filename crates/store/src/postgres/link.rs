//! Connections to a server: where it is, how many there are, and what happens when they are lost.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime as PoolRuntime, Timeouts,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::deadline::Deadline;
use super::error::{Answer, ServerError};
use super::settings::PostgresSettings;
use super::tls::tls;
use crate::observer::{Observation, StoreObserver};

/// How long to wait before trying again to reach a server that is away, at first; then twice as
/// long each time, until the deadline of the call.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// A silent connection is noticed while nobody uses it: it is probed after so long, so often.
const PROBE_AFTER: Duration = Duration::from_secs(10);
const PROBE_EVERY: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;

/// A server, and what work on it runs on.
pub(crate) struct Link {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    pool: Pool,
    deadline: Duration,
    observer: Arc<dyn StoreObserver>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Link {
    /// Connects to nothing yet. The server is described as by libpq: a URL, or `key=value` pairs.
    pub(super) fn of(server: &str, settings: &PostgresSettings) -> Answer<Link> {
        let address: Address = server.parse()?;
        let tls = tls(&address)?;
        let config = configured(address.config, settings.deadline);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
        // Before the deadline of the call, because these say what is wrong.
        let at_most = Some(settings.deadline / 4 * 3);
        let pool = Pool::builder(manager)
            .max_size(settings.connections.get())
            .runtime(PoolRuntime::Tokio1)
            .timeouts(Timeouts { wait: at_most, create: at_most, recycle: at_most })
            .build();
        let pool = pool.map_err(|error| ServerError::Unavailable(error.to_string()))?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| ServerError::Unavailable(error.to_string()))?;
        let observer = settings.store.observer.clone();
        Ok(Link {
            config,
            tls,
            pool,
            deadline: settings.deadline,
            observer,
            runtime: Some(runtime),
        })
    }

    /// The server and database, for people: without a password.
    pub(super) fn name(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        format!("PostgreSQL {host}:{port}/{database}")
    }

    /// The deadline of a call that starts now.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.deadline)
    }

    /// Waits for work to be done. Not to be called on a thread that runs async tasks.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(ServerError::Unavailable("it is being closed".to_owned())),
        }
    }

    /// Starts work that goes on beside all other.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }

    /// Lends a connection to work that is done before a deadline, all of it.
    pub(super) async fn lend<T>(
        &self,
        deadline: Deadline,
        work: impl AsyncFnOnce(&mut Object) -> Answer<T>,
    ) -> Answer<T> {
        self.lend_for_steps(deadline, async |connection| deadline.met(work(connection)).await).await
    }

    /// Lends a connection to work that sets a deadline for each of its steps. Where one is missed
    /// the connection is dropped, and those that nobody uses with it: they are as old.
    pub(super) async fn lend_for_steps<T>(
        &self,
        deadline: Deadline,
        work: impl AsyncFnOnce(&mut Object) -> Answer<T>,
    ) -> Answer<T> {
        let mut connection = self.connection(deadline).await?;
        let answer = work(&mut connection).await;
        if matches!(answer, Err(ServerError::Silent(_))) {
            drop(Object::take(connection));
            self.pool.retain(|_, _| false);
            self.observer.observe(&Observation::ConnectionDropped);
        }
        answer
    }

    /// A connection; where the server is away, one after it came back, if that is soon.
    async fn connection(&self, deadline: Deadline) -> Answer<Object> {
        let started = tokio::time::Instant::now();
        let connection = deadline.met(self.persistent_connection(deadline)).await?;
        let waited = started.elapsed();
        self.observer.observe(&Observation::ConnectionAcquired { waited });
        Ok(connection)
    }

    async fn persistent_connection(&self, deadline: Deadline) -> Answer<Object> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.pool.get().await.map_err(ServerError::from) {
                // What is wrong with the server is a better answer than that it took too long.
                Err(error) if error.is_of_connection() && deadline.allows(pause) => {
                    tokio::time::sleep(pause).await;
                }
                answer => return answer,
            }
            pause *= 2;
        }
    }
}

impl Drop for Link {
    /// Does not wait for what is still going on, so that it may happen anywhere.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a connection is told. A commit is on stable storage when it is answered; what follows a
/// lock sees what was committed while it was waited for; names mean what they mean to PostgreSQL;
/// and nobody who has gone silent keeps the others from appending.
///
/// Plans are the same whatever statistics say: each statement fits one index, which is never passed
/// over for a table that was small when it was planned.
fn configured(mut config: Config, deadline: Duration) -> Config {
    // The server takes no more milliseconds than this.
    let millis = |time: Duration| time.as_millis().clamp(1, i32::MAX as u128);
    let settings = format!(
        "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed \
         -c search_path=pg_catalog,pg_temp \
         -c enable_seqscan=off -c enable_bitmapscan=off -c enable_incremental_sort=off -c jit=off \
         -c idle_in_transaction_session_timeout={} -c lock_timeout={} -c statement_timeout={}",
        millis(deadline / 2),
        millis(deadline / 4 * 3),
        millis(deadline),
    );
    let options = config.get_options().unwrap_or_default();
    config.options(format!("{settings} {options}"));
    config.application_name("tallyfold");
    if config.get_connect_timeout().is_none() {
        // Of several hosts each gets its turn.
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
        config.connect_timeout(deadline / 4 * 3 / hosts.saturating_add(1));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(deadline);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(PROBE_AFTER);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(PROBE_EVERY);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(PROBES);
    }
    config
}
