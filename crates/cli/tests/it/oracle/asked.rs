//! The program, asked a question.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Question;
use super::fraction::Fraction;
use super::printed::{Object, Printed};
use crate::program::{tallyfold, text};

/// A question to the program.
pub(crate) struct Asked<'q> {
    pub question: &'q Question,
    /// Where the log is.
    pub folder: &'q Path,
}

impl Asked<'_> {
    /// What the program is asked, but for the report.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let question = self.question;
        let mut arguments = vec!["--time-zone".to_owned(), question.zone.clone()];
        let given = [
            ("--account", &question.account),
            ("--period", &question.period),
            ("--as-of", &question.as_of),
        ];
        for (option, value) in given {
            arguments.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        }
        arguments
    }

    fn prices(&self) -> Vec<String> {
        let (prices, mut arguments) = (&self.question.prices, Vec::new());
        let text = |micros: i128| Fraction::amount(micros).text(6);
        if let Some(token) = prices.token {
            arguments.extend(["--token-price".to_owned(), text(token)]);
        }
        if !prices.offerings.is_empty() {
            let line = |(name, micros): &(String, i128)| format!("{name},{}\n", text(*micros));
            let file = self.folder.join("prices.csv");
            let lines: String = prices.offerings.iter().map(line).collect();
            fs::write(&file, format!("offering,price\n{lines}")).unwrap();
            let file = file.to_str().unwrap().to_owned();
            arguments.extend(["--subscription-prices".to_owned(), file]);
        }
        arguments
    }

    /// Runs the program, and says why where it fails.
    fn run(&self, report: &[&str], more: Vec<String>) -> Result<Vec<u8>, String> {
        let mut arguments: Vec<String> = report.iter().map(|&it| it.to_owned()).collect();
        arguments.extend(self.arguments());
        arguments.extend(["--format".to_owned(), "json".to_owned()]);
        arguments.extend(more);
        arguments.push(self.folder.join("log.jsonl").to_str().unwrap().to_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = tallyfold(&arguments, b"");
        match output.status.code() {
            Some(0) => Ok(output.stdout),
            code => Err(format!("{code:?}: {}", text(&output.stderr))),
        }
    }

    /// Every report but `user detail`, from one run.
    pub(crate) fn all(&self, output: &Path) -> Result<Vec<Printed>, String> {
        let _ = fs::remove_dir_all(output);
        let mut more = self.prices();
        more.extend(["--output".to_owned(), output.to_str().unwrap().to_owned()]);
        self.run(&["report", "all", "--plan", "premium"], more)?;
        let mut files: Vec<_> =
            fs::read_dir(output).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.file_name().is_some_and(|name| name != "manifest.json"));
        files.sort();
        let read = |file: &std::path::PathBuf| {
            serde_json::from_slice(&fs::read(file).unwrap())
                .map_err(|error| format!("{}: {error}", file.display()))
        };
        files.iter().map(read).collect()
    }

    pub(crate) fn detail(&self, user: &str) -> Result<Printed, String> {
        let more = vec![format!("--user={user}")];
        let printed = self.run(&["report", "user", "detail", "--plan", "premium"], more)?;
        serde_json::from_slice(&printed).map_err(|error| error.to_string())
    }

    /// Whether a Premium report is given under the plan in force.
    pub(crate) fn is_premium_given(&self) -> Result<bool, String> {
        match self.run(&["report", "token", "by-user"], Vec::new()) {
            Ok(_) => Ok(true),
            Err(error) if error.contains("Premium") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The rows that an estimate proposes from the log, and their tokens a month and in all.
    pub(crate) fn estimate(&self) -> Result<(Vec<Object>, [Value; 2]), String> {
        let log = self.folder.join("log.jsonl");
        let mut arguments =
            ["estimate", "--json", "--from", log.to_str().unwrap()].map(str::to_owned).to_vec();
        arguments.extend(self.arguments());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = tallyfold(&arguments, b"");
        if output.status.code() != Some(0) {
            return Err(text(&output.stderr).to_owned());
        }
        let read = serde_json::from_slice::<Estimate>(&output.stdout);
        let estimate = read.map_err(|error| error.to_string())?;
        let needed = ["needed_a_month", "needed"].map(|it| estimate.estimate[it].clone());
        Ok((estimate.needs, needed))
    }
}

/// What `estimate --json` prints.
#[derive(serde::Deserialize)]
struct Estimate {
    needs: Vec<Object>,
    estimate: Value,
}
