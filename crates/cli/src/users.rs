//! `import users`: a list of people as assignments.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tallyfold_core::{
    AccountEvent, Action, Event, Finding, FlexAssigned, Ledger, Name, Rulebook,
    SubscriptionAssigned,
};
use tallyfold_log::write_event;

use crate::args::import::UsersArgs;
use crate::hash_key;
use crate::input::for_each_line;
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
    let trouble = || format!("cannot read {}", args.file.display());
    let mut file = BufReader::new(File::open(&args.file).with_context(trouble)?);
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter(file.fill_buf().with_context(trouble)?))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(file);
    let column = user_column(csv.headers()?, args)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut assigned, mut present, mut wrong) = (0, 0, 0);
    for record in csv.records() {
        let outcome = record.map_err(|error| error.to_string()).and_then(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            let user = record.get(column).unwrap_or_default();
            let user = Name::new(user.to_owned()).map_err(|it| format!("line {line}: {it}"))?;
            let event = assignment(args, &account, user);
            match ledger.apply(&event, &mut ()) {
                Ok(()) => Ok(Some(event)),
                Err(Finding::AlreadyAssigned) => Ok(None),
                Err(finding) => Err(format!("line {line}: {finding}")),
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
                let file = args.file.display().to_string();
                anstream::eprintln!("{}: {}", printable(&file), printable(&problem));
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

/// What stands between the cells of a header: a comma, or what some spreadsheets write instead.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: &u8| header.iter().filter(|byte| *byte == delimiter).count();
    *[b'\t', b';', b','].iter().max_by_key(|it| count(it)).unwrap_or(&b',')
}

/// What the log says of who has what already. Without a log, seats are not checked.
fn ledger_of(args: &UsersArgs) -> anyhow::Result<Ledger> {
    let mut ledger = Ledger::new(Rulebook::default(), hash_key::drawn());
    let log = args.log();
    if log.is_absent() && args.assign != "flex" {
        bail!(
            "a seat needs a subscription: name the log that has it with --log LOG or --store STORE"
        );
    }
    for_each_line(&log, |line| {
        if let Ok(event) = &line.event {
            // What cannot be applied is `check`'s to report.
            let _ = ledger.apply(event, &mut ());
        }
        Ok(())
    })?;
    Ok(ledger)
}

fn user_column(headers: &csv::StringRecord, args: &UsersArgs) -> anyhow::Result<usize> {
    let plain = |header: &str| -> String {
        let letters = header.trim_start_matches('\u{feff}').chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let headers: Vec<_> = headers.iter().map(plain).collect();
    let known =
        |header: &String| USER_HEADERS.contains(&&**header) || OTHER_HEADERS.contains(&&**header);
    let unknown: Vec<_> = headers.iter().filter(|header| !known(header)).cloned().collect();
    if !unknown.is_empty() {
        anstream::eprintln!("columns passed over: {}", printable(&unknown.join(", ")));
    }
    let place = |name: &&str| headers.iter().position(|header| header == name);
    USER_HEADERS.iter().find_map(place).with_context(|| {
        format!("{}:1: no column names the user; call one `user` or `email`", args.file.display())
    })
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
