//! Scenarios in readable text: events and the journal entries they make, side by side.
//!
//! ```text
//! # P1  What the rule says.
//! 2026-01-01T00:00:00Z RatePublished product=AutoCAD tokens=7
//! 2026-01-02T00:00:00Z acme PackPurchased pack=P tokens=10
//!     pack_added pack=P tokens=10 expires_at=2027-01-02T00:00:00Z
//! settle 2027-01-02T00:00:00Z
//!     @2027-01-02T00:00:00Z pack_expired pack=P tokens=10
//! ```
//!
//! A line that is not indented is an event, or a question: `settle [INSTANT]`,
//! `admit INSTANT ACCOUNT USER PRODUCT` or `ask INSTANT ACCOUNT`. Indented lines
//! are what came of it: journal entries, with `@INSTANT` where they were decided before the
//! event's own instant and the account where it is not the event's; `! kind` for a finding. A value
//! is a word, `"several words"`, or JSON in brackets.

use std::fmt::Write;

use serde_json::{Map, Value};
use tallyfold_core::{Event, Ledger, Name, Record, Timestamp};
use tallyfold_log::{parse_line, write_record};

/// Runs the events of a scenario and writes it anew, with what came of them.
pub(crate) fn run(scenario: &str) -> String {
    let (mut ledger, mut text) = (Ledger::default(), String::new());
    for line in scenario.lines().filter(|line| !line.starts_with(char::is_whitespace)) {
        writeln!(text, "{line}").unwrap();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(at) = line.strip_prefix("settle") {
            settle(&ledger, at.trim(), &mut text);
        } else if let Some(question) = line.strip_prefix("admit ") {
            admit(&ledger, question, &mut text);
        } else if let Some(question) = line.strip_prefix("ask ") {
            ask(&ledger, question, &mut text);
        } else {
            apply(&mut ledger, line, &mut text);
        }
    }
    text
}

fn apply(ledger: &mut Ledger, line: &str, text: &mut String) {
    let event = event(line);
    let mut journal = Vec::new();
    let finding = ledger.apply(&event, &mut journal);
    for record in &journal {
        write_entry(record, event.account().map(Name::as_str), Some(event.at()), text);
    }
    if let Err(finding) = finding {
        writeln!(text, "    ! {}", serde_json::to_value(finding).unwrap().as_str().unwrap())
            .unwrap();
    }
}

/// The event of a line.
pub(crate) fn event(line: &str) -> Event<'static> {
    let json = event_json(line).to_string();
    let event = parse_line(json.as_bytes()).unwrap_or_else(|bad| panic!("{line}: {bad}"));
    event.into_owned()
}

/// What settling a copy of the ledger writes: at an instant, or each account at its clock.
fn settle(ledger: &Ledger, at: &str, text: &mut String) {
    let as_of = (!at.is_empty()).then(|| at.parse().unwrap());
    let mut journal = Vec::new();
    tallyfold_core::LogFold::new(ledger.clone(), as_of).settle(&mut journal);
    let alone = ledger.accounts().count() == 1;
    let account = ledger.accounts().next().map(|account| account.name().to_owned());
    for record in &journal {
        write_entry(record, account.as_deref().filter(|_| alone), None, text);
    }
}

fn admit(ledger: &Ledger, question: &str, text: &mut String) {
    let words = words(question);
    let [at, account, user, product] = &words[..] else {
        panic!("admit INSTANT ACCOUNT USER PRODUCT, not {question}");
    };
    let unquoted = |word: &str| word.trim_matches('"').to_owned();
    let answer = ledger.admit(account, &unquoted(user), &unquoted(product), at.parse().unwrap());
    writeln!(text, "    {}", answer_text(answer)).unwrap();
}

/// What an account is, as settled at an instant.
fn ask(ledger: &Ledger, question: &str, text: &mut String) {
    let (at, account) = question.split_once(' ').unwrap();
    let settled = ledger.account(account).unwrap().at(at.parse().unwrap());
    let (plan, level) =
        (serde_json::to_value(settled.plan()), serde_json::to_value(settled.level()));
    let (plan, level) = (value_text(&plan.unwrap()), value_text(&level.unwrap()));
    let (live, windows) = (settled.live_sessions().count(), settled.windows().count());
    let available = settled.tokens().available;
    writeln!(
        text,
        "    plan={plan} level={level} available={available} live={live} windows={windows}"
    )
    .unwrap();
}

