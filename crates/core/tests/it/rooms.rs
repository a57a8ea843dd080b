//! The rooms of the crate, and the arrows between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room may use those before it.
const ROOMS: [&str; 9] =
    ["spec", "event", "journal", "state", "rules", "prefetch", "ledger", "ask", "replay"];

/// Rules that are no decision of an account, and the files that hold them.
const HOMES_ELSEWHERE: [(&str, &str); 4] = [
    ("T2", "state/catalog.rs"),
    ("T6", "replay/mod.rs"),
    ("P7", "state/packs.rs"),
    ("S4", "rules/cover.rs"),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file under a folder, by its path from `src/`.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            let name = path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}

/// The room of a file, as its place in [`ROOMS`]; none for `lib.rs`, the face.
fn room(file: &str) -> Option<usize> {
    let first = file.split('/').next().unwrap().trim_end_matches(".rs");
    ROOMS.iter().position(|room| *room == first)
}

#[test]
fn dependencies_run_one_way() {
    for (file, text) in files(&source()) {
        let Some(room) = room(&file) else {
            assert_eq!(file, "lib.rs", "a file in no room");
            continue;
        };
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let place = ROOMS.iter().position(|room| *room == used);
                let place = place.unwrap_or_else(|| panic!("{file} uses `crate::{used}`"));
                assert!(place <= room, "{file} uses `{used}`, which comes after it: {line}");
            }
        }
    }
}

/// The rules whose homes a text has: `/// P4: …`, `/// P4, P5: …`, or a link `/// [P4](…): …`.
fn homes(text: &str) -> BTreeSet<String> {
    let is_rule = |word: &&str| {
        let mut chars = word.chars();
        chars.next().is_some_and(|c| "TPRWCSAXN".contains(c))
            && word.len() == 2
            && chars.all(|c| c.is_ascii_digit())
    };
    let docs = text.lines().filter_map(|line| line.trim_start().strip_prefix("/// "));
    let heads = docs.filter_map(|doc| {
        let head = doc.split_once(": ")?.0;
        Some(head.strip_prefix('[').and_then(|link| link.split_once("](")).map_or(head, |it| it.0))
    });
    let all_rules = heads.filter(|head| head.split(", ").all(|word| is_rule(&word)));
    all_rules.flat_map(|head| head.split(", ")).map(str::to_owned).collect()
}

/// Every rule of rules.md.
fn rules() -> BTreeSet<String> {
    let text = include_str!("../../docs/rules.md");
    let items = text.lines().filter_map(|line| line.strip_prefix("- **"));
    items.map(|item| item.split("**").next().unwrap().to_owned()).collect()
}

/// The file that is the home of each rule.
fn homes_of_rules() -> BTreeMap<String, String> {
    let files = files(&source());
    let mut found = BTreeMap::new();
    for (file, text) in files.iter().filter(|(file, _)| file.starts_with("rules/")) {
        for rule in homes(text) {
            let before = found.insert(rule.clone(), file.clone());
            assert_eq!(before, None, "{rule} has a second home in {file}");
        }
    }
    for (rule, file) in HOMES_ELSEWHERE {
        assert!(homes(&files[file]).contains(rule), "{file} is not the home of {rule}");
        found.insert(rule.to_owned(), file.to_owned());
    }
    found
}

#[test]
fn every_rule_has_one_home() {
    let homes = homes_of_rules();
    let without: Vec<_> = rules().into_iter().filter(|rule| !homes.contains_key(rule)).collect();
    assert!(without.is_empty(), "rules without a home: {without:?}");
    let unknown: Vec<_> = homes.keys().filter(|rule| !rules().contains(*rule)).collect();
    assert!(unknown.is_empty(), "homes of no rule: {unknown:?}");
}

#[test]
fn the_map_lists_the_homes() {
    let map = include_str!("../../docs/architecture.md");
    let mut by_file = BTreeMap::<String, Vec<String>>::new();
    for (rule, file) in homes_of_rules() {
        by_file.entry(file).or_default().push(rule);
    }
    for (file, rules) in by_file {
        let row = format!("| `{file}` | {} |", rules.join(", "));
        assert!(map.contains(&row), "docs/architecture.md lacks this row:\n{row}");
    }
}
