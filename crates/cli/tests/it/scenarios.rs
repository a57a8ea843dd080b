//! Every file in `tests/scenarios/` says what the fold does, and the fold does it.

use std::fs;
use std::path::Path;

use tallyfold_core::{AccountEvent, CatalogEvent, Event, EventId};
use tallyfold_testkit::History;

use crate::scenario;

/// Set to write the files anew from what the fold does, to be read and committed.
const BLESS: &str = "TALLYFOLD_BLESS";

#[test]
fn the_fold_does_what_the_scenarios_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut ran = 0;
    for file in files {
        let expected = fs::read_to_string(&file).unwrap();
        let mut written = Vec::new();
        for scenario in expected.split_inclusive("\n\n\n") {
            written.push(scenario::run(scenario));
            ran += 1;
        }
        let written = written.concat();
        if std::env::var_os(BLESS).is_some() {
            fs::write(&file, &written).unwrap();
            continue;
        }
        for (line, (got, said)) in (1..).zip(written.lines().zip(expected.lines())) {
            assert_eq!(got, said, "{}:{line} (got, said)", file.display());
        }
        assert_eq!(written, expected, "{}", file.display());
    }
    assert!(ran > 30, "only {ran} scenarios ran");
}

/// Scenarios have no place for the source of an id.
fn has_source(event: &Event<'_>) -> bool {
    let (Event::Account(AccountEvent { id, .. }) | Event::Catalog(CatalogEvent { id, .. })) = event;
    matches!(id, Some(EventId::Sourced { .. }))
}

#[test]
fn a_generated_history_is_a_scenario() {
    for seed in 0..50 {
        let history = History::of_seed(seed, 20..=80);
        let text = tallyfold_testkit::scenario(&history);
        assert_eq!(text.lines().count(), history.len());
        for (line, event) in text.lines().zip(&*history).filter(|(_, event)| !has_source(event)) {
            assert_eq!(scenario::event(line), *event, "{line}");
        }
    }
}
