//! Schemas of single values: which of the kinds of `docs/events.md` a place takes, and within which bounds.

use serde_json::{Map, Value, json};
use tallyfold_core::{Name, Text};

use super::learner::Learner;
use super::probe::Probe;

/// Texts of which each place that takes a text takes one: both are names, reasons and instants, and a
/// term may begin with the first and end with the second.
pub(super) const TEXTS: [&str; 2] = ["2026-01-05T09:00:00Z", "2026-01-06T09:00:00Z"];

/// A deadline that no event may carry.
const DEADLINE: &str = "2209-12-29T09:00:00Z";

/// Longer than any list that has a greatest length.
pub(super) const LONGEST: i128 = 16_384;

/// What is taken furthest from `taken` in the direction of `limit`, if all in between is.
pub(super) fn furthest(taken: i128, limit: i128, takes: &dyn Fn(i128) -> bool) -> i128 {
    if takes(limit) {
        return limit;
    }
    let (mut taken, mut refused) = (taken, limit);
    while (refused - taken).abs() > 1 {
        let middle = (taken + refused) / 2;
        *(if takes(middle) { &mut taken } else { &mut refused }) = middle;
    }
    taken
}

/// A number of things, within the bounds that the place has.
pub(super) fn count(place: &Learner<'_>) -> Value {
    let takes = |number| place.takes(&Probe::Number(number));
    let (least, most) =
        (furthest(1, i64::MIN.into(), &takes), furthest(1, u64::MAX.into(), &takes));
    if least == most {
        return json!({"const": number(least)});
    }
    json!({"type": "integer", "minimum": number(least), "maximum": number(most)})
}

fn number(number: i128) -> Value {
    u64::try_from(number).map_or_else(|_| json!(number as i64), Value::from)
}

/// An amount of tokens, with the signs and within the bounds that the place has.
pub(super) fn tokens(place: &Learner<'_>) -> Value {
    let takes = |number| place.takes(&Probe::Number(number));
    let (is_signed, may_be_zero) = (takes(-1), takes(0));
    let least = match (is_signed, may_be_zero) {
        (true, _) => furthest(-1, i64::MIN.into(), &takes),
        (false, true) => 0,
        (false, false) => 1,
    };
    let most = furthest(1, i64::MAX.into(), &takes);
    if (least, most) == (i64::MIN.into(), i64::MAX.into()) {
        return json!({"$ref": "#/$defs/tokens"});
    }
    amount(least, most, may_be_zero)
}

fn amount(least: i128, most: i128, may_be_zero: bool) -> Value {
    let (magnitude, is_signed) = (magnitude(most), least < 0);
    let pattern = match (is_signed, may_be_zero) {
        (true, _) => format!("^-?{magnitude}$"),
        (false, true) => format!(r"^({magnitude}|-0(\.0{{1,6}})?)$"),
        (false, false) => format!("^{magnitude}$"),
    };
    let mut whole = json!({"type": "integer", "minimum": number(least), "maximum": number(most)});
    let mut decimal = json!({"type": "string", "pattern": pattern});
    if !may_be_zero {
        whole["not"] = json!({"const": 0});
        decimal["not"] = json!({"pattern": r"^-?0(\.0{1,6})?$"});
    }
    json!({"anyOf": [whole, decimal]})
}

/// The pattern of amounts of up to so many tokens with six decimals: exact for a power of ten, and else for
/// as many digits as that has.
fn magnitude(most: i128) -> String {
    let (digits, most) = (most.to_string().len(), most.to_string());
    let below = |digits| format!(r"(0|[1-9][0-9]{{0,{}}})(\.[0-9]{{1,6}})?", digits - 1);
    match most.trim_end_matches('0') {
        "1" => format!(r"({}|{most}(\.0{{1,6}})?)", below(digits - 1)),
        _ => below(digits),
    }
}

/// A text: an instant, a name, or any text up to a length.
pub(super) fn text(place: &Learner<'_>) -> Value {
    let takes = |text: &str| place.takes(&Probe::Text(text.to_owned()));
    let kind = match (takes("n"), takes("")) {
        (false, _) if takes(DEADLINE) => "deadline",
        (false, _) => "instant",
        (true, false) => "name",
        (true, true) if takes(&"n".repeat(Text::MAX_BYTES + 1)) => return json!({"type": "string"}),
        (true, true) => "text",
    };
    json!({"$ref": format!("#/$defs/{kind}")})
}

/// The kinds of values to which a schema refers.
pub(super) fn kinds_in(schema: &Value) -> Map<String, Value> {
    let written = schema.to_string();
    let is_used = |kind: &str| written.contains(&format!("\"#/$defs/{kind}\""));
    kinds()
        .into_iter()
        .filter(|(kind, _)| is_used(kind))
        .map(|(kind, it)| (kind.into(), it))
        .collect()
}

fn kinds() -> [(&'static str, Value); 5] {
    let name = json!({
        "description": "A name: at most 256 bytes of UTF-8, which a schema cannot count; compared byte for byte.",
        "type": "string",
        "minLength": 1,
        "maxLength": Name::MAX_BYTES,
        "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
    });
    let text = json!({
        "description": "Any text of at most 1,024 bytes of UTF-8, which a schema cannot count.",
        "type": "string",
        "maxLength": Text::MAX_BYTES,
    });
    let instant = json!({
        "description": "An instant from 1700-01-01 to before 2200-01-01 in UTC, to the nanosecond.",
        "type": "string",
        "format": "date-time",
        "pattern": instants("1699-12-31|2200-01-01", "(1[7-9]|2[01])[0-9]{2}"),
    });
    let deadline = json!({
        "description": "An instant, or a deadline that rules derive: later than events may be.",
        "type": "string",
        "format": "date-time",
        "pattern": instants("1677-09-2[1-9]|2262-04-(0[1-9]|1[01])", "(16[7-9]|1[7-9][0-9]|2[01][0-9]|22[0-6])[0-9]"),
    });
    let mut tokens = amount(i64::MIN.into(), i64::MAX.into(), true);
    tokens["description"] = json!("Tokens with up to six decimals: perhaps a sum of amounts.");
    [
        ("name", name),
        ("text", text),
        ("instant", instant),
        ("deadline", deadline),
        ("tokens", tokens),
    ]
}

/// The pattern of instants on some days, and on all days of some years.
fn instants(days: &str, years: &str) -> String {
    const DAY: &str = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])\
                       |(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9])";
    const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?";
    const OFFSET: &str = "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    format!("^({days}|{years}-({DAY}))[Tt]{TIME}{OFFSET}$")
}
