//! Small histories for what no conformance case notices, one for each flaw of the model.

use std::fs;
use std::path::Path;

use crate::log::Log;

/// The histories of `tests/histories`, in byte order of their names.
pub(crate) fn histories() -> Vec<Log> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let log = |file: &std::path::PathBuf| {
        let name = format!("histories/{}", file.file_stem().unwrap().to_str().unwrap());
        let as_of = name.contains("as-of").then(|| "2026-01-05T12:00:00Z".parse().unwrap());
        Log::read(&name, &fs::read(file).unwrap(), as_of)
    };
    files.iter().map(log).collect()
}

#[test]
fn core_and_model_agree_on_every_history() {
    let histories = histories();
    assert!(histories.len() >= 10, "only {} histories", histories.len());
    for log in histories {
        assert_eq!(log.outcome_of_core(), log.outcome_of_model(), "{}", log.name);
    }
}
