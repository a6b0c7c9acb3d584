//! The start's settings: flags and environment, read as texts and judged together.
//!
//! Bad configuration stops the start with one line per fault, all of them at once.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};
use clap::Parser;
use precheck_shared::time::parse_instant;

use crate::clock::{Clock as _, SystemClock};
use crate::limits::LimitSettings;
use crate::office::{ContactOverlay, Office};
use crate::origin;
use crate::store::opening::{Allowed, Opening};
use crate::store::postgres::Address;

/// Takes requests for online counselling, checks them by the office's terms, and keeps them.
#[derive(Debug, Default, Parser)]
#[command(name = "precheck-server", version, args_override_self = true)]
pub struct Args {
    /// Without one, the server serves
    #[command(subcommand)]
    pub act: Option<Act>,
    /// Address and port to listen on; another than loopback is a public start [default: 127.0.0.1:8080]
    #[arg(long, env = "PRECHECK_BIND", value_name = "ADDRESS:PORT", global = true)]
    pub bind: Option<String>,
    /// Folder for database and keys [default: ./data]
    #[arg(long, env = "PRECHECK_DATA", value_name = "DIR", global = true)]
    pub data: Option<String>,
    /// Database: sqlite:FILE, or PostgreSQL by its URL [default: sqlite:DATA/precheck.db]
    #[arg(long, env = "PRECHECK_DATABASE_URL", value_name = "URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Folder with the office's policy and terms [default: the built-in Hello Work Otaru]
    #[arg(long, env = "PRECHECK_OFFICE", value_name = "DIR", global = true)]
    pub office: Option<String>,
    /// Address under which people reach this server; makes the start public
    #[arg(long, env = "PRECHECK_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// Opens the desk over plain http as well, on other addresses than loopback: passwords and personal data travel unencrypted
    /// [default: off]
    #[arg(long, env = "PRECHECK_DESK_OVER_HTTP", value_name = "on|off")]
    pub desk_over_http: Option<String>,
    /// Origins of the pages that may embed the widget, separated by commas
    #[arg(long, env = "PRECHECK_ALLOWED_ORIGINS", value_name = "ORIGINS")]
    pub allowed_origins: Option<String>,
    /// Starts the clock at this instant and lets it run: for demonstrations and tests
    #[arg(long, env = "PRECHECK_CLOCK", value_name = "RFC3339", global = true)]
    pub clock: Option<String>,
    /// Rate limits; off for tests and benches only [default: on]
    #[arg(long, env = "PRECHECK_LIMITS", value_name = "on|off")]
    pub limits: Option<String>,
    /// Whether PostgreSQL has to wait for the disk before it says that something is stored; off for tests only [default: on]
    #[arg(long, env = "PRECHECK_DURABILITY", value_name = "on|off")]
    pub durability: Option<String>,
    /// Begins with an empty database although the data folder holds the key of an earlier one; for one start
    #[arg(long)]
    pub new_database: bool,
    /// Lets an office with another id into a database that has one already; for one start
    #[arg(long)]
    pub new_office: bool,
    /// Addresses without rate limits, such as the office's own terminals, separated by commas
    #[arg(long, env = "PRECHECK_LIMIT_EXEMPT", value_name = "ADDRESSES")]
    pub limit_exempt: Option<String>,
    /// The office's telephone number; a public start needs it
    #[arg(long, env = "PRECHECK_TELEPHONE", value_name = "NUMBER")]
    pub telephone: Option<String>,
    /// The office's mail address
    #[arg(long, env = "PRECHECK_MAIL", value_name = "ADDRESS")]
    pub mail: Option<String>,
    /// The office's postal address
    #[arg(long, env = "PRECHECK_ADDRESS", value_name = "TEXT")]
    pub address: Option<String>,
}

