//! `import`: the history of another system as events on standard output.

use std::io::{self, BufWriter, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use tallyfold_core::{Name, PackTokens};
use tallyfold_log::flexnet::{Error, Importer, Options, ProductNames, Rates};
use tallyfold_log::{decompressed, write_event};

use crate::args::import::FlexnetArgs;
use crate::csv_file::CsvFile;
use crate::log::source;
use crate::looks_like::{SAMPLE_BYTES, looks_like};
use crate::text::printable;

/// More than half of what looks like log lines was not understood.
const MOSTLY_NOT_UNDERSTOOD: u8 = 1;

/// `import flexnet`: events go to standard output; what was assumed or skipped, to standard error.
pub(crate) fn flexnet(args: &FlexnetArgs) -> anyhow::Result<ExitCode> {
    let mut importer = Importer::new(flexnet_options(args)?)?;
    for path in &args.logs {
        let cannot_read = || format!("cannot import {}", path.display());
        let mut log = decompressed(source(path).open().with_context(cannot_read)?)
            .with_context(cannot_read)?;
        let mut sample = Vec::new();
        log.by_ref()
            .take(SAMPLE_BYTES as u64)
            .read_to_end(&mut sample)
            .with_context(cannot_read)?;
        let log = (&*sample).chain(log);
        importer.read(&path.display().to_string(), log).map_err(|error| match error {
            Error::Io(error) => anyhow::Error::new(error).context(cannot_read()),
            Error::NotALog { .. } => anyhow!("{error}; it looks like {}", looks_like(&sample)),
            names_the_file => names_the_file.into(),
        })?;
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let report = importer.finish(|event| write_event(&mut out, &event))?;
    out.flush()?;
    for line in report.to_string().lines() {
        anstream::eprintln!("{}", printable(line));
    }
    if report.is_mostly_not_understood() {
        return Ok(ExitCode::from(MOSTLY_NOT_UNDERSTOOD));
    }
    if report.log_lines > 0 && !report.has_check_outs() {
        bail!("no line of the log is a check-out (`OUT:`)");
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
        heartbeat: args.heartbeat_hours,
        zone: args.zone(),
        start_date: args.start_date,
        max_hours: args.max_hours,
        session_prefix: args.session_prefix.clone(),
        ..Options::new(account)
    })
}
