//! The program's reports and the recomputed ones, table by table.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::advice::price;
use super::asked::Asked;
use super::fraction::amount;
use super::log::Log;
use super::logs::{NamedLog, adversarial, conformance, generated, hand_written, made_up};
use super::office::Dice;
use super::printed::Object;
use super::questions::question;
use super::reach::{missing, said};
use super::view::Row;
use super::{Answer, Question};

/// The seeds of the long run: `FIRST..LAST`, the last one excluded.
const SEEDS: &str = "TALLYFOLD_ORACLE_SEEDS";

/// The tables whose tokens add up to those of the summary.
const SUMMED: [&str; 6] = [
    "token_summary",
    "token_by_product",
    "token_by_user",
    "token_by_version",
    "token_by_day",
    "usage_export",
];

/// What a run found.
#[derive(Debug, Default)]
struct Outcome {
    tables: usize,
    rows: usize,
    /// What the tables said.
    said: BTreeSet<String>,
    differences: Vec<String>,
}

impl Outcome {
    fn is_clean(&self, least_tables: usize) {
        let shown = self.differences.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n");
        let (count, tables) = (self.differences.len(), self.tables);
        println!("{tables} tables of {} rows compared, {count} differ", self.rows);
        assert!(self.differences.is_empty(), "{count} of {tables} tables differ:\n\n{shown}");
        assert!(tables >= least_tables, "only {tables} tables were compared");
    }

    /// Asks so many questions about a log.
    fn ask(&mut self, named: &NamedLog, questions: u64, seed: u64) {
        let (log, mut dice) = (Log::read(&named.bytes), Dice::new(seed));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log.jsonl"), &named.bytes).unwrap();
        for _ in 0..questions {
            let Some(question) = question(&log, &mut dice) else { continue };
            let Some(answer) = question.answer(&log) else { continue };
            self.said.extend(said(&answer));
            sums_agree(&answer);
            let asked = Asked { question: &question, folder: folder.path() };
            let told = format!("{}: {}", named.name, asked.arguments().join(" "));
            self.all_reports(&asked, &answer, &told);
            if !answer.details.is_empty() {
                let (user, tables) = dice.pick(&answer.details);
                self.detail(&asked, user, tables, &told);
            }
            if let Some((rows, needed)) = &answer.estimate {
                self.estimate(&asked, rows, needed, &told);
            }
            if dice.chance(4) {
                self.plan(&asked, answer.is_premium, &told);
            }
        }
    }

    fn all_reports(&mut self, asked: &Asked<'_>, answer: &Answer, told: &str) {
        let output = asked.folder.join("reports");
        let printed = match asked.all(&output) {
            Ok(printed) => printed,
            Err(error) => return self.differences.push(format!("{told}\n{error}")),
        };
        for (name, expected) in &answer.tables {
            let with_table = printed.iter().find(|printed| printed.table(name).is_some());
            let table = with_table.and_then(|printed| printed.table(name));
            self.compare(&format!("{told}\n{name}"), table, expected);
            let evidence = with_table.map_or(&Value::Null, |printed| &printed.evidence);
            self.evidence(&format!("{told}\nevidence of {name}"), evidence, answer, name);
        }
    }

    fn evidence(&mut self, told: &str, printed: &Value, answer: &Answer, table: &str) {
        let expected = match table {
            "token_events" => &answer.evidence_of_events,
            _ => &answer.evidence,
        };
        for (field, expected) in expected.as_object().unwrap() {
            if printed[field] != *expected {
                let got = &printed[field];
                self.differences
                    .push(format!("{told}\nprogram {field} {got}\noracle  {field} {expected}"));
            }
        }
        if SUMMED.contains(&table) {
            let (got, expected) = (&printed["sum_of_rows"][table], amount(sum(answer, table)));
            if *got != expected {
                self.differences.push(format!("{told}\nprogram sum {got}\noracle  sum {expected}"));
            }
        }
    }

    fn plan(&mut self, asked: &Asked<'_>, is_premium: bool, told: &str) {
        let given = asked.is_premium_given();
        if given != Ok(is_premium) {
            self.differences.push(format!("{told}\npremium {is_premium}, program {given:?}"));
        }
    }

    fn estimate(&mut self, asked: &Asked<'_>, rows: &[Row], needed: &[Value; 2], told: &str) {
        let told = format!("{told}\nestimate");
        match asked.estimate() {
            Err(error) => self.differences.push(format!("{told}: {error}")),
            Ok((needs, got)) => {
                self.compare(&told, Some(&needs), rows);
                if got != *needed {
                    self.differences.push(format!("{told}\nprogram {got:?}\noracle  {needed:?}"));
                }
            }
        }
    }

    fn detail(&mut self, asked: &Asked<'_>, user: &str, tables: &[Vec<Row>; 2], told: &str) {
        match asked.detail(user) {
            Err(error) => self.differences.push(format!("{told}\n{user}: {error}")),
            Ok(printed) => {
                for (name, expected) in ["user_detail", "user_detail_weeks"].iter().zip(tables) {
                    let told = format!("{told}\n{name} of {user}");
                    self.compare(&told, printed.table(name), expected);
                }
            }
        }
    }

    fn compare(&mut self, told: &str, table: Option<&[Object]>, expected: &[Row]) {
        self.tables += 1;
        self.rows += expected.len();
        let difference = match table {
            None => Some("no such table".to_owned()),
            Some(rows) => difference(rows, expected),
        };
        self.differences.extend(difference.map(|difference| format!("{told}\n{difference}")));
    }
}

