//! Everything read and checked.

use std::future::ready;

use deadpool_postgres::Transaction;

use super::backend::Gathered;
use super::deadline::Deadline;
use super::deliveries;
use super::error::Answer;
use super::head::head;
use super::rows;
use crate::event::LogLine;
use crate::integrity::HeadRow;
use crate::observer::{Observation, StoreObserver};
use crate::store::Verified;
use crate::verifier::Verifier;
use crate::writer::Wanted;

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) async fn verify(
    view: &Transaction<'_>,
    deadline: Deadline,
    observer: &dyn StoreObserver,
) -> Answer<Verified> {
    let end = deadline.met(head(view)).await?;
    let mut verifier = Verifier::default();
    while deadline.again().met(page(view, end, &mut verifier)).await? {
        observer.observe(&Observation::Verified { events: verifier.position().get() });
    }
    let wanted = Wanted(verifier.streams().map(|stream| (stream, None)).collect());
    let long = Deadline::of_long_work();
    let tables = long.met(Gathered::read(view, ready(Ok(end)), &wanted)).await?;
    let accounts = "SELECT count(*) FROM tallyfold.streams WHERE stream > 1";
    let ids = "SELECT count(*) FROM tallyfold.ids";
    let ids = long.met(rows::count(view, ids)).await?;
    long.met(deliveries::verify(view)).await?;
    verifier.end(&tables, ids, long.met(rows::count(view, accounts)).await?)
}

/// Checks the next page of the log; answers whether there was one.
async fn page(view: &Transaction<'_>, end: HeadRow, verifier: &mut Verifier) -> Answer<bool> {
    let page = rows::log(view, verifier.position(), PAGE).await?;
    let lines: Vec<_> = page.iter().map(|event| LogLine::new(&event.line)).collect();
    let tables = Gathered::read(view, ready(Ok(end)), &Wanted::of_lines(&lines)).await?;
    page.iter().try_for_each(|event| verifier.event(&tables, event))?;
    Ok(!page.is_empty())
}
