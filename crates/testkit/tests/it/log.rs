//! A log that the model can replay.

use tallyfold_core::{Event, Ledger, LogFold, Rulebook, Timestamp};
use tallyfold_log::{FindingLine, LogReader};
use tallyfold_testkit::model::{Model, Outcome, SettledAccount};

/// The events of a log, its malformed lines, and the instant as of which it is replayed.
pub(crate) struct Log {
    pub name: String,
    pub events: Vec<Event<'static>>,
    /// The line of each event.
    pub lines: Vec<u64>,
    pub malformed: Vec<FindingLine>,
    pub as_of: Option<Timestamp>,
}

impl Log {
    pub(crate) fn read(name: &str, text: &[u8], as_of: Option<Timestamp>) -> Log {
        let (mut events, mut lines, mut malformed) = (Vec::new(), Vec::new(), Vec::new());
        let mut reader = LogReader::new(text);
        while let Some(line) = reader.next_line().unwrap() {
            match line.event {
                Err(it) => malformed.push(FindingLine::malformed(line.number, &it)),
                Ok(event) => {
                    events.push(event.into_owned());
                    lines.push(line.number);
                }
            }
        }
        Log { name: name.to_owned(), events, lines, malformed, as_of }
    }

    /// What a model makes of it, with the journal grouped by account.
    pub(crate) fn outcome(&self, model: Model) -> Outcome {
        grouped(model.replay(&self.events, self.as_of))
    }

    /// What the core makes of it.
    pub(crate) fn outcome_of_core(&self) -> Outcome {
        let mut replay = LogFold::new(Ledger::default(), self.as_of);
        let (mut journal, mut findings) = (Vec::new(), Vec::new());
        for (place, event) in self.events.iter().enumerate() {
            let finding = replay.apply(event, &mut journal).err();
            findings.extend(finding.map(|finding| (place, finding)));
        }
        replay.settle(&mut journal);
        let accounts = replay.accounts().map(SettledAccount::from).collect();
        grouped(Outcome { journal, findings, event_count: replay.event_count(), accounts })
    }

    pub(crate) fn outcome_of_model(&self) -> Outcome {
        self.outcome(Model::new(Rulebook::default()))
    }
}

fn grouped(mut outcome: Outcome) -> Outcome {
    outcome.journal.sort_by(|one, other| one.account.cmp(&other.account));
    outcome
}
