//! A server as libpq describes it: a URL, or `key=value` pairs.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;

use super::error::{Answer, ServerError};

/// Where a server is, and how its certificate is checked.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) must_fit_name: bool,
    /// The file of the authorities that are trusted; none for those of the system.
    pub(super) authorities: Option<PathBuf>,
}

impl FromStr for Address {
    type Err = ServerError;

    fn from_str(server: &str) -> Answer<Address> {
        let mut parameters = Parameters::of(server);
        if parameters.all.iter().any(|parameter| parameter.key.is_empty()) {
            return Err(ServerError::Unavailable(
                "its address has a value without a name".to_owned(),
            ));
        }
        let mode = parameters.take("sslmode");
        let authorities = parameters.take("sslrootcert").filter(|file| file != "system");
        let must_fit_name = mode.as_deref() != Some("verify-ca");
        if let Some(mode) = mode {
            // tokio-postgres knows no more than whether there is TLS; we check the certificate.
            let is_checked = matches!(&*mode, "verify-ca" | "verify-full");
            parameters.add("sslmode", if is_checked { "require" } else { &mode });
        }
        let config = Config::from_str(&parameters.joined())?;
        refuse_what_we_set(config.get_options().unwrap_or_default())?;
        Ok(Address { config, must_fit_name, authorities: authorities.map(PathBuf::from) })
    }
}

/// Promises depend on these settings of a connection, so nobody else sets them.
const OURS: [&str; 3] = ["default_transaction_isolation", "search_path", "synchronous_commit"];

/// Refuses options such as `-c synchronous_commit=off`, with which a commit could be lost.
fn refuse_what_we_set(options: &str) -> Answer<()> {
    for option in options.split_whitespace() {
        let option = option.strip_prefix("-c").unwrap_or(option).trim_start_matches("--");
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let name = name.to_ascii_lowercase().replace('-', "_");
        let is_safe = name == "synchronous_commit" && matches!(value, "on" | "remote_apply");
        if OURS.contains(&&*name) && !is_safe {
            let problem = format!("its address sets `{option}`, which must be left to the store");
            return Err(ServerError::Unavailable(problem));
        }
    }
    Ok(())
}

/// The parameters of a description, each as it stands there.
struct Parameters {
    /// Of a URL what is before them.
    base: Option<String>,
    all: Vec<Parameter>,
}

struct Parameter {
    text: String,
    key: String,
    value: String,
}

impl Parameters {
    fn of(server: &str) -> Parameters {
        if !server.starts_with("postgres://") && !server.starts_with("postgresql://") {
            return Parameters { base: None, all: pairs(server) };
        }
        let (base, query) = server.split_once('?').unwrap_or((server, ""));
        let all = query.split('&').filter(|text| !text.is_empty()).map(|text| {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
            Parameter { text: text.to_owned(), key: decoded(key), value: decoded(value) }
        });
        Parameters { base: Some(base.to_owned()), all: all.collect() }
    }

    /// Takes a parameter out; as with libpq the last one counts.
    fn take(&mut self, key: &str) -> Option<String> {
        let taken = self.all.extract_if(.., |parameter| parameter.key == key);
        taken.last().map(|parameter| parameter.value)
    }

    fn add(&mut self, key: &str, value: &str) {
        let text = format!("{key}={value}");
        self.all.push(Parameter { text, key: key.to_owned(), value: value.to_owned() });
    }

    fn joined(&self) -> String {
        let texts: Vec<&str> = self.all.iter().map(|parameter| &*parameter.text).collect();
        match &self.base {
            None => texts.join(" "),
            Some(base) if texts.is_empty() => base.clone(),
            Some(base) => format!("{base}?{}", texts.join("&")),
        }
    }
}

