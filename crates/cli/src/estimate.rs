//! `estimate`: what to buy.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Serialize;
use tallyfold_core::{Per, Timestamp, Tokens};
use tallyfold_projections::estimate::{
    DaysAMonth, Estimate, LeftOut, Need, Offer, Proposal, WhyLeftOut, estimate,
};
use tallyfold_projections::{Cell, Money, Row, json};

use crate::args::EstimateArgs;
use crate::prices::read_table;
use crate::report::Folded;
use crate::table::{Column, render};
use crate::text::{count, grouped, printable, tokens};
use crate::what_if::{pair, rate};

/// What is printed as JSON.
#[derive(Serialize)]
struct Printed<'e> {
    #[serde(serialize_with = "json::serialize")]
    needs: &'e [Need],
    #[serde(serialize_with = "json::serialize")]
    left_out: &'e [LeftOut],
    estimate: &'e Estimate,
}

pub(crate) fn run(args: &EstimateArgs) -> anyhow::Result<ExitCode> {
    let log = args.log();
    let folded = match log.is_absent() {
        true => None,
        false => Some(Folded::fold(&args.scope, &log, None)?),
    };
    folded.as_ref().map_or(Ok(()), is_of_one_account)?;
    let rates = rates(args, folded.as_ref())?;
    let needs = given_needs(args, &rates)?;
    let mut proposal = Proposal { needs, left_out: Vec::new() };
    if proposal.needs.is_empty() {
        let Some(folded) = &folded else {
            bail!(
                "nothing to estimate: give --need PRODUCT,USERS,DAYS,MONTHS, --from LOG or --store STORE"
            );
        };
        proposal = folded.reports_of_period().proposal(&rates, args.months.into());
    }
    let packs: Vec<_> = folded.iter().flat_map(|it| &it.packs).collect();
    let packs: Vec<_> = packs.iter().map(|pack| (pack.expires_at, pack.available)).collect();
    let now = folded.as_ref().map_or(Timestamp::EARLIEST, |it| it.facts.as_of);
    let estimate = estimate(&proposal.needs, &packs, now, &offers(args)?)?;
    let mut out = BufWriter::new(anstream::stdout().lock());
    if args.json {
        let Proposal { needs, left_out } = &proposal;
        let result = Printed { needs, left_out, estimate: &estimate };
        serde_json::to_writer_pretty(&mut out, &result)?;
        writeln!(out)?;
    } else {
        write_tables(&mut out, &proposal, &estimate)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses to add up the packs of several accounts, none of which can use another's.
fn is_of_one_account(folded: &Folded) -> anyhow::Result<()> {
    match folded.accounts()[..] {
        [one, other, ..] => bail!(
            "the log has several accounts, such as `{}` and `{}`: say which with --account NAME",
            printable(one),
            printable(other)
        ),
        _ => Ok(()),
    }
}

/// What products cost a day: as given, else as the log has it. A rate per result is none.
fn rates(args: &EstimateArgs, folded: Option<&Folded>) -> anyhow::Result<BTreeMap<String, Tokens>> {
    let published = folded.into_iter().flat_map(|it| &it.facts.rates);
    let per_day = published.filter(|(_, rate)| rate.per == Per::Day);
    let mut rates: BTreeMap<_, _> =
        per_day.map(|(product, rate)| (product.clone(), rate.tokens)).collect();
    if let Some(path) = &args.rates_file {
        for (place, [product, tokens]) in read_table(path, ["product", "tokens_per_day"])? {
            rates.insert(product, tokens.parse().with_context(|| place)?);
        }
    }
    for text in &args.rates {
        let rate = rate(text)?;
        rates.insert(rate.product.to_string(), rate.tokens.get());
    }
    Ok(rates)
}

/// The rows that were given.
fn given_needs(args: &EstimateArgs, rates: &BTreeMap<String, Tokens>) -> anyhow::Result<Vec<Need>> {
    let mut needs = Vec::new();
    if let Some(path) = &args.needs_file {
        let columns = ["product", "users", "days_a_month", "months"];
        for (place, cells) in read_table(path, columns)? {
            needs.push(need(cells.each_ref().map(String::as_str), rates).context(place)?);
        }
    }
    for text in &args.needs {
        let cells: Vec<&str> = text.rsplitn(4, ',').collect();
        let [months, days, users, product] = cells[..] else {
            bail!("`{text}` is not PRODUCT,USERS,DAYS,MONTHS");
        };
        let need = need([product, users, days, months], rates);
        needs.push(need.with_context(|| format!("--need {text}"))?);
    }
    Ok(needs)
}

fn need(
    [product, users, days, months]: [&str; 4],
    rates: &BTreeMap<String, Tokens>,
) -> anyhow::Result<Need> {
    let rate = rates.get(product).copied();
    Ok(Need {
        product: product.to_owned(),
        users: users.parse().context("users are a whole number")?,
        days_a_month: tenths(days)
            .map(DaysAMonth::of_tenths)
            .context("days a month are a number such as 4 or 4.5")?,
        months: months.parse().context("months are a whole number")?,
        rate: rate
            .with_context(|| format!("no rate for {product}: give --rate {product}=TOKENS"))?,
    })
}

/// `4` or `4.5`.
fn tenths(text: &str) -> Option<u64> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let tenth = if tenth.len() == 1 { tenth.parse::<u64>().ok()? } else { return None };
    whole.parse::<u64>().ok()?.checked_mul(10)?.checked_add(tenth)
}

/// The most tokens that an amount of an event may have.
const MOST_IN_A_PACK: u64 = 1_000_000_000;

/// Packs that can be bought.
fn offers(args: &EstimateArgs) -> anyhow::Result<Vec<Offer>> {
    let mut offers = Vec::new();
    let offer = |size: &str, price: &str| -> anyhow::Result<Offer> {
        let price: Money = price.parse()?;
        let size = size.parse().ok().filter(|size| (1..=MOST_IN_A_PACK).contains(size));
        Ok(Offer {
            size: size.context("a pack holds a whole number of tokens, 1 to 1,000,000,000")?,
            price,
        })
    };
    if let Some(path) = &args.packs_file {
        for (place, [size, price]) in read_table(path, ["tokens", "price"])? {
            offers.push(offer(&size, &price).context(place)?);
        }
    }
    for text in &args.packs {
        let (size, price) = pair(text, "TOKENS=PRICE")?;
        offers.push(offer(size, price).with_context(|| format!("--pack {text}"))?);
    }
    Ok(offers)
}

fn write_tables(out: &mut impl Write, proposal: &Proposal, it: &Estimate) -> anyhow::Result<()> {
    write_needs(out, &proposal.needs)?;
    write_left_out(out, &proposal.left_out)?;
    for (name, amount) in [
        ("needed a month", it.needed_a_month),
        ("needed", it.needed),
        ("available", it.available),
        ("of it used in time", it.covered),
        ("expires unused", it.expiring_unused),
        ("to buy", it.missing),
    ] {
        writeln!(out, "{name:<20}{:>16}", tokens(amount))?;
    }
    let (Some(price), Some(left_over)) = (it.price, it.left_over) else {
        writeln!(out, "\nFor the cheapest packs say what is on offer: --pack TOKENS=PRICE")?;
        return Ok(());
    };
    writeln!(out, "{:<20}{:>16}", "left over", tokens(left_over))?;
    let columns = [Column::Number("packs"), Column::Number("tokens"), Column::Number("price")];
    let mut rows: Vec<Vec<String>> = it
        .packs
        .iter()
        .map(|(offer, n)| {
            vec![count(*n), count(offer.size), grouped(&offer.price.many(*n).to_string())]
        })
        .collect();
    rows.push(vec![String::new(), "all".to_owned(), grouped(&price.to_string())]);
    writeln!(out, "\n{}", render("Cheapest packs", &columns, &rows))?;
    Ok(())
}

fn write_needs(out: &mut impl Write, needs: &[Need]) -> anyhow::Result<()> {
    let labels: Vec<String> = Need::COLUMNS.iter().map(|column| column.label()).collect();
    let columns: Vec<_> = Need::COLUMNS.iter().zip(&labels).map(Column::of).collect();
    let shown = |cell: Cell<'_>| match cell {
        Cell::Tokens(amount) => tokens(amount),
        other => other.to_string(),
    };
    let row = |need: &Need| need.cells().into_iter().map(shown).collect();
    let rows: Vec<Vec<String>> = needs.iter().map(row).collect();
    writeln!(out, "{}", render("Needed", &columns, &rows))?;
    Ok(())
}

/// What the history used and no row stands for.
fn write_left_out(out: &mut impl Write, left_out: &[LeftOut]) -> anyhow::Result<()> {
    if left_out.is_empty() {
        return Ok(());
    }
    let columns =
        [Column::Text("product"), Column::Number("tokens used"), Column::Text("left out because")];
    let row = |it: &LeftOut| {
        let why = match it.why {
            WhyLeftOut::Results => "they were for results",
            WhyLeftOut::NoRate => "the product has no rate per day",
        };
        vec![it.product.clone(), tokens(it.tokens_used), why.to_owned()]
    };
    let rows: Vec<_> = left_out.iter().map(row).collect();
    writeln!(out, "{}", render("Not in the estimate", &columns, &rows))?;
    Ok(())
}
