//! Small logs, told in a few words, and the reports of them.

use chrono::NaiveDate;
use tallyfold_core::{Event, Ledger, LogFold, Sink, Timestamp};
use tallyfold_log::parse_line;
use tallyfold_projections::premium::Pass;
use tallyfold_projections::{Facts, PeriodSpec, Reports, TimeZone, Usage};

/// Events in the order in which they are told.
#[derive(Clone, Default)]
pub(crate) struct Story {
    lines: Vec<String>,
}

/// What came of a story.
pub(crate) struct Told {
    pub(crate) usage: Usage,
    pub(crate) facts: Facts,
}

impl Story {
    /// AutoCAD, Revit and Inventor at 7 tokens a day, Navisworks at 3, from the start of 2025; a
    /// render costs 2 a piece. AEC is Revit and Navisworks.
    pub(crate) fn begun() -> Story {
        let mut story = Story::default();
        for (product, tokens) in [("AutoCAD", 7), ("Revit", 7), ("Inventor", 7), ("Navisworks", 3)]
        {
            story.says(
                "2025-01-01T00:00:00Z",
                &format!(r#""type":"RatePublished","product":"{product}","tokens":{tokens}"#),
            );
        }
        let render = r#""type":"RatePublished","product":"Render","tokens":2,"per":"result""#;
        story.says("2025-01-01T00:00:00Z", render);
        let aec =
            r#""type":"CollectionDefined","collection":"AEC","products":["Revit","Navisworks"]"#;
        story.says("2025-01-01T00:00:00Z", aec);
        story
    }

    /// The next event: when, and its other fields.
    pub(crate) fn says(&mut self, at: &str, fields: &str) -> &mut Story {
        self.lines.push(format!(r#"{{"at":"{at}",{fields}}}"#));
        self
    }

    /// The next event of account `a`.
    pub(crate) fn does(&mut self, at: &str, kind: &str, fields: &str) -> &mut Story {
        self.says(at, &format!(r#""type":"{kind}","account":"a"{fields}"#))
    }

    pub(crate) fn buys(&mut self, at: &str, pack: &str, tokens: i64) -> &mut Story {
        self.does(at, "PackPurchased", &format!(r#","pack":"{pack}","tokens":{tokens}"#))
    }

    pub(crate) fn opens(
        &mut self,
        at: &str,
        session: &str,
        user: &str,
        product: &str,
    ) -> &mut Story {
        let fields = format!(r#","session":"{session}","user":"{user}","product":"{product}""#);
        self.does(at, "SessionOpened", &fields)
    }

    pub(crate) fn closes(&mut self, at: &str, session: &str) -> &mut Story {
        self.does(at, "SessionClosed", &format!(r#","session":"{session}""#))
    }

    /// A subscription of many seats from 2025 to 2030.
    pub(crate) fn subscribes(&mut self, at: &str, name: &str, offering: &str) -> &mut Story {
        let fields = format!(
            r#","subscription":"{name}","offering":"{offering}","seats":60,"starts":"2025-01-01T00:00:00Z","ends":"2030-01-01T00:00:00Z""#
        );
        self.does(at, "SubscriptionPurchased", &fields)
    }

    pub(crate) fn seats(&mut self, at: &str, name: &str, user: &str) -> &mut Story {
        let fields = format!(r#","subscription":"{name}","user":"{user}""#);
        self.does(at, "SubscriptionAssigned", &fields)
    }

    /// What came of it, in UTC, as of the end of a day.
    pub(crate) fn told(&self, as_of: &str) -> Told {
        self.told_in("UTC", as_of)
    }

    /// The same, days and as-of in a time zone.
    pub(crate) fn told_in(&self, zone: &str, as_of: &str) -> Told {
        let zone: TimeZone = zone.parse().unwrap();
        let as_of = as_of.parse().unwrap_or_else(|_| zone.end_of(as_of.parse().unwrap()));
        let mut usage = Usage::new(zone);
        let replay = self.replayed(as_of, &mut usage);
        Told { usage, facts: Facts::of(replay.ledger(), as_of) }
    }

    /// Hands the journal, as of the end of a day in UTC, to a sink.
    pub(crate) fn journal_into(&self, as_of: &str, sink: &mut impl Sink) {
        self.replayed(TimeZone::UTC.end_of(as_of.parse().unwrap()), sink);
    }

    fn replayed(&self, as_of: Timestamp, sink: &mut impl Sink) -> LogFold {
        let mut replay = LogFold::new(Ledger::default(), Some(as_of));
        self.each(|line, event| {
            replay.apply(event, sink).unwrap_or_else(|finding| panic!("{line}: {finding}"));
        });
        replay.settle_at(as_of, sink);
        replay
    }

    /// Folds all of it, settling nothing.
    pub(crate) fn apply_to(&self, ledger: &mut Ledger, sink: &mut impl Sink) {
        self.each(|line, event| {
            ledger.apply(event, sink).unwrap_or_else(|finding| panic!("{line}: {finding}"));
        });
    }

    fn each(&self, mut apply: impl FnMut(&str, &Event<'_>)) {
        for line in &self.lines {
            apply(line, &parse_line(line.as_bytes()).unwrap());
        }
    }

    /// A story that a log tells.
    pub(crate) fn of_log(log: &str) -> Story {
        Story { lines: log.lines().map(str::to_owned).collect() }
    }
}

impl Told {
    pub(crate) fn reports(&self, period: &str) -> Reports<'_> {
        self.usage.reports(period.parse().unwrap(), &self.facts)
    }

    pub(crate) fn history(&self) -> Reports<'_> {
        self.usage.reports(PeriodSpec::HISTORY, &self.facts)
    }
}

/// Uses of a product by people, a day each from 09:00 to 17:00 of UTC, in order of time.
pub(crate) fn days_of_use<'a>(
    story: &mut Story,
    uses: impl IntoIterator<Item = (&'a str, &'a str, NaiveDate)>,
) {
    let mut uses: Vec<_> = uses.into_iter().collect();
    uses.sort_by_key(|(.., date)| *date);
    for of_day in uses.chunk_by(|one, next| one.2 == next.2) {
        for (user, product, date) in of_day {
            let session = format!("{user}-{product}-{date}");
            story.opens(&format!("{date}T09:00:00Z"), &session, user, product);
        }
        for (user, product, date) in of_day {
            story.closes(&format!("{date}T17:00:00Z"), &format!("{user}-{product}-{date}"));
        }
    }
}

/// So many days in a row.
pub(crate) fn from_on(first: &str, days: usize) -> impl Iterator<Item = NaiveDate> {
    first.parse::<NaiveDate>().unwrap().iter_days().take(days)
}

pub(crate) fn pass() -> Pass {
    Pass::forced()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
