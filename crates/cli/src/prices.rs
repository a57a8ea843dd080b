//! What tokens and subscriptions cost, as the user says.

use std::path::Path;

use anyhow::{Context, bail};
use tallyfold_projections::premium::Prices;

use crate::args::report::PriceArgs;
use crate::text::printable;

/// Reads what subscriptions cost a month: `offering,price`, `#` starts a comment.
pub(crate) fn read_prices(args: &PriceArgs) -> anyhow::Result<Prices> {
    let mut prices = Prices { token: args.token_price, ..Prices::default() };
    let Some(path) = &args.subscription_prices else {
        return Ok(prices);
    };
    for (place, [offering, price]) in read_table(path, ["offering", "price"])? {
        let price = price.parse().with_context(|| place.clone())?;
        let before = prices.subscription_a_month.insert(offering.clone(), price);
        if before.is_some() {
            bail!("{place}: `{}` has a price already", printable(&offering));
        }
    }
    Ok(prices)
}

/// Reads a CSV file with exactly these columns; each row comes with its place for errors.
pub(crate) fn read_table<const N: usize>(
    path: &Path,
    columns: [&str; N],
) -> anyhow::Result<Vec<(String, [String; N])>> {
    let trouble = || format!("cannot read {}", path.display());
    let mut csv = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(trouble)?;
    let headers = csv.headers().with_context(trouble)?.clone();
    if headers.iter().ne(columns) {
        bail!("{}:1: the columns must be {}", path.display(), columns.join(","));
    }
    let mut rows = Vec::new();
    for record in csv.records() {
        let record = record.with_context(trouble)?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut cells = record.iter().map(str::to_owned);
        rows.push((
            format!("{}:{line}", path.display()),
            std::array::from_fn(|_| cells.next().unwrap_or_default()),
        ));
    }
    Ok(rows)
}
