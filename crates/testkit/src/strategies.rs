//! `proptest` strategies: events, histories, and dirty lines.
//!
//! A failing history shrinks to the events that matter and prints as a scenario.

use proptest::collection::SizeRange;
use proptest::prelude::*;
use tallyfold_core::{Event, EventId};

use crate::history::History;
use crate::scenario::body;
use crate::steps::{BEGINNING, Step, beginning, events_of};

/// One step.
pub(crate) fn step() -> impl Strategy<Value = Step> {
    any::<[u8; 8]>().prop_map(Step::from)
}

/// Steps of a history: a beginning, of which every part may be missing, and so many more.
fn steps(count: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    let is_there = [prop::bool::weighted(0.9); BEGINNING.len()];
    let chosen = prop::collection::vec(step(), BEGINNING.len());
    (is_there, prop::collection::vec(step(), count), chosen).prop_map(|(is_there, then, chosen)| {
        let places = (0..BEGINNING.len()).filter(|&place| is_there[place]);
        places.map(|place| beginning(place, chosen[place])).chain(then).collect()
    })
}

/// Single events of every kind.
pub fn event() -> impl Strategy<Value = Event<'static>> {
    step().prop_filter_map("a step is an event", |step: Step| {
        events_of(&[Step { id: step.id.min(245), ..step }]).pop()
    })
}

/// Adversarial histories: few names and amounts, instants that collide with window ends, expiries
/// and lapses, retried and late events, and catalog changes amid windows.
///
/// ```
/// use proptest::prelude::*;
/// use tallyfold_core::Ledger;
/// use tallyfold_testkit::history;
///
/// proptest!(ProptestConfig::with_cases(16), |(events in history(0..40))| {
///     let mut ledger = Ledger::default();
///     for event in &*events {
///         let _ = ledger.apply(event, &mut ());
///     }
///     for account in ledger.accounts() {
///         prop_assert!(account.at_last_event().tokens().is_conserved());
///     }
/// });
/// ```
pub fn history(steps_after_beginning: impl Into<SizeRange>) -> impl Strategy<Value = History> {
    steps(steps_after_beginning).prop_map(|steps| History::new(events_of(&steps)))
}

/// Whole valid histories: the same, without what cannot be applied.
pub fn valid_history(steps: impl Into<SizeRange>) -> impl Strategy<Value = History> {
    history(steps).prop_map(History::without_findings)
}

/// A log as bytes, in which malformed lines stand between good ones.
pub fn dirty_log(lines: impl Into<SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => step().prop_map(WrittenLine::Good),
        1 => (step(), any::<prop::sample::Index>(), any::<u8>())
            .prop_map(|(step, at, byte)| WrittenLine::Damaged(step, at, byte)),
        1 => (step(), any::<prop::sample::Index>())
            .prop_map(|(step, at)| WrittenLine::Torn(step, at)),
        2 => prop::sample::select(MALFORMED).prop_map(WrittenLine::Malformed),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(WrittenLine::Noise),
    ];
    prop::collection::vec(line, lines).prop_map(|lines| dirty_bytes(&lines))
}

/// A line of a dirty log.
#[derive(Clone, Debug)]
enum WrittenLine {
    Good(Step),
    /// One byte was replaced.
    Damaged(Step, prop::sample::Index, u8),
    /// The rest of the line is missing.
    Torn(Step, prop::sample::Index),
    Malformed(&'static str),
    Noise(Vec<u8>),
}

/// Lines that no reader may take for events (`events.md`).
const MALFORMED: &[&str] = &[
    "",
    " \t",
    "{}",
    "[]",
    "null",
    "{\"type\":\"Nope\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"acme\"}",
    r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme"}"#,
    r#"{"type":"Heartbeat","at":"2026-01-05 09:00:00Z","account":"acme","session":"s1"}"#,
    r#"{"type":"Heartbeat","at":"2026-01-05T09:00:60Z","account":"acme","session":"s1"}"#,
    r#"{"type":"Heartbeat","at":"2200-01-01T00:00:00Z","account":"acme","session":"s1"}"#,
    r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"","session":"s1"}"#,
    r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme","session":"s1","session":"s2"}"#,
    r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"acme","session":"\ud800"}"#,
    r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"acme","pack":"P1","tokens":7.0}"#,
    r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"acme","pack":"P1","tokens":1e3}"#,
    r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"acme","pack":"P1","tokens":0}"#,
    r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"acme","pack":"P1","tokens":1000000001}"#,
    r#"{"type":"RulebookAdopted","at":"2026-01-05T09:00:00Z","rulebook":"launch","overrides":{"window_hours":0}}"#,
];

fn dirty_bytes(lines: &[WrittenLine]) -> Vec<u8> {
    let steps: Vec<Step> = lines.iter().filter_map(WrittenLine::step).collect();
    let mut events = events_of(&steps).into_iter();
    let mut bytes = Vec::new();
    for line in lines {
        let good = line.step().and_then(|_| events.next()).map(|event| json_line(&event));
        bytes.extend(line.bytes(good.unwrap_or_default().into_bytes()));
        bytes.push(b'\n');
    }
    bytes
}

impl WrittenLine {
    fn step(&self) -> Option<Step> {
        match self {
            WrittenLine::Good(step)
            | WrittenLine::Damaged(step, ..)
            | WrittenLine::Torn(step, _) => Some(*step),
            WrittenLine::Malformed(_) | WrittenLine::Noise(_) => None,
        }
    }

    /// The line, made from the good one that its step describes.
    fn bytes(&self, mut good: Vec<u8>) -> Vec<u8> {
        match self {
            WrittenLine::Good(_) => {}
            WrittenLine::Damaged(_, at, byte) => {
                let at = at.index(good.len().max(1));
                good[at..].iter_mut().take(1).for_each(|place| *place = *byte);
            }
            WrittenLine::Torn(_, at) => good.truncate(at.index(good.len().max(1))),
            WrittenLine::Malformed(line) => good = line.as_bytes().to_vec(),
            WrittenLine::Noise(noise) => good.clone_from(noise),
        }
        good
    }
}

/// An event as a line of a log, without its terminator. One with an id from a CloudEvents envelope
/// comes in one.
fn json_line(event: &Event<'_>) -> String {
    let mut data = body(event);
    let (account, id) = match event {
        Event::Catalog(event) => (None, event.id.as_ref()),
        Event::Account(event) => (Some(event.account.as_str()), event.id.as_ref()),
    };
    let at = event.at().to_string();
    if let Some(EventId::Sourced { source, id }) = id {
        let kind = data.remove("type");
        return serde_json::json!({
            "specversion": "1.0", "type": kind, "source": source, "id": id, "time": at,
            "subject": account.unwrap_or("catalog"), "data": data,
        })
        .to_string();
    }
    data.insert("at".into(), at.into());
    data.extend(account.map(|account| ("account".into(), account.into())));
    if let Some(EventId::Plain(id)) = id {
        data.insert("id".into(), id.as_str().into());
    }
    serde_json::Value::Object(data).to_string()
}
