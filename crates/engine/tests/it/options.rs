//! Change, progress, cancellation, going on, and logs that cannot be read.

use std::fs;

use tallyfold_core::{CatalogChange, Entry, Event, HashKey, Record, Timestamp};
use tallyfold_engine::{
    Cancel, Change, DeniedOpens, GroupedJournal, Log, Paused, Replay, ReplayError,
};
use tallyfold_log::FileSource;

use crate::logs::{log, outcome, replayed, threads};

/// Leaves out every rate.
struct WithoutRates;

impl Change for WithoutRates {
    fn change<'e>(&mut self, event: &Event<'e>, put: &mut dyn FnMut(Event<'e>)) {
        let is_rate = matches!(event, Event::Catalog(it)
            if matches!(it.change, CatalogChange::RatePublished(_)));
        if !is_rate {
            put(event.clone());
        }
    }
}

#[test]
fn a_change_is_made_before_the_fold() {
    let log = log(10);
    for count in [1, 2] {
        let replay = Replay::of(Log::bytes(&log)).threads(threads(count));
        let run = replay.change(|| WithoutRates).run(Vec::<Record<'static>>::new).unwrap();
        let is_paid = |record: &&Record<'_>| matches!(&record.entry, Entry::Charged(it) if !it.tokens.is_zero());
        assert_eq!(run.consumer.iter().find(is_paid), None);
        assert!(!run.consumer.is_empty());
    }
}

#[test]
fn progress_is_told_and_ends_with_the_log() {
    let log = log(40);
    let mut told = Vec::new();
    Replay::of(Log::bytes(&log)).progress(|bytes| told.push(bytes)).run(|| ()).unwrap();
    assert!(told.is_sorted() && told.last() == Some(&(log.len() as u64)), "{told:?}");
}

#[test]
fn a_cancelled_replay_ends() {
    let (log, cancel) = (log(10), Cancel::default());
    cancel.cancel();
    for count in [1, 2] {
        let replay = Replay::of(Log::bytes(&log)).threads(threads(count));
        let ended = replay.cancelled_by(cancel.clone()).run(|| ());
        assert!(matches!(ended, Err(ReplayError::Cancelled)));
    }
}

#[test]
fn a_log_that_has_grown_is_gone_on_with() {
    let log = log(30);
    let whole = replayed(&log, |it| it);
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    for cut in [0, 1, lines.len() / 2, lines.len() - 1] {
        let start: Vec<u8> = lines[..cut].concat();
        let replay = Replay::of(Log::bytes(&start)).measured();
        let mut folded = replay.fold(GroupedJournal::default(), GroupedJournal::default).unwrap();
        let (parts, _) = folded.pause().unwrap();
        let fold = serde_json::to_string(&parts.fold).unwrap();
        let fold = serde_json::from_str(&fold).unwrap();
        let (prefix, findings) = (parts.prefix, parts.findings.to_vec());
        let denied: DeniedOpens = parts.denied_opens.clone();
        let paused = Paused::restore(prefix, fold, denied, findings, HashKey::new([3; 16]));
        let paused = paused.unwrap();
        let (mut result, mut rest) = (String::new(), String::new());
        for count in [1, 2] {
            let replay = Replay::of(Log::bytes(&log)).threads(threads(count));
            let run = replay.resume(paused.clone()).run(GroupedJournal::default).unwrap();
            (result, rest) = outcome(run);
        }
        assert!(result == whole.0, "cut before line {cut}");
        assert!(rest.lines().all(|line| whole.1.contains(line)));
        let other = Replay::of(Log::bytes(b"{\"type\":\"x\"}\n")).resume(paused.clone()).run(|| ());
        assert_eq!(matches!(other, Err(ReplayError::OtherLog(_))), cut > 0);
        let at = Timestamp::from_unix_millis(0).unwrap();
        let as_of = Replay::of(Log::bytes(&log)).as_of(at).resume(paused);
        assert!(matches!(as_of.run(|| ()), Err(ReplayError::ResumedAsOf)));
    }
}

#[test]
fn several_inputs_are_one_log_and_lines_are_found_in_them() {
    let log = log(10);
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.jsonl", "b.jsonl"].map(|name| folder.path().join(name));
    let (first, second) = lines.split_at(100);
    fs::write(&paths[0], first.concat()).unwrap();
    fs::write(&paths[1], second.concat()).unwrap();
    let run = Replay::of(Log::files(&paths)).digest_inputs().run(GroupedJournal::default).unwrap();
    let names: Vec<_> = run.inputs().iter().map(|input| input.name.clone()).collect();
    assert_eq!(names, paths.each_ref().map(|path| path.display().to_string()));
    let bytes: Vec<_> = run.inputs().iter().map(|it| it.digest.unwrap().0).collect();
    assert_eq!(bytes, [first, second].map(|part| part.concat().len() as u64));
    let place = |line| run.place_of(line).map(|(input, line)| (input.lines_before, line));
    assert_eq!((place(100), place(101)), (Some((0, 100)), Some((100, 1))));
    assert!(outcome(run) == replayed(&log, |it| it));
}

#[test]
fn what_is_no_log_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "to do: buy tokens\n").unwrap();
    let refused = Replay::of(Log::of(FileSource(path.clone()))).run(|| ()).unwrap_err();
    assert_eq!(refused.to_string(), format!("{} has no event", path.display()));
    let missing = Replay::of(Log::files(["no/such/file"])).run(|| ()).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read no/such/file");
}
