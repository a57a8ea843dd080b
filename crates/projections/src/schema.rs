//! The JSON Schema (2020-12) of reports, made from the columns of their tables.
//!
//! It is of the object that the program writes as JSON: the evidence, and the rows of each table under its name.
//! In `$defs` each table's row has that name too; JSON Lines and [`json::write`](crate::json::write) write such
//! rows. The committed schema is `crates/projections/schema/reports.schema.json`.
//!
//! ```
//! let reports = tallyfold_projections::schema::reports();
//! let row = &reports["$defs"]["token_by_day"];
//! assert_eq!(row["properties"]["tokens_used"]["$ref"], "#/$defs/amount");
//! ```

use serde_json::{Map, Value, json};

use crate::row::{CellKind, Column};
use crate::tables::{TABLES, Table};

/// The schema of every report.
#[must_use]
pub fn reports() -> Value {
    let mut definitions = kinds();
    let mut properties = Map::from_iter([("evidence".to_owned(), json!({"type": "object"}))]);
    for table in TABLES {
        let key = table.report.replace([' ', '-'], "_");
        let rows = json!({"type": "array", "items": {"$ref": format!("#/$defs/{key}")}});
        properties.insert(key.clone(), rows);
        definitions.insert(key, row(table));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tallyfold:reports:1",
        "title": "tallyfold reports, version 1",
        "description": "A report as JSON (reports.md, Formats): its evidence, and the rows of each of its tables.",
        "type": "object",
        "properties": properties,
        "required": ["evidence"],
        "minProperties": 2,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// A row: every column is there, also where its cell is absent.
fn row(table: &Table) -> Value {
    // The last column of `advice` is for who gives prices.
    let required = match (table.report, table.columns) {
        ("advice", [columns @ .., _]) => columns,
        (_, columns) => columns,
    };
    let cells = table.columns.iter().map(|column| (column.name.to_owned(), cell(column)));
    json!({
        "type": "object",
        "properties": Map::from_iter(cells),
        "required": required.iter().map(|column| column.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn cell(column: &Column) -> Value {
    let kind = match column.kind {
        CellKind::Text => json!({"type": "string"}),
        CellKind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        CellKind::Numbers => json!({"type": "array", "items": {"type": "integer", "minimum": 0}}),
        CellKind::Switch => json!({"type": "boolean"}),
        CellKind::Count => json!({"type": "integer"}),
        CellKind::Decimal | CellKind::Share => json!({"type": "number", "minimum": 0}),
        CellKind::Tokens | CellKind::Money => json!({"$ref": "#/$defs/amount"}),
        CellKind::Instant => json!({"$ref": "#/$defs/instant"}),
        CellKind::Date => json!({"$ref": "#/$defs/date"}),
    };
    if column.is_optional { json!({"anyOf": [kind, {"type": "null"}]}) } else { kind }
}

/// The kinds of cells that are texts of a form.
fn kinds() -> Map<String, Value> {
    const OFFSET: &str = "(Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)";
    const LOCAL: &str = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3,9})?";
    let amount = json!({
        "description": "Tokens or money, with up to six decimals: no amount is a float.",
        "type": "string",
        "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?$",
    });
    let instant = json!({
        "description": "An instant in the report's time zone, with its offset, which may have seconds.",
        "type": "string",
        "pattern": format!("^{LOCAL}{OFFSET}$"),
    });
    let date = json!({
        "type": "string",
        "format": "date",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    });
    let kinds = [("amount", amount), ("instant", instant), ("date", date)];
    kinds.into_iter().map(|(kind, schema)| (kind.to_owned(), schema)).collect()
}
