//! The CSV files that go with a log: rates, and names of features.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};

use csv::StringRecord;
use tallyfold_core::{Name, RateTokens, Tokens};

use super::feature::ProductNames;
use super::importer::Error;

/// A product's rate per day, for each product, in the order of the file. A product is given by its
/// name, by the code of a feature, or by the letters in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates(pub(super) Vec<(Name<'static>, RateTokens)>);

/// Why a CSV file cannot be used: where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct TableError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl Rates {
    /// Reads `product,tokens_per_day`. Lines that begin with `#` are comments.
    ///
    /// # Errors
    ///
    /// [`TableError`] at the first line that cannot be read or that gives a product twice. `file`
    /// is only its name for people.
    pub fn read(csv: impl Read, file: &str) -> Result<Rates, TableError> {
        let mut seen = BTreeSet::new();
        let mut rates = Vec::new();
        for_each_row(csv, file, &["product", "tokens_per_day"], 2, |row| {
            let (product, tokens) = (name("product", &row[0])?, rate(&row[1])?);
            if !seen.insert(product.clone()) {
                return Err(format!("{product} has a rate already; give each product once"));
            }
            rates.push((product, tokens));
            Ok(())
        })?;
        Ok(Rates(rates))
    }

    /// The rates by the names of products.
    ///
    /// # Errors
    ///
    /// [`Error::TwoRates`] where two rows give one product different rates.
    pub(super) fn of_products(
        &self,
        names: &ProductNames,
    ) -> Result<Vec<(Name<'static>, RateTokens)>, Error> {
        let mut given: BTreeMap<Name<'static>, (&str, RateTokens)> = BTreeMap::new();
        let mut rates = Vec::new();
        for (row, rate) in &self.0 {
            let product = names.product_named(row).unwrap_or_else(|| row.clone());
            match given.get(&product) {
                Some((first, other)) if other != rate => {
                    let (first, second) = ((*first).to_owned(), row.to_string());
                    return Err(Error::TwoRates { product: product.to_string(), first, second });
                }
                Some(_) => {}
                None => {
                    given.insert(product.clone(), (row, *rate));
                    rates.push((product, *rate));
                }
            }
        }
        Ok(rates)
    }
}

impl ProductNames {
    /// Reads `feature,product,version`; the version may be left out. A feature is given by its code,
    /// by the letters in it, or by the product's built-in name. Lines that begin with `#` are
    /// comments.
    ///
    /// # Errors
    ///
    /// [`TableError`] at the first line that cannot be read or that gives a feature twice. `file`
    /// is only its name for people.
    pub fn read(csv: impl Read, file: &str) -> Result<ProductNames, TableError> {
        let mut names = BTreeMap::new();
        for_each_row(csv, file, &["feature", "product", "version"], 2, |row| {
            let feature = name("feature", &row[0])?.to_string();
            let product = name("product", &row[1])?;
            let version = row.get(2).filter(|text| !text.is_empty());
            let version = version.map(|text| name("version", text)).transpose()?;
            match names.insert(feature.to_uppercase(), (product, version)) {
                None => Ok(()),
                Some(_) => Err(format!("{} is named already; give each feature once", &row[0])),
            }
        })?;
        Ok(ProductNames(names))
    }
}

/// Calls `take` with each row below the header. Columns after the first `required` may be missing
/// in the header or in a row. A row is a line, so that every error has the right number.
fn for_each_row(
    csv: impl Read,
    file: &str,
    columns: &[&str],
    required: usize,
    mut take: impl FnMut(&StringRecord) -> Result<(), String>,
) -> Result<(), TableError> {
    let right = columns.join(",");
    let error_at = |line, reason| TableError { file: file.to_owned(), line, reason };
    let mut in_header = true;
    for (line, text) in (1..).zip(BufReader::new(csv).lines()) {
        let row = text
            .map_err(unreadable)
            .and_then(|text| fields(&text))
            .map_err(|reason| error_at(line, reason))?;
        let Some(row) = row else { continue };
        let fits = (required..=columns.len()).contains(&row.len());
        let taken = match (in_header, fits) {
            (true, true) if row.iter().zip(columns).all(|(name, it)| name == *it) => Ok(()),
            (true, _) => Err(format!("the first line is `{right}`")),
            (false, true) => take(&row),
            (false, false) => Err(format!("{} fields where `{right}` is right", row.len())),
        };
        taken.map_err(|reason| error_at(line, reason))?;
        in_header = false;
    }
    match in_header {
        true => Err(error_at(1, format!("no line; the first is `{right}`"))),
        false => Ok(()),
    }
}

