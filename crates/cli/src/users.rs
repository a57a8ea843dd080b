//! `import users`: a list of people as assignments.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tallyfold_core::{
    AccountEvent, Action, Event, Finding, FlexAssigned, Ledger, Name, Preset, SubscriptionAssigned,
};
use tallyfold_log::write_event;

use crate::args::import::UsersArgs;
use crate::csv_file::CsvFile;
use crate::log::{self, explained};
use crate::nearest::nearest;
use crate::text::printable;

/// Headers that name the user, the best first; compared without case, spaces, dots and dashes.
const USER_HEADERS: [&str; 8] =
    ["user", "username", "userid", "login", "email", "emailaddress", "mail", "useremail"];
/// Headers that are known and passed over.
const OTHER_HEADERS: [&str; 10] = [
    "firstname",
    "givenname",
    "forename",
    "lastname",
    "surname",
    "familyname",
    "name",
    "fullname",
    "displayname",
    "team",
];

pub(crate) fn run(args: &UsersArgs) -> anyhow::Result<ExitCode> {
    let account = Name::new(args.account.as_str()).context("--account")?;
    let mut ledger = ledger_of(args)?;
    let csv = CsvFile::read(&args.file)?;
    let column = user_column(&csv)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut assigned, mut present, mut wrong) = (0, 0, 0);
    for row in csv.rows() {
        let user = row.cells.get(column).cloned().unwrap_or_default();
        let outcome = Name::new(user).map_err(|error| error.to_string()).and_then(|user| {
            let event = assignment(args, &account, user);
            match ledger.apply(&event, &mut ()) {
                Ok(()) => Ok(Some(event)),
                Err(Finding::AlreadyAssigned) => Ok(None),
                Err(finding) => Err(finding.to_string()),
            }
        });
        match outcome {
            Ok(Some(event)) => {
                assigned += 1;
                if args.dry_run {
                    anstream::eprintln!("{} would be assigned", printable(user_of(&event)));
                } else {
                    write_event(&mut out, &event)?;
                }
            }
            Ok(None) => present += 1,
            Err(problem) => {
                wrong += 1;
                let place = csv.place(row.line);
                anstream::eprintln!("{}: {}", printable(&place), printable(&problem));
            }
        }
    }
    out.flush()?;
    let would = if args.dry_run { "would be assigned" } else { "assigned" };
    anstream::eprintln!("{assigned} {would}, {present} already, {wrong} lines with errors");
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn user_of<'a>(event: &'a Event<'_>) -> &'a str {
    match event {
        Event::Account(AccountEvent { action: Action::SubscriptionAssigned(it), .. }) => &it.user,
        Event::Account(AccountEvent { action: Action::FlexAssigned(it), .. }) => &it.user,
        _ => "",
    }
}

/// What the log says of who has what already. Without a log, seats are not checked.
fn ledger_of(args: &UsersArgs) -> anyhow::Result<Ledger> {
    let log = args.log();
    if log.is_absent() && args.assign != "flex" {
        bail!(
            "a seat needs a subscription: name the log that has it with --log LOG or --store STORE"
        );
    }
    // What cannot be applied is `check`'s to report.
    let replay = log::replay(&log, Preset::Launch)?.keep_findings(0);
    Ok(replay.fold((), || ()).map_err(explained)?.into_ledger())
}

/// The column that names the user. Columns that are not known are passed over, and named.
fn user_column(csv: &CsvFile) -> anyhow::Result<usize> {
    let plain = |header: &String| -> String {
        let letters = header.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let headers: Vec<_> = csv.header().iter().map(plain).collect();
    let known = |header: &str| USER_HEADERS.contains(&header) || OTHER_HEADERS.contains(&header);
    let unknown = || headers.iter().zip(csv.header()).filter(|(header, _)| !known(header));
    let place = |name: &&str| headers.iter().position(|header| header == name);
    let Some(column) = USER_HEADERS.iter().find_map(place) else {
        let meant = unknown().find_map(|(header, written)| {
            let meant = nearest(header, USER_HEADERS)?;
            Some(format!("; is `{}` meant to be `{meant}`?", printable(written)))
        });
        let meant = meant.unwrap_or_default();
        bail!("{}: no column names the user; call one `user` or `email`{meant}", csv.place(1));
    };
    let unknown = Vec::from_iter(unknown().map(|(_, written)| written.as_str())).join(", ");
    if !unknown.is_empty() {
        anstream::eprintln!("columns passed over: {}", printable(&unknown));
    }
    Ok(column)
}

fn assignment(args: &UsersArgs, account: &Name<'_>, user: Name<'static>) -> Event<'static> {
    let action = match Name::new(args.assign.clone()) {
        Ok(subscription) if args.assign != "flex" => {
            Action::SubscriptionAssigned(SubscriptionAssigned { subscription, user })
        }
        _ => Action::FlexAssigned(FlexAssigned { user }),
    };
    let account = account.clone().into_owned();
    Event::Account(AccountEvent { account, at: args.at, id: None, action })
}
