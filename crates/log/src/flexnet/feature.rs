//! What a feature is called, and whether it counts.

use std::collections::BTreeMap;

use tallyfold_core::{Name, NameError};

/// The letters in Autodesk's feature codes and the product that they stand for. The real log is
/// that of the tests; the other sources are named in docs/flexnet.md.
const AUTODESK_PRODUCTS: [(&str, &str); 13] = [
    ("3DSMAX", "3ds Max"),
    ("ACAD_E", "AutoCAD Electrical"),
    ("ACD", "AutoCAD"),
    ("ACDLT", "AutoCAD LT"),
    ("AMECH_PP", "AutoCAD Mechanical"),
    ("ARCHDESK", "AutoCAD Architecture"),
    ("CIV3D", "Civil 3D"),
    ("INHSMP", "Inventor HSM"),
    ("INVPROSA", "Inventor Professional"),
    ("MAYA", "Maya"),
    ("NAVMAN", "Navisworks Manage"),
    ("PLNT3D", "AutoCAD Plant 3D"),
    ("RVT", "Revit"),
];

/// Products, and versions where given, by the code of a feature, by the letters in it, or by the
/// built-in name, in any case. They go before the built-in names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductNames(pub(super) BTreeMap<String, NamedProduct>);

/// A product, and a version where given.
pub(super) type NamedProduct = (Name<'static>, Option<Name<'static>>);

/// What a check-out of a feature means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A product in use.
    Product(Product),
    /// The package of a pair; the other of the two counts.
    Package,
}

/// The product that a feature stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) name: Name<'static>,
    pub(super) version: Option<Name<'static>>,
    /// Whether the name is only the feature's own, or the letters in it.
    pub(super) unknown: bool,
}

impl ProductNames {
    /// What a check-out of `feature` means.
    pub(super) fn meaning(&self, feature: &str) -> Result<Meaning, NameError> {
        let owned = |text: String| Name::new(text);
        let (letters, version) = match autodesk(feature) {
            Some((letters, version)) => (Some(letters), version),
            None => (None, None),
        };
        let given = self.given(feature);
        if given.is_none() && letters.is_some() && version.is_none() {
            return Ok(Meaning::Package);
        }
        let built_in = letters.and_then(built_in_name);
        let given = given.or_else(|| self.given(letters?)).or_else(|| self.given(built_in?));
        let version = version.map(owned).transpose()?;
        Ok(Meaning::Product(match given {
            Some((name, given_version)) => Product {
                name: name.clone(),
                version: given_version.clone().or(version),
                unknown: false,
            },
            None => Product {
                name: owned(built_in.or(letters).unwrap_or(feature).to_owned())?,
                version,
                unknown: built_in.is_none(),
            },
        }))
    }

    /// The product that a code, letters or a name stand for; nothing where they are not known.
    pub(super) fn product_named(&self, text: &str) -> Option<Name<'static>> {
        let given = self.given(text).map(|(name, _)| name.clone());
        let letters = autodesk(text).map_or(text, |(letters, _)| letters);
        given
            .or_else(|| Some(self.given(letters)?.0.clone()))
            .or_else(|| self.0.values().find(|(name, _)| same(name, text)).map(|it| it.0.clone()))
            .or_else(|| {
                let name = built_in_name(letters).or_else(|| built_in_name(text))?;
                let renamed = self.given(name).map(|(name, _)| name.clone());
                renamed.or_else(|| Name::new(name.to_owned()).ok())
            })
            .or_else(|| Name::new(letters.to_owned()).ok().filter(|_| letters != text))
    }

    fn given(&self, text: &str) -> Option<&NamedProduct> {
        self.0.get(&text.to_uppercase())
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_uppercase() == other.to_uppercase()
}

/// The built-in name that letters stand for, or the name itself.
fn built_in_name(text: &str) -> Option<&'static str> {
    let known = |(letters, name): &&(&str, &str)| same(letters, text) || same(name, text);
    AUTODESK_PRODUCTS.iter().find(known).map(|(_, name)| *name)
}

