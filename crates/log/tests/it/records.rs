//! Journal lines are read as docs/events.md says, or refused with what is wrong and where.

use tallyfold_core::{Entry, Record, Tokens};
use tallyfold_log::{parse_record, write_record};

pub(crate) const START: &str = r#"{"account":"a","at":"2026-01-05T09:00:00Z","#;

/// One line of each entry, and of each shape that an entry may have.
pub(crate) const LINES: [&str; 27] = [
    r#""entry":"pack_added","pack":"P","tokens":"0.5","expires_at":"2209-12-29T09:00:00.250Z"}"#,
    r#""entry":"pack_expired","pack":"P","tokens":0}"#,
    r#""entry":"adjusted","pack":"P","tokens":-3,"reason":"bell \u0007"}"#,
    r#""entry":"charged","charge":1,"user":"u","product":"p","session":"s","version":"1","reason":"opened","tokens":7,"postings":[{"pack":"P","tokens":7}],"starts_at":"2026-01-05T09:00:00Z","ends_at":"2026-01-06T09:00:00Z"}"#,
    r#""entry":"charged","charge":2,"user":"u","product":"p","session":"s","reason":"renewed","tokens":0,"subscription":"S","starts_at":"2026-01-05T09:00:00Z","ends_at":"2026-01-06T09:00:00Z"}"#,
    r#""entry":"charged","charge":3,"user":"u","product":"p","session":"s","reason":"resumed","tokens":0,"starts_at":"2026-01-05T09:00:00Z","ends_at":"2026-01-06T09:00:00Z"}"#,
    r#""entry":"charged","charge":18446744073709551615,"user":"u","product":"p","reason":"result","tokens":1000000000000000,"postings":[{"pack":"P","tokens":"999999999999999.999999"},{"pack":"Q","tokens":"0.000001"}],"quantity":1000000}"#,
    r#""entry":"refunded","charge":1,"reason":"grace","tokens":7,"postings":[{"pack":"P","tokens":7}],"forfeited":0}"#,
    r#""entry":"refunded","charge":1,"reason":"reversed","tokens":7,"postings":[],"forfeited":7,"note":""}"#,
    r#""entry":"window_ended","charge":1,"user":"u","product":"p","reason":"closed"}"#,
    r#""entry":"window_ended","charge":1,"user":"u","product":"p","reason":"cover_ended"}"#,
    r#""entry":"unpaid","user":"u","product":"p","session":"s","reason":"no_rate"}"#,
    r#""entry":"session_opened","session":"s","user":"u","product":"p","version":"1","charge":1}"#,
    r#""entry":"session_denied","session":"s","user":"u","product":"p","reason":"not_assigned"}"#,
    r#""entry":"session_closed","session":"s","user":"u","product":"p","reason":"lapsed"}"#,
    r#""entry":"session_closed","session":"s","user":"u","product":"p","reason":"locked_out","because":"insufficient_tokens"}"#,
    r#""entry":"result_denied","user":"u","product":"p","quantity":1,"reason":"product_excluded"}"#,
    r#""entry":"notice","notice":"low_balance","available":"1500000000.5"}"#,
    r#""entry":"notice","notice":"expiring","pack":"P","tokens":1}"#,
    r#""entry":"noted","event":"SubscriptionPurchased","subscription":"S","offering":"o","seats":50,"starts":"2026-01-01T00:00:00Z","ends":"2027-01-01T00:00:00Z"}"#,
    r#""entry":"noted","event":"SubscriptionAssigned","subscription":"S","user":"u"}"#,
    r#""entry":"noted","event":"SubscriptionUnassigned","subscription":"S","user":"u"}"#,
    r#""entry":"noted","event":"FlexAssigned","user":"u"}"#,
    r#""entry":"noted","event":"FlexUnassigned","user":"u"}"#,
    r#""entry":"noted","event":"FlexAccessSet","mode":"only","products":["p","q"],"user":"u"}"#,
    r#""entry":"noted","event":"FlexAccessSet","mode":"default"}"#,
    r#""entry":"noted","event":"PlanSelected","plan":"premium"}"#,
];

fn record(line: &str) -> Record<'_> {
    parse_record(line.as_bytes()).unwrap_or_else(|malformed| panic!("{line}: {malformed}"))
}

fn refusal(line: &str) -> String {
    match parse_record(line.as_bytes()) {
        Ok(record) => panic!("{line} was read as {record:?}"),
        Err(malformed) => malformed.to_string(),
    }
}

#[test]
fn every_entry_is_written_back_byte_for_byte() {
    for end in LINES {
        let line = format!("{START}{end}");
        let mut written = Vec::new();
        write_record(&mut written, &record(&line)).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), line + "\n");
    }
}

