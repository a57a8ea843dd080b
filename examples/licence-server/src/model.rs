//! What is said over HTTP: bodies as the event log has their fields, answers as the journal has
//! theirs. tallyfold reads and writes them; most types here only describe them, for `openapi.json`.
#![allow(dead_code, reason = "most of it is only described")]

mod answers;
mod bodies;
mod statement;

pub(crate) use answers::*;
pub(crate) use bodies::*;
pub(crate) use statement::*;

use std::borrow::Cow;

use tallyfold_core::Name;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Tokens, as the event log has them: an integer where whole, else a decimal as a string.
pub(crate) struct Amount;

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let whole = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        let decimal = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some(r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?$"));
        let either = OneOfBuilder::new().item(whole).item(decimal);
        either.description(Some("Tokens: an integer where whole, else a decimal string")).into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

/// An instant, RFC 3339 in UTC.
#[derive(ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct At(String);

/// A name: 1 to 256 bytes without control characters.
pub(crate) struct NameText;

impl PartialSchema for NameText {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .min_length(Some(1))
            .max_length(Some(Name::MAX_BYTES))
            .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]+$"));
        name.description(Some("At most 256 bytes of UTF-8, without control characters")).into()
    }
}

impl ToSchema for NameText {
    fn name() -> Cow<'static, str> {
        "Name".into()
    }
}
