//! SHA-256 of inputs and journal, worked out on threads of their own beside the fold.

use std::borrow::Borrow;
use std::io::{self, Read};
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::anyhow;
use sha2::{Digest, Sha256};
use tallyfold_core::Record;
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

/// Lines of a journal, digested as they are written.
pub(crate) struct DigestedLines {
    lines: Vec<u8>,
    pieces: SyncSender<Vec<u8>>,
    digesting: Digesting,
}

impl DigestedLines {
    pub(crate) fn new() -> DigestedLines {
        let (pieces, receiver) = sync_channel::<Vec<u8>>(WAITING);
        let digesting = Digesting::start(receiver.into_iter());
        DigestedLines { lines: Vec::with_capacity(PIECE_BYTES), pieces, digesting }
    }

    /// Writes the canonical line of a record and digests it.
    pub(crate) fn add(&mut self, record: &Record<'_>) {
        // A vector takes whatever is written to it.
        let _ = write_record(&mut self.lines, record);
        if self.lines.len() >= PIECE_BYTES - ROOM_BYTES {
            let lines = mem::replace(&mut self.lines, Vec::with_capacity(PIECE_BYTES));
            // Where nobody listens any more, `finish` says so.
            let _ = self.pieces.send(lines);
        }
    }

    pub(crate) fn finish(self) -> anyhow::Result<Digested> {
        let _ = self.pieces.send(self.lines);
        drop(self.pieces);
        self.digesting.finish()
    }
}

fn hex(bytes: &[u8]) -> String {
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
}
