//! The SHA-256 of each account's journal (`docs/reports.md`, Journal digest).

use std::collections::BTreeMap;
use std::mem;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tallyfold_core::{Consumer, Record};
use tallyfold_log::write_record;

/// The digest of each account's canonical journal lines.
///
/// A consumer. No line is kept: an account needs the memory of one unfinished digest, however long its
/// journal.
///
/// ```
/// use tallyfold_engine::{JournalDigests, Log, Replay};
///
/// # let log = include_bytes!("../tests/team-month.jsonl");
/// let run = Replay::of(Log::bytes(log)).run(JournalDigests::default)?;
/// let digests = run.consumer.of_accounts(run.accounts().map(|it| it.account()));
/// assert_eq!(digests.lines().count(), run.accounts().count());
/// # Ok::<(), tallyfold_engine::ReplayError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct JournalDigests {
    finished: BTreeMap<Box<str>, Sha256>,
    /// The account whose records come now, so that it need not be looked for with each.
    present: Option<(Box<str>, Sha256)>,
    line: Vec<u8>,
}

impl JournalDigests {
    /// The digest that goes on for an account.
    fn digest_of(&mut self, account: &str) -> &mut Sha256 {
        let is_present = self.present.as_ref().is_some_and(|(name, _)| **name == *account);
        if !is_present {
            let digest = self.finished.remove(account).unwrap_or_default();
            self.put_present_away();
            self.present = Some((account.into(), digest));
        }
        let (_, digest) = self.present.get_or_insert_with(Default::default);
        digest
    }

    fn put_present_away(&mut self) {
        if let Some((name, digest)) = self.present.take() {
            self.finished.insert(name, digest);
        }
    }

    /// The digests of these accounts; one that has no line has the digest of nothing.
    pub fn of_accounts<'a>(&self, accounts: impl IntoIterator<Item = &'a str>) -> AccountDigests {
        let present = self.present.as_ref().map(|(name, digest)| (name, digest));
        let digest = |account: &str| {
            let present = present.filter(|(name, _)| ***name == *account).map(|(_, digest)| digest);
            let digest = present.or_else(|| self.finished.get(account)).cloned();
            (account.to_owned(), hex(&digest.unwrap_or_default().finalize()))
        };
        AccountDigests(accounts.into_iter().map(digest).collect())
    }
}

impl Consumer for JournalDigests {
    fn record(&mut self, record: &Record<'_>) {
        let mut line = mem::take(&mut self.line);
        line.clear();
        // A vector takes whatever is written to it.
        let _ = write_record(&mut line, record);
        self.digest_of(&record.account).update(&line);
        self.line = line;
    }

    fn merge(&mut self, later: JournalDigests) {
        self.put_present_away();
        self.finished.extend(later.finished);
        self.finished.extend(later.present);
    }
}

/// The digests of accounts' journals, in hexadecimal, in byte order of the accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDigests(BTreeMap<String, String>);

impl AccountDigests {
    /// A line for each account: `<hex>  <account, as a JSON string>`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let quoted = |account: &str| Value::from(account).to_string();
        self.0.iter().map(move |(account, hex)| format!("{hex}  {}\n", quoted(account)))
    }

    /// The journal's digest: the SHA-256 over these lines, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        self.lines().for_each(|line| digest.update(line));
        hex(&digest.finalize())
    }
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use tallyfold_core::{Entry, Timestamp, Tokens};

    use super::*;

    #[test]
    fn each_account_is_digested_alone_and_the_journal_over_their_lines() {
        let entry = |reason: &str| Entry::Adjusted {
            pack: "P".into(),
            tokens: Tokens::whole(1),
            reason: reason.to_owned().into(),
        };
        let at = Timestamp::EARLIEST;
        let long = "x".repeat(1 << 17);
        let records = [("b", "one"), ("a \"1\"", "two"), ("b", &*long), ("a \"1\"", "\u{8}\u{1}/")];
        let mut digests = [JournalDigests::default(), JournalDigests::default()];
        let mut journals: BTreeMap<&str, Vec<u8>> = BTreeMap::from([("c", Vec::new())]);
        for (account, reason) in records {
            let record = Record { account: account.into(), at, entry: entry(reason) };
            write_record(journals.entry(account).or_default(), &record).unwrap();
            digests[usize::from(account == "b")].record(&record);
        }
        let [mut first, second] = digests;
        first.merge(second);
        let digests = first.of_accounts(["c", "b", "a \"1\""]);
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let expected: String = [("a \"1\"", r#""a \"1\"""#), ("b", r#""b""#), ("c", r#""c""#)]
            .map(|(account, quoted)| format!("{}  {quoted}\n", sha256(&journals[account])))
            .concat();
        assert_eq!(digests.lines().collect::<String>(), expected);
        assert_eq!(digests.sha256(), sha256(expected.as_bytes()));
    }
}
