//! With the feature `tracing` every answer is found in a span that says what came of it.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use ::tracing::field::{Field, Visit};
use ::tracing::span::{Attributes, Id, Record};
use ::tracing::subscriber::with_default;
use ::tracing::{Event, Metadata, Subscriber};
use tallyfold_core::*;
use tallyfold_store::LedgerService;

use crate::service::{Hands, MONDAY, service};

/// What was said of each span.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

struct Said<'a>(&'a mut String);

impl Visit for Said<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        *self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "tallyfold_store"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let mut said = span.metadata().name().to_owned();
        span.record(&mut Said(&mut said));
        spans.push(said);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let place = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Said(&mut self.0.lock().unwrap()[place]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn open(service: &LedgerService, id: &str) {
    let open = SessionOpened::new("s1", "secret-user", "AutoCAD").unwrap();
    let _ = service.open_session("acme", id, open);
}

#[test]
fn a_span_says_account_request_and_outcome_and_nothing_else() {
    let (service, _folder) = service(&Hands::at(MONDAY));
    let spans = Spans::default();
    with_default(spans.clone(), || {
        open(&service, "r1");
        open(&service, "r1");
        open(&service, "r2");
        service.ask("acme", |_, _| ()).unwrap();
        let late = PlanSelected::new(Plan::Premium).on("acme", Timestamp::EARLIEST).unwrap();
        service.ingest(late).unwrap();
        service.publish(None, RulebookAdopted::preset_only(Preset::Current)).unwrap();
    });
    let opened = r#"ledger account="acme" request="SessionOpened" outcome="#;
    assert_eq!(
        *spans.0.lock().unwrap(),
        [
            format!(r#"{opened}"admitted""#),
            format!(r#"{opened}"repeated""#),
            format!(r#"{opened}"duplicate_session""#),
            r#"ledger account="acme" request="ask" outcome="answered""#.to_owned(),
            r#"ledger account="acme" request="PlanSelected" outcome="late_event""#.to_owned(),
            r#"ledger request="RulebookAdopted" outcome="recorded""#.to_owned(),
        ]
    );
}
