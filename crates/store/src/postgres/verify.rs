//! Everything read and checked.

use std::future::ready;

use deadpool_postgres::Transaction;

use super::deadline::Deadline;
use super::deliveries;
use super::desk::Gathered;
use super::head::head;
use super::rows;
use super::trouble::Answer;
use crate::event::LogLine;
use crate::observer::{Observation, StoreObserver};
use crate::sound::HeadRow;
use crate::store::Verified;
use crate::walk::Walk;
use crate::writer::Wanted;

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) async fn verify(
    view: &Transaction<'_>,
    deadline: Deadline,
    observer: &dyn StoreObserver,
) -> Answer<Verified> {
    let end = deadline.met(head(view)).await?;
    let mut walk = Walk::default();
    while deadline.again().met(page(view, end, &mut walk)).await? {
        observer.observe(&Observation::Verified { events: walk.position().get() });
    }
    let wanted = Wanted(walk.streams().map(|stream| (stream, None)).collect());
    let long = Deadline::of_long_work();
    let tables = long.met(Gathered::read(view, ready(Ok(end)), &wanted)).await?;
    let accounts = "SELECT count(*) FROM tallyfold.streams WHERE stream > 1";
    let ids = "SELECT count(*) FROM tallyfold.ids";
    let ids = long.met(rows::count(view, ids)).await?;
    long.met(deliveries::verify(view)).await?;
    walk.end(&tables, ids, long.met(rows::count(view, accounts)).await?)
}

/// Checks the next page of the log; answers whether there was one.
async fn page(view: &Transaction<'_>, end: HeadRow, walk: &mut Walk) -> Answer<bool> {
    let page = rows::log(view, walk.position(), PAGE).await?;
    let lines: Vec<_> = page.iter().map(|event| LogLine::new(&event.line)).collect();
    let tables = Gathered::read(view, ready(Ok(end)), &Wanted::of_lines(&lines)).await?;
    page.iter().try_for_each(|event| walk.event(&tables, event))?;
    Ok(!page.is_empty())
}
