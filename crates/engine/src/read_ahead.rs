//! Inputs that are read ahead on a thread of their own, which digests them too.

use std::borrow::Borrow;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};

/// How many bytes are handed from one thread to the other at a time, and how many such pieces may
/// wait.
const PIECE_BYTES: usize = 128 << 10;
const WAITING: usize = 8;

/// A digest that another thread works out.
#[derive(Debug)]
pub(crate) struct Digesting(JoinHandle<(u64, [u8; 32])>);

impl Digesting {
    /// Starts a thread that digests every piece, in order.
    fn start<P: Borrow<Vec<u8>>>(pieces: impl Iterator<Item = P> + Send + 'static) -> Digesting {
        Digesting(thread::spawn(move || {
            let (mut bytes, mut digest) = (0, Sha256::new());
            for piece in pieces {
                bytes += piece.borrow().len() as u64;
                digest.update(piece.borrow());
            }
            (bytes, digest.finalize().into())
        }))
    }

    /// How many bytes there were, and their SHA-256, once all is read. A thread that panicked gives
    /// nothing.
    pub(crate) fn finish(self) -> Option<(u64, [u8; 32])> {
        self.0.join().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4: a million times `a`.
    const MILLION: [u8; 32] = [
        0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb, 0x92, 0x81, 0xa1, 0xc7, 0xe2, 0x84, 0xd7, 0x3e,
        0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4, 0x97, 0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc, 0xc7, 0x11,
        0x2c, 0xd0,
    ];

    #[test]
    fn what_is_read_ahead_is_read_whole_and_digested() {
        let (mut ahead, digesting) = ReadAhead::new(io::repeat(b'a').take(1_000_000));
        let mut read = Vec::new();
        ahead.read_to_end(&mut read).unwrap();
        assert!(read.len() == 1_000_000 && read.iter().all(|byte| *byte == b'a'));
        assert_eq!(digesting.finish(), Some((1_000_000, MILLION)));
    }

    #[test]
    fn the_digest_is_of_the_whole_input_even_if_it_is_not_read() {
        let (ahead, digesting) = ReadAhead::new(io::repeat(b'a').take(1_000_000));
        drop(ahead);
        assert_eq!(digesting.finish(), Some((1_000_000, MILLION)));
    }

    #[test]
    fn an_error_of_the_input_reaches_the_reader() {
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
