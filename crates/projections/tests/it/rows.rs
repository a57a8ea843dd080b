//! Rows as cells, CSV and JSON: every report, on generated logs and on a log with hostile names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tallyfold_core::{Consumer, Timestamp, Tokens};
use tallyfold_projections::premium::{Class, Prices, UserDetail};
use tallyfold_projections::{
    Cell, CellKind, Facts, PeriodSpec, ReportRow, Reports, Row, TABLES, TimeZone, Usage, csv, json,
};

use crate::journals::replayed;
use crate::schema;
use crate::stories::{Story, pass};

/// What a cell is, where it is something.
fn kind_of(cell: &Cell<'_>) -> Option<CellKind> {
    Some(match cell {
        Cell::Absent => return None,
        Cell::Text(_) => CellKind::Text,
        Cell::Texts(_) => CellKind::Texts,
        Cell::Numbers(_) => CellKind::Numbers,
        Cell::Switch(_) => CellKind::Switch,
        Cell::Count(_) => CellKind::Count,
        Cell::Decimal(_) => CellKind::Decimal,
        Cell::Share(_) => CellKind::Share,
        Cell::Tokens(_) => CellKind::Tokens,
        Cell::Money(_) => CellKind::Money,
        Cell::Instant(_) => CellKind::Instant,
        Cell::Date(_) => CellKind::Date,
    })
}

/// Whether a value of JSON is one of these cells.
fn is_of(kind: CellKind, value: &Value) -> bool {
    let all = |is: fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(is));
    match kind {
        CellKind::Text
        | CellKind::Tokens
        | CellKind::Money
        | CellKind::Instant
        | CellKind::Date => value.is_string(),
        CellKind::Texts => all(Value::is_string),
        CellKind::Numbers => all(Value::is_u64),
        CellKind::Switch => value.is_boolean(),
        CellKind::Count => value.is_i64() || value.is_u64(),
        CellKind::Decimal | CellKind::Share => value.is_f64(),
    }
}

/// The cells of a row are what its columns say, and so are its JSON and its CSV.
fn check<R: Row>(rows: &[R]) -> Vec<Value> {
    let (mut lines, mut text) = (Vec::new(), Vec::new());
    json::write_lines(&mut lines, rows).unwrap();
    csv::write(&mut text, rows).unwrap();
    let mut reader = ::csv::Reader::from_reader(&*text);
    let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names);
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let objects: Vec<Value> =
        serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
    assert_eq!((records.len(), objects.len()), (rows.len(), rows.len()));
    for ((row, record), object) in rows.iter().zip(&records).zip(&objects) {
        let cells = row.cells();
        assert_eq!(cells.len(), R::COLUMNS.len());
        assert_eq!(object.as_object().unwrap().len(), R::COLUMNS.len());
        for ((column, cell), written) in R::COLUMNS.iter().zip(&cells).zip(record) {
            let value = &object[column.name];
            match kind_of(cell) {
                None => assert!(column.is_optional && value.is_null(), "{}", column.name),
                Some(kind) => {
                    assert_eq!(kind, column.kind, "{}", column.name);
                    assert!(is_of(kind, value), "{}: {value}", column.name);
                }
            }
            match column.kind {
                CellKind::Text | CellKind::Texts => {
                    assert_eq!(written, csv::neutralised(&cell.to_string()));
                }
                _ => assert_eq!(written, cell.to_string()),
            }
        }
    }
    objects
}

/// The same of a report that has rows, under the name and the columns of its table.
fn check_report<R: ReportRow>(rows: &[R]) -> &'static str {
    assert!(!rows.is_empty(), "{} has no row to check", R::REPORT);
    let table = TABLES.iter().find(|table| table.report == R::REPORT).unwrap();
    assert_eq!(table.columns, R::COLUMNS);
    schema::check(R::REPORT, R::COLUMNS, &check(rows));
    R::REPORT
}

