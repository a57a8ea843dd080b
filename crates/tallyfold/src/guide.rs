//! The guides of the book. The rules are in [`rules`](crate::rules), the formats in
//! [`log::format`](mod@crate::log::format), the reports in [`reports::definitions`](crate::reports::definitions).

/// A page of docs/. `guide.md` says where the links between pages lead here.
macro_rules! page {
    ($name:ident $file:literal) => {
        #[doc = include_str!("guide.md")]
        #[doc = include_str!(concat!("../docs/", $file))]
        pub mod $name {}
    };
}

page!(architecture "architecture.md");
page!(embedding "embedding.md");
page!(flaws "flaws.md");
page!(flexnet "flexnet.md");
page!(hostile_input "hostile-input.md");
page!(laws "laws.md");
page!(mutants "mutants.md");
page!(operations "operations.md");
page!(performance "performance.md");
page!(postgres "postgres.md");
page!(publishing "publishing.md");
page!(verification "verification.md");
