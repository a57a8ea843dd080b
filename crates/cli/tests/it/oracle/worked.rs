//! Small logs with answers that can be worked out by hand, sentence by sentence of `docs/reports.md`.

use std::fmt::Write;
use std::fs;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::Question;
use super::advice::{Prices, price};
use super::asked::Asked;
use super::calendar::date;
use super::compare::difference;
use super::log::Log;
use super::view::Row;

/// A log: AutoCAD costs 7 a day, and there are 5,000 tokens.
pub(crate) struct Story {
    lines: Vec<(String, String)>,
}

impl Story {
    pub(crate) fn new(starts: &str) -> Story {
        let mut story = Story { lines: Vec::new() };
        let starts = format!("{starts}T00:00:00Z");
        story.says(&starts, r#""type":"RatePublished","product":"AutoCAD","tokens":7"#);
        story.says(&starts, r#""type":"PackPurchased","account":"acme","pack":"P","tokens":5000"#);
        story
    }

    pub(crate) fn says(&mut self, at: &str, event: &str) {
        self.lines.push((at.to_owned(), format!(r#"{{"at":"{at}",{event}}}"#)));
    }

    /// So many days on which a user works from 9 to 5, one after the other.
    pub(crate) fn works(&mut self, user: &str, product: &str, from: &str, days: usize) {
        for day in date(from).iter_days().take(days) {
            self.works_on(user, product, day);
        }
    }

    fn works_on(&mut self, user: &str, product: &str, day: NaiveDate) {
        let session = format!("{user} {product} {day}");
        self.says(&format!("{day}T09:00:00Z"), &format!(
            r#""type":"SessionOpened","account":"acme","session":"{session}","user":"{user}","product":"{product}""#
        ));
        self.says(
            &format!("{day}T17:00:00Z"),
            &format!(r#""type":"SessionClosed","account":"acme","session":"{session}""#),
        );
    }

    /// The lines in order of time.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (mut lines, mut text) = (self.lines.clone(), String::new());
        lines.sort_by(|one, other| one.0.cmp(&other.0));
        lines.iter().for_each(|(_, line)| writeln!(text, "{line}").unwrap());
        text.into_bytes()
    }

    fn table(&self, question: &Question, name: &str) -> Vec<Row> {
        table(&self.bytes(), question, name)
    }
}

/// A table as it is recomputed, which is what the program prints.
fn table(log: &[u8], question: &Question, name: &str) -> Vec<Row> {
    let answer = question.answer(&Log::read(log)).unwrap();
    let rows = answer.tables.into_iter().find(|(it, _)| *it == name).unwrap().1;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.jsonl"), log).unwrap();
    let printed = Asked { question, folder: folder.path() }.all(&folder.path().join("reports"));
    let printed = printed.unwrap();
    let printed = printed.iter().find_map(|printed| printed.table(name)).unwrap();
    assert_eq!(difference(printed, &rows), None, "{name}");
    rows
}

fn asked(period: Option<&str>, as_of: Option<&str>) -> Question {
    Question {
        period: period.map(str::to_owned),
        as_of: as_of.map(str::to_owned),
        zone: "UTC".to_owned(),
        ..Question::default()
    }
}

fn cell(row: &Row, column: &str) -> Value {
    row.iter().find(|(name, _)| *name == column).unwrap().1.clone()
}

/// That a row has these values in these columns.
fn is(row: &Row, columns: &[(&str, Value)]) {
    for (column, value) in columns {
        assert_eq!(&cell(row, column), value, "{column} of {row:?}");
    }
}

#[test]
fn an_unfinished_period_is_not_diluted() {
    let log = include_bytes!("logs/january-daily.jsonl");
    for period in ["2026", "2026-01", "2026-Q1"] {
        let first_row = |name: &str| table(log, &asked(Some(period), None), name).remove(0);
        let advised = [
            ("days_per_month", json!(22.0)),
            ("class", json!("frequent")),
            ("recommended", json!("seat")),
            ("tokens_a_month", json!("154")),
        ];
        is(&first_row("advice"), &advised);
        let summed = [("days_of_use", json!(22)), ("monthly_average", json!("154"))];
        is(&first_row("token_summary"), &summed);
    }
}

/// Bins and classes meet half way: a user with exactly so many days belongs to the upper one.
#[test]
fn exactly_half_way_is_the_upper_bin_and_frequent() {
    let mut story = Story::new("2026-01-01");
    for (user, days) in
        [("a", 2), ("b", 3), ("c", 6), ("d", 7), ("e", 14), ("f", 15), ("g", 30), ("h", 31)]
    {
        story.works(user, "AutoCAD", "2026-01-02", days);
    }
    // Two whole months: 1, 1.5, 3, 3.5, 7, 7.5, 15 and 15.5 days per month.
    let question = asked(Some("2026-01..2026-03"), Some("2026-02-28"));
    let bins = [
        ("days_1", json!(1)),
        ("days_2_3", json!(2)),
        ("days_4_7", json!(2)),
        ("days_8_15", json!(2)),
        ("days_16", json!(1)),
        ("occasional_users", json!(5)),
        ("frequent_users", json!(3)),
    ];
    is(&story.table(&question, "token_by_product")[0], &bins);
}

/// The talk's three people: Revit daily and Navisworks two days a month, Inventor four days, AutoCAD ten.
#[test]
fn the_talks_three_people_are_advised_as_it_says() {
    let mut story = Story::new("2025-12-01");
    for product in ["Revit", "Navisworks", "Inventor"] {
        let rate = format!(r#""type":"RatePublished","product":"{product}","tokens":7"#);
        story.says("2025-12-01T00:00:00Z", &rate);
    }
    for month in ["2026-01", "2026-02", "2026-03"] {
        for (user, product, days) in [
            ("rita", "Revit", 22),
            ("rita", "Navisworks", 2),
            ("ivo", "Inventor", 4),
            ("axel", "AutoCAD", 10),
        ] {
            story.works(user, product, &format!("{month}-02"), days);
        }
    }
    let prices = |monthly: &str| Prices {
        token: Some(price("3")),
        offerings: ["AutoCAD", "Inventor", "Navisworks", "Revit"]
            .map(|it| (it.to_owned(), price(monthly)))
            .to_vec(),
    };
    // A month, a quarter, one that is not over, and prices that make it cheaper the other way.
    for (period, as_of, prices, expected) in [
        ("2026-01", "2026-03-31", Prices::default(), ["seat", "flex", "flex", "seat"]),
        ("2026-Q1", "2026-03-31", Prices::default(), ["seat", "flex", "flex", "seat"]),
        ("2026-03", "2026-03-28", Prices::default(), ["seat", "flex", "flex", "seat"]),
        ("2026-Q1", "2026-03-31", prices("168"), ["seat", "flex", "flex", "seat"]),
        ("2026-Q1", "2026-03-31", prices("30"), ["seat", "seat", "seat", "seat"]),
        ("2026-Q1", "2026-03-31", prices("500"), ["flex", "flex", "flex", "flex"]),
    ] {
        let question = Question { prices, ..asked(Some(period), Some(as_of)) };
        let rows = story.table(&question, "advice");
        let of = |user: &str, product: &str| {
            let is_it = |row: &&Row| cell(row, "user") == *user && cell(row, "product") == *product;
            cell(rows.iter().find(is_it).unwrap(), "recommended")
        };
        let people =
            [("rita", "Revit"), ("rita", "Navisworks"), ("ivo", "Inventor"), ("axel", "AutoCAD")];
        let recommended = people.map(|(user, product)| of(user, product));
        assert_eq!(recommended, expected.map(Value::from), "{period} as of {as_of}");
    }
}

#[test]
fn seven_days_in_any_month_are_occasional_and_eight_are_frequent() {
    for (from, month) in
        [("2026-02-02", "2026-02"), ("2026-01-02", "2026-01"), ("2026-04-02", "2026-04")]
    {
        for (days, class) in [(7, "occasional"), (8, "frequent")] {
            let mut story = Story::new("2026-01-01");
            story.works("ana", "AutoCAD", from, days);
            let question = asked(Some(month), Some("2026-12-31"));
            is(&story.table(&question, "token_by_user")[0], &[("class", json!(class))]);
        }
    }
}

#[test]
fn nothing_is_extrapolated_from_less_than_28_days() {
    let mut story = Story::new("2026-01-01");
    story.works("ana", "AutoCAD", "2026-01-02", 8);
    story.works("ben", "AutoCAD", "2026-01-02", 7);
    let by_user = |as_of| story.table(&asked(None, Some(as_of)), "token_by_user");
    is(&by_user("2026-01-27")[0], &[("class", json!("frequent")), ("days_per_month", json!(8.0))]);
    is(&by_user("2026-01-27")[1], &[("class", json!("unknown")), ("days_per_month", json!(7.0))]);
    is(
        &by_user("2026-01-28")[1],
        &[("class", json!("occasional")), ("days_per_month", json!(7.0))],
    );
    let advice = story.table(&asked(None, Some("2026-01-27")), "advice");
    is(&advice[0], &[("recommended", json!("seat")), ("tokens_a_month", Value::Null)]);
    is(&advice[1], &[("recommended", Value::Null), ("tokens_a_month", Value::Null)]);
    let summary = story.table(&asked(None, Some("2026-01-27")), "token_summary");
    is(&summary[0], &[("monthly_average", Value::Null)]);
}

#[test]
fn prices_decide_where_both_are_known() {
    let mut story = Story::new("2026-01-01");
    story.works("ana", "AutoCAD", "2026-01-02", 10);
    let question = asked(Some("2026-01"), Some("2026-02-10"));
    let advised = |token: Option<&str>, seat: &str| {
        let offerings = vec![("AutoCAD".to_owned(), price(seat))];
        let question =
            Question { prices: Prices { token: token.map(price), offerings }, ..question.clone() };
        let row = story.table(&question, "advice").remove(0);
        ["recommended", "saved_a_month", "break_even_days"].map(|column| cell(&row, column))
    };
    // 10 days at 7 tokens a day are 70 tokens a month.
    assert_eq!(advised(Some("3"), "168"), [json!("seat"), json!("42.00"), json!(8.0)]);
    assert_eq!(advised(Some("3"), "210"), [json!("flex"), json!("0.00"), json!(10.0)]);
    assert_eq!(advised(Some("3"), "500"), [json!("flex"), json!("0.00"), json!(23.8)]);
    assert_eq!(advised(None, "500"), [json!("seat"), Value::Null, Value::Null]);
}

#[test]
fn who_has_a_seat_keeps_it_where_both_cost_the_same() {
    let mut story = Story::new("2026-01-01");
    story.works("ana", "AutoCAD", "2026-01-02", 10);
    story.says(
        "2026-02-01T00:00:00Z",
        r#""type":"SubscriptionPurchased","account":"acme","subscription":"S","offering":"AutoCAD","seats":1,"starts":"2026-02-01T00:00:00Z","ends":"2027-02-01T00:00:00Z""#,
    );
    story.says(
        "2026-02-01T00:00:00Z",
        r#""type":"SubscriptionAssigned","account":"acme","subscription":"S","user":"ana""#,
    );
    for (seat, recommended, saved) in
        [("168", "seat", "0.00"), ("210", "seat", "0.00"), ("500", "flex", "290.00")]
    {
        let offerings = vec![("AutoCAD".to_owned(), price(seat))];
        let prices = Prices { token: Some(price("3")), offerings };
        let question = Question { prices, ..asked(Some("2026-01"), Some("2026-02-10")) };
        is(
            &story.table(&question, "advice")[0],
            &[
                ("access_now", json!("seat")),
                ("recommended", json!(recommended)),
                ("saved_a_month", json!(saved)),
            ],
        );
    }
}

#[test]
fn packs_burn_in_order_until_they_run_out_or_expire() {
    let mut story = Story::new("2026-01-01");
    story.works("ana", "AutoCAD", "2026-01-01", 10);
    // 4,930 left at 7 a day are 704 days; the pack expires on 2027-01-01: of 355 days' use before, 2,445 are left.
    let summary = |as_of| story.table(&asked(None, Some(as_of)), "token_summary").remove(0);
    is(
        &summary("2026-01-10"),
        &[
            ("run_out", Value::Null),
            ("expires_unused", json!("2445")),
            ("next_expiry", json!("2027-01-01T00:00:00Z")),
        ],
    );
    // Fewer than 7 days have no daily average.
    is(&summary("2026-01-06"), &[("run_out", Value::Null), ("expires_unused", Value::Null)]);
    story.says(
        "2026-01-10T18:00:00Z",
        r#""type":"TokensAdjusted","account":"acme","pack":"P","tokens":-4900,"reason":"""#,
    );
    // 30 left at 7 a day: four days are paid, the fifth is not.
    let summary = story.table(&asked(None, Some("2026-01-10")), "token_summary").remove(0);
    is(&summary, &[("run_out", json!("2026-01-15")), ("expires_unused", Value::Null)]);
    story.says(
        "2026-01-10T19:00:00Z",
        r#""type":"TokensAdjusted","account":"acme","pack":"P","tokens":-30,"reason":"""#,
    );
    let summary = story.table(&asked(None, Some("2026-01-10")), "token_summary").remove(0);
    is(&summary, &[("run_out", json!("2026-01-11")), ("level", json!("empty"))]);
}

#[test]
fn a_collection_is_compared_once_for_each_user() {
    let mut story = Story::new("2026-01-01");
    for event in [
        r#""type":"RatePublished","product":"Revit","tokens":10"#,
        r#""type":"CollectionDefined","collection":"AEC","products":["AutoCAD","Revit"]"#,
    ] {
        story.says("2026-01-01T00:00:00Z", event);
    }
    story.works("ana", "AutoCAD", "2026-01-02", 4);
    story.works("ana", "Revit", "2026-01-02", 5);
    story.works("ben", "Revit", "2026-01-02", 1);
    let prices =
        Prices { token: Some(price("3")), offerings: vec![("AEC".to_owned(), price("200"))] };
    let question = Question { prices, ..asked(Some("2026-01"), Some("2026-02-10")) };
    let rows = story.table(&question, "advice");
    let told =
        |row: &Row| ["user", "product", "recommended", "tokens_a_month"].map(|it| cell(row, it));
    let rows: Vec<_> = rows.iter().map(told).collect();
    assert_eq!(
        rows,
        [
            ["ana", "AutoCAD", "flex", "28"].map(Value::from),
            ["ana", "Revit", "flex", "50"].map(Value::from),
            // 78 tokens are 234 a month.
            ["ana", "AEC", "seat", "78"].map(Value::from),
            ["ben", "Revit", "flex", "10"].map(Value::from),
            ["ben", "AEC", "flex", "10"].map(Value::from),
        ]
    );
}

#[test]
fn who_is_known_and_how_long_inactive() {
    let mut story = Story::new("2026-01-01");
    story.works("ana", "AutoCAD", "2026-01-02", 1);
    let user =
        |kind: &str, user: &str| format!(r#""type":"{kind}","account":"acme","user":"{user}""#);
    story.says("2026-01-05T10:00:00Z", &user("FlexAssigned", "ben"));
    story.says("2026-01-05T10:00:00Z", &user("FlexAssigned", "cho"));
    story.says("2026-01-06T10:00:00Z", &user("FlexUnassigned", "cho"));
    story.says("2026-01-07T10:00:00Z", &user("FlexUnassigned", "ana"));
    story.says(
        "2026-01-08T10:00:00Z",
        r#""type":"SessionOpened","account":"acme","session":"x","user":"dia","product":"Unrated""#,
    );
    let rows = story.table(&asked(None, Some("2026-01-10")), "user_summary");
    let told = |row: &Row| {
        ["user", "flex_access", "denied", "days_inactive", "last_used"].map(|it| cell(row, it))
    };
    let rows: Vec<_> = rows.iter().map(told).collect();
    assert_eq!(
        rows,
        [
            [json!("ana"), json!("no"), json!(0), json!(8), json!("2026-01-02T17:00:00Z")],
            [json!("ben"), json!("yes"), json!(0), json!(5), Value::Null],
            [json!("dia"), json!("yes"), json!(1), Value::Null, Value::Null],
        ]
    );
}

#[test]
fn days_end_where_the_zone_ends_them() {
    let mut story = Story::new("2011-12-25");
    story.works("ana", "AutoCAD", "2011-12-29", 3);
    let question =
        Question { zone: "Pacific/Apia".to_owned(), ..asked(Some("2011-12-29..2012-01-01"), None) };
    let rows = story.table(&question, "token_by_day");
    let told = |row: &Row| ["date", "tokens_used", "balance_end"].map(|it| cell(row, it));
    let rows: Vec<_> = rows.iter().map(told).collect();
    // 09:00 in UTC is 23:00 of the day before until the skipped day, then 23:00 of the same day.
    assert_eq!(
        rows,
        [
            ["2011-12-29", "7", "4986"].map(Value::from),
            ["2011-12-30", "0", "4986"].map(Value::from),
            ["2011-12-31", "7", "4979"].map(Value::from),
        ]
    );
}
