//! A proxy on the loopback that can fall silent: it takes what is sent and passes nothing on, and
//! tells neither side, as a firewall does that forgot a connection.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "each test program uses some of it")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// How many connections were made; each has the number of those before it.
    made: AtomicUsize,
    /// Those below are silent for ever.
    silent_below: AtomicUsize,
    /// New ones are silent too.
    is_silent: AtomicBool,
}

impl Proxy {
    /// A proxy to a port on this machine.
    pub(crate) fn to(port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = proxy.state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                connect(client.unwrap(), port, &state);
            }
        });
        proxy
    }

    /// A database behind it, as a URL.
    pub(crate) fn url(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://tallyfold@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// Silences the connections that there are.
    pub(crate) fn silence(&self) {
        let made = self.state.made.load(Ordering::SeqCst);
        self.state.silent_below.store(made, Ordering::SeqCst);
    }

    /// Silences new ones too, or lets them speak again.
    pub(crate) fn silence_new(&self, is_silent: bool) {
        self.state.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.state.made.load(Ordering::SeqCst)
    }
}

impl State {
    fn swallows(&self, connection: usize) -> bool {
        connection < self.silent_below.load(Ordering::SeqCst)
    }
}

fn connect(client: TcpStream, port: u16, state: &Arc<State>) {
    let number = state.made.fetch_add(1, Ordering::SeqCst);
    if state.is_silent.load(Ordering::SeqCst) {
        // The client is connected to nobody, and never learns it.
        std::mem::forget(client);
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    for (from, to) in [(from_client, to_server), (server, client)] {
        let state = state.clone();
        thread::spawn(move || pass(from, to, &|| state.swallows(number)));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, is_silent: &dyn Fn() -> bool) {
    let mut bytes = [0; 16 << 10];
    loop {
        let goes_on = match from.read(&mut bytes) {
            Ok(count) if count > 0 => is_silent() || to.write_all(&bytes[..count]).is_ok(),
            _ => false,
        };
        if !goes_on && is_silent() {
            // Not even that it was closed is passed on.
            std::mem::forget(to);
            return;
        }
        if !goes_on {
            let _ = to.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}
