//! Makes the stores of schema 1 that later versions must open: `tests/fixtures`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tallyfold_core::*;
use tallyfold_store::*;

use crate::service::{Hands, purchase};

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect()
}

fn name(text: &str) -> Name<'static> {
    Name::new(text.to_owned()).unwrap()
}

/// Lines that were there before: malformed ones, ids that repeat, an id from an envelope.
const IMPORTED: [&str; 8] = [
    r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","id":"r1","product":"AutoCAD","tokens":7}"#,
    r#"{"type":"RatePublished","at":"2026-01-01T00:00:00Z","id":"r2","product":"Forma","tokens":"0.5","per":"result"}"#,
    r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"acme","id":"order-1","pack":"P1","tokens":100}"#,
    "no event",
    r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"acme","id":"order-1","pack":"P1","tokens":100}"#,
    r#"{"type":"PackPurchased","at":"2026-01-02T00:00:00Z","account":"acme","id":"order-1","pack":"P2","tokens":9}"#,
    r#"{"specversion":"1.0","type":"PackPurchased","source":"/licensing","id":"order-1","time":"2026-01-02T09:00:00Z","subject":"Büro 7","data":{"pack":"P1","tokens":1000}}"#,
    "",
];

/// Works with a service for three days.
fn fill(store: &Arc<dyn Store>, clock: &Hands) {
    let lines = IMPORTED.map(|line| LogLine::new(line.as_bytes()));
    store.import(Position::START, &lines).unwrap();
    let service = LedgerService::new(store.clone(), ServiceSettings::default());
    purchase(&service, "empty-handed", "P", 7);
    for day in 0..3 {
        for (number, account) in ["acme", "Büro 7", "empty-handed"].iter().enumerate() {
            for user in 0..3 - number {
                let id = format!("{day}-{user}");
                let open = SessionOpened {
                    session: name(&id),
                    user: name(&format!("user-{user}")),
                    product: name("AutoCAD"),
                    version: None,
                };
                service.open_session(name(account), Some(name(&id)), open).unwrap();
                clock.move_by(Span::minutes(7));
                let beat = Heartbeat { session: name(&id), active: user % 2 == 0 };
                let _ = service.heartbeat(name(account), None, beat);
                clock.move_by(Span::minutes(7));
                let close = SessionClosed { session: name(&id) };
                let _ = service.close_session(name(account), Some(name(&format!("c{id}"))), close);
            }
        }
        let result = ResultProduced {
            user: name("ana"),
            product: name("Forma"),
            quantity: Quantity::new(3).unwrap(),
        };
        service.produce_result(name("acme"), Some(name(&format!("p{day}"))), result).unwrap();
        clock.move_by(Span::hours(22));
        if day == 1 {
            service.keep_snapshots().unwrap();
            let mut notices = service.notices("mailer").unwrap();
            notices.deliver_due(|_| Ok::<(), std::io::Error>(())).unwrap();
        }
    }
    store.move_checkpoint("warehouse", Position::new(11)).unwrap();
}

/// How the fixtures were made, with the code of schema 1.
#[test]
#[ignore = "makes the fixtures anew, of this version's schema"]
fn make_fixtures() {
    fs::create_dir_all(fixture("")).unwrap();
    let path = fixture("schema-1.db");
    let clock = Hands::at("2026-01-05T09:00:00Z");
    let limit = FutureLimit::new(clock.clone(), Span::minutes(1));
    let _ = fs::remove_file(&path);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path, limit).unwrap());
    fill(&store, &clock);
    let mut log = Vec::new();
    std::io::Read::read_to_end(&mut LogBytes::new(store.clone()), &mut log).unwrap();
    fs::write(fixture("schema-1.jsonl"), &log).unwrap();
    let head = store.head().unwrap();
    fs::write(fixture("schema-1.chain"), format!("{}:{}\n", head.position, head.chain)).unwrap();
    drop(store);

    let clock = Hands::at("2026-01-05T09:00:00Z");
    let limit = FutureLimit::new(clock.clone(), Span::minutes(1));
    let database = crate::postgres::database();
    let cluster = crate::postgres::cluster();
    let server = PostgresStore::connect(&cluster.server(&database), limit).unwrap();
    let store: Arc<dyn Store> = Arc::new(server);
    fill(&store, &clock);
    assert_eq!(store.head().unwrap(), head);
    fs::write(fixture("schema-1.sql"), cluster.dump(&database)).unwrap();
}
