//! Logs of older formats.

use tallyfold_engine::{GroupedJournal, Log, Replay, Run};
use tallyfold_log::{FormatVersion, Upcasters};

use crate::logs::{log, outcome, threads};

#[test]
fn a_log_of_an_older_format_says_what_the_present_one_would() {
    let log = String::from_utf8_lossy(&log(40)).into_owned();
    let old = log.replace("\"account\":", "\"team\":").replace("\"subject\":", "\"team\":");
    let v0 = FormatVersion::new(0);
    let upcasters = Upcasters::new().register(v0, |line| {
        let line = str::from_utf8(line).map_err(|_| "not UTF-8")?;
        if line.contains("nobody") {
            return Err("nobody is no team".into());
        }
        let account =
            if line.contains("\"specversion\":") { "\"subject\":" } else { "\"account\":" };
        Ok(line.replace("\"team\":", account).into_bytes().into())
    });
    let upcast = upcasters.from_version(v0).unwrap();
    let as_old = |set: &dyn Fn(Replay<'static>) -> Replay<'static>| {
        let log = Log::bytes(&old).upcast(upcast.clone());
        set(Replay::of(log)).run(GroupedJournal::default).unwrap()
    };
    let right = Replay::of(Log::bytes(&log)).run(GroupedJournal::default).unwrap();
    let lines = |run: &Run<GroupedJournal>| {
        run.findings().kept().iter().map(|it| (it.line, it.kind)).collect::<Vec<_>>()
    };
    let (right_lines, (_, right_journal)) = (lines(&right), outcome(right));
    for run in [
        as_old(&|replay| replay.threads(threads(1))),
        as_old(&|replay| replay.threads(threads(3)).holding(2)),
        as_old(&|replay| replay.in_log_order()),
    ] {
        assert!(lines(&run) == right_lines);
        let nobody = run.findings().kept().iter().filter(|it| it.message.contains("nobody"));
        assert_eq!(nobody.count(), 40);
        assert!(outcome(run).1 == right_journal);
    }
    let few = as_old(&|replay| replay.keep_findings(3));
    assert_eq!(few.findings().counts().values().sum::<u64>(), right_lines.len() as u64);
    assert_eq!(few.findings().kept().iter().filter(|it| it.message.contains("nobody")).count(), 1);
}
