//! SHA-256 of inputs and journal, worked out on threads of their own beside the fold.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::anyhow;
use sha2::{Digest, Sha256};
use tallyfold_core::{Record, Sink};
use tallyfold_log::write_record;

/// How many bytes are handed from one thread to the other at a time, and how many such pieces may
/// wait.
const PIECE_BYTES: usize = 128 << 10;
const WAITING: usize = 8;
/// Room for one more line in a piece: most are shorter.
const ROOM_BYTES: usize = 1 << 10;

/// How many bytes there were, and their SHA-256 in hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct Digested {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A digest that another thread works out.
pub(crate) struct Digesting(JoinHandle<Digested>);

impl Digesting {
    /// Starts a thread that digests every piece, in order.
    fn start<P: Borrow<Vec<u8>>>(pieces: impl Iterator<Item = P> + Send + 'static) -> Digesting {
        Digesting(thread::spawn(move || {
            let (mut bytes, mut digest) = (0, Sha256::new());
            for piece in pieces {
                bytes += piece.borrow().len() as u64;
                digest.update(piece.borrow());
            }
            Digested { bytes, sha256: hex(&digest.finalize()) }
        }))
    }

    /// The digest, once all is read.
    pub(crate) fn finish(self) -> anyhow::Result<Digested> {
        self.0.join().map_err(|_| anyhow!("the thread that digests ended early"))
    }
}

/// Bytes that were read ahead on another thread, which digests them too.
pub(crate) struct ReadAhead {
    pieces: Receiver<io::Result<Arc<Vec<u8>>>>,
    piece: Arc<Vec<u8>>,
    /// How much of the piece was read from here.
    read: usize,
}

