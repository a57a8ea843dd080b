//! `import`: the history of another system as events on standard output.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::Context;
use tallyfold_core::{Name, PackTokens};
use tallyfold_log::flexnet::{self, Options, ProductNames, Rates};
use tallyfold_log::{decompressed, write_event};

use crate::args::FlexnetArgs;
use crate::csv_file::CsvFile;
use crate::input::open;
use crate::text::printable;

/// `import flexnet`: events go to standard output, what was skipped to standard error.
pub(crate) fn flexnet(args: &FlexnetArgs) -> anyhow::Result<ExitCode> {
    let options = flexnet_options(args)?;
    let trouble = || format!("cannot import {}", args.log.display());
    let log = decompressed(open(&args.log).with_context(trouble)?).with_context(trouble)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let report = flexnet::import(log, options, |event| write_event(&mut out, &event));
    let report = report.with_context(trouble)?;
    out.flush()?;
    for line in report.to_string().lines() {
        anstream::eprintln!("{}", printable(line));
    }
    Ok(ExitCode::SUCCESS)
}

fn flexnet_options(args: &FlexnetArgs) -> anyhow::Result<Options> {
    let account = Name::new(args.account.clone()).context("--account")?;
    let rates = args.rates.as_deref().map(|file| {
        let csv = CsvFile::read(file)?.plain(["product", "tokens_per_day"], 2)?;
        anyhow::Ok(Rates::read(&csv[..], &file.display().to_string())?)
    });
    let products = args.products.as_deref().map(|file| {
        let csv = CsvFile::read(file)?.plain(["feature", "product", "version"], 2)?;
        anyhow::Ok(ProductNames::read(&csv[..], &file.display().to_string())?)
    });
    let (rates, products) = (rates.transpose()?, products.transpose()?);
    Ok(Options {
        rates: rates.unwrap_or_default(),
        pack: args.pack.map(PackTokens::new).transpose().context("--pack")?,
        products: products.unwrap_or_default(),
        user_naming: args.user.naming(),
        heartbeat_hours: args.heartbeat_hours,
        utc_offset: args.utc_offset,
        start_date: args.start_date,
        ..Options::new(account)
    })
}
