//! A running server, and a client of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;
use ureq::http::{Request, Response};

use crate::openapi::see_that_it_is_described;

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_licence-server"))
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim_end().to_owned()
}

/// A folder with a store and keys, which outlives the servers that run on it.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) admin: String,
    pub(crate) acme: String,
    store: String,
}

impl Site {
    /// Nothing is in the store, and there is a key for the admin and one for `acme`.
    pub(crate) fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("ledger.db").to_str().unwrap().to_owned();
        Site::of(folder, store)
    }

    /// The same with a store somewhere else.
    pub(crate) fn at(store: String) -> Site {
        Site::of(tempfile::tempdir().unwrap(), store)
    }

    fn of(folder: TempDir, store: String) -> Site {
        let admin = new_key(folder.path(), &["--admin"]);
        let acme = new_key(folder.path(), &["--account", "acme"]);
        Site { folder, admin, acme, store }
    }

    pub(crate) fn start(&self) -> Server {
        self.start_with(&[])
    }

    pub(crate) fn start_with(&self, options: &[&str]) -> Server {
        self.start_as(program(), options)
    }

    /// Starts it from a shell, after a command.
    pub(crate) fn start_within(&self, before: &str) -> Server {
        let mut shell = Command::new("sh");
        let script = format!("{before}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(program().get_program());
        self.start_as(shell, &[])
    }

    fn start_as(&self, command: Command, options: &[&str]) -> Server {
        Server::start(&mut self.command(command, options))
    }

    /// What starts a server on this site.
    pub(crate) fn command(&self, mut command: Command, options: &[&str]) -> Command {
        command.arg("--keys").arg(self.folder.path().join("keys.jsonl"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        command.args(["--store", &self.store]).args(options);
        command
    }
}

pub(crate) fn new_key(folder: &Path, holder: &[&str]) -> String {
    let keys = folder.join("keys.jsonl");
    run(program().arg("--keys").arg(keys).args(["key", "new"]).args(holder))
}

pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a server and waits until it listens.
    fn start(command: &mut Command) -> Server {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it ended").unwrap();
            let line: Value = serde_json::from_str(&line).expect(&line);
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().to_owned();
            }
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = log.clone();
        let reader = thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| written.lock().unwrap().push(line));
        });
        Server { process, address, log, reader: Some(reader) }
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(&self.address, key)
    }

    /// Sends bytes and reads until the connection ends.
    pub(crate) fn exchange(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.id().to_string();
        run(Command::new("kill").args(["-s", signal, &process]));
    }

    /// Waits for its end, and answers how it ended and what it logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.process.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        (status, std::mem::take(&mut self.log.lock().unwrap()))
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.wait();
    }

    /// Waits until a message is in the log.
    pub(crate) fn await_log(&self, message: &str) {
        for _ in 0..500 {
            if self.log.lock().unwrap().iter().any(|line| line.contains(message)) {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("`{message}` was not logged");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks a server, with one key.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    key: Option<String>,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) kind: String,
    /// After how many seconds to ask again.
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: String,
}

impl Client {
    fn new(address: &str, key: &str) -> Client {
        let config = Agent::config_builder().http_status_as_error(false).build();
        let key = Some(key.to_owned()).filter(|key| !key.is_empty());
        Client { agent: config.into(), base: format!("http://{address}"), key }
    }

    /// The reply, or the error where there was none.
    pub(crate) fn try_ask(
        &self,
        (method, path): (&str, &str),
        id: Option<&str>,
        body: &str,
    ) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        if let Some(id) = id {
            request = request.header("Idempotency-Key", id);
        }
        let config = self.agent.configure_request(request.body(body.to_owned()).unwrap());
        let mut response: Response<ureq::Body> =
            self.agent.run(config.allow_non_standard_methods(true).build())?;
        let kind = response.headers().get("content-type");
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|wait| wait.to_str().unwrap().parse().unwrap());
        let (status, body) = (response.status().as_u16(), response.body_mut().read_to_string()?);
        Ok(Reply { status, kind, retry_after, body })
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let reply = self.try_ask((method, path), None, body).unwrap();
        see_that_it_is_described(method, path, body, &reply);
        reply
    }

    /// Reads what must be there.
    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, "").json()
    }

    /// The lines of a long answer.
    pub(crate) fn lines(&self, path: &str) -> Vec<Value> {
        let reply = self.ask("GET", path, "");
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Does what must be possible, as soon as the key may.
    pub(crate) fn post_patiently(&self, path: &str, body: &Value) -> Value {
        loop {
            let reply = self.ask("POST", path, &body.to_string());
            if reply.status != 429 {
                return reply.json();
            }
            thread::sleep(std::time::Duration::from_millis(100));
        }
    }

    /// Does what must be possible.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, &body.to_string()).json()
    }
}

impl Reply {
    /// The body of a reply that is no problem.
    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.status, &*self.kind), (200, "application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The word that names the problem that it must be.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        for field in ["title", "detail", "action"] {
            assert_ne!(problem[field].as_str().unwrap(), "", "{self:?}");
        }
        let kind = problem["type"].as_str().unwrap();
        (self.status, kind.strip_prefix("urn:tallyfold:").unwrap().to_owned())
    }
}

/// `AutoCAD` costs 7 a day, and an account has a pack `P1` of 100 tokens.
pub(crate) fn set_up(admin: &Client, account: &str) {
    let rate = serde_json::json!({"product": "AutoCAD", "tokens": 7});
    admin.post("/v1/catalog/rates", &rate);
    let pack = serde_json::json!({"pack": "P1", "tokens": 100});
    admin.post(&format!("/v1/accounts/{account}/packs"), &pack);
}
