//! A power cut: what was answered is there, and the ledger is that of a replay of the log.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tallyfold_core::{Ledger, LogFold, sink_fn};
use tallyfold_log::{LogReader, write_record};

use crate::server::{Client, Site, set_up};

const ACCOUNTS: [&str; 3] = ["acme", "north", "south"];

/// Opens sessions until the server is gone; notes what was answered, by position.
fn open_until_the_end(client: &Client, writer: usize, answered: &Mutex<Vec<(u64, String)>>) {
    for number in 0.. {
        let account = ACCOUNTS[number % ACCOUNTS.len()];
        let id = format!("w{writer}-{number}");
        let user = format!("u{}", number / 7);
        let open = json!({"session": id, "user": user, "product": "AutoCAD"}).to_string();
        let path = format!("/v1/accounts/{account}/sessions");
        match client.try_ask(("POST", &path), Some(&id), &open) {
            Ok(reply) => {
                let position = reply.json()["position"].as_u64().unwrap();
                answered.lock().unwrap().push((position, id));
            }
            Err(_) => return,
        }
    }
}

/// The journal of a replay of a log, by account.
fn replayed(log: &str, account: &str) -> String {
    let (mut replay, mut journal) = (LogFold::new(Ledger::default(), None), Vec::new());
    let mut reader = LogReader::new(log.as_bytes());
    while let Some(line) = reader.next_line().unwrap() {
        let mut write = sink_fn(|record| {
            if record.account == account {
                write_record(&mut journal, &record).unwrap();
            }
        });
        replay.apply(&line.event.unwrap(), &mut write).unwrap();
    }
    String::from_utf8(journal).unwrap()
}

#[test]
fn what_was_answered_outlives_a_kill() {
    kill_and_look(&Site::new());
}

/// Kills servers that are at work, and looks whether all that they answered is there.
pub(crate) fn kill_and_look(site: &Site) {
    let answered = Mutex::new(Vec::new());
    for round in 0..3 {
        let server = site.start();
        let admin = server.client(&site.admin);
        if round == 0 {
            ACCOUNTS.iter().for_each(|account| set_up(&admin, account));
        }
        thread::scope(|scope| {
            for writer in 0..8 {
                let (client, answered) = (server.client(&site.admin), &answered);
                let writer = 8 * round + writer;
                scope.spawn(move || open_until_the_end(&client, writer, answered));
            }
            let started = Instant::now();
            while answered.lock().unwrap().len() <= 40 * (round + 1) {
                assert!(started.elapsed() < Duration::from_secs(60), "hardly anything is answered");
                thread::sleep(Duration::from_millis(10));
            }
            server.kill();
        });
    }
    let server = site.start();
    let admin = server.client(&site.admin);
    let log = admin.ask("GET", "/v1/log", "").body;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = answered.into_inner().unwrap();
    for (position, id) in &answered {
        let line = &lines[usize::try_from(*position).unwrap() - 1];
        assert_eq!(line["id"], id.as_str(), "line {position}");
    }
    for account in ACCOUNTS {
        let path = format!("/v1/accounts/{account}");
        let journal = admin.ask("GET", &format!("{path}/journal"), "").body;
        assert_eq!(journal, replayed(&log, account));
        let charged = admin.lines(&format!("{path}/journal?entry=charged"));
        assert_eq!(admin.get(&path)["charges"], charged.len());
        assert!(charged.iter().any(|charge| charge["tokens"] == 7));
    }
}