/// What else than serving the program does.
#[derive(Debug, clap::Subcommand)]
pub enum Act {
    /// Copies the database, also while the server runs, checks the copy, and says what is in it; the key is not
    Backup {
        /// The copy; must not be there yet
        file: PathBuf,
    },
    /// Accounts of the desk, also while the server runs; prints one-time links
    Staff {
        /// What is done
        #[command(subcommand)]
        act: StaffAct,
    },
    /// What was read and changed at the desk
    Audit {
        /// What is done
        #[command(subcommand)]
        act: AuditAct,
    },
}

/// What is done to the desk's accounts from a shell.
#[derive(Debug, clap::Subcommand)]
pub enum StaffAct {
    /// Adds somebody and prints the link under which she sets her password
    Add {
        /// What she signs in with: 2 to 40 of a-z 0-9 . _ -
        #[arg(long)]
        login: String,
        /// What is shown
        #[arg(long)]
        name: String,
        /// officer or manager
        #[arg(long, default_value = "manager")]
        role: String,
    },
    /// Prints a link to a new password, for whoever lost hers; her sessions end
    Link {
        /// What she signs in with
        #[arg(long)]
        login: String,
        /// Takes her one-time passwords away as well
        #[arg(long)]
        without_codes: bool,
    },
}

/// What is done to the log from a shell.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum AuditAct {
    /// Reads the whole log and says whether anything in it was changed or taken out
    Verify,
}

/// Where requests are kept.
#[derive(Debug, Clone)]
pub enum Database {
    /// In this file.
    Sqlite(PathBuf),
    /// At this server.
    Postgres(Address),
}

/// Where everything lies; all that acts beside serving need to know.
#[derive(Debug)]
pub struct Place {
    /// Folder for database and keys.
    pub data: PathBuf,
    /// Where requests are kept.
    pub database: Database,
}

impl Place {
    /// Judges the settings of the place alone.
    ///
    /// # Errors
    /// One line per fault.
    pub fn read(args: &Args) -> Result<Self, Vec<String>> {
        let mut reader = Reader::default();
        let place = reader.place(args);
        if reader.faults.is_empty() { Ok(place) } else { Err(reader.faults) }
    }
}

/// Settings that hold.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Folder for database and keys.
    pub data: PathBuf,
    /// Where requests are kept.
    pub database: Database,
    /// The office.
    pub office: Office,
    /// Origin of the address under which people reach this server.
    pub public_origin: Option<String>,
    /// The desk opens over plain http beyond this machine, too.
    pub desk_over_http: bool,
    /// Origins that may embed.
    pub allowed_origins: Vec<HeaderValue>,
    /// Rate limits.
    pub limits: LimitSettings,
    /// The clock.
    pub clock: SystemClock,
    /// Who opens the database: the server, or a command beside it.
    pub opening: Opening,
    /// What the operator shall know though the start goes on.
    pub warnings: Vec<String>,
}

