//! What the PostgreSQL store appends, beside pgbench's simple update on the same server, and how
//! often it is asked where the log ends, as every question to a service does.
//!
//! `cargo bench -p tallyfold-store --all-features --bench postgres` starts a server of its own, with
//! every sync that it does by default, and runs both in turn with as many clients.

#[path = "shared/appenders.rs"]
mod appenders;
#[path = "../tests/shared/cluster.rs"]
mod cluster;

use std::process::Command;
use std::time::Duration;

use cluster::Cluster;
use tallyfold_store::{FutureLimit, PostgresStore, Store};

const SECONDS: u64 = 5;

fn main() {
    let Some(cluster) = Cluster::start(&["max_connections = 200"], false) else {
        return cluster::skipped();
    };
    let (ours, theirs) = (cluster.database("ours"), cluster.database("theirs"));
    let store = PostgresStore::connect(&ours, FutureLimit::default()).expect("it is there");
    pgbench(&["-i", "-q", "-s", "20", &theirs]);
    println!(
        "| clients | events a second | p50 | p99 | p999 | pgbench -N, transactions a second |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for (run, clients) in [1, 8, 32].into_iter().enumerate() {
        let time = Duration::from_secs(SECONDS);
        let rate = appenders::append_for(&store, clients, time, run);
        let [p50, p99, p999] = [500, 990, 999].map(|it| rate.quantile(it));
        let (clients, seconds) = (clients.to_string(), SECONDS.to_string());
        let said = pgbench(&["-N", "-n", "-c", &clients, "-j", "2", "-T", &seconds, &theirs]);
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")).unwrap_or("?");
        let tps = tps.split(['.', ' ']).next().unwrap_or("?");
        println!(
            "| {clients} | {} | {p50:.1?} | {p99:.1?} | {p999:.1?} | {tps} |",
            rate.per_second
        );
    }
    ask(&store);
}

fn ask(store: &PostgresStore) {
    println!("\n| clients | questions a second | p50 | p99 | p999 |");
    println!("| --- | --- | --- | --- | --- |");
    for clients in [1, 8, 64] {
        let head = |_, _| {
            store.head().expect("the store works");
        };
        let rate = appenders::call_for(clients, Duration::from_secs(SECONDS), &head);
        let [p50, p99, p999] = [500, 990, 999].map(|it| rate.quantile(it));
        println!("| {clients} | {} | {p50:.1?} | {p99:.1?} | {p999:.1?} |", rate.per_second);
    }
}

fn pgbench(arguments: &[&str]) -> String {
    let program = cluster::programs().expect("it is installed").join("pgbench");
    let output = Command::new(program).args(arguments).output().expect("pgbench runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
