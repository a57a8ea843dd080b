//! What the definitions of the reports ask of the program: as-of, periods, accounts, people.

use std::fs;

use serde_json::Value;

use crate::program::{tallyfold, text};

/// Two accounts: `one` from the 1st of January, Standard; `two` from the 10th, Premium with 10 seats.
const LOG: &str = r#"
{"type":"RulebookAdopted","at":"2025-12-31T00:00:00Z","rulebook":"launch","overrides":{"premium_min_seats":10}}
{"type":"RatePublished","at":"2025-12-31T00:00:00Z","product":"AutoCAD","tokens":7}
{"type":"PackPurchased","at":"2026-01-01T00:00:00Z","account":"one","pack":"P","tokens":100}
{"type":"SessionOpened","at":"2026-01-05T23:30:00Z","account":"one","session":"1","user":"ana","product":"AutoCAD"}
{"type":"PackPurchased","at":"2026-01-10T00:00:00Z","account":"two","pack":"P","tokens":70}
{"type":"PlanSelected","at":"2026-01-10T00:00:00Z","account":"two","plan":"premium"}
{"type":"SubscriptionPurchased","at":"2026-01-10T00:00:00Z","account":"two","subscription":"S","offering":"Revit","seats":10,"starts":"2026-01-01T00:00:00Z","ends":"2027-01-01T00:00:00Z"}
{"type":"SessionOpened","at":"2026-01-12T09:00:00Z","account":"two","session":"1","user":"ben","product":"AutoCAD"}
{"type":"SessionOpened","at":"2026-01-20T09:00:00Z","account":"two","session":"2","user":"dan","product":"Unrated"}
"#;