/// RFC 8785 escapes what JSON must escape, the short way where there is one, and nothing else.
#[test]
fn strings_are_escaped_as_the_canonical_form_says() {
    let reason = "\u{8}\t\n\u{c}\r\"\\/ \u{1}\u{1f}\u{7f}é\u{2028}𝄞";
    let (account, pack) = ("a\"\\b".into(), "P".into());
    let entry = Entry::Adjusted { pack, tokens: Tokens::whole(-3), reason: reason.into() };
    let at = "2026-01-05T09:00:00Z".parse().unwrap();
    let mut written = Vec::new();
    write_record(&mut written, &Record { account, at, entry }).unwrap();
    let expected = r#"{"account":"a\"\\b","at":"2026-01-05T09:00:00Z","entry":"adjusted","pack":"P","tokens":-3,"reason":"\b\t\n\f\r\"\\/ \u0001\u001fDELé\u2028𝄞"}"#;
    let expected = expected.replace("DEL", "\u{7f}").replace("\\u2028", "\u{2028}") + "\n";
    assert_eq!(std::str::from_utf8(&written).unwrap(), expected);
}

/// The log line that caused an entry may be told, but is no part of the record.
#[test]
fn a_line_may_end_with_the_number_of_its_log_line() {
    for end in LINES {
        let line = format!("{START}{end}");
        let numbered = line.strip_suffix('}').unwrap().to_owned() + r#","line":12}"#;
        assert_eq!(record(&numbered), record(&line));
    }
    let with =
        |line: &str| format!(r#"{START}"entry":"pack_expired","pack":"P","tokens":0,{line}}}"#);
    assert_eq!(record(&with(r#""line":18446744073709551615"#)).account, "a");
    for wrong in [r#""line":0"#, r#""line":-1"#, r#""line":"1""#, r#""line":1.0"#, r#""lines":1"#] {
        refusal(&with(wrong));
    }
    refusal(&with(r#""line":1,"line":1"#));
}

#[test]
fn no_field_may_be_missing_or_added_or_given_twice() {
    const MAY_BE_MISSING: [&str; 6] =
        ["version", "subscription", "postings", "note", "user", "products"];
    for end in LINES {
        let line = format!("{START}{end}");
        refusal(&line.replacen('{', r#"{"meta":{},"#, 1));
        refusal(&line.replacen('{', r#"{"at":"2026-01-05T09:00:00Z","#, 1));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        for field in value.as_object().unwrap().keys() {
            let mut without = value.clone();
            without.as_object_mut().unwrap().remove(field);
            let read = parse_record(without.to_string().as_bytes()).is_ok();
            assert!(!read || MAY_BE_MISSING.contains(&&**field), "{line} without {field}");
            let mut wrong = value.clone();
            wrong[field] = serde_json::Value::Null;
            refusal(&wrong.to_string());
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_its_column() {
    for (line, said) in [
        ("", "column 1: EOF while parsing a value"),
        ("[]", "column 1: invalid type: sequence, expected an object"),
        ("{}", "`entry` is missing"),
        (r#"{"entry":"pack_burnt"}"#, "there is no journal entry `pack_burnt`"),
        (
            r#"{"entry":"noted","event":"RatePublished","product":"p","tokens":1}"#,
            "the journal does not note events of type `RatePublished`",
        ),
        (
            r#"{"entry":"noted","event":"Heartbeat","session":"s"}"#,
            "the journal does not note events of type `Heartbeat`",
        ),
        (r#"{"entry":"pack_expired","pack":""}"#, "column 32: `pack`: a name is not empty"),
        (
            r#"{"entry":"unpaid","session":"s","user":"u","product":"p","reason":"broke"}"#,
            "column 67: unknown variant `broke`, expected one of `not_assigned`, \
             `product_excluded`, `no_rate`, `insufficient_tokens`",
        ),
        (
            r#"{"entry":"unpaid","session":"s","user":"u","product":"p","reason":{"no_rate":null}}"#,
            "column 67: `reason` must be a string",
        ),
        (
            r#"{"entry":"window_ended","charge":0}"#,
            "column 34: `charge` must be a positive integer",
        ),
        (
            r#"{"entry":"notice","notice":"no_tokens","available":7.5}"#,
            "column 52: invalid type: floating point `7.5`, expected a whole number of tokens, or \
             a decimal string with up to six decimals",
        ),
        (
            r#"{"entry":"charged","charge":1,"user":"u","product":"p","reason":"opened","tokens":1,"postings":[{"pack":"P"}]}"#,
            "column 96: `tokens` is missing",
        ),
    ] {
        assert_eq!(refusal(line), said, "{line}");
    }
    assert_eq!(parse_record(b"{\"entry\":\"\xff\"}").map_err(|it| it.column), Err(Some(11)));
}

#[test]
fn a_line_may_be_long() {
    let posting = r#"{"pack":"P","tokens":1}"#;
    let postings = vec![posting; 100_000].join(",");
    let line = format!(
        r#"{START}"entry":"refunded","charge":1,"reason":"grace","tokens":100000,"postings":[{postings}],"forfeited":0}}"#
    );
    record(&line);
}