fn answer_text(answer: Result<tallyfold_core::Admission<'_>, tallyfold_core::Finding>) -> String {
    use tallyfold_core::Admission;
    let name = |refusal| serde_json::to_value(refusal).unwrap().as_str().unwrap().to_owned();
    match answer {
        Ok(Admission::Joins { charge, until }) => format!("joins charge={charge} until={until}"),
        Ok(Admission::Covered { subscription, until }) => {
            format!("covered subscription={subscription} until={until}")
        }
        Ok(Admission::Charged { tokens, postings, until }) => {
            let parts: Vec<_> =
                postings.iter().map(|it| format!("{}:{}", it.pack, it.tokens)).collect();
            format!("costs tokens={tokens} postings=[{}] until={until}", parts.join(" "))
        }
        Ok(Admission::Refused(refusal)) => format!("refused {}", name(refusal)),
        Err(finding) => format!("! {}", serde_json::to_value(finding).unwrap().as_str().unwrap()),
    }
}

/// `INSTANT [ACCOUNT] Type key=value…` as the JSON object of `events.md`.
fn event_json(line: &str) -> Value {
    let mut event = Map::new();
    let words = words(line);
    let fields = words.iter().position(|word| word.contains('=')).unwrap_or(words.len());
    match &words[..fields] {
        [at, kind] => {
            event.insert("at".into(), at.as_str().into());
            event.insert("type".into(), kind.as_str().into());
        }
        [at, account, kind] => {
            event.insert("at".into(), at.as_str().into());
            event.insert("account".into(), account.as_str().into());
            event.insert("type".into(), kind.as_str().into());
        }
        _ => panic!("INSTANT [ACCOUNT] TYPE key=value…, not {line}"),
    }
    for field in &words[fields..] {
        let (key, value) = field.split_once('=').unwrap();
        let is_json = value.starts_with(['"', '[', '{'])
            || key != "version" && serde_json::from_str::<Value>(value).is_ok();
        let value = if is_json { serde_json::from_str(value).unwrap() } else { value.into() };
        event.insert(key.into(), value);
    }
    Value::Object(event)
}

/// Splits at spaces outside quotes and brackets.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut depth) = (vec![], String::new(), false, 0);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if c == ' ' && !quoted && depth == 0 {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        } else {
            word.push(c);
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn write_entry(
    record: &Record<'_>,
    account: Option<&str>,
    at: Option<Timestamp>,
    text: &mut String,
) {
    let mut line = Vec::new();
    write_record(&mut line, record).unwrap();
    let entry: Map<String, Value> = serde_json::from_slice(&line).unwrap();
    text.push_str("   ");
    if at != Some(record.at) {
        write!(text, " @{}", record.at).unwrap();
    }
    if account != Some(&*record.account) {
        write!(text, " {}", record.account).unwrap();
    }
    write!(text, " {}", entry["entry"].as_str().unwrap()).unwrap();
    let line = String::from_utf8(line).unwrap();
    let mut fields: Vec<_> = entry.iter().collect();
    fields.retain(|(key, _)| !["account", "at", "entry"].contains(&key.as_str()));
    fields.sort_by_key(|(key, _)| line.find(&format!("\"{key}\":")));
    for (key, value) in fields {
        write!(text, " {key}={}", value_text(value)).unwrap();
    }
    text.push('\n');
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(word) if word.is_empty() || word.contains(' ') => format!("{word:?}"),
        Value::String(word) => word.clone(),
        Value::Array(list) => {
            let items: Vec<_> = list.iter().map(item_text).collect();
            format!("[{}]", items.join(" "))
        }
        other => other.to_string(),
    }
}

/// A posting as `pack:tokens`, a name as itself.
fn item_text(item: &Value) -> String {
    match item.get("pack") {
        Some(pack) => format!("{}:{}", value_text(pack), value_text(&item["tokens"])),
        None => value_text(item),
    }
}
