//! Any line: an event is the same with and without an envelope, but for its id.

use tallyfold_core::{AccountEvent, CatalogEvent, Event, EventId, Name};
use tallyfold_log::parse_line;

use crate::common::assert_read_back;

/// Reads any bytes as one line, and writes the event in both forms.
pub fn cloudevents(line: &[u8]) {
    let Ok(event) = parse_line(line) else { return };
    assert_read_back(&event);
    let name = Name::new("e").expect("a letter is a name");
    let sourced = EventId::Sourced { source: "/any \"source\"\n".into(), id: name.clone() };
    for id in [None, Some(EventId::Plain(name)), Some(sourced)] {
        assert_read_back(&under(id, event.clone()));
    }
}

/// The same event under another id, which decides in which form it is written.
fn under<'a>(id: Option<EventId<'a>>, event: Event<'a>) -> Event<'a> {
    match event {
        Event::Catalog(event) => Event::Catalog(CatalogEvent { id, ..event }),
        Event::Account(event) => Event::Account(AccountEvent { id, ..event }),
    }
}