/// The fields of a line; nothing for a blank one and for a comment.
fn fields(line: &str) -> Result<Option<StringRecord>, String> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let row = reader.into_records().next().transpose();
    row.map_err(|error| error.to_string())
}

fn unreadable(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "not UTF-8; save the file as UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn name(column: &str, text: &str) -> Result<Name<'static>, String> {
    Name::new(text.to_owned()).map_err(|error| format!("{column} `{text}`: {error}"))
}

fn rate(text: &str) -> Result<RateTokens, String> {
    let tokens: Tokens = text
        .parse()
        .map_err(|_| format!("tokens_per_day `{text}`: a number such as 7 or 0.5 is right"))?;
    RateTokens::new(tokens).map_err(|error| format!("tokens_per_day `{text}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_keep_the_order_of_the_file() {
        let csv = "\u{feff}product,tokens_per_day\n# dear\nRevit, 10\n\"3ds Max\",0.5\n";
        let rates = Rates::read(csv.as_bytes(), "rates.csv").unwrap().0;
        let shown: Vec<_> = rates
            .iter()
            .map(|(product, rate)| (product.as_str(), rate.get().to_string()))
            .collect();
        assert_eq!(shown, [("Revit", "10".to_owned()), ("3ds Max", "0.5".to_owned())]);
    }

    #[test]
    fn an_error_names_the_file_the_line_and_what_would_be_right() {
        for (csv, message) in [
            ("", "r.csv:1: no line; the first is `product,tokens_per_day`"),
            ("# x\na,b\n", "r.csv:2: the first line is `product,tokens_per_day`"),
            (
                "product,tokens_per_day\nRevit\n",
                "r.csv:2: 1 fields where `product,tokens_per_day` is right",
            ),
            (
                "product,tokens_per_day\n\n# x\nRevit,1e3\n",
                "r.csv:4: tokens_per_day `1e3`: a number such as 7 or 0.5 is right",
            ),
            (
                "product,tokens_per_day\nRevit,-1\n",
                "r.csv:2: tokens_per_day `-1`: a rate is from 0 to 1,000,000,000 tokens",
            ),
            ("product,tokens_per_day\n,1\n", "r.csv:2: product ``: a name is not empty"),
            (
                "product,tokens_per_day\nRevit,1\nRevit,2\n",
                "r.csv:3: Revit has a rate already; give each product once",
            ),
        ] {
            let error = Rates::read(csv.as_bytes(), "r.csv").unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let error = Rates::read(&b"product,tokens_per_day\n\xff,1\n"[..], "r.csv").unwrap_err();
        assert_eq!(error.to_string(), "r.csv:2: not UTF-8; save the file as UTF-8");
    }

    #[test]
    fn versions_may_be_left_out() {
        for csv in [
            "feature,product\nF,Fine\n",
            "feature,product,version\nF,Fine\n",
            "feature,product,version\nF,Fine,\n",
        ] {
            let names = ProductNames::read(csv.as_bytes(), "p.csv").unwrap().0;
            assert_eq!(names["F"].1, None, "{csv}");
        }
        let csv = "feature,product,version\nF,Fine,2022\n";
        let names = ProductNames::read(csv.as_bytes(), "p.csv").unwrap().0;
        assert_eq!(names["F"].1.as_deref(), Some("2022"));
    }
}
