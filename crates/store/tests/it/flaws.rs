//! Stores that are each wrong in one thing: the clause that is about it must fail, and says so by a
//! panic. All other clauses were seen to hold of the same store without the flaw (`memory`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tallyfold_core::{Span, Timestamp};
use tallyfold_store::contract::{self, CLAUSES};
use tallyfold_store::*;

/// What is wrong with a store, by the clause that must notice it.
struct Flawed {
    store: MemoryStore,
    /// The clause that must fail.
    clause: &'static str,
}

impl Flawed {
    fn new(clause: &'static str) -> Flawed {
        let tolerance = match clause {
            "an_event_from_the_future_is_refused" => Span::minutes(2),
            _ => Span::minutes(1),
        };
        let store = MemoryStore::new(FutureLimit::new(contract::now, tolerance));
        Flawed { store, clause }
    }

    fn breaks(&self, clause: &str) -> bool {
        assert!(CLAUSES.iter().any(|(name, _)| *name == clause), "{clause} is no clause");
        self.clause == clause
    }

    /// The first event of a batch alone.
    fn first(batch: &Batch) -> Batch {
        batch.events()[0].clone().into()
    }

    /// Appends what is there already as if it was new.
    fn append_anew(&self, batch: &Batch) -> Result<Receipt, AppendError> {
        let lines = batch.events().iter().cloned().map(LogLine::Event).collect::<Vec<_>>();
        loop {
            let after = self.store.head()?.position;
            let Ok(position) = self.store.import(after, &lines) else { continue };
            let version = self.store.version(batch.stream())?;
            let events = vec![Appended { position, version, is_repeat: false }];
            return Ok(Receipt { events, catalog: Position::START });
        }
    }

    /// Whether the stream has an event whose id only looks like that of the batch.
    fn has_id_by_name(&self, batch: &Batch) -> Option<StoredEvent> {
        let name = batch.events()[0].id()?.name();
        let stream = self.store.read_stream(batch.stream(), Position::START, 100).unwrap();
        let event = |it: &StoredEvent| NewEvent::from_line(it.line.clone()).unwrap();
        stream.into_iter().find(|it| event(it).id().is_some_and(|id| id.name() == name))
    }

    fn append_wrongly(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        let store = &self.store;
        let present = store.version(batch.stream())?;
        if self.breaks("a_batch_is_appended_whole") {
            return store.append(&Flawed::first(batch), expected);
        }
        if self.breaks("a_refused_batch_changes_nothing") {
            store.append(&Flawed::first(batch), Expected::Any)?;
        }
        if self.breaks("an_id_with_other_bytes_is_refused")
            && let Expected::Version(expected) = expected
            && expected != present
        {
            return Err(AppendError::Conflict { expected, present });
        }
        if self.breaks("an_id_counts_in_its_stream_only")
            && let Some(found) = self.find_anywhere(batch.events()[0].id())
        {
            return Ok(Flawed::repeat(&found));
        }
        if self.breaks("an_id_from_an_envelope_is_another")
            && let Some(found) = self.has_id_by_name(batch)
        {
            return Ok(Flawed::repeat(&found));
        }
        if self.breaks("one_of_many_with_the_same_id_is_stored") {
            return self.append_anew(batch);
        }
        if self.breaks("one_of_many_with_the_same_version_wins")
            && expected == Expected::Version(present)
        {
            // Others look, too, before anybody appends.
            std::thread::sleep(Duration::from_millis(100));
            return store.append(batch, Expected::Any);
        }
        if self.breaks("appenders_beside_each_other_lose_nothing") && present == Version::new(30) {
            let position = store.head()?.position;
            let events = vec![Appended { position, version: present, is_repeat: false }];
            return Ok(Receipt { events, catalog: Position::START });
        }
        store.append(batch, expected)
    }

    fn find_anywhere(&self, id: Option<&IdKey>) -> Option<StoredEvent> {
        let mut streams = self.store.accounts("", 100).unwrap();
        streams.push(Stream::Catalog);
        streams.iter().find_map(|stream| self.store.find(stream, id?).unwrap())
    }