/// "The sums by product, by user, by version and by day are equal to it, always."
fn sums_agree(answer: &Answer) {
    for table in SUMMED {
        assert_eq!(sum(answer, table), sum(answer, "token_summary"), "{table}");
    }
}

fn sum(answer: &Answer, table: &str) -> i128 {
    let (_, rows) = answer.tables.iter().find(|(name, _)| *name == table).unwrap();
    let used = rows.iter().flat_map(|row| row.iter().filter(|it| it.0 == "tokens_used"));
    used.map(|(_, value)| price(value.as_str().unwrap())).sum()
}

/// The first difference between two tables.
pub(super) fn difference(rows: &[Object], expected: &[Row]) -> Option<String> {
    for place in 0..rows.len().max(expected.len()) {
        let (got, own) = (rows.get(place), expected.get(place));
        let columns = match (got, own) {
            (Some(got), Some(own)) => different_columns(got, own),
            _ => vec!["the number of rows"],
        };
        if !columns.is_empty() {
            let got = got.map(|row| shown(row.0.iter().map(|it| (it.0.as_str(), &it.1))));
            let own = own.map(|row| shown(row.iter().map(|it| (it.0, &it.1))));
            let (got, own) = (got.unwrap_or_default(), own.unwrap_or_default());
            return Some(format!("row {place}, {columns:?}\nprogram {got}\noracle  {own}"));
        }
    }
    None
}

fn shown<'a>(fields: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    fields.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// The columns that are of different names, in their order, or have different values.
fn different_columns<'r>(got: &'r Object, own: &'r Row) -> Vec<&'r str> {
    let differs = |place: &usize| match (got.0.get(*place), own.get(*place)) {
        (Some((name, value)), Some((own_name, own_value))) => {
            name != own_name || !is_equal(value, own_value)
        }
        _ => true,
    };
    let places = (0..got.0.len().max(own.len())).filter(differs);
    places.map(|place| own.get(place).map_or("one more", |column| column.0)).collect()
}

/// Numbers by what they are worth, all else as it is.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

#[test]
fn reports_of_the_conformance_logs_are_what_their_definitions_say() {
    let mut outcome = Outcome::default();
    for (seed, log) in (0..).zip(conformance()) {
        outcome.ask(&log, 1, seed);
    }
    outcome.is_clean(1_000);
}

#[test]
fn reports_of_logs_written_by_hand_are_what_their_definitions_say() {
    let mut outcome = Outcome::default();
    for (seed, log) in (0..).zip(hand_written()) {
        outcome.ask(&log, 20, seed);
    }
    outcome.is_clean(500);
}

#[test]
fn reports_of_made_up_teams_are_what_their_definitions_say() {
    let mut outcome = Outcome::default();
    (0..30).for_each(|seed| outcome.ask(&made_up(seed), 3, seed));
    assert_eq!(missing(&outcome.said), [""; 0], "never said");
    outcome.is_clean(800);
}

#[test]
fn reports_of_adversarial_histories_are_what_their_definitions_say() {
    let mut outcome = Outcome::default();
    (0..40).for_each(|seed| outcome.ask(&adversarial(seed), 2, seed));
    outcome.is_clean(800);
}

#[test]
fn reports_of_generated_logs_are_what_their_definitions_say() {
    let mut outcome = Outcome::default();
    (0..4).for_each(|seed| outcome.ask(&generated(seed), 3, seed));
    outcome.is_clean(100);
}

/// Of an account that is named, the program says the same with other accounts in the log and without.
#[test]
fn an_unrelated_account_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tables = |log: &[u8], question: &Question| {
        fs::write(folder.path().join("log.jsonl"), log).unwrap();
        let asked = Asked { question, folder: folder.path() };
        let printed = asked.all(&folder.path().join("reports")).unwrap();
        printed.into_iter().flat_map(|it| it.tables).map(|it| format!("{it:?}")).collect()
    };
    for seed in 100..110 {
        let (whole, mut dice) = (made_up(seed).bytes, Dice::new(seed));
        let log = Log::read(&whole);
        let Some(question) = question(&log, &mut dice) else { continue };
        for account in log.accounts() {
            let lines = whole.split_inclusive(|byte| *byte == b'\n').filter(|line| {
                let line: Value = serde_json::from_slice(line).unwrap();
                line.get("account").is_none_or(|it| *it == account)
            });
            let alone = lines.collect::<Vec<_>>().concat();
            let question = Question { account: Some(account), ..question.clone() };
            let [alone, among_others]: [Vec<String>; 2] =
                [&alone, &whole].map(|log| tables(log, &question));
            assert_eq!(alone, among_others, "office {seed}, {question:?}");
        }
    }
}

/// Many more of them: `TALLYFOLD_ORACLE_SEEDS=1000..1500 cargo test -p tallyfold-cli --test it oracle -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes to hours"]
fn many_reports_are_what_their_definitions_say() {
    let seeds = std::env::var(SEEDS).unwrap_or_else(|_| "1000..1100".to_owned());
    let (first, last) = seeds.split_once("..").unwrap();
    let mut outcome = Outcome::default();
    for seed in first.parse().unwrap()..last.parse().unwrap() {
        outcome.ask(&made_up(seed), 4, seed);
        outcome.ask(&adversarial(seed), 4, seed);
        if seed.is_multiple_of(10) {
            outcome.ask(&generated(seed), 4, seed);
            conformance().iter().for_each(|log| outcome.ask(log, 1, seed));
            hand_written().iter().for_each(|log| outcome.ask(log, 10, seed));
            println!(
                "seed {seed}: {} tables, {} differ",
                outcome.tables,
                outcome.differences.len()
            );
        }
    }
    outcome.is_clean(100);
}
