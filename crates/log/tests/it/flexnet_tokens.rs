//! What is charged for any log does not depend on how often heartbeats are asked for.

use std::fmt::Write as _;

use proptest::prelude::*;
use tallyfold_core::{Event, Ledger, Name, PackTokens, Preset, Tokens, sink_fn};
use tallyfold_log::flexnet::{HeartbeatHours, Importer, Options, Rates};

/// Something that a made-up log tells, some minutes after the line above.
#[derive(Clone, Copy, Debug)]
enum Told {
    Out { user: u8, feature: u8 },
    In { user: u8, feature: u8 },
    Alive,
    Restart,
    Exiting,
}

fn told() -> impl Strategy<Value = (u32, Told)> {
    let user_and_feature = || (0..2_u8, 0..2_u8);
    let minutes = prop_oneof![0..3_u32, 1..90_u32, 100..800_u32, Just(1_440), Just(720)];
    let told = prop_oneof![
        6 => user_and_feature().prop_map(|(user, feature)| Told::Out { user, feature }),
        6 => user_and_feature().prop_map(|(user, feature)| Told::In { user, feature }),
        3 => Just(Told::Alive),
        1 => Just(Told::Restart),
        1 => Just(Told::Exiting),
    ];
    (minutes, told)
}

fn log_of(lines: &[(u32, Told)]) -> String {
    let mut log = String::from("2026-03-02T00:00:00Z (lmgrd) FlexNet started on srv (linux)\n");
    let mut minute = 480;
    for (later, told) in lines {
        minute += later;
        let (day, hour, minute) = (minute / 1_440, minute / 60 % 24, minute % 60);
        let day =
            chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() + chrono::Days::new(day.into());
        write!(log, "{day}T{hour:02}:{minute:02}:00Z ").unwrap();
        match told {
            Told::Out { user, feature } => writeln!(log, "(d) OUT: \"F{feature}\" u{user}@pc"),
            Told::In { user, feature } => writeln!(log, "(d) IN: \"F{feature}\" u{user}@pc"),
            Told::Alive => writeln!(log, "(lmgrd) TIMESTAMP 3/2/2026"),
            Told::Restart => writeln!(log, "(lmgrd) Started d (pid 7)"),
            Told::Exiting => writeln!(log, "(d) EXITING DUE TO SIGNAL 15"),
        }
        .unwrap();
    }
    log
}

/// Every charge and refund of a log, with heartbeats of so many hours.
fn charges(log: &str, hours: u32, preset: Preset, max_hours: Option<u32>) -> Vec<String> {
    let mut options = Options::new(Name::new("acme").unwrap());
    options.rates = Rates::read(&b"product,tokens_per_day\nF0,7\nF1,3\n"[..], "r").unwrap();
    options.pack = Some(PackTokens::new(Tokens::whole(1_000_000)).unwrap());
    options.heartbeat = HeartbeatHours::new(hours).unwrap();
    options.max_hours = max_hours.and_then(std::num::NonZeroU32::new);
    let mut importer = Importer::new(options).unwrap();
    importer.read("log", log.as_bytes()).unwrap();
    let mut ledger = Ledger::builder().rulebook(preset).build();
    let mut charges = Vec::new();
    let sink = |event: Event<'_>| {
        let told = ledger.apply(
            &event,
            &mut sink_fn(|record| {
                let record = format!("{record:?}");
                if record.contains("Charged") || record.contains("Refunded") {
                    charges.push(record);
                }
            }),
        );
        assert!(told.is_ok(), "{event:?}: {told:?}");
        Ok(())
    };
    importer.finish(sink).unwrap();
    charges
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn charges_do_not_depend_on_heartbeats(
        lines in prop::collection::vec(told(), 1..60),
        max_hours in prop::option::of(1..80_u32),
    ) {
        let log = log_of(&lines);
        for preset in [Preset::Launch, Preset::Current] {
            let of = |hours| charges(&log, hours, preset, max_hours);
            let hourly = of(1);
            for hours in [5, 6, 7, 23, 24] {
                prop_assert_eq!(&of(hours), &hourly, "{} hours of\n{}", hours, log);
            }
        }
    }
}