    fn repeat(found: &StoredEvent) -> Receipt {
        let StoredEvent { position, version, .. } = *found;
        let events = vec![Appended { position, version, is_repeat: true }];
        Receipt { events, catalog: Position::START }
    }
}

impl Store for Flawed {
    fn name(&self) -> String {
        self.store.name()
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.store.now()
    }

    fn append(&self, batch: &Batch, expected: Expected) -> Result<Receipt, AppendError> {
        let mut answer = self.append_wrongly(batch, expected);
        match &mut answer {
            Ok(receipt) => {
                if self.breaks("the_receipt_tells_the_last_catalog_event") {
                    receipt.catalog = Position::START;
                }
                for event in &mut receipt.events {
                    if self.breaks("positions_have_no_gaps_and_versions_count_per_stream") {
                        event.version = Version::new(event.position.get());
                    }
                    if self.breaks("a_repeat_answers_the_old_position") {
                        event.is_repeat = false;
                    }
                }
            }
            Err(AppendError::Conflict { expected, present })
                if self.breaks("a_conflict_tells_the_present_version") =>
            {
                *present = *expected;
            }
            Err(_) => {}
        }
        answer
    }

    fn import(&self, after: Position, lines: &[LogLine]) -> Result<Position, ImportError> {
        let is_event = |line: &&LogLine| matches!(line, LogLine::Event(_));
        if self.breaks("an_import_keeps_what_is_no_event") {
            let events: Vec<_> = lines.iter().filter(is_event).cloned().collect();
            return self.store.import(after, &events);
        }
        if self.breaks("an_import_elsewhere_is_refused") {
            return self.store.import(self.store.head()?.position, lines);
        }
        let end = self.store.import(after, lines)?;
        let starts_anew = self.breaks("an_import_goes_on_where_it_stopped") && lines.is_empty();
        Ok(if starts_anew { Position::START } else { end })
    }

    fn head(&self) -> Result<Head, StoreError> {
        let head = self.store.head()?;
        let is_wrong = self.breaks("the_chain_follows_from_the_events");
        Ok(if is_wrong { Head { chain: Chain::EMPTY, ..head } } else { head })
    }

    fn last_appended(&self) -> Result<Option<StoredEvent>, StoreError> {
        if self.breaks("what_was_appended_is_told_from_what_was_imported") {
            let last = self.store.head()?.position.get();
            return Ok(self.store.read_log(Position::new(last.max(1) - 1), 1)?.pop());
        }
        self.store.last_appended()
    }

    fn version(&self, stream: &Stream) -> Result<Version, StoreError> {
        self.store.version(stream)
    }

    fn read_log(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let mut events = self.store.read_log(after, limit)?;
        if self.breaks("bytes_are_kept_as_they_are") {
            events.iter_mut().for_each(|event| event.line.retain(|byte| *byte != b' '));
        }
        if self.breaks("pages_join_without_a_seam") && after > Position::START {
            events.drain(..1.min(events.len()));
        }
        if self.breaks("a_reader_beside_writers_never_finds_one_late") {
            // The last but one becomes visible after the last.
            let late = self.store.head()?.position.get().saturating_sub(1);
            events.retain(|event| event.position != Position::new(late));
        }
        Ok(events)
    }

    fn read_stream(
        &self,
        stream: &Stream,
        after: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if self.breaks("a_stream_is_read_in_pages") && limit == 0 {
            return Ok(Vec::new());
        }
        self.store.read_stream(stream, after, limit)
    }

    fn read_account(
        &self,
        account: &Stream,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if self.breaks("an_account_sees_itself_and_the_catalog") {
            return self.store.read_stream(account, after, limit);
        }
        self.store.read_account(account, after, through, limit)
    }

    fn find(&self, stream: &Stream, id: &IdKey) -> Result<Option<StoredEvent>, StoreError> {
        if self.breaks("an_id_of_any_length_is_kept") && id.as_bytes().len() > 256 {
            return Ok(None);
        }
        self.store.find(stream, id)
    }

    fn accounts(&self, after: &str, limit: usize) -> Result<Vec<Stream>, StoreError> {
        let mut accounts = self.store.accounts(after, limit)?;
        if self.breaks("accounts_are_listed_in_byte_order") {
            accounts.sort_by_key(|it| it.account().unwrap_or_default().to_lowercase());
        }
        Ok(accounts)
    }

