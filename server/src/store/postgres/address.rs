//! Where the database is: an address as people write it, of which no log ever holds the password.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::engine::LONGEST_COUNT;

/// What is wrong with an address is told without repeating it: it may hold a password.
const FORM: &str = "it is not an address such as postgres://USER:PASSWORD@HOST/DATABASE";

/// A connection that takes longer is none.
const CONNECTING: Duration = Duration::from_millis(1500);

/// On what the promises of this program rest, in every session: a commit is answered when it is on the disk; nothing runs or
/// waits for long; a session whose program has gone ends, and with it what it held. Asked back at the start.
pub(super) const PROMISES: [(&str, &str); 5] = [
    ("synchronous_commit", "on"),
    ("statement_timeout", "1500ms"),
    ("lock_timeout", "1400ms"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("TimeZone", "UTC"),
];

/// What every session has beside them.
const SESSION: &str = "-c client_min_messages=warning \
    -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=15000";

/// One database on one server.
#[derive(Clone)]
pub struct Address(Box<Config>);

impl Address {
    /// Reads a `postgres://` or `postgresql://` URL.
    ///
    /// # Errors
    /// A line that says what is wrong, without anything of the address.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut config: Config = text.parse().map_err(|_| FORM)?;
        let [host] = config.get_hosts() else {
            return Err("it names exactly one host".to_owned());
        };
        if !config.get_hostaddrs().is_empty() || config.get_options().is_some() {
            return Err("`hostaddr` and `options` are not understood".to_owned());
        }
        if config.get_ssl_mode() == SslMode::Require || !is_here(host) {
            return Err(
                "the way to the database is not encrypted by this build: it goes to this machine alone, \
                        by localhost or a socket's folder, or through a tunnel"
                    .to_owned(),
            );
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err("it names no database".to_owned());
        }
        config.ssl_mode(SslMode::Disable).options(asked("")).application_name("precheck-server");
        config.connect_timeout(CONNECTING).tcp_user_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(10));
        Ok(Self(Box::new(config)))
    }

    /// For sessions that write; a standby is refused.
    pub(super) fn writing(&self) -> Config {
        let mut config = (*self.0).clone();
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config
    }

    /// What a session is asked to have under this name.
    pub(super) fn asked(&self, name: &str) -> String {
        let options = self.0.get_options().unwrap_or_default();
        let mut named = options.split_whitespace().filter_map(|it| it.split_once('='));
        named.rfind(|it| it.0 == name).map(|it| it.1.to_owned()).unwrap_or_default()
    }

    /// As it is, but for a session that waits long for a lock: what a test has to see is then still there.
    #[cfg(test)]
    pub(super) fn patient(mut self) -> Self {
        self.0.options(asked("-c lock_timeout=20s -c statement_timeout=20s"));
        self
    }

    /// For sessions that cannot write.
    pub(super) fn reading(&self) -> Config {
        let mut config = (*self.0).clone();
        config.options(asked("-c default_transaction_read_only=on"));
        config
    }

    /// For those of them that read long.
    pub(super) fn counting(&self) -> Config {
        let mut config = (*self.0).clone();
        let longest = LONGEST_COUNT.as_millis();
        config
            .options(format!("{SESSION} -c default_transaction_read_only=on -c statement_timeout={longest}"));
        config
    }
}

/// The options of a session; what is said later counts.
fn asked(more: &str) -> String {
    let promises: Vec<_> = PROMISES.iter().map(|(name, value)| format!("-c {name}={value}")).collect();
    format!("{} {SESSION} {more}", promises.join(" "))
}

fn is_here(host: &Host) -> bool {
    match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback())
        }
    }
}

/// Host and database alone.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.0.get_hosts() {
            #[cfg(unix)]
            [Host::Unix(folder), ..] => folder.display().to_string(),
            [Host::Tcp(name), ..] => name.clone(),
            [] => String::new(),
        };
        write!(f, "{} on {host}", self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_this_machines_and_its_password_is_never_shown() {
        for here in ["localhost", "127.0.0.1", "127.0.0.1:5433", "[::1]", "%2Frun%2Fpostgresql"] {
            let address = Address::read(&format!("postgres://me:secret@{here}/db")).unwrap();
            assert!(!format!("{address} {address:?}").contains("secret"), "{here}");
        }
        assert_eq!(Address::read("postgresql://%2Frun/db").unwrap().to_string(), "db on /run");
    }

    #[test]
    fn every_fault_is_told_without_the_address() {
        for (wrong, part) in [
            ("postgres://me:secret@db.example.jp/db", "not encrypted"),
            ("postgres://me:secret@192.0.2.1/db", "not encrypted"),
            ("postgres://me:secret@localhost/db?sslmode=require", "not encrypted"),
            ("postgres://me:secret@localhost", "no database"),
            ("postgres:///db", "one host"),
            ("postgres://me:secret@localhost,127.0.0.1/db", "one host"),
            ("postgres://me:secret@localhost:x/db", "not an address"),
            ("postgres://me:secret@localhost/db?secret=1", "not an address"),
            ("postgres://me:secret@localhost/db?options=-c%20fsync%3Doff", "not understood"),
        ] {
            let fault = Address::read(wrong).unwrap_err();
            assert!(fault.contains(part) && !fault.contains("secret") && !fault.contains('\n'), "{fault}");
        }
    }
}
