//! The generator: what its logs are made of, and that they stay the same.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use tallyfold_log::generate::{Generator, SessionLength, Settings};

use crate::json::to_json;

fn settings(events: u64, accounts: u32, users: u32) -> Settings {
    Settings {
        accounts: NonZeroU32::new(accounts).unwrap(),
        users_per_account: NonZeroU32::new(users).unwrap(),
        ..Settings::new(events, 1)
    }
}

/// How many events of each type, and how many bytes of JSON in all.
fn measured(settings: Settings) -> (BTreeMap<String, usize>, usize) {
    let (mut types, mut bytes) = (BTreeMap::new(), 0);
    for event in Generator::new(settings) {
        let json = to_json(&event);
        *types.entry(json["type"].as_str().unwrap().to_owned()).or_default() += 1;
        bytes += json.to_string().len() + 1;
    }
    (types, bytes)
}

#[test]
fn a_log_is_mostly_heartbeats_and_has_all_seventeen_types() {
    for (settings, heartbeats) in [
        (settings(200_000, 1_000, 50), 65..75),
        (settings(200_000, 20, 50), 67..75),
        (settings(50_000, 1, 100), 67..75),
    ] {
        let (types, bytes) = measured(settings);
        let events: usize = types.values().sum();
        assert_eq!(events as u64, settings.events);
        assert_eq!(types.len(), 17, "{types:?}");
        let percent = types["Heartbeat"] * 100 / events;
        assert!(heartbeats.contains(&percent), "{percent} % of {types:?}");
        assert!((110..=120).contains(&(bytes / events)), "{bytes} for {events}");
    }
}

#[test]
fn events_are_in_order_of_time_and_names_are_used_once() {
    let mut before = None;
    let (mut sessions, mut ids) = (Vec::new(), Vec::new());
    for event in Generator::new(settings(100_000, 50, 50)) {
        assert!(before <= Some(event.at()));
        before = Some(event.at());
        let json = to_json(&event);
        ids.extend(json["id"].as_str().map(str::to_owned));
        if json["type"] == "SessionOpened" {
            sessions.push(json["session"].as_str().unwrap().to_owned());
        }
    }
    assert!(ids.len() > 5_000);
    for mut names in [sessions, ids] {
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

#[test]
fn other_shapes_are_possible() {
    let (types, _) = measured(settings(400_000, 1, 20_000));
    assert!(types["SessionOpened"] > 20_000);
    let accounts = |settings| {
        let names = Generator::new(settings).filter_map(|event| event.account().cloned());
        names.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(accounts(settings(300_000, 100_000, 1)) > 99_900);
    let weeks = Settings { sessions: SessionLength::Weeks, ..settings(200_000, 10, 20) };
    let (types, _) = measured(weeks);
    assert!(types["Heartbeat"] > 190_000, "{types:?}");
}

#[test]
fn any_number_of_events_is_yielded() {
    for events in [0, 1, 7, 100] {
        assert_eq!(Generator::new(settings(events, 3, 2)).count() as u64, events);
    }
}

/// FNV-1a over the JSON lines: changes when any byte does.
fn digest(settings: Settings) -> u64 {
    Generator::new(settings)
        .flat_map(|event| (to_json(&event).to_string() + "\n").into_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[test]
fn the_log_of_a_seed_never_changes() {
    let first: Vec<String> = Generator::new(settings(20_000, 10, 50))
        .skip(9)
        .take(6)
        .map(|event| to_json(&event).to_string())
        .collect();
    assert_eq!(first, GOLDEN_LINES);
    assert_eq!(digest(settings(20_000, 10, 50)), GOLDEN_DIGEST);
    assert_ne!(digest(Settings { seed: 2, ..settings(20_000, 10, 50) }), GOLDEN_DIGEST);
}

const GOLDEN_LINES: [&str; 6] = [
    r#"{"at":"2026-01-05T00:00:00Z","collection":"Design Collection","products":["AutoCAD","Revit","Civil 3D","Navisworks Manage"],"type":"CollectionDefined"}"#,
    r#"{"account":"team-00009","at":"2026-01-05T00:46:54.788Z","pack":"pack-1","tokens":7500,"type":"PackPurchased"}"#,
    r#"{"account":"team-00009","at":"2026-01-05T00:46:54.888Z","pack":"pack-1","reason":"goodwill","tokens":25,"type":"TokensAdjusted"}"#,
    r#"{"account":"team-00001","at":"2026-01-05T01:02:43.797Z","pack":"pack-1","tokens":7500,"type":"PackPurchased"}"#,
    r#"{"account":"team-00001","at":"2026-01-05T01:02:43.897Z","type":"FlexAssigned","user":"user-0002"}"#,
    r#"{"account":"team-00005","at":"2026-01-05T03:19:14.389Z","pack":"pack-1","tokens":7500,"type":"PackPurchased"}"#,
];
const GOLDEN_DIGEST: u64 = 0xd883_0aae_1248_b879;
