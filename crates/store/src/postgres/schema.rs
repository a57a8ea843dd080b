//! The database: whose its tables are, which schema they have, and how they are brought up to date.

use deadpool_postgres::{Object, Transaction};

use super::error::{Answer, ServerError};
use super::rebuild::rebuild;
use super::rows;
use crate::digest::Chain;
use crate::place::Position;
use crate::store::Head;

/// What brings a database from one schema to the next; the first from nothing. In all of them lines
/// are of version 1 of the log format.
const MIGRATIONS: [&str; 2] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// The newest schema that is known here.
pub(super) const SCHEMA: i64 = MIGRATIONS.len() as i64;

/// Held while a schema is looked at and changed, so that of several processes one migrates: the
/// letters `tallyfol`.
const MIGRATION_LOCK: i64 = 0x7461_6c6c_7966_6f6c;

/// Lifts the limits of the server for what goes through whole tables. Ours remain.
pub(super) async fn without_timeouts(change: &Transaction<'_>) -> Answer<()> {
    let lift = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
                SET LOCAL idle_in_transaction_session_timeout = 0";
    Ok(change.batch_execute(lift).await?)
}

/// Whether a database has the schema that is known here.
pub(super) async fn is_current(view: &Transaction<'_>) -> Answer<bool> {
    Ok(found(view).await? == SCHEMA)
}

/// Brings a database forward, step by step, in one transaction.
pub(super) async fn migrate(change: &Transaction<'_>, may_create: bool) -> Answer<()> {
    let encoding = change.query_one("SHOW server_encoding", &[]).await?;
    if encoding.try_get::<_, &str>(0)? != "UTF8" {
        return Err(ServerError::Foreign("its encoding is not UTF8".to_owned()));
    }
    without_timeouts(change).await?;
    change.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await?;
    let from = found(change).await?;
    if from == 0 && !may_create {
        return Err(ServerError::Foreign("it has no schema `tallyfold`".to_owned()));
    }
    if from == 0 {
        const ABOUT: &str = "CREATE SCHEMA tallyfold; \
             CREATE TABLE tallyfold.about (program TEXT NOT NULL, schema BIGINT NOT NULL); \
             INSERT INTO tallyfold.about VALUES ('tallyfold', 0)";
        change.batch_execute(ABOUT).await?;
    }
    if from == SCHEMA {
        // Another process was faster.
        return Ok(());
    }
    let old_head = if from == 1 { Some(head_of_schema_1(change).await?) } else { None };
    for step in &MIGRATIONS[from as usize..] {
        change.batch_execute(step).await?;
    }
    let head = rebuild(change, Position::START).await?;
    if old_head.is_some_and(|old| old != head.head) {
        return Err(ServerError::Damaged("the chain is not that of the events".to_owned()));
    }
    take_over_checkpoints(change).await?;
    change.execute("UPDATE tallyfold.about SET schema = $1", &[&SCHEMA]).await?;
    Ok(())
}

/// Where the log ended in schema 1.
async fn head_of_schema_1(change: &Transaction<'_>) -> Answer<Head> {
    let row = change.query_one("SELECT position, chain FROM tallyfold.head", &[]).await?;
    let position = Position::new(row.try_get::<_, i64>(0)?.cast_unsigned());
    Ok(Head { position, chain: Chain(rows::digest(&row, 1)?) })
}

/// Copies the checkpoints of schema 1.
async fn take_over_checkpoints(change: &Transaction<'_>) -> Answer<()> {
    let select = "SELECT consumer, position FROM tallyfold.checkpoints_1";
    for row in change.query(select, &[]).await? {
        let position = Position::new(row.try_get::<_, i64>(1)?.cast_unsigned());
        rows::move_checkpoint(change, row.try_get(0)?, position).await?;
    }
    Ok(change.batch_execute("DROP TABLE tallyfold.checkpoints_1").await?)
}

/// Brings the statistics up to date by which the server plans.
pub(super) async fn analyze(client: &mut Object) -> Answer<()> {
    let change = client.transaction().await?;
    without_timeouts(&change).await?;
    change.batch_execute("ANALYZE tallyfold.events, tallyfold.ids, tallyfold.streams").await?;
    Ok(change.commit().await?)
}

/// The schema of a database; 0 where there is none yet.
async fn found(client: &Transaction<'_>) -> Answer<i64> {
    let names = "SELECT to_regnamespace('tallyfold') IS NOT NULL, \
                 to_regclass('tallyfold.about') IS NOT NULL";
    let names = client.query_one(names, &[]).await?;
    let foreign =
        || ServerError::Foreign("its schema `tallyfold` is of another program".to_owned());
    match (names.try_get(0)?, names.try_get(1)?) {
        (false, _) => Ok(0),
        (true, false) => Err(foreign()),
        (true, true) => {
            let about = "SELECT schema FROM tallyfold.about WHERE program = 'tallyfold'";
            let about = client.query_opt(about, &[]).await.map_err(|_| foreign())?;
            match about.ok_or_else(foreign)?.try_get(0)? {
                schema if schema > SCHEMA => Err(ServerError::Newer(schema)),
                schema => Ok(schema),
            }
        }
    }
}
