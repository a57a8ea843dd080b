//! Every report worked out a second time, as `docs/reports.md` defines it: with lists and scans over
//! the journal, and without any code of the reports.
//!
//! What the program prints is compared with it, table by table.

mod account;
mod advice;
mod asked;
mod calendar;
mod compare;
mod estimate;
mod evidence;
mod fraction;
mod log;
mod logs;
mod office;
mod people;
mod period;
mod printed;
mod questions;
mod reach;
mod run_out;
mod seats;
mod tokens;
mod view;
mod worked;

use std::collections::BTreeSet;

use serde_json::Value;

use advice::Prices;
use calendar::{At, Zone, date, instant};
use log::Log;
use period::Period;
use view::{Row, View};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// One account, or all.
    account: Option<String>,
    /// A period as the command line takes it, or none.
    period: Option<String>,
    zone: String,
    /// An instant or a date, or none.
    as_of: Option<String>,
    prices: Prices,
}

/// A report of one account.
type Report = fn(&View<'_>) -> Vec<Row>;

/// The reports that are a table each, but for `token events`, `advice` and `user detail`.
const REPORTS: [(&str, Report); 11] = [
    ("token_summary", tokens::summary),
    ("token_by_day", tokens::by_day),
    ("token_by_product", tokens::by_product),
    ("token_by_version", tokens::by_version),
    ("token_by_user", people::token_by_user),
    ("seat_summary", seats::summary),
    ("seat_totals", seats::totals),
    ("seat_by_product", seats::by_product),
    ("seat_by_user", seats::of_users),
    ("user_summary", people::user_summary),
    ("usage_export", people::export),
];

/// The tables that a question is answered with.
pub(crate) struct Answer {
    /// What the evidence of every report says.
    pub evidence: Value,
    /// That of `token events`, which may have a period of its own.
    pub evidence_of_events: Value,
    /// The name of each table, and its rows.
    pub tables: Vec<(&'static str, Vec<Row>)>,
    /// Everybody who is known in an account reported, with the two tables of `user detail`.
    pub details: Vec<(String, [Vec<Row>; 2])>,
    /// Of one account: the rows that an estimate proposes for a year, and their tokens a month and in all.
    pub estimate: Option<(Vec<Row>, [Value; 2])>,
    /// Whether Premium is in force in each account reported (N1).
    pub is_premium: bool,
}

impl Question {
    /// The answer; none where nothing gives an as-of.
    pub(crate) fn answer(&self, log: &Log) -> Option<Answer> {
        let zone = Zone::named(&self.zone);
        let given = self.as_of.as_ref().map(|text| as_of(text, zone));
        let all = self.account.iter().cloned().collect::<BTreeSet<_>>();
        let asked = if all.is_empty() { log.accounts() } else { all };
        let as_of = given.or_else(|| log.latest(&asked))?;
        let mut accounts = log.settled(&asked, as_of);
        // "An account without an applied event is reported only if it is named."
        accounts.retain(|account| self.account.is_some() || account.first.is_some());
        let catalog = log.catalog_at(as_of);
        let first = accounts.iter().filter_map(|it| it.first).map(|at| zone.date(at)).min();
        let meant = |text: Option<&str>| Period::meant(text, zone.date(as_of), first);
        let period = meant(self.period.as_deref());
        let views_in = |period| {
            let view = |account| View::new(account, &catalog, zone, period, as_of);
            accounts.iter().map(view).collect::<Vec<_>>()
        };
        let views = views_in(period);
        let table = |report: Report| views.iter().flat_map(report).collect::<Vec<_>>();
        let mut tables: Vec<_> =
            REPORTS.iter().map(|(name, report)| (*name, table(*report))).collect();
        // "Its default period is `past-90-days`."
        let of_events = meant(Some(self.period.as_deref().unwrap_or("past-90-days")));
        let events = views_in(of_events);
        tables.push(("token_events", events.iter().flat_map(tokens::events).collect()));
        let advice = views.iter().flat_map(|view| advice::advice(view, &self.prices));
        tables.push(("advice", advice.collect()));
        let users: BTreeSet<&str> =
            accounts.iter().flat_map(account::Account::known_users).collect();
        let detail = |user: &str| {
            let charges = views.iter().flat_map(|view| people::detail(view, user)).collect();
            let weeks = views.iter().flat_map(|view| people::weeks(view, user)).collect();
            (user.to_owned(), [charges, weeks])
        };
        let details = users.into_iter().map(detail).collect();
        let is_premium = !accounts.is_empty() && accounts.iter().all(|it| it.is_premium);
        let evidence = |period: Period, views: &[View<'_>]| {
            let mut evidence = evidence::evidence(log, &accounts, views, as_of, given);
            evidence["as_of"] = zone.written(as_of).into();
            evidence["period"] = format!("{}..{}", period.from, period.to).into();
            evidence["time_zone"] = self.zone.as_str().into();
            evidence
        };
        let evidence_of_events = evidence(of_events, &events);
        let evidence = evidence(period, &views);
        let estimate = match &views[..] {
            [view] => Some(estimate::needs(view, 12)),
            _ => None,
        };
        Some(Answer { evidence, evidence_of_events, tables, details, estimate, is_premium })
    }
}

/// "The instant given (a date is the last nanosecond before a later date begins for good, in the report's time zone)."
fn as_of(text: &str, zone: Zone) -> At {
    if text.contains(['T', 't']) { instant(text) } else { zone.end_of(date(text)) }
}
