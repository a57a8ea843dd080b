//! Every report is valid by the schema, as an independent validator understands it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tallyfold_projections::{CellKind, Column, TABLES, schema};

/// A report as the program writes it.
fn report(table: &str, rows: &[Value]) -> Value {
    json!({"evidence": {}, table.replace([' ', '-'], "_"): rows})
}

/// The rows are valid; with any field that is missing, added, or of another kind they are not.
pub(crate) fn check(table: &str, columns: &[Column], rows: &[Value]) {
    let schema = jsonschema::draft202012::new(&schema::reports()).unwrap();
    let whole = report(table, rows);
    assert!(schema.is_valid(&whole), "{:?}", schema.validate(&whole));
    let row = &rows[0];
    let is_valid = |change: &dyn Fn(&mut Value)| {
        let mut row = row.clone();
        change(&mut row);
        schema.is_valid(&report(table, &[row]))
    };
    assert!(!is_valid(&|row| row["other"] = json!(1)));
    for column in columns {
        let name = column.name;
        let may_be_left_out = table == "advice" && Some(column) == columns.last();
        let is_left_out = |row: &mut Value| drop(row.as_object_mut().unwrap().remove(name));
        assert_eq!(is_valid(&is_left_out), may_be_left_out, "{table} without {name}");
        assert_eq!(is_valid(&|row| row[name] = json!(null)), column.is_optional, "{name}");
        assert!(!is_valid(&|row| row[name] = json!({})), "{name}");
        assert!(!is_valid(&|row| row[name] = json!([null])), "{name}");
        if column.kind != CellKind::Text {
            assert!(!is_valid(&|row| row[name] = json!("1.0000001")), "{name}");
        }
    }
}

/// With the variable `TALLYFOLD_BLESS` the committed file is written anew.
#[test]
fn the_committed_schema_is_that_of_the_columns() {
    let schema = schema::reports();
    assert!(jsonschema::meta::is_valid(&schema));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/reports.schema.json");
    if std::env::var_os("TALLYFOLD_BLESS").is_some() {
        fs::write(&file, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
    }
    assert_eq!(serde_json::from_slice::<Value>(&fs::read(file).unwrap()).unwrap(), schema);
}

#[test]
fn a_report_of_the_program_is_valid() {
    let golden = include_str!("../../../cli/tests/golden/token-by-product.json");
    let golden: Value = serde_json::from_str(golden).unwrap();
    let schema = jsonschema::draft202012::new(&schema::reports()).unwrap();
    assert!(schema.is_valid(&golden), "{:?}", schema.validate(&golden));
    for wrong in [json!({}), json!({"evidence": {}}), json!({"evidence": {}, "other": []})] {
        assert!(!schema.is_valid(&wrong));
    }
    assert_eq!(schema::reports()["properties"].as_object().unwrap().len(), 1 + TABLES.len());
}
