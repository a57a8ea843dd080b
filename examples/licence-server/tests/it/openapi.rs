//! The description that is committed is that of the program.

use crate::server::program;

#[test]
fn the_description_is_up_to_date() {
    let made = program().arg("openapi").output().unwrap();
    let committed = include_str!("../../openapi.json");
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(made == committed, "write it anew: licence-server openapi > openapi.json");
}