impl ReadAhead {
    /// Reads `input` ahead. The digest is of all of it, even if not all is read from here.
    pub(crate) fn new(input: impl Read + Send + 'static) -> (ReadAhead, Digesting) {
        let (sender, pieces) = sync_channel(WAITING);
        let digesting = Digesting::start(Pieces { input, sender });
        (ReadAhead { pieces, piece: Arc::default(), read: 0 }, digesting)
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.piece.len() {
            // Nobody sends any more at the end of the input.
            self.piece = self.pieces.recv().unwrap_or_else(|_| Ok(Arc::default()))?;
            self.read = 0;
        }
        let read = (&self.piece[self.read..]).read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

/// The pieces of an input, each sent on as it is taken.
struct Pieces<R> {
    input: R,
    sender: SyncSender<io::Result<Arc<Vec<u8>>>>,
}

impl<R: Read> Iterator for Pieces<R> {
    type Item = Arc<Vec<u8>>;

    fn next(&mut self) -> Option<Arc<Vec<u8>>> {
        let piece = read_piece(&mut self.input).map(Arc::new);
        let taken = piece.as_ref().ok().filter(|piece| !piece.is_empty()).map(Arc::clone);
        // Whether anybody still listens does not matter: the digest is of the whole input.
        let _ = self.sender.send(piece);
        taken
    }
}

/// What can be read at once; nothing at the end.
fn read_piece(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match input.read(&mut piece) {
            Ok(read) => {
                piece.truncate(read);
                return Ok(piece);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The digest of each account's canonical journal lines (`docs/reports.md`, Journal digest).
///
/// No line is kept: an account needs the memory of one unfinished digest, however long its journal.
pub(crate) struct AccountDigests {
    numbers: HashMap<Box<str>, u32>,
    piece: JournalPiece,
    pieces: SyncSender<JournalPiece>,
    digesting: JoinHandle<Vec<Sha256>>,
}

/// Lines of several accounts behind one another, and whose they are: account and length.
#[derive(Default)]
struct JournalPiece {
    lines: Vec<u8>,
    owners: Vec<(u32, usize)>,
}

impl AccountDigests {
    /// Starts a thread that digests the lines.
    pub(crate) fn new() -> AccountDigests {
        let (pieces, receiver) = sync_channel::<JournalPiece>(WAITING);
        let digesting = thread::spawn(move || {
            let mut digests = Vec::new();
            receiver.into_iter().for_each(|piece| piece.digest(&mut digests));
            digests
        });
        let (numbers, piece) = (HashMap::new(), JournalPiece::default());
        AccountDigests { numbers, piece, pieces, digesting }
    }

    /// Writes the canonical line of a record and digests it.
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        let (number, before) = (self.number(&record.account), self.piece.lines.len());
        // A vector takes whatever is written to it.
        let _ = write_record(&mut self.piece.lines, record);
        self.piece.owners.push((number, self.piece.lines.len() - before));
        if self.piece.lines.len() >= PIECE_BYTES - ROOM_BYTES {
            self.send();
        }
    }

    fn number(&mut self, account: &str) -> u32 {
        if let Some(number) = self.numbers.get(account) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(account.into(), number);
        number
    }

    fn send(&mut self) {
        let room = JournalPiece { lines: Vec::with_capacity(PIECE_BYTES), owners: Vec::new() };
        // Where nobody listens any more, `finish` says so.
        let _ = self.pieces.send(mem::replace(&mut self.piece, room));
    }

    /// The digests of these accounts; one that has no line has the digest of nothing.
    pub(crate) fn finish<'a>(
        mut self,
        accounts: impl IntoIterator<Item = &'a str>,
    ) -> anyhow::Result<JournalDigests> {
        self.send();
        drop(self.pieces);
        let ended = |_| anyhow!("the thread that digests ended early");
        let mut digests = self.digesting.join().map_err(ended)?;
        let mut digest = |account: &str| {
            let number = self.numbers.get(account).map(|number| *number as usize);
            let digest = number.and_then(|number| digests.get_mut(number)).map(mem::take);
            (account.to_owned(), hex(&digest.unwrap_or_default().finalize()))
        };
        Ok(JournalDigests(accounts.into_iter().map(&mut digest).collect()))
    }
}

impl Sink for AccountDigests {
    fn record(&mut self, record: Record<'_>) {
        self.add(&record);
    }
}

impl JournalPiece {
    fn digest(&self, digests: &mut Vec<Sha256>) {
        let mut rest = &self.lines[..];
        for (account, bytes) in &self.owners {
            let (line, behind) = rest.split_at(*bytes);
            if digests.len() <= *account as usize {
                digests.resize_with(*account as usize + 1, Sha256::new);
            }
            digests[*account as usize].update(line);
            rest = behind;
        }
    }
}

/// The digests of accounts' journals, in hexadecimal, in byte order of the accounts.
#[derive(Debug)]
pub(crate) struct JournalDigests(BTreeMap<String, String>);

impl JournalDigests {
    /// A line for each account: `<hex>  <account, as a JSON string>`.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let quoted = |account: &str| serde_json::Value::from(account).to_string();
        self.0.iter().map(move |(account, hex)| format!("{hex}  {}\n", quoted(account)))
    }

    /// The journal's digest: the SHA-256 over these lines.
    pub(crate) fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        self.lines().for_each(|line| digest.update(line));
        hex(&digest.finalize())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4: a million times `a`.
    const MILLION: &str = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

    #[test]
    fn what_is_read_ahead_is_read_whole_and_digested() {
        let (mut ahead, digesting) = ReadAhead::new(io::repeat(b'a').take(1_000_000));
        let mut read = Vec::new();
        ahead.read_to_end(&mut read).unwrap();
        assert!(read.len() == 1_000_000 && read.iter().all(|byte| *byte == b'a'));
        let digested = digesting.finish().unwrap();
        assert_eq!((digested.bytes, &*digested.sha256), (1_000_000, MILLION));
    }

    #[test]
    fn the_digest_is_of_the_whole_input_even_if_it_is_not_read() {
        let (ahead, digesting) = ReadAhead::new(io::repeat(b'a').take(1_000_000));
        drop(ahead);
        assert_eq!(digesting.finish().unwrap().sha256, MILLION);
    }

    #[test]
    fn trouble_with_the_input_reaches_the_reader() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let (mut ahead, _) = ReadAhead::new((&b"abc"[..]).chain(Broken));
        let mut read = Vec::new();
        assert_eq!(ahead.read_to_end(&mut read).unwrap_err().to_string(), "broken");
        assert_eq!(read, b"abc");
    }

    #[test]
    fn each_account_is_digested_alone_and_the_journal_over_their_lines() {
        let entry = |reason: &str| tallyfold_core::Entry::Adjusted {
            pack: "P".into(),
            tokens: tallyfold_core::Tokens::whole(1),
            reason: reason.to_owned().into(),
        };
        let at = tallyfold_core::Timestamp::EARLIEST;
        let long = "x".repeat(PIECE_BYTES);
        let records = [("b", "one"), ("a \"1\"", "two"), ("b", &*long), ("a \"1\"", "\u{8}\u{1}/")];
        let mut digests = AccountDigests::new();
        let mut journals: BTreeMap<&str, Vec<u8>> = BTreeMap::from([("c", Vec::new())]);
        for (account, reason) in records {
            let record = Record { account: account.into(), at, entry: entry(reason) };
            write_record(journals.entry(account).or_default(), &record).unwrap();
            digests.record(record);
        }
        let digests = digests.finish(["c", "b", "a \"1\""]).unwrap();
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let expected: String = [("a \"1\"", r#""a \"1\"""#), ("b", r#""b""#), ("c", r#""c""#)]
            .map(|(account, quoted)| format!("{}  {quoted}\n", sha256(&journals[account])))
            .concat();
        assert_eq!(digests.lines().collect::<String>(), expected);
        assert_eq!(digests.sha256(), sha256(expected.as_bytes()));
    }
}
