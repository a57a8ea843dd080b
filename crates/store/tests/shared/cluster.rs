//! A PostgreSQL server of the tests' own, in a temporary folder.
//!
//! It is started from the programs that the system has, and stopped when the test process ends,
//! however that ends: it is told by a pipe that closes then.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
#![allow(dead_code, reason = "each test program uses some of it")]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How to get a server, said where there is none.
pub(crate) const HOW_TO_GET: &str =
    "no PostgreSQL server is installed; its tests need the Debian package `postgresql`";

/// Runs the server until standard input closes, and then deletes its folder if told to.
const KEEPER: &str = r#"
    "$@" &
    cat > "$FOLDER/ignored"
    kill -INT $! 2> "$FOLDER/ignored"
    wait
    [ -z "$DELETE" ] || rm -rf "$FOLDER"
"#;

/// A server that is running, or was killed.
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    deletes_itself: bool,
    keeper: Option<(Child, ChildStdin)>,
}

impl Cluster {
    /// Makes a database cluster and starts its server. `None` where no server is installed.
    /// `settings` are those of `postgresql.conf`.
    pub(crate) fn start(settings: &[&str], deletes_itself: bool) -> Option<Cluster> {
        programs()?;
        let folder = tempfile::Builder::new().prefix("tallyfold-pg-").tempdir().unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut cluster = Cluster { folder, port, deletes_itself, keeper: None };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&cluster.folder));
        }
        let data = cluster.data();
        let options = ["-U", "tallyfold", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D"];
        run(as_server("initdb").args(options).arg(&data));
        fs::write(data.join("postgresql.auto.conf"), settings.join("\n")).unwrap();
        cluster.start_again();
        Some(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the server, and waits until it answers.
    pub(crate) fn start_again(&mut self) {
        let server = as_server("postgres");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(server.get_program()).args(server.get_args());
        keeper.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        keeper.args(["-p", &self.port.to_string(), "-c", "listen_addresses=localhost"]);
        keeper.env("FOLDER", &self.folder);
        keeper.env("DELETE", if self.deletes_itself { "yes" } else { "" });
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log"));
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log.unwrap());
        let mut keeper = keeper.spawn().unwrap();
        let pipe = keeper.stdin.take().unwrap();
        self.keeper = Some((keeper, pipe));
        let started = Instant::now();
        while !self.psql("postgres", "SELECT 1").status().unwrap().success() {
            let log = fs::read_to_string(self.folder.join("log")).unwrap();
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "no answer from the server: {log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where a database of it is, through its socket.
    pub(crate) fn server(&self, database: &str) -> String {
        let (folder, port) = (self.folder.display(), self.port);
        format!("host={folder} port={port} user=tallyfold dbname={database}")
    }

    /// Where it listens on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The same over the network, as a URL with a password, which the server does not ask for.
    pub(crate) fn url(&self, database: &str, password: &str) -> String {
        let port = self.port;
        format!("postgres://tallyfold:{password}@localhost:{port}/{database}?sslmode=disable")
    }

    /// An empty database.
    pub(crate) fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.server(name)
    }

    /// Lets the server speak TLS for `localhost`, and answers where its certificate is.
    pub(crate) fn turn_on_tls(&self) -> PathBuf {
        let data = self.data();
        let mut openssl = as_server("/usr/bin/openssl");
        openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
        openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.arg("-keyout").arg(data.join("server.key"));
        openssl.arg("-out").arg(data.join("server.crt"));
        run(&mut openssl);
        self.sql("postgres", "ALTER SYSTEM SET ssl = on");
        self.sql("postgres", "SELECT pg_reload_conf()");
        data.join("server.crt")
    }

    /// Does something in a database, past any store.
    pub(crate) fn sql(&self, database: &str, sql: &str) {
        run(&mut self.psql(database, sql));
    }

    /// The schema of a store as SQL that makes it again.
    pub(crate) fn dump(&self, database: &str) -> String {
        let mut dump = Command::new(programs().unwrap().join("pg_dump"));
        dump.args(["--schema=tallyfold", "--no-owner", "--inserts"]).arg(self.server(database));
        let output = dump.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // Commands of psql itself, and what only newer servers know.
        let is_sql = |line: &&str| !line.starts_with('\\') && !line.starts_with("--");
        text.lines().filter(is_sql).map(|line| format!("{line}\n")).collect()
    }

    /// What the server logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap()
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut psql = Command::new(programs().unwrap().join("psql"));
        psql.args(["-qX", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(self.server(database));
        psql.stdout(Stdio::null()).stderr(Stdio::null());
        psql
    }

    /// Shuts the server down as a crash would: without finishing anything.
    pub(crate) fn kill(&mut self) {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        run(Command::new("kill").args(["-QUIT", file.lines().next().unwrap()]));
        let started = Instant::now();
        while self.data().join("postmaster.pid").exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not die");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.stop();
    }

    fn stop(&mut self) {
        if let Some((mut keeper, pipe)) = self.keeper.take() {
            drop(pipe);
            keeper.wait().unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the newest server's programs are.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions.filter_map(|version| {
        let version = version.ok()?;
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let programs = version.path().join("bin");
        programs.join("postgres").exists().then_some((number, programs))
    });
    found.max().map(|(_, programs)| programs)
}

/// A program of the server: never as root, which it refuses.
fn as_server(program: &str) -> Command {
    let program = programs().unwrap().join(program);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Says that something could not be tested, past the capture of the test's output.
pub(crate) fn skipped() {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {HOW_TO_GET}\n");
}
