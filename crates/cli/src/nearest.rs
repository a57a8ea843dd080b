//! What somebody may have meant who mistyped a name.

use std::fmt;

use crate::text::printable;

/// The name most like a mistyped one without regard to case, if any is much like it.
pub(crate) fn nearest<'a>(
    mistyped: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = mistyped.to_lowercase();
    let wrong = |name: &str| strsim::damerau_levenshtein(&lower, &name.to_lowercase());
    let tolerated = (mistyped.chars().count() / 3).max(1);
    let near = names.into_iter().map(|name| (wrong(name), name));
    near.filter(|(wrong, _)| *wrong <= tolerated).min().map(|(_, name)| name)
}

/// `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'a>(
    mistyped: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> impl fmt::Display {
    let name = nearest(mistyped, names);
    name.map(|it| format!("; did you mean `{}`?", printable(it))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_much_alike_is_proposed() {
        let names = ["dia", "AutoCAD", "AutoCAD LT", "Revit"];
        assert_eq!(nearest("dai", names), Some("dia"));
        assert_eq!(nearest("AutoCd", names), Some("AutoCAD"));
        assert_eq!(nearest("autocad", names), Some("AutoCAD"));
        assert_eq!(nearest("Maya", names), None);
    }
}