const DEFAULT_BIND: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Config {
    /// Judges all settings.
    ///
    /// # Errors
    /// One line per fault.
    pub fn read(args: &Args) -> Result<Self, Vec<String>> {
        let mut reader = Reader::default();
        let bind = reader.read("--bind", args.bind.as_ref(), read_bind).unwrap_or(DEFAULT_BIND);
        let Place { data, database } = reader.place(args);
        let public_url = reader.read("--public-url", args.public_url.as_ref(), read_public_url);
        let desk_over_http =
            reader.read("--desk-over-http", args.desk_over_http.as_ref(), read_switch).unwrap_or(false);
        let allowed_origins =
            reader.read("--allowed-origins", args.allowed_origins.as_ref(), read_origins).unwrap_or_default();
        let start = reader.read("--clock", args.clock.as_ref(), |text| {
            parse_instant(text).ok_or_else(|| wrong(text, "an instant such as 2026-11-24T09:00:00+09:00"))
        });
        let on = reader.read("--limits", args.limits.as_ref(), read_switch).unwrap_or(true);
        let durable = reader.read("--durability", args.durability.as_ref(), read_switch).unwrap_or(true);
        let exempt =
            reader.read("--limit-exempt", args.limit_exempt.as_ref(), read_addresses).unwrap_or_default();
        let overlay = ContactOverlay {
            telephone: reader.read("--telephone", args.telephone.as_ref(), read_telephone),
            mail: reader.read("--mail", args.mail.as_ref(), read_mail),
            address: reader.read("--address", args.address.as_ref(), |text| Ok(text.to_owned())),
        };
        let office = match given(args.office.as_ref()) {
            Some(folder) => Office::from_folder(&PathBuf::from(folder)),
            None => Office::otaru(),
        };
        let clock = start.map_or_else(SystemClock::default, SystemClock::starting_at);
        // What only seekers need is no matter for an act beside serving.
        let public = args.act.is_none() && (public_url.is_some() || !bind.ip().is_loopback());
        let office = office.map_err(|faults| reader.faults.extend(faults)).ok();
        let office = office.map(|it| it.with_contact(overlay));
        if let Some(office) = &office {
            // A number that cannot be read is a fault already; that it is missing would be the same one again.
            let telephone_given = given(args.telephone.as_ref()).is_some();
            reader.judge_office(office, clock, public, telephone_given);
        }
        if start.is_some() {
            reader.warnings.push(
                "--clock: THE CLOCK DOES NOT SHOW THE REAL TIME, and what falls due by it is erased for good; for \
                 demonstrations and tests only"
                    .to_owned(),
            );
        }
        if !on {
            reader.warnings.push("--limits off: RATE LIMITS ARE OFF; for tests and benches only".to_owned());
        }
        if !durable {
            reader.warnings.push(
                "--durability off: A POWER CUT MAY LOSE ACKNOWLEDGED REQUESTS; for tests only".to_owned(),
            );
        }
        if public_url.as_ref().is_some_and(|it| it.scheme_str() == Some("http")) {
            reader.warnings.push("--public-url: without https no browser opens a camera".to_owned());
        }
        reader.warn_of_http(bind, public_url.as_ref(), desk_over_http);
        reader.warnings.extend(office.iter().flat_map(Office::gaps));
        let Reader { faults, warnings } = reader;
        let public_origin = public_url.as_ref().and_then(origin::of);
        let limits = LimitSettings { on, exempt };
        let (new_database, new_office) = (args.new_database, args.new_office);
        let opening = match args.act {
            None => Opening::Serve(Allowed { new_database, new_office, lossy: !durable }),
            Some(_) => Opening::Beside,
        };
        match office {
            Some(office) if faults.is_empty() => Ok(Self {
                bind,
                data,
                database,
                office,
                public_origin,
                desk_over_http,
                allowed_origins,
                limits,
                clock,
                opening,
                warnings,
            }),
            _ => Err(faults),
        }
    }
}

#[derive(Default)]
struct Reader {
    faults: Vec<String>,
    warnings: Vec<String>,
}

impl Reader {
    /// Reads one setting; an empty one counts as not given.
    fn read<T>(
        &mut self,
        name: &str,
        value: Option<&String>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        read(given(value)?).map_err(|fault| self.faults.push(format!("{name}: {fault}"))).ok()
    }

    /// What an operator shall know of a desk that people would reach without encryption.
    fn warn_of_http(&mut self, bind: SocketAddr, public_url: Option<&Uri>, desk_over_http: bool) {
        if desk_over_http {
            self.warnings.push(
                "--desk-over-http on: PASSWORDS AND PERSONAL DATA OF THE DESK TRAVEL WITHOUT ENCRYPTION where somebody opens \
                 it over http"
                    .to_owned(),
            );
        } else if !bind.ip().is_loopback() && public_url.is_none_or(|it| it.scheme_str() != Some("https")) {
            self.warnings.push(
                "--public-url: the desk opens over https alone; put TLS in front and name the address, such as \
                 --public-url https://precheck.example.jp"
                    .to_owned(),
            );
        }
    }