fn check_all(reports: &Reports<'_>, detail: &UserDetail) -> BTreeSet<&'static str> {
    let prices = Prices {
        token: Some("3".parse().unwrap()),
        subscription_a_month: [("AutoCAD".to_owned(), "200".parse().unwrap())].into(),
    };
    check(&reports.proposal(&rates(), 12).needs);
    check(&reports.proposal(&Default::default(), 12).left_out);
    BTreeSet::from([
        check_report(&reports.token_summary()),
        check_report(&reports.token_by_day()),
        check_report(&reports.token_events()),
        check_report(&reports.token_by_product()),
        check_report(&reports.token_by_version()),
        check_report(&reports.seat_summary()),
        check_report(&reports.seat_totals()),
        check_report(&reports.seat_by_product()),
        check_report(&reports.token_by_user(pass())),
        check_report(&reports.seat_by_user(pass())),
        check_report(&reports.user_summary(pass())),
        check_report(&reports.advice(pass(), &prices)),
        check_report(&reports.usage_export(pass())),
        check_report(&detail.charges(reports.period())),
        check_report(&detail.weeks(reports.period())),
    ])
}

/// What days cost in an estimate.
fn rates() -> BTreeMap<String, Tokens> {
    [("AutoCAD".to_owned(), "7.5".parse().unwrap())].into()
}

/// Names that a spreadsheet would take for formulas, and that CSV must quote.
fn hostile() -> Story {
    let mut story = Story::begun();
    story.buys("2026-01-01T00:00:00Z", "+P;=1", 1_000);
    story.opens("2026-01-05T09:00:00Z", "-s", "@ana", "AutoCAD");
    story.closes("2026-01-05T17:00:00Z", "-s");
    let version = r#""=cmd|' /C calc'!A0, \"x\"""#;
    let fields = format!(r#","session":"=s2","user":"@ana","product":"Revit","version":{version}"#);
    story.does("2026-01-06T09:00:00Z", "SessionOpened", &fields);
    story.closes("2026-01-06T17:00:00Z", "=s2");
    story.does(
        "2026-01-07T09:00:00Z",
        "ResultProduced",
        r#","user":"@ana","product":"Render","quantity":3"#,
    );
    story.subscribes("2026-01-08T00:00:00Z", "=SUB", "AutoCAD");
    story.seats("2026-01-08T00:00:00Z", "=SUB", "@ana");
    story.opens("2026-01-09T09:00:00Z", "s3", "@ana", "AutoCAD");
    story
}

#[test]
fn every_report_has_the_cells_csv_and_json_that_its_columns_say() {
    let story = hostile();
    for zone in ["UTC", "Asia/Kathmandu"] {
        let told = story.told_in(zone, "2026-03-31");
        let mut detail = UserDetail::new(pass(), "@ana", zone.parse().unwrap());
        story.journal_into("2026-03-31", &mut detail);
        let checked = check_all(&told.history(), &detail);
        assert_eq!(checked, TABLES.iter().map(|table| table.report).collect());
    }
}

#[test]
fn no_text_of_a_report_is_a_formula_in_csv() {
    let told = hostile().told("2026-03-31");
    let mut text = Vec::new();
    csv::write(&mut text, &told.history().token_by_version()).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "account,product,version,tokens_used,users,days_of_use\n\
         a,AutoCAD,,7,1,1\n\
         a,Render,,6,1,0\n\
         a,Revit,\"'=cmd|' /C calc'!A0, \"\"x\"\"\",7,1,1\n"
    );
}

#[test]
fn rows_of_generated_logs_are_what_their_columns_say() {
    for seed in 1..=3 {
        let (replay, journal) = replayed(seed);
        let mut usage = Usage::new(TimeZone::UTC);
        journal.iter().for_each(|record| Consumer::record(&mut usage, record));
        let as_of: Timestamp = replay.accounts().map(|account| account.at()).max().unwrap();
        let facts = Facts::of(replay.ledger(), as_of);
        let reports = usage.reports(PeriodSpec::HISTORY, &facts);
        check(&reports.token_by_product());
        check(&reports.token_by_user(pass()));
        check(&reports.user_summary(pass()));
        check(&reports.advice(pass(), &Prices::default()));
        check(&reports.usage_export(pass()));
    }
}

#[test]
fn a_table_has_a_name_of_its_own_and_so_has_each_column() {
    let names: BTreeSet<_> = TABLES.iter().map(|table| table.report).collect();
    assert_eq!(names.len(), TABLES.len());
    for table in TABLES {
        let columns: BTreeSet<_> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(columns.len(), table.columns.len(), "{}", table.report);
        assert_eq!(table.columns[0].name, "account");
    }
}

#[test]
fn what_rows_have_in_common_stands_in_its_place() {
    let table = TABLES.iter().find(|table| table.report == "seat by-product").unwrap();
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    assert_eq!(
        names.join(","),
        "account,product,users,days_of_use,occasional_users,frequent_users,unknown_users,\
         days_1,days_2_3,days_4_7,days_8_15,days_16"
    );
}

#[test]
fn a_word_is_serialized_as_it_is_written() {
    assert_eq!(serde_json::to_value(Class::Frequent).unwrap(), Class::Frequent.code());
}
