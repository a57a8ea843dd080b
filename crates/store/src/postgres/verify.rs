//! Everything read and checked.

use deadpool_postgres::Transaction;

use super::desk::Gathered;
use super::rows;
use super::trouble::Answer;
use crate::event::LogLine;
use crate::store::Verified;
use crate::walk::Walk;
use crate::writer::Wanted;

/// How many events are read at once.
const PAGE: usize = 1_000;

pub(super) async fn verify(view: &Transaction<'_>) -> Answer<Verified> {
    let head = rows::head(view).await?;
    let mut walk = Walk::default();
    loop {
        let page = rows::log(view, walk.position(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        let lines: Vec<_> = page.iter().map(|event| LogLine::new(&event.line)).collect();
        let tables = Gathered::read(view, head, &Wanted::of_lines(&lines)).await?;
        page.iter().try_for_each(|event| walk.event(&tables, event))?;
    }
    let wanted = Wanted(walk.streams().map(|stream| (stream, None)).collect());
    let tables = Gathered::read(view, head, &wanted).await?;
    let accounts = "SELECT count(*) FROM tallyfold.streams WHERE stream > 1";
    let ids = rows::count(view, "SELECT count(*) FROM tallyfold.ids").await?;
    walk.end(&tables, ids, rows::count(view, accounts).await?)
}
