//! The pages of the guide have no link that is dead in rustdoc.

use std::collections::BTreeSet;
use std::fs;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
const PAGES: &str = include_str!("../../src/guide.rs");
const LINKS: &str = include_str!("../../src/guide.md");

/// The targets that a text gives to the labels of its links.
fn labels(text: &str) -> BTreeSet<&str> {
    let definitions = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    definitions.map(|(label, _)| label).collect()
}

#[test]
fn every_link_of_a_page_leads_somewhere_in_rustdoc() {
    let here = labels(LINKS);
    let pages: Vec<_> = PAGES.lines().filter_map(|line| line.strip_prefix("page!(")).collect();
    assert!(pages.len() > 10, "guide.rs is written otherwise");
    for page in pages {
        let file = page.split('"').nth(1).unwrap();
        let text = fs::read_to_string(format!("{DOCS}/{file}")).unwrap();
        for label in labels(&text) {
            assert!(here.contains(label), "src/guide.md lacks [{label}], a link of {file}");
        }
        let targets = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for target in targets {
            let is_whole = target.starts_with("http") || target.starts_with('#');
            assert!(is_whole, "{file} links to `{target}`, which is not there in rustdoc");
        }
    }
}
