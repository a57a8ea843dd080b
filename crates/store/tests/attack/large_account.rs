//! An account that grows: what its snapshots cost it and others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tallyfold_core::*;
use tallyfold_store::*;

const NOW: &str = "2026-01-05T12:00:00Z";

fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

fn result() -> ResultProduced<'static> {
    ResultProduced { user: name("ana"), product: name("Forma"), quantity: Quantity::ONE }
}

/// A store with one account of so many charges.
fn filled(folder: &std::path::Path, charges: u64) -> Arc<dyn Store> {
    let limit = FutureLimit::new(|| NOW.parse().unwrap(), Span::minutes(1));
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(folder.join("ledger.db"), limit).unwrap());
    let rate = r#"{"type":"RatePublished","at":"2026-01-05T09:00:00Z","product":"Forma","tokens":"0.001","per":"result"}"#;
    let pack = r#"{"type":"PackPurchased","at":"2026-01-05T09:00:00Z","account":"large","pack":"P","tokens":1000000}"#;
    let result = r#"{"type":"ResultProduced","at":"2026-01-05T09:00:00Z","account":"large","user":"ana","product":"Forma"}"#;
    let result = LogLine::new(result.as_bytes());
    let head = [rate, pack].map(|line| LogLine::new(line.as_bytes()));
    let mut end = store.import(Position::START, &head).unwrap();
    let mut left = charges;
    while left > 0 {
        let lines = vec![result.clone(); left.min(5_000) as usize];
        end = store.import(end, &lines).unwrap();
        left -= lines.len() as u64;
    }
    store
}

fn load(store: &Arc<dyn Store>) -> (LedgerService, Duration) {
    let settings = ServiceSettings::builder().snapshot_every(200).build();
    let service = LedgerService::new(store.clone(), settings);
    let started = Instant::now();
    service.ask(name("large"), |_, _| ()).unwrap();
    (service, started.elapsed())
}

/// How long requests of an account take: median, p99.9 and the longest.
fn ask(service: &LedgerService, account: &str, requests: usize) -> [Duration; 3] {
    let time = |_| {
        let started = Instant::now();
        service.produce_result(name(account), None, result()).unwrap();
        started.elapsed()
    };
    let mut times: Vec<_> = (0..requests).map(time).collect();
    times.sort_unstable();
    [times[requests / 2], times[requests - 1 - requests / 1_000], times[requests - 1]]
}

/// `TALLYFOLD_CHARGES`: how many charges the account has; `TALLYFOLD_REQUESTS`.
#[test]
#[ignore = "takes a minute"]
fn snapshots_of_a_large_account_keep_nobody_waiting() {
    let charges = crate::times("TALLYFOLD_CHARGES", 200_000);
    let requests = crate::times("TALLYFOLD_REQUESTS", 5_000) as usize;
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), charges);
    let (service, fold) = load(&store);
    let started = Instant::now();
    service.keep_snapshots(Duration::MAX).unwrap();
    let first = started.elapsed();
    let snapshot = store.snapshot(&Stream::Account(name("large"))).unwrap().unwrap();
    let bytes = snapshot.body.len() + snapshot.parts.iter().map(|it| it.bytes.len()).sum::<usize>();
    println!("{charges} charges: {bytes} bytes, kept whole in {first:?}");
    let quiet = ServiceSettings::builder().snapshot_every(u64::MAX).build();
    let quiet = LedgerService::new(store.clone(), quiet);
    quiet.ask(name("large"), |_, _| ()).unwrap();
    for account in ["large", "other"] {
        println!("quiet, {account}: {:?}", ask(&quiet, account, requests));
        println!("snapshots, {account}: {:?}", ask(&service, account, requests));
    }
    drop(service);
    let mut loads = [(); 5].map(|()| load(&store).1);
    loads.sort_unstable();
    let [_, _, loaded, ..] = loads;
    println!("folded in {fold:?}, loaded in {loaded:?}: {:.2} %", percent(loaded, fold));
    verify(&store).unwrap();
}

#[allow(clippy::float_arithmetic, reason = "for people")]
fn percent(part: Duration, whole: Duration) -> f64 {
    100.0 * part.as_secs_f64() / whole.as_secs_f64()
}
