//! How many instructions and allocations one event costs: counts that no other program on the
//! machine can disturb.
//!
//! `cargo bench -p tallyfold-benches --bench instructions` runs each subject under callgrind, once
//! so often and once twice as often; the difference is divided by how often. So what is built
//! before and after does not count. `--json` prints one object a line.

use std::hint::black_box;
use std::process::Command;

use tallyfold_core::{Event, Ledger};
use tallyfold_log::{parse_line, parse_line_strictly};

/// How often a subject is done in the shorter run.
const TIMES: usize = 2_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", name, times] => run(name, times.parse().expect("a number")),
        _ => measure(words.iter().any(|word| word == "--json")),
    }
}

/// What is measured: its name, the lines before it, and the line of each time.
struct Subject {
    name: &'static str,
    what: What,
    /// Whether the lines before it are of sessions that are live.
    has_live_sessions: bool,
    line: fn(usize) -> String,
}

#[derive(Clone, Copy)]
enum What {
    Fold,
    Read,
    ReadStrictly,
}

/// Sessions that are opened before a subject: as many as a busy account has.
const SESSIONS: usize = 1_000;

const SUBJECTS: [Subject; 11] = [
    Subject {
        name: "fold a heartbeat that renews nothing",
        what: What::Fold,
        has_live_sessions: true,
        line: |n| heartbeat(n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "fold a heartbeat that renews",
        what: What::Fold,
        has_live_sessions: true,
        // Every 1,000 a day later: at the last instant that still counts, and past the window.
        line: |n| heartbeat(n, &format!("2026-01-{:02}T08:00:00.000Z", 6 + n / SESSIONS)),
    },
    Subject {
        name: "fold an open that joins",
        what: What::Fold,
        has_live_sessions: true,
        line: |n| open(&format!("t{n}"), n % SESSIONS, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "fold an open that is charged",
        what: What::Fold,
        has_live_sessions: false,
        line: |n| open(&format!("t{n}"), n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "fold a purchase",
        what: What::Fold,
        has_live_sessions: false,
        line: |n| purchase(n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read a heartbeat",
        what: What::Read,
        has_live_sessions: false,
        line: |n| heartbeat(n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read an open",
        what: What::Read,
        has_live_sessions: false,
        line: |n| open("s1", n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read a purchase",
        what: What::Read,
        has_live_sessions: false,
        line: |n| purchase(n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read a heartbeat, strictly",
        what: What::ReadStrictly,
        has_live_sessions: false,
        line: |n| heartbeat(n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read an open, strictly",
        what: What::ReadStrictly,
        has_live_sessions: false,
        line: |n| open("s1", n, "2026-01-05T12:00:00.000Z"),
    },
    Subject {
        name: "read a CloudEvent",
        what: What::Read,
        has_live_sessions: false,
        line: |n| {
            let session = n % SESSIONS;
            format!(
                r#"{{"specversion":"1.0","type":"Heartbeat","source":"/gate","id":"e{n}","subject":"acme","time":"2026-01-05T12:00:00.000Z","data":{{"session":"s{session}"}}}}"#
            )
        },
    },
];

fn heartbeat(n: usize, at: &str) -> String {
    let session = n % SESSIONS;
    format!(r#"{{"type":"Heartbeat","session":"s{session}","at":"{at}","account":"acme"}}"#)
}

fn open(session: &str, user: usize, at: &str) -> String {
    format!(
        r#"{{"type":"SessionOpened","session":"{session}","user":"user-{user}","product":"AutoCAD","version":"2026","at":"{at}","account":"acme"}}"#
    )
}

fn purchase(n: usize, at: &str) -> String {
    format!(
        r#"{{"type":"PackPurchased","pack":"p{n}","tokens":1000,"at":"{at}","account":"acme"}}"#
    )
}

/// What the account is before any subject: it can pay, and some of its users have sessions.
fn before(subject: &Subject) -> Vec<String> {
    let at = "2026-01-05T08:00:00.000Z";
    let rate = format!(r#"{{"type":"RatePublished","product":"AutoCAD","tokens":7,"at":"{at}"}}"#);
    let pack = format!(
        r#"{{"type":"PackPurchased","pack":"P","tokens":1000000,"at":"{at}","account":"acme"}}"#
    );
    let sessions = if subject.has_live_sessions { SESSIONS } else { 0 };
    let opens = (0..sessions).map(|n| open(&format!("s{n}"), n, at));
    [rate, pack].into_iter().chain(opens).collect()
}

fn parsed(line: &str) -> Event<'_> {
    parse_line(line.as_bytes()).expect("a line of this program is an event")
}

/// Does a subject so often. All that is twice as much in the longer run is the subject itself.
fn run(name: &str, times: usize) {
    let subject = SUBJECTS.iter().find(|it| it.name == name).expect("a subject of this program");
    let mut ledger = Ledger::default();
    for line in before(subject) {
        ledger.apply(&parsed(&line), &mut ()).expect("what comes before is applied");
    }
    let lines: Vec<String> = (0..2 * TIMES).map(subject.line).collect();
    let events: Vec<Event<'_>> = lines.iter().map(|line| parsed(line)).collect();
    let counted = allocation_counter::measure(|| match subject.what {
        What::Fold => {
            for event in &events[..times] {
                ledger.apply(event, &mut ()).expect("a subject is applied");
            }
        }
        What::Read => lines[..times].iter().for_each(|line| {
            let _ = black_box(parse_line(line.as_bytes()));
        }),
        What::ReadStrictly => lines[..times].iter().for_each(|line| {
            let _ = black_box(parse_line_strictly(line.as_bytes()));
        }),
    });
    println!("{}", counted.count_total);
}

/// Instructions and allocations of a run.
fn counted(name: &str, times: usize) -> (u64, u64) {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", name, &times.to_string()])
        .output()
        .expect("valgrind is installed (Debian package valgrind)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let instructions = said.lines().find_map(|line| line.split("refs:").nth(1));
    let instructions = instructions.expect("callgrind tells the instructions").trim();
    let allocations = String::from_utf8_lossy(&output.stdout);
    let number = |text: &str| text.trim().replace(',', "").parse().expect("a number");
    (number(instructions), number(&allocations))
}

fn measure(as_json: bool) {
    for Subject { name, .. } in SUBJECTS {
        let (once, twice) = (counted(name, TIMES), counted(name, 2 * TIMES));
        let instructions = (twice.0 - once.0) / TIMES as u64;
        let thousandths = (twice.1 - once.1) * 1_000 / TIMES as u64;
        let allocations = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        if as_json {
            println!(
                r#"{{"subject":"{name}","instructions":{instructions},"allocations":{allocations}}}"#
            );
        } else {
            println!("{name:40} {instructions:>7} instructions  {allocations:>7} allocations");
        }
    }
}