/// The pairs of `key=value key = 'a value'`. What is none stays as it is, to be refused as such.
fn pairs(mut text: &str) -> Vec<Parameter> {
    let mut pairs = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return pairs;
        }
        let Some((key, rest)) = text.split_once('=') else {
            let (key, value) = (text.to_owned(), String::new());
            pairs.push(Parameter { text: text.to_owned(), key, value });
            return pairs;
        };
        let (value, rest) = value_before(rest.trim_start());
        let text_of_pair = text[..text.len() - rest.len()].to_owned();
        pairs.push(Parameter { text: text_of_pair, key: key.trim_end().to_owned(), value });
        text = rest;
    }
}

/// The value at the start of a text, and what is after it.
fn value_before(text: &str) -> (String, &str) {
    let is_quoted = text.starts_with('\'');
    let (mut value, mut chars) = (String::new(), text.char_indices().skip(usize::from(is_quoted)));
    while let Some((place, char)) = chars.next() {
        match char {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if is_quoted => return (value, &text[place + 1..]),
            char if !is_quoted && char.is_whitespace() => return (value, &text[place..]),
            char => value.push(char),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    fn address(server: &str) -> Address {
        server.parse().map_err(|error: ServerError| format!("{server}: {error:?}")).unwrap()
    }

    #[test]
    fn a_certificate_is_checked_as_libpq_would_at_least() {
        let modes = [
            ("disable", SslMode::Disable, true),
            ("prefer", SslMode::Prefer, true),
            ("require", SslMode::Require, true),
            ("verify-ca", SslMode::Require, false),
            ("verify-full", SslMode::Require, true),
        ];
        for (word, mode, must_fit_name) in modes {
            for server in [
                format!("postgres://me@db/ledger?sslmode={word}&connect_timeout=3"),
                format!("host=db user=me sslmode = '{word}' dbname=ledger"),
            ] {
                let address = address(&server);
                assert_eq!(address.config.get_ssl_mode(), mode, "{server}");
                assert_eq!(address.must_fit_name, must_fit_name, "{server}");
                assert_eq!(address.config.get_dbname(), Some("ledger"), "{server}");
            }
        }
        assert!("postgres://db?sslmode=verify".parse::<Address>().is_err());
    }

    #[test]
    fn authorities_are_read_from_where_libpq_reads_them() {
        let file = |server: &str| address(server).authorities;
        let path = || Some(PathBuf::from("/etc/my ca.pem"));
        assert_eq!(file("postgres://db/x?sslrootcert=%2Fetc%2Fmy%20ca.pem"), path());
        assert_eq!(file(r"host=db sslrootcert='/etc/my ca.pem' port=1"), path());
        assert_eq!(file(r"host=db sslrootcert=/etc/my\ ca.pem port=1"), path());
        assert_eq!(file("host=db sslrootcert=system"), None);
        assert_eq!(file("postgres://db/x"), None);
    }

    #[test]
    fn a_password_may_hold_anything() {
        let password = |server: &str| address(server).config.get_password().unwrap().to_vec();
        assert_eq!(password(r"host=db password='it\'s = sslmode=off'"), b"it's = sslmode=off");
        assert_eq!(password("postgres://me:a%3Fb@db/x?sslmode=verify-full"), b"a?b");
    }

    #[test]
    fn what_promises_depend_on_is_not_set_from_outside() {
        for option in [
            "-c synchronous_commit=off",
            "-csynchronous_commit=local",
            "--synchronous-commit=off",
            "-c Synchronous_Commit=off",
            "-c work_mem=1MB -c search_path=evil",
            "-c default_transaction_isolation=serializable",
        ] {
            let server = format!("host=db options='{option}'");
            let Err(ServerError::Unavailable(problem)) = server.parse::<Address>() else {
                panic!("{option}")
            };
            assert!(problem.contains("must be left to the store"), "{problem}");
        }
        address("host=db options='-c synchronous_commit=remote_apply -c lock_timeout=1s'");
        assert!("postgres://db?options=-c%20synchronous_commit%3Doff".parse::<Address>().is_err());
    }

    #[test]
    fn what_is_no_description_is_refused() {
        for server in ["host", "host=db nonsense", "host='db", "postgres://?nonsense=1", "=", "'"] {
            assert!(server.parse::<Address>().is_err(), "{server}");
        }
    }
}
