//! What time it is: all machines have to agree with the server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tallyfold_core::Timestamp;

use super::error::Answer;
use super::link::Link;
use crate::clock::FutureLimit;

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(60);

/// Takes the server's clock for the reference of this machine's, now and from time to time. In
/// between, and where the server is away, the time that passes is counted.
pub(super) fn refer_to_server(link: &Arc<Link>, limit: &FutureLimit) -> Answer<()> {
    if !limit.is_watched() {
        return Ok(());
    }
    link.block_on(ask(link, limit))?;
    let (weak, limit) = (Arc::downgrade(link), limit.clone());
    link.spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(link) = Weak::upgrade(&weak) else { return };
            let _ = ask(&link, &limit).await;
        }
    });
    Ok(())
}

async fn ask(link: &Link, limit: &FutureLimit) -> Answer<()> {
    let select = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let said = link.lend(link.deadline(), async |server| {
        Ok(server.query_one(select, &[]).await?.try_get::<_, i64>(0)?)
    });
    if let Ok(now) = Timestamp::from_unix_nanos(said.await?.saturating_mul(1_000)) {
        limit.refer_to("the server's clock", now);
    }
    Ok(())
}
