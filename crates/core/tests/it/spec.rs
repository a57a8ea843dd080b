//! The rules as items are those of docs/rules.md, word for word.

use std::fmt::Write as _;

use tallyfold_core::spec;

const RULES: &str = include_str!("../../../../docs/rules.md");
const NUMBERED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/spec/numbered.rs");
/// Set, `src/spec/numbered.rs` is written anew.
const BLESS: &str = "TALLYFOLD_BLESS";

/// Each rule's number and text, lines joined.
fn rules() -> Vec<(&'static str, String)> {
    let mut rules: Vec<(&str, String)> = Vec::new();
    let mut is_inside = false;
    for line in RULES.lines() {
        if let Some(item) = line.strip_prefix("- **") {
            let (number, text) = item.split_once("** ").unwrap();
            rules.push((number, text.to_owned()));
        } else if let (true, Some(more)) = (is_inside, line.strip_prefix("  ")) {
            let (_, text) = rules.last_mut().unwrap();
            text.push(' ');
            text.push_str(more);
        }
        is_inside = line.starts_with("- **") || (is_inside && line.starts_with("  "));
    }
    rules
}

fn numbered(rules: &[(&str, String)]) -> String {
    let mut text = "//! The rules of docs/rules.md, one item each. Written by `tests/it/spec.rs`.\n\
                    \n\
                    use super::Rule;\n\
                    \n\
                    macro_rules! rules {\n    \
                        ($($number:ident $text:literal)*) => {\n        \
                            $(\n            \
                                #[doc = $text]\n            \
                                pub const $number: Rule = Rule { number: stringify!($number), text: $text };\n        \
                            )*\n\
                    \n        \
                            /// All rules, in the order of the specification.\n        \
                            pub const RULES: &[Rule] = &[$($number),*];\n    \
                        };\n\
                    }\n\
                    \n\
                    rules! {\n"
        .to_owned();
    for (number, rule) in rules {
        writeln!(text, "    {number} r#\"{rule}\"#").unwrap();
    }
    text + "}\n"
}

#[test]
fn the_rules_as_items_are_those_of_the_specification() {
    let expected = numbered(&rules());
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(NUMBERED, &expected).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(NUMBERED).unwrap(),
        expected,
        "set {BLESS} to write it anew"
    );
    let items: Vec<_> =
        spec::RULES.iter().map(|rule| (rule.number, rule.text.to_owned())).collect();
    assert_eq!(items, rules());
}
