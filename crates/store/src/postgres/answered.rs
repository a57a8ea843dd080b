//! What services answered: a cache.

use deadpool_postgres::Transaction;

use super::error::Answer;
use super::rows::{execute, query_opt};
use crate::integrity::sql;
use crate::place::Position;
use crate::row_digest::digest_of_answer;
use crate::writer::Answered;

/// What was answered to the request of an event, unless it is damaged: then there is nothing.
pub(super) async fn get(view: &Transaction<'_>, position: Position) -> Answer<Option<Vec<u8>>> {
    let select = "SELECT answer, digest FROM tallyfold.answers WHERE position = $1";
    let Some(row) = query_opt(view, select, &[&sql(position.get())]).await? else {
        return Ok(None);
    };
    let answer: Vec<u8> = row.try_get(0)?;
    let is_sound = row.try_get::<_, &[u8]>(1)? == digest_of_answer(position, &answer);
    Ok(is_sound.then_some(answer))
}

pub(super) async fn put(change: &Transaction<'_>, answers: &[Answered]) -> Answer<()> {
    let positions: Vec<i64> = answers.iter().map(|(position, _)| sql(position.get())).collect();
    let bodies: Vec<&[u8]> = answers.iter().map(|(_, answer)| &answer[..]).collect();
    let digests = answers.iter().map(|(position, answer)| digest_of_answer(*position, answer));
    let digests: Vec<_> = digests.collect();
    let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest[..]).collect();
    let insert = "INSERT INTO tallyfold.answers SELECT * FROM \
                  unnest($1::bigint[], $2::bytea[], $3::bytea[]) \
                  ON CONFLICT (position) DO NOTHING";
    execute(change, insert, &[&positions, &bodies, &digests]).await
}
