//! Long answers, sent page by page while they are made: JSON Lines in constant memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tallyfold_store::{AsyncLedgerService, LedgerService, StoreError};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::Stream;

use crate::problem::Problem;

/// How long a reader may take for one page: nobody keeps a thread by reading slowly.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many bytes are sent at once, and some more.
const PAGE_BYTES: usize = 32 << 10;

enum Page {
    Bytes(Bytes),
    /// Nothing is missing.
    End,
}

/// Why pages are not made any more.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The reader is gone or too slow.
    Reader,
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Stopped {
        Stopped::Store(error)
    }
}

/// Where lines are written to.
pub(crate) struct Writer {
    pages: mpsc::Sender<Page>,
    runtime: Handle,
    /// What waits to be sent.
    pub(crate) page: Vec<u8>,
}

impl Writer {
    /// Sends what was written, if it is enough for a page.
    pub(crate) fn turn(&mut self) -> Result<(), Stopped> {
        if self.page.len() < PAGE_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        let page = std::mem::take(&mut self.page);
        if page.is_empty() { Ok(()) } else { self.send(Page::Bytes(page.into())) }
    }

    fn send(&self, page: Page) -> Result<(), Stopped> {
        let sent = self.runtime.block_on(tokio::time::timeout(PATIENCE, self.pages.send(page)));
        sent.is_ok_and(|sent| sent.is_ok()).then_some(()).ok_or(Stopped::Reader)
    }
}

/// Answers with lines that are written on a thread of the service, once there is a first page: who
/// waits for a thread counts as a request in work until then.
pub(crate) async fn answer(
    service: AsyncLedgerService,
    write: impl FnOnce(&LedgerService, &mut Writer) -> Result<(), Stopped> + Send + 'static,
) -> Result<Response, Problem> {
    let (pages, mut receiver) = mpsc::channel(2);
    let mut writer = Writer { pages, runtime: Handle::current(), page: Vec::new() };
    let written = tokio::spawn(async move {
        let written = service.run(move |service| {
            write(service, &mut writer)?;
            writer.flush()?;
            writer.send(Page::End)
        });
        written.await.inspect_err(|stopped| tracing::warn!(?stopped, "a long answer was cut short"))
    });
    let Some(first) = receiver.recv().await else {
        return Err(match written.await {
            Ok(Err(Stopped::Store(error))) => error.into(),
            _ => Problem::unavailable("the events were not read"),
        });
    };
    let body = Body::from_stream(Pages { first: Some(first), receiver, has_ended: false });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

struct Pages {
    first: Option<Page>,
    receiver: mpsc::Receiver<Page>,
    has_ended: bool,
}

impl Stream for Pages {
    type Item = io::Result<Bytes>;

    /// An answer that was cut short ends with an error, so that nobody takes it for a whole one.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let page = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.receiver.poll_recv(cx)),
        };
        self.has_ended = !matches!(page, Some(Page::Bytes(_)));
        Poll::Ready(match page {
            Some(Page::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Page::End) => None,
            None => Some(Err(io::ErrorKind::BrokenPipe.into())),
        })
    }
}
