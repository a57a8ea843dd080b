//! What a feature is called, and whether it counts.

use std::collections::BTreeMap;

use tallyfold_core::{Name, NameError};

/// Autodesk's codes, as they follow the five digits of a feature's name.
const AUTODESK_PRODUCTS: [(&str, &str); 7] = [
    ("3DSMAX", "3ds Max"),
    ("ACD", "AutoCAD"),
    ("CIV3D", "Civil 3D"),
    ("INHSMP", "Inventor HSM"),
    ("INVPROSA", "Inventor Professional"),
    ("NAVMAN", "Navisworks Manage"),
    ("RVT", "Revit"),
];

/// Products, and versions where given, by the name of the feature. They go before the built-in
/// names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductNames(pub(super) BTreeMap<String, (Name<'static>, Option<Name<'static>>)>);

/// What a check-out of a feature means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A product in use.
    Product(Product),
    /// The package of a pair; the other of the two counts.
    Package,
}

/// The product that a feature stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) name: Name<'static>,
    pub(super) version: Option<Name<'static>>,
    /// Whether the name is only the feature's own.
    pub(super) unknown: bool,
}

impl ProductNames {
    /// What a check-out of `feature` means.
    pub(super) fn meaning(&self, feature: &str) -> Result<Meaning, NameError> {
        let owned = |text: &str| Name::new(text.to_owned());
        let (code, year) = match autodesk(feature) {
            Some((code, year)) => (Some(code), year),
            None => (None, None),
        };
        if let Some((product, version)) = self.0.get(feature) {
            return Ok(Meaning::Product(Product {
                name: product.clone(),
                version: version.as_deref().or(year).map(owned).transpose()?,
                unknown: false,
            }));
        }
        if code.is_some() && year.is_none() {
            return Ok(Meaning::Package);
        }
        let known = AUTODESK_PRODUCTS.iter().find(|(it, _)| Some(*it) == code);
        Ok(Meaning::Product(Product {
            name: owned(known.map_or(feature, |(_, product)| product))?,
            version: year.map(owned).transpose()?,
            unknown: known.is_none(),
        }))
    }
}

/// Splits `87545ACD_2022_0F` into code and year, and `64300ACD_F` into a code without one.
fn autodesk(feature: &str) -> Option<(&str, Option<&str>)> {
    let (serial, rest) = feature.split_at_checked(5)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let body = rest.strip_suffix('F').filter(|_| all_digits(serial))?;
    let (body, issue) = body.rsplit_once('_')?;
    if issue.is_empty() {
        return (!body.is_empty()).then_some((body, None));
    }
    let (code, year) = body.rsplit_once('_')?;
    let versioned = all_digits(issue) && year.len() == 4 && all_digits(year) && !code.is_empty();
    versioned.then_some((code, Some(year)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autodesk_features_are_taken_apart() {
        for (feature, parts) in [
            ("87545ACD_2022_0F", Some(("ACD", Some("2022")))),
            ("875683DSMAX_2022_0F", Some(("3DSMAX", Some("2022")))),
            ("64300ACD_F", Some(("ACD", None))),
            ("MATLAB", None),
            ("1234éACD_F", None),
            ("64300_F", None),
            ("87545ACD_22_0F", None),
            ("12345_F", None),
            ("F", None),
        ] {
            assert_eq!(autodesk(feature), parts, "{feature}");
        }
    }

    #[test]
    fn given_names_go_before_built_in_ones() {
        let name = |text: &'static str| Name::new(text).unwrap();
        let names = ProductNames(BTreeMap::from([
            ("64300ACD_F".to_owned(), (name("Suite"), None)),
            ("87545ACD_2022_0F".to_owned(), (name("CAD"), None)),
            ("MATLAB".to_owned(), (name("Matlab"), Some(name("R2022a")))),
        ]));
        for (feature, product, version, unknown) in [
            ("64300ACD_F", "Suite", None, false),
            ("87545ACD_2022_0F", "CAD", Some("2022"), false),
            ("MATLAB", "Matlab", Some("R2022a"), false),
            ("87676ACD_2023_0F", "AutoCAD", Some("2023"), false),
            ("87617MAYA_2022_0F", "87617MAYA_2022_0F", Some("2022"), true),
            ("Simulink", "Simulink", None, true),
        ] {
            let expected = Meaning::Product(Product {
                name: name(product),
                version: version.map(name),
                unknown,
            });
            assert_eq!(names.meaning(feature), Ok(expected), "{feature}");
        }
        assert_eq!(names.meaning("85950RVT_F"), Ok(Meaning::Package));
        assert_eq!(names.meaning("\u{7}"), Err(NameError::ControlCharacter));
    }
}