/// Splits `87545ACD_2022_0F` into letters and version, `40100ARCHDESK_3_3F` into letters and
/// version 3.3, and `64300ACD_F` or `64300ACD_T_F` into letters without a version.
fn autodesk(feature: &str) -> Option<(&str, Option<String>)> {
    let (serial, rest) = feature.split_at_checked(5)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let body = rest.strip_suffix('F').filter(|_| all_digits(serial))?;
    let (body, minor) = body.rsplit_once('_')?;
    if minor.is_empty() {
        let letters = body.strip_suffix("_T").unwrap_or(body);
        return (!letters.is_empty()).then_some((letters, None));
    }
    let (letters, major) = body.rsplit_once('_')?;
    let versioned = all_digits(minor) && all_digits(major) && !major.is_empty();
    let is_year = major.len() == 4;
    let version =
        if is_year || minor == "0" { major.to_owned() } else { format!("{major}.{minor}") };
    (versioned && !letters.is_empty()).then_some((letters, Some(version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autodesk_features_are_taken_apart() {
        for (feature, letters, version) in [
            ("87545ACD_2022_0F", "ACD", Some("2022")),
            ("875683DSMAX_2022_0F", "3DSMAX", Some("2022")),
            ("88030AMECH_PP_2026_0F", "AMECH_PP", Some("2026")),
            ("40100ARCHDESK_3_3F", "ARCHDESK", Some("3.3")),
            ("40300MAP_5_0F", "MAP", Some("5")),
            ("64300ACD_F", "ACD", None),
            ("64300ACD_T_F", "ACD", None),
        ] {
            assert_eq!(autodesk(feature), Some((letters, version.map(str::to_owned))), "{feature}");
        }
        for feature in ["MATLAB", "1234éACD_F", "64300_F", "12345_F", "F", "", "12345_1_0F"] {
            assert_eq!(autodesk(feature), None, "{feature}");
        }
    }

    fn name(text: &'static str) -> Name<'static> {
        Name::new(text).unwrap()
    }

    #[test]
    fn given_names_go_before_built_in_ones() {
        let names = ProductNames(BTreeMap::from([
            ("64300ACD_F".to_owned(), (name("Suite"), None)),
            ("87545ACD_2022_0F".to_owned(), (name("CAD"), None)),
            ("MAP".to_owned(), (name("Map 3D"), None)),
            ("REVIT".to_owned(), (name("BIM"), None)),
            ("MATLAB".to_owned(), (name("Matlab"), Some(name("R2022a")))),
        ]));
        for (feature, product, version, unknown) in [
            ("64300ACD_F", "Suite", None, false),
            ("87545ACD_2022_0F", "CAD", Some("2022"), false),
            ("MATLAB", "Matlab", Some("R2022a"), false),
            ("87676ACD_2023_0F", "AutoCAD", Some("2023"), false),
            ("86719MAP_2017_0F", "Map 3D", Some("2017"), false),
            ("87561RVT_2022_0F", "BIM", Some("2022"), false),
            ("87617MAYA_2022_0F", "Maya", Some("2022"), false),
            ("86720XYZ_2017_0F", "XYZ", Some("2017"), true),
            ("Simulink", "Simulink", None, true),
        ] {
            let version = version.map(name);
            let expected = Meaning::Product(Product { name: name(product), version, unknown });
            assert_eq!(names.meaning(feature), Ok(expected), "{feature}");
        }
        assert_eq!(names.meaning("85950RVT_F"), Ok(Meaning::Package));
        assert_eq!(names.meaning("\u{7}"), Err(NameError::ControlCharacter));
    }

    #[test]
    fn a_product_is_found_by_code_letters_or_name() {
        let names = ProductNames(BTreeMap::from([("MAP".to_owned(), (name("Map 3D"), None))]));
        for (text, product) in [
            ("87545ACD_2022_0F", Some("AutoCAD")),
            ("64300ACD_F", Some("AutoCAD")),
            ("acd", Some("AutoCAD")),
            ("autocad", Some("AutoCAD")),
            ("map", Some("Map 3D")),
            ("map 3d", Some("Map 3D")),
            ("86719MAP_2017_0F", Some("Map 3D")),
            ("86720XYZ_2017_0F", Some("XYZ")),
            ("MATLAB", None),
        ] {
            assert_eq!(names.product_named(text), product.map(name), "{text}");
        }
    }
}
