//! Long answers, sent page by page while they are made: JSON Lines in constant memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tallyfold_core::Name;
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

/// Answers with lines that are written on a thread of the service, in the lane of an account where
/// there is one. Waits for the first page; whoever goes away meanwhile takes no thread.
pub(crate) async fn answer(
    service: AsyncLedgerService,
    lane: Option<Name<'static>>,
    write: impl FnOnce(&LedgerService, &mut Writer) -> Result<(), Stopped> + Send + 'static,
) -> Result<Response, Problem> {
    let (pages, mut receiver) = mpsc::channel(2);
    let reader = pages.clone();
    let mut writer = Writer { pages, runtime: Handle::current(), page: Vec::new() };
    let write = move |service: &LedgerService| {
        write(service, &mut writer)?;
        writer.flush()?;
        writer.send(Page::End)
    };
    let written = tokio::spawn(async move {
        let write = async {
            match lane {
                Some(account) => service.run_for(account, |service, _| write(service)).await,
                None => service.run(write).await,
            }
        };
        let written = tokio::select! {
            written = write => written,
            () = reader.closed() => Err(Stopped::Reader),
        };
        written.inspect_err(|stopped| tracing::warn!(?stopped, "a long answer was cut short"))
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

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use tallyfold_store::{FutureLimit, ServiceSettings, SqliteStore};

    use super::*;

    fn service() -> (AsyncLedgerService, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let store = SqliteStore::open(path, FutureLimit::default()).unwrap();
        let service = LedgerService::new(Arc::new(store), ServiceSettings::default());
        (AsyncLedgerService::new(Arc::new(service), NonZeroUsize::MIN), folder)
    }

    fn failed() -> Stopped {
        let (store, problem) = ("a store".to_owned(), "it broke".to_owned());
        Stopped::Store(StoreError::Unavailable { store, problem })
    }

    /// Writes so many bytes, in lines of eight.
    fn write(bytes: usize, writer: &mut Writer) -> Result<(), Stopped> {
        for _ in 0..bytes / 8 {
            writer.page.extend_from_slice(b"a line.\n");
            writer.turn()?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn all_pages_arrive() {
        let (service, _folder) = service();
        for bytes in [0, 8, PAGE_BYTES, 5 * PAGE_BYTES + 8] {
            let made = answer(service.clone(), None, move |_, writer| write(bytes, writer));
            let body = to_bytes(made.await.unwrap().into_body(), usize::MAX).await.unwrap();
            assert_eq!(body, "a line.\n".repeat(bytes / 8));
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_short_ends_with_an_error() {
        let (service, _folder) = service();
        let made = answer(service, None, |_, writer| {
            write(3 * PAGE_BYTES, writer)?;
            Err(failed())
        });
        to_bytes(made.await.unwrap().into_body(), usize::MAX).await.unwrap_err();
    }

    #[tokio::test]
    async fn an_answer_that_does_not_begin_is_a_problem() {
        let (service, _folder) = service();
        let made = answer(service, None, |_, _| Err(failed())).await;
        assert_eq!(made.unwrap_err().into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_reader_who_goes_away_frees_the_thread() {
        let (service, _folder) = service();
        let made = answer(service.clone(), None, |_, writer| write(100 * PAGE_BYTES, writer));
        drop(made.await.unwrap());
        let made = answer(service, None, |_, writer| write(8, writer));
        to_bytes(made.await.unwrap().into_body(), usize::MAX).await.unwrap();
    }
}