    fn wait(&self, after: Position, at_most: Duration) -> Result<Position, StoreError> {
        if self.breaks("a_tail_wakes_for_what_is_new") {
            return Ok(after);
        }
        let end = self.store.wait(after, at_most)?;
        let is_wrong = self.breaks("a_tail_gives_up_after_its_time") && end <= after;
        Ok(if is_wrong { after.next() } else { end })
    }

    fn checkpoint(&self, consumer: &str) -> Result<Position, StoreError> {
        let consumer = if self.breaks("a_checkpoint_is_remembered") { "all" } else { consumer };
        let checkpoint = self.store.checkpoint(consumer)?;
        let skips = self.breaks("a_consumer_that_dies_repeats_and_never_skips");
        Ok(if skips && checkpoint > Position::START {
            self.store.head()?.position
        } else {
            checkpoint
        })
    }

    fn move_checkpoint(&self, consumer: &str, to: Position) -> Result<(), StoreError> {
        let consumer = if self.breaks("a_checkpoint_is_remembered") { "all" } else { consumer };
        self.store.move_checkpoint(consumer, to)
    }

    fn delivered(&self, consumer: &str, keys: &[&[u8]]) -> Result<Vec<bool>, StoreError> {
        let consumer = if self.breaks("a_delivery_is_remembered") { "all" } else { consumer };
        self.store.delivered(consumer, keys)
    }

    fn remember_delivery(&self, consumer: &str, key: &[u8]) -> Result<(), StoreError> {
        let consumer = if self.breaks("a_delivery_is_remembered") { "all" } else { consumer };
        self.store.remember_delivery(consumer, key)
    }

    fn snapshot(&self, account: &Stream) -> Result<Option<SnapshotBytes>, StoreError> {
        self.store.snapshot(account)
    }

    fn keep_snapshot(
        &self,
        account: &Stream,
        snapshot: &SnapshotBytes,
    ) -> Result<bool, StoreError> {
        if self.breaks("a_snapshot_replaces_the_one_before")
            && self.store.snapshot(account)?.is_some()
        {
            return Ok(true);
        }
        let is_kept = self.store.keep_snapshot(account, snapshot)?;
        Ok(is_kept || self.breaks("a_snapshot_names_parts_of_the_one_before"))
    }

    fn cut(&self, cut: &Cut) -> Result<Position, ImportError> {
        if self.breaks("a_cut_takes_off_the_end") {
            let forgotten = Vec::new();
            return self.store.cut(&Cut { forgotten, ..cut.clone() });
        }
        self.store.cut(cut)
    }

    fn remember_answer(&self, position: Position, answer: Vec<u8>) {
        self.store.remember_answer(position, answer);
    }

    fn remembered_answer(&self, position: Position) -> Result<Option<Vec<u8>>, StoreError> {
        if self.breaks("an_answer_is_remembered_or_forgotten") {
            return self.store.remembered_answer(Position::START.next());
        }
        self.store.remembered_answer(position)
    }

    fn rebuild(&self) -> Result<Rebuilt, StoreError> {
        let kept = self.store.snapshot(&contract::account("a"))?;
        let rebuilt = self.store.rebuild()?;
        if let Some(kept) = kept.filter(|_| self.breaks("what_is_derived_is_made_anew")) {
            self.store.keep_snapshot(&contract::account("a"), &kept)?;
        }
        Ok(rebuilt)
    }

    fn verify(&self) -> Result<Verified, StoreError> {
        let head = self.store.head()?;
        if self.breaks("a_sound_store_verifies") {
            return Ok(Verified { head, streams: 0 });
        }
        self.store.verify()
    }
}

#[test]
fn each_clause_fails_of_a_store_that_breaks_it() {
    for (name, clause) in CLAUSES {
        let failed = catch_unwind(AssertUnwindSafe(|| clause(&Flawed::new(name))));
        assert!(failed.is_err(), "{name} holds of a store that breaks it");
    }
}

#[test]
fn each_clause_holds_of_a_store_that_breaks_none() {
    for (_, clause) in CLAUSES {
        clause(&Flawed::new("none"));
    }
}
