//! `generate`: a made-up log on standard output.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use tallyfold_log::generate::{Generator, SessionLength, Settings};
use tallyfold_log::write_event;

use crate::args::GenerateArgs;

pub(crate) fn run(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let settings = Settings {
        accounts: args.accounts,
        users_per_account: args.users,
        sessions: if args.long_sessions { SessionLength::Weeks } else { SessionLength::Hours },
        ..Settings::new(args.events, args.seed)
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for event in Generator::new(settings) {
        write_event(&mut out, &event)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
