//! What is written is read back as the same event.

use std::num::NonZeroU32;

use tallyfold_core::{AccountEvent, CatalogEvent, Event, EventId, Name};
use tallyfold_log::generate::{Generator, Settings};
use tallyfold_log::{parse_line, write_event};

fn written(event: &Event<'_>) -> Vec<u8> {
    let mut line = Vec::new();
    write_event(&mut line, event).unwrap();
    assert_eq!(line.pop(), Some(b'\n'));
    line
}

fn in_envelope(event: Event<'static>) -> Event<'static> {
    let id =
        Some(EventId::Sourced { source: "/a \"source\"\n".into(), id: Name::new("e").unwrap() });
    match event {
        Event::Catalog(it) => Event::Catalog(CatalogEvent { id, ..it }),
        Event::Account(it) => Event::Account(AccountEvent { id, ..it }),
    }
}

#[test]
fn a_written_event_is_read_as_itself_plain_and_in_an_envelope() {
    let settings = Settings { accounts: NonZeroU32::MIN, ..Settings::new(20_000, 3) };
    for event in Generator::new(settings) {
        assert_eq!(parse_line(&written(&event)), Ok(event.clone()));
        let event = in_envelope(event);
        assert_eq!(parse_line(&written(&event)), Ok(event.clone()));
    }
}
