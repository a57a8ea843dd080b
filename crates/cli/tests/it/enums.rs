//! Every public enum says whether a `match` on it may name all of its variants, and why.

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that are embedded.
const CRATES: [&str; 6] = ["core", "log", "engine", "projections", "store", "testkit"];

/// Every source file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The names of the public enums of a file, each with what is written above it.
fn enums(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    (0..lines.len()).filter_map(move |place| {
        let name = lines[place].strip_prefix("pub enum ")?.split(['<', ' ']).next()?;
        let above = lines[..place].iter().rev();
        let above = above.take_while(|line| !line.is_empty() && !line.ends_with('{'));
        (!name.starts_with('$')).then(|| (name, above.copied().collect()))
    })
}

/// What is wrong with what is written above an enum.
fn fault(above: &[&str]) -> Option<&'static str> {
    let says = |word: &str| above.iter().any(|line| line.starts_with(word));
    match (says("/// Exhaustive"), says("/// Non-exhaustive"), says("#[non_exhaustive]")) {
        (true, false, false) | (false, true, true) => None,
        (false, false, _) => Some("does not say whether it is exhaustive, and why"),
        _ => Some("says one thing and is another"),
    }
}

#[test]
fn public_enums_say_whether_they_are_exhaustive() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut count, mut faults) = (0, Vec::new());
    for path in CRATES.iter().flat_map(|name| files(&root.join(name).join("src"))) {
        let text = fs::read_to_string(&path).unwrap();
        for (name, above) in enums(&text) {
            count += 1;
            faults.extend(fault(&above).map(|fault| format!("{}: {name} {fault}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 60, "only {count} enums were found");
}

#[test]
fn an_enum_that_says_nothing_or_the_wrong_thing_is_found() {
    let text = "\n/// A.\npub enum A {\n    /// B.\n    B,\n}\n\n/// Exhaustive: so.\n#[non_exhaustive]\npub enum C {}\n";
    let found: Vec<_> = enums(text).map(|(name, above)| (name, fault(&above).is_some())).collect();
    assert_eq!(found, [("A", true), ("C", true)]);
    let right = "/// Non-exhaustive: so.\n#[derive(Clone)]\n#[non_exhaustive]\npub enum D<'a> {}\n";
    assert!(enums(right).all(|(_, above)| fault(&above).is_none()));
}
