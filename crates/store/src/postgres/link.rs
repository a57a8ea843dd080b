//! Connections to a server: where it is, how many there are, and what happens when they are lost.

use std::future::Future;
use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::trouble::{Answer, Trouble};

/// How many connections a process has at most, besides the one that listens.
const CONNECTIONS: usize = 16;
/// How long to wait for a connection before giving up on it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often to try again to reach a server that is away, and how long to wait before the first
/// time; then twice as long each time: some six seconds in all.
const TRIES: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// What a connection asks of the server. A commit is on stable storage when it is answered; what
/// follows a lock sees what was committed while it was waited for; and nobody holds the head of the
/// log for ever.
const SETTINGS: &str = "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed \
     -c lock_timeout=30s -c idle_in_transaction_session_timeout=30s";

/// A server, and what work on it runs on.
pub(crate) struct Link {
    pub(super) pool: Connections,
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

/// The pool of connections.
pub(super) struct Connections(Pool);

impl Link {
    /// Connects to nothing yet. The server is described as by libpq: a URL, or `key=value` pairs.
    pub(super) fn of(server: &str) -> Answer<Link> {
        let mut config = Config::from_str(server)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        let options = config.get_options().unwrap_or_default();
        config.options(format!("{SETTINGS} {options}"));
        config.application_name("tallyfold");
        let tls = tls()?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        let pool = pool.map_err(|error| Trouble::Unavailable(error.to_string()))?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| Trouble::Unavailable(error.to_string()))?;
        Ok(Link { pool: Connections(pool), config, tls, runtime: Some(runtime) })
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

    /// Waits for work to be done. Not to be called on a thread that runs async tasks.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = Answer<T>>) -> Answer<T> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(Trouble::Unavailable("it is being closed".to_owned())),
        }
    }

    /// Starts work that goes on beside all other.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
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

impl Connections {
    /// A connection; where the server is away, one after it came back, if that is soon.
    pub(super) async fn connection(&self) -> Answer<Object> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..TRIES {
            match self.0.get().await.map_err(Trouble::from) {
                Err(trouble) if trouble.is_of_connection() => tokio::time::sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        Ok(self.0.get().await?)
    }
}

/// TLS as the system trusts it: `SSL_CERT_FILE` may name other certificates. A server that asks
/// for TLS is always asked for a certificate that fits its name.
fn tls() -> Answer<MakeRustlsConnect> {
    let trouble = |error: rustls::Error| Trouble::Unavailable(error.to_string());
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into());
    let config = config.with_safe_default_protocol_versions().map_err(trouble)?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}
