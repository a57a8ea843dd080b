//! Where a journal can go: every way to put sinks together hands on every entry.

use tallyfold_core::*;

type Journal = Vec<Record<'static>>;

/// Folds a purchase into a sink.
fn fold<S: Sink>(sink: &mut S) {
    let at = "2026-01-05T09:00:00Z".parse().unwrap();
    let purchase = PackPurchased::new("P1", 100).unwrap().on("acme", at).unwrap();
    Ledger::default().apply(&purchase, sink).unwrap();
}

fn expected() -> Journal {
    let mut journal = Journal::new();
    fold(&mut journal);
    assert_eq!(journal.len(), 1);
    journal
}

/// A sink that must not be handed anything.
struct Unwanted;

impl Sink for Unwanted {
    fn record(&mut self, record: Record<'_>) {
        panic!("{record:?} was not wanted");
    }

    fn is_wanted(&self) -> bool {
        false
    }
}

#[test]
fn a_borrowed_sink_is_a_sink() {
    let mut journal = Journal::new();
    fold(&mut &mut journal);
    let dynamic: &mut dyn Sink = &mut journal;
    fold(&mut { dynamic });
    assert_eq!(journal, [expected(), expected()].concat());
}

#[test]
fn an_optional_sink_takes_what_it_is_there_for() {
    let (mut some, mut none) = (Some(Journal::new()), None::<Unwanted>);
    fold(&mut some);
    fold(&mut none);
    assert_eq!(some, Some(expected()));
    assert_eq!([some.is_wanted(), none.is_wanted(), Some(()).is_wanted()], [true, false, false]);
}

#[test]
fn sinks_side_by_side_take_the_same() {
    let mut count = 0;
    let mut sinks = (Journal::new(), sink_fn(|_| count += 1), Unwanted, Box::new(Journal::new()));
    fold(&mut sinks);
    let (first, _, _, last) = sinks;
    assert_eq!((first, *last, count), (expected(), expected(), 1));
    assert!(!((), Unwanted).is_wanted());
}

#[test]
fn a_sink_is_chosen_while_the_program_runs() {
    let mut journal = Journal::new();
    for is_kept in [true, false] {
        let sink: Box<dyn Sink + '_> =
            if is_kept { Box::new(&mut journal) } else { Box::new(Unwanted) };
        fold(&mut { sink });
    }
    assert_eq!(journal, expected());
}
