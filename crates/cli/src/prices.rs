//! What tokens and subscriptions cost, as the user says.

use std::path::Path;

use anyhow::{Context, bail};
use tallyfold_projections::premium::Prices;

use crate::args::report::PriceArgs;
use crate::csv_file::CsvFile;
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

/// Reads a CSV file with these columns; each row comes with its place for errors.
pub(crate) fn read_table<const N: usize>(
    path: &Path,
    columns: [&str; N],
) -> anyhow::Result<Vec<(String, [String; N])>> {
    CsvFile::read(path)?.columns(columns)
}