fn report(arguments: &[&str]) -> Value {
    let arguments = [&["report"], arguments, &["--format", "json", "-"]].concat();
    let output = tallyfold(&arguments, LOG.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A column of a table, as JSON.
fn column(report: &Value, table: &str, column: &str) -> String {
    let rows = report[table].as_array().unwrap().iter();
    rows.map(|row| row[column].to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_account_has_rows_of_its_own_settled_at_one_as_of() {
    let summary = report(&["token", "summary"]);
    assert_eq!(column(&summary, "token_summary", "account"), r#""one" "two""#);
    assert_eq!(column(&summary, "token_summary", "tokens_available"), r#""93" "63""#);
    assert_eq!(summary["evidence"]["as_of"], "2026-01-20T09:00:00Z");
    let days = report(&["token", "by-day"]);
    assert_eq!(days["token_by_day"].as_array().unwrap().len(), 20 + 11);
    let alone = report(&["token", "summary", "--account", "one"]);
    assert_eq!(alone["evidence"]["as_of"], "2026-01-05T23:30:00Z");
}

#[test]
fn a_date_as_as_of_is_the_last_nanosecond_of_the_day_in_the_time_zone() {
    for (zone, as_of, used) in [
        ("UTC", "2026-01-05T23:59:59.999999999Z", r#""7""#),
        // At 23:30 UTC it was the 6th in Madrid already.
        ("Europe/Madrid", "2026-01-05T23:59:59.999999999+01:00", r#""0""#),
        ("America/New_York", "2026-01-05T23:59:59.999999999-05:00", r#""7""#),
    ] {
        let summary = report(&["token", "summary", "--as-of", "2026-01-05", "--time-zone", zone]);
        assert_eq!(summary["evidence"]["as_of"], as_of);
        assert_eq!(column(&summary, "token_summary", "tokens_used"), used, "{zone}");
    }
    let journal = |as_of: &str| tallyfold(&["journal", "--as-of", as_of, "-"], LOG.as_bytes());
    let by_date = journal("2026-01-05");
    assert_eq!(by_date.stdout, journal("2026-01-05T23:59:59.999999999Z").stdout);
    assert_eq!(text(&by_date.stdout).lines().count(), 3);
    let result =
        tallyfold(&["replay", "--format", "json", "--as-of", "2026-01-05", "-"], LOG.as_bytes());
    let result: Value = serde_json::from_slice(&result.stdout).unwrap();
    assert_eq!(result["as_of"], "2026-01-05T23:59:59.999999999Z");
    let wrong = tallyfold(&["journal", "--as-of", "2026-02-30", "-"], b"");
    assert!(text(&wrong.stderr).contains("a date such as 2026-01-31"), "{}", text(&wrong.stderr));
}

#[test]
fn premium_must_be_in_force_in_each_account_and_the_error_says_what_is_missing() {
    let by_user = |more: &[&str]| {
        let arguments = [&["report", "token", "by-user", "--format", "csv"], more, &["-"]].concat();
        tallyfold(&arguments, LOG.as_bytes())
    };
    assert_eq!(by_user(&["--account", "two"]).status.code(), Some(0));
    let refused = by_user(&[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("at least 10 seats together; those of account `one` have 0"), "{said}");
    let early = by_user(&["--account", "two", "--as-of", "2026-01-09"]);
    assert!(text(&early.stderr).contains("no account has an event yet"), "{}", text(&early.stderr));
}

#[test]
fn token_events_are_of_the_past_90_days_and_the_evidence_says_it() {
    let events = report(&["token", "events"]);
    assert_eq!(events["evidence"]["period"], "2025-10-23..2026-01-21");
    assert_eq!(column(&events, "token_events", "tokens"), r#""100" "70""#);
    let january = report(&["token", "events", "--period", "2026-01-05.."]);
    assert_eq!(january["evidence"]["period"], "2026-01-05..2026-01-21");
    assert_eq!(column(&january, "token_events", "account"), r#""two""#);
}

#[test]
fn an_account_without_an_applied_event_is_reported_if_it_is_named() {
    let unknown = ["report", "token", "summary", "--account", "tow", "-"];
    let output = tallyfold(&unknown, LOG.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("names an account `tow`; did you mean `two`?"), "{said}");
    let malformed = format!("{LOG}{{\"account\":\"tow\"}}\n");
    assert_eq!(tallyfold(&unknown, malformed.as_bytes()).status.code(), Some(2));
    let finding =
        r#"{"type":"Heartbeat","at":"2026-01-05T09:00:00Z","account":"three","session":"s"}"#;
    let output = tallyfold(
        &["report", "token", "summary", "--account", "three", "--format", "json", "-"],
        format!("{LOG}{finding}\n").as_bytes(),
    );
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("nothing was applied to account `three` up to the as-of"), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(column(&summary, "token_summary", "tokens_total"), r#""0""#);
    // The latest instant of the catalog, where no account reported has an event.
    assert_eq!(summary["evidence"]["as_of"], "2025-12-31T00:00:00Z");
    let nothing = tallyfold(&["report", "token", "summary", "-"], b"");
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("--as-of"), "{}", text(&nothing.stderr));
    let given = ["report", "token", "summary", "--as-of", "2026-01-01", "-"];
    assert_eq!(tallyfold(&given, b"").status.code(), Some(0));
}

#[test]
fn a_known_user_without_charges_has_no_rows_and_an_unknown_one_is_an_error() {
    let detail = |user: &str| {
        let user = format!("--user={user}");
        let arguments =
            ["report", "user", "detail", "--plan", "premium", &user, "--format", "json", "-"];
        tallyfold(&arguments, LOG.as_bytes())
    };
    let dan = detail("dan");
    assert_eq!(dan.status.code(), Some(0), "he was refused: {}", text(&dan.stderr));
    let dan: Value = serde_json::from_slice(&dan.stdout).unwrap();
    assert_eq!(dan["user_detail"].as_array().map(Vec::len), Some(0));
    let unknown = detail("bne");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean `ben`?"), "{}", text(&unknown.stderr));
}

#[test]
fn an_estimate_is_of_one_account_and_names_what_it_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let more = concat!(
        r#"{"type":"RatePublished","at":"2026-01-21T00:00:00Z","product":"Render","tokens":2,"per":"result"}"#,
        "\n",
        r#"{"type":"ResultProduced","at":"2026-01-21T00:00:00Z","account":"two","user":"ben","product":"Render","quantity":3}"#,
        "\n",
        r#"{"type":"SessionClosed","at":"2026-02-28T12:00:00Z","account":"one","session":"1"}"#,
        "\n",
    );
    fs::write(&log, format!("{LOG}{more}")).unwrap();
    let estimate = |more: &[&str]| {
        let arguments = [&["estimate", "--from", log.to_str().unwrap()], more].concat();
        tallyfold(&arguments, b"")
    };
    let refused = estimate(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--account"), "{}", text(&refused.stderr));
    let of_two = estimate(&["--account", "two", "--json", "--as-of", "2026-02-28"]);
    let of_two: Value = serde_json::from_slice(&of_two.stdout).unwrap();
    let left_out = &of_two["left_out"][0];
    assert_eq!((&left_out["product"], &left_out["why"]), (&"Render".into(), &"results".into()));
    assert_eq!(left_out["tokens_used"], "6");
    let need = &of_two["needs"][0];
    // One day in February and 22 days of January, which are 839/487 of a month.
    assert_eq!((&need["users"], &need["days_a_month"]), (&1.into(), &0.6.into()));
    assert_eq!(
        (&need["tokens_a_month"], &need["tokens"]),
        (&"4.06317".into(), &"48.758045".into())
    );
    let table = estimate(&["--account", "two", "--as-of", "2026-02-28"]);
    assert!(text(&table.stdout).contains("they were for results"), "{}", text(&table.stdout));
}

#[test]
fn prices_are_for_offerings_and_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let prices = folder.path().join("prices.csv");
    let advice = |file: &str| {
        fs::write(&prices, file).unwrap();
        let arguments = ["--token-price", "3", "--subscription-prices", prices.to_str().unwrap()];
        let arguments =
            [&["report", "advice", "--account", "two", "--format", "json"], &arguments[..], &["-"]];
        tallyfold(&arguments.concat(), LOG.as_bytes())
    };
    let told: Value =
        serde_json::from_slice(&advice("offering,price\nAutoCAD,168\n").stdout).unwrap();
    assert_eq!(told["advice"][0]["break_even_days"], 8.0);
    let twice = advice("offering,price\nAutoCAD,168\nAutoCAD,200\n");
    assert!(text(&twice.stderr).contains("has a price already"), "{}", text(&twice.stderr));
    let old = advice("product,price_a_month\nAutoCAD,168\n");
    assert!(text(&old.stderr).contains("offering,price"), "{}", text(&old.stderr));
}

/// A day in 1700 costs one line of a log, and 180,000 rows.
#[test]
fn a_short_log_cannot_ask_for_rows_without_bound() {
    let old: String = (0..40)
        .map(|account| {
            format!(
                r#"{{"type":"PlanSelected","at":"1700-01-01T00:00:00Z","account":"a{account}","plan":"standard"}}"#
            ) + "\n"
        })
        .collect();
    let by_day = |more: &[&str]| {
        let arguments =
            [&["report", "token", "by-day", "--as-of", "2199-12-31"], more, &["-"]].concat();
        tallyfold(&arguments, old.as_bytes())
    };
    let refused = by_day(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--period"), "{}", text(&refused.stderr));
    assert_eq!(by_day(&["--period", "2199-12"]).status.code(), Some(0));
}
