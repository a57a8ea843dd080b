//! `docs/flaws.md` is made of the two tables of flaws.

use std::fmt::Write;

use tallyfold_testkit::model::Flaw;

use crate::flaws_generated::BLESS;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/flaws.md");

const LINKS: &str = "\n[architecture.md]: architecture.md\n[laws.md]: laws.md\n";

const HEAD: &str = "\
# What notices a wrong rule

Each row is a deliberate error in the [naive model][architecture.md], which a test switches on, and
what notices it first: a log of the conformance suite (`scenarios/`, `random/`, `real/`) or one made
for it (`crates/testkit/tests/histories/`), and a [law][laws.md] or the comparison with the core in
one of a thousand generated histories, with its seed. Tests assert both columns.

| rule | the error | first log | first law, seed |
| --- | --- | --- | --- |
";

fn page() -> String {
    let logs = include_str!("flaws.txt").lines();
    let generated = include_str!("flaws_generated.txt").lines();
    let mut page = HEAD.to_owned();
    for ((log, law), flaw) in logs.zip(generated).zip(Flaw::ALL) {
        let log = log.rsplit(" | ").next().unwrap();
        let law = match law.split(" | ").collect::<Vec<_>>()[..] {
            [_, _, "NOTHING", _] => "none of a thousand".to_owned(),
            [_, _, law, seed] => format!("`{law}`, {seed}"),
            _ => panic!("{law}"),
        };
        writeln!(page, "| {} | {} | {log} | {law} |", flaw.rule(), flaw.what()).unwrap();
    }
    page + LINKS
}

#[test]
fn the_page_of_flaws_is_up_to_date() {
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(PAGE, page()).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap();
    assert!(
        written == page(),
        "write docs/flaws.md anew: {BLESS}=1 cargo test -p tallyfold-testkit"
    );
}
