//! The same events in a CloudEvents 1.0 envelope.

use tallyfold_core::{AccountEvent, CatalogEvent, Event, EventId};

use super::body::{self, Body};
use super::object::{Object, Pairs, Wrong};
use super::value;
use crate::malformed::Reason;

/// An event in an envelope: `time` is its instant, `subject` its account, `source` and `id`
/// together its id, and `data` holds the rest. Other attributes are ignored.
pub(super) fn read<'a>(mut envelope: Object<'a, '_>) -> Result<Event<'a>, Wrong<'a>> {
    envelope.check_distinct()?;
    envelope.required("specversion", |version| value::word(version, &[("1.0", ())]))?;
    let kind = envelope.required("type", value::string)?;
    let source = envelope.required("source", value::string)?;
    let id = Some(EventId::Sourced { source, id: envelope.name("id")? });
    let at = envelope.instant("time")?;
    let data = envelope.raw("data")?.ok_or_else(|| Wrong::somewhere(Reason::Missing("data")))?;
    let pairs = serde_json::from_str(data.get());
    let Pairs(pairs) = pairs.map_err(|error| Wrong::json(data, &error))?;
    let mut fields = Object::new(&pairs);
    let event = match body::read_kind(&kind, &mut fields)? {
        Body::Catalog(change) => Event::Catalog(CatalogEvent { at, id, change }),
        Body::Account(action) => {
            let account = envelope.name("subject")?;
            Event::Account(AccountEvent { account, at, id, action })
        }
    };
    fields.finish()?;
    Ok(event)
}
