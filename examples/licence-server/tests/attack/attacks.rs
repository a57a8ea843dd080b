//! Attacks of one account, and what another one notices of them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::server::{Client, Server, Site, new_key, set_up};

/// What the attacker sends on every connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attack {
    /// A request whose body never arrives.
    HalfSentBodies,
    /// A request for a whole journal.
    Reports,
}

impl Attack {
    fn request(self, key: &str) -> String {
        let head = format!("HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n");
        match self {
            Attack::HalfSentBodies => format!(
                "POST /v1/accounts/acme/sessions {head}Content-Length: 49\r\n\r\n{{\"session\":"
            ),
            Attack::Reports => format!("GET /v1/accounts/acme/journal {head}\r\n"),
        }
    }
}

/// What the other account noticed.
pub(crate) struct Noticed {
    took: Vec<Duration>,
    refused: Vec<String>,
}

impl Noticed {
    pub(crate) fn assert_nothing_is_refused(&self) {
        assert!(self.refused.is_empty(), "refused: {:?}", self.refused);
        assert!(!self.took.is_empty());
    }

    /// The time within which 99 of 100 requests were answered.
    pub(crate) fn p99(&self) -> Duration {
        let mut took = self.took.clone();
        took.sort();
        took[took.len() * 99 / 100]
    }
}

/// A server that is attacked by `acme` while `rival` works.
pub(crate) struct Field {
    pub(crate) server: Server,
    acme: String,
    rival: Client,
    _site: Site,
}

impl Field {
    /// The attacker has a history of so many events.
    pub(crate) fn new(options: &[&str], history: usize) -> Field {
        let site = Site::new();
        let rival = new_key(site.folder.path(), &["--account", "rival"]);
        let server = site.start_with(options);
        let (admin, acme) = (server.client(&site.admin), server.client(&site.acme));
        set_up(&admin, "acme");
        set_up(&admin, "rival");
        for number in 0..history {
            let session = format!("s{number}");
            acme.post_patiently(
                "/v1/accounts/acme/sessions",
                &json!({"session": session, "user": "ana", "product": "AutoCAD"}),
            );
        }
        let rival = server.client(&rival);
        let open = json!({"session": "s1", "user": "bo", "product": "AutoCAD"});
        rival.post("/v1/accounts/rival/sessions", &open);
        Field { acme: site.acme.clone(), rival, server, _site: site }
    }

    /// What `rival` notices in peace.
    pub(crate) fn quiet(&self, requests: usize) -> Noticed {
        work(&self.rival, requests)
    }

    /// What `rival` notices while `acme` keeps so many connections attacking. Answers also how many
    /// requests the attacker made.
    pub(crate) fn under(
        &self,
        attack: Attack,
        connections: usize,
        requests: usize,
    ) -> (Noticed, usize) {
        let (is_over, made) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                let request = attack.request(&self.acme);
                let mut attackers: Vec<_> = (0..connections).map(|_| None).collect();
                while !is_over.load(Ordering::Relaxed) {
                    for attacker in &mut attackers {
                        if go_on(attacker, &self.server.address, &request) {
                            made.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            });
            while made.load(Ordering::Relaxed) < connections {
                thread::sleep(Duration::from_millis(1));
            }
            let noticed = work(&self.rival, requests);
            is_over.store(true, Ordering::Relaxed);
            (noticed, made.load(Ordering::Relaxed))
        })
    }
}

/// Makes the request on a connection, a new one where the server closed it. Takes what was answered,
/// and answers whether a request was made.
fn go_on(attacker: &mut Option<TcpStream>, address: &str, request: &str) -> bool {
    if let Some(stream) = attacker {
        let mut answer = [0; 4096];
        match stream.read(&mut answer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Ok(bytes) if bytes > 0 && !answer.starts_with(b"HTTP/1.1 4") => return false,
            _ => *attacker = None,
        }
    }
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let sent = stream.write_all(request.as_bytes()).is_ok();
    *attacker = stream.set_nonblocking(true).ok().map(|()| stream);
    sent
}

/// Asks, opens, looks at the journal: what an account does all day.
fn work(client: &Client, requests: usize) -> Noticed {
    let mut noticed = Noticed { took: Vec::new(), refused: Vec::new() };
    for number in 0..requests {
        let (method, path) = match number % 4 {
            0 => ("GET", ""),
            1 => ("GET", "/admission?user=bo&product=AutoCAD"),
            2 => ("POST", "/sessions/s1/heartbeat"),
            _ => ("GET", "/journal?entry=charged"),
        };
        let began = Instant::now();
        let reply = client.try_ask((method, &format!("/v1/accounts/rival{path}")), None, "");
        noticed.took.push(began.elapsed());
        match reply {
            Ok(reply) if reply.status == 200 => {}
            refused => noticed.refused.push(format!("{method} {path}: {refused:?}")),
        }
    }
    noticed
}
