//! Connections: taken while there is room, and ended in time.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, error, warn};

use crate::settings::Limits;

/// How long the last bytes of an answer may take on a connection where nothing is in work.
const LINGER: Duration = Duration::from_secs(1);
/// How long nothing is taken after that failed.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the same trouble is logged.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Takes connections and answers their requests until it is told to stop; then what is in work is
/// finished, within some time. A connection that sent only a part of a request's head is not
/// waited for.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let (stopping, told) = watch::channel(false);
    let idle = Duration::from_secs(limits.idle_seconds.max(1).into());
    let room = limits.max_connections.get().min(Semaphore::MAX_PERMITS);
    tokio::select! {
        () = stop => {}
        never = take(&listener, Arc::new(Semaphore::new(room)), |stream| {
            answer(stream, router.clone(), idle, told.clone())
        }) => match never {},
    }
    drop((listener, told));
    stopping.send_replace(true);
    if timeout(grace, stopping.closed()).await.is_err() {
        warn!("some requests did not finish in time");
    }
}

/// Takes connections for ever, each for a task of its own, at most so many at once.
async fn take<F: Future<Output = ()> + Send + 'static>(
    listener: &TcpListener,
    room: Arc<Semaphore>,
    answer: impl Fn(TcpStream) -> F,
) -> std::convert::Infallible {
    let mut trouble = Trouble::default();
    loop {
        if room.available_permits() == 0 {
            trouble.log("no room for more connections: new ones wait; see --max-connections");
        }
        // Nobody closes it.
        let place = room.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let answered = answer(stream);
                tokio::spawn(async move {
                    let _place = place;
                    answered.await;
                });
            }
            // It went away before it was taken.
            Err(error) if is_of_the_client(&error) => debug!(%error, "a connection was not taken"),
            // No file descriptors are left, or no memory.
            Err(error) => {
                trouble.log(&format!("no connection can be taken: {error}; see `ulimit -n`"));
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// What goes wrong again and again, and is said only now and then.
#[derive(Default)]
struct Trouble(Option<Instant>);

impl Trouble {
    fn log(&mut self, what: &str) {
        if self.0.is_none_or(|logged| logged.elapsed() >= LOG_EVERY) {
            error!("{what}");
            self.0 = Some(Instant::now());
        }
    }
}

/// Answers the requests of one connection.
async fn answer(
    stream: TcpStream,
    router: Router,
    idle: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "an answer may be held back by Nagle's algorithm");
    }
    let (in_work, requests) = watch::channel(());
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (in_work, answered) = (in_work.subscribe(), router.call(request));
        async move {
            let held = |body| Body::new(InWork { body, _in_work: in_work });
            answered.await.map(|answer| answer.map(held))
        }
    });
    drop(requests);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let stop = async {
        // Who tells it is there for as long as the service runs.
        let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
    };
    tokio::select! {
        ended = connection.as_mut() => return end(ended),
        () = stop => connection.as_mut().graceful_shutdown(),
    }
    let nothing_in_work = async {
        in_work.closed().await;
        sleep(LINGER).await;
    };
    tokio::select! {
        ended = connection.as_mut() => end(ended),
        () = nothing_in_work => {}
    }
}

/// What a client does to its connection is its own business.
fn end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

/// The body of an answer, which is in work until its last byte was taken.
struct InWork {
    body: Body,
    _in_work: watch::Receiver<()>,
}

impl HttpBody for InWork {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