    fn place(&mut self, args: &Args) -> Place {
        let data = PathBuf::from(given(args.data.as_ref()).unwrap_or("data"));
        let database = self.read("--database-url", args.database_url.as_ref(), read_database_url);
        Place { database: database.unwrap_or_else(|| Database::Sqlite(data.join("precheck.db"))), data }
    }

    fn judge_office(&mut self, office: &Office, clock: SystemClock, public: bool, telephone_given: bool) {
        if office.terms_in_force(clock.now()).is_none() {
            let first = office.first_effective().map(|it| it.to_string()).unwrap_or_default();
            self.faults
                .push(format!("no version of the terms is in force today; the first begins on {first}"));
        }
        if !telephone_given && office.policy().contact.telephone.trim().is_empty() {
            let line = "--telephone: the office's number is missing; article 4(3) rests on it";
            if public { &mut self.faults } else { &mut self.warnings }.push(line.to_owned());
        }
    }
}

fn given(value: Option<&String>) -> Option<&str> {
    value.map(|it| it.trim()).filter(|it| !it.is_empty())
}

fn wrong(text: &str, expected: &str) -> String {
    format!("`{text}` is not {expected}")
}

fn read_bind(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = numeric.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| wrong(text, "an address with a port, such as 127.0.0.1:8080"))
}

fn read_database_url(text: &str) -> Result<Database, String> {
    // What follows the scheme may hold a password: it is not repeated.
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Address::read(text).map(Database::Postgres);
    }
    let path = text.strip_prefix("sqlite:").ok_or("it begins with sqlite: or postgres://")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    match path {
        "" => Err("no file is named after sqlite:".to_owned()),
        ":memory:" => Err("a database in memory forgets acknowledged requests".to_owned()),
        _ if path.contains('?') => Err("parameters are not understood".to_owned()),
        _ => Ok(Database::Sqlite(PathBuf::from(path))),
    }
}

fn read_public_url(text: &str) -> Result<Uri, String> {
    let url = Uri::from_str(text).ok().filter(|it| matches!(it.scheme_str(), Some("http" | "https")));
    let url = url.filter(|it| origin::of(it).is_some() && it.query().is_none());
    url.filter(|it| matches!(it.path(), "" | "/"))
        .ok_or_else(|| wrong(text, "an address such as https://precheck.example.jp, without path"))
}

fn read_origins(text: &str) -> Result<Vec<HeaderValue>, String> {
    list(text)
        .map(|it| read_origin(it).ok_or_else(|| wrong(it, "an origin such as https://www.example.jp")))
        .collect()
}

/// Scheme, host, perhaps a port: exactly as browsers send it. `null` is what they send for a page in a sandbox.
fn read_origin(text: &str) -> Option<HeaderValue> {
    if text == origin::SANDBOX {
        return Some(HeaderValue::from_static(origin::SANDBOX));
    }
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_fits = !host.is_empty()
        && host.bytes().all(|it| {
            it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'.' | b'-' | b'[' | b']' | b':')
        });
    let port_fits = port.is_none_or(|it| it.parse::<u16>().is_ok());
    (host_fits && port_fits).then(|| HeaderValue::from_str(text).ok()).flatten()
}

fn read_switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(wrong(text, "on or off")),
    }
}

fn read_addresses(text: &str) -> Result<Vec<IpAddr>, String> {
    let read = |it: &str| it.parse::<IpAddr>().map_err(|_| wrong(it, "an IP address"));
    list(text).map(|it| read(it).map(|it| it.to_canonical())).collect()
}

fn read_telephone(text: &str) -> Result<String, String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let plain = text.chars().all(|it| it.is_ascii_digit() || "+-() ".contains(it));
    (plain && 3 <= digits)
        .then(|| text.to_owned())
        .ok_or_else(|| wrong(text, "a telephone number such as 0134-00-0000"))
}

fn read_mail(text: &str) -> Result<String, String> {
    let fits = !text.contains(|it: char| it.is_whitespace() || it.is_control())
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    fits.then(|| text.to_owned()).ok_or_else(|| wrong(text, "a mail address"))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests;
