//! Who opens a database, what she may do with it, and in which words she is refused.
//!
//! Only the server makes anything: a database, a key, a newer schema. A command takes what is there, or says that there is nothing.

/// Who opens a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The server.
    Serve(Allowed),
    /// A command, beside a server that may be running: it makes nothing and changes no schema.
    Beside,
}

/// What the server does only where a person says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Makes a database although the key of an earlier one is there.
    pub new_database: bool,
    /// Lets an office into a database that knows others, and not this one.
    pub new_office: bool,
    /// Takes a PostgreSQL that does not wait for the disk.
    pub lossy: bool,
}

/// Why a database is not opened; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A command found none.
    #[error("there is none; name its folder with --data, or itself with --database-url")]
    None,
    /// The server found none, and a key.
    #[error(
        "there is none, but the data folder holds the key of an earlier one: restore the database from its backup, or \
         start once with --new-database to begin with an empty one"
    )]
    Missing,
    /// A command would have to change it.
    #[error(
        "its schema has number {found}, this program needs {known}: the server brings it up to date when it starts; stop \
         the running server and start that of this program first"
    )]
    Older {
        /// The schema's number.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// It belongs to others.
    #[error(
        "it belongs to the office {known} and knows no {office}: give `id` in policy.toml its old value, or start once \
         with --new-office to let another office in"
    )]
    UnknownOffice {
        /// The id in the settings.
        office: String,
        /// The ids in the database.
        known: String,
    },
    /// Another server has it.
    #[error("another server uses it: stop that one first")]
    InUse,
    /// It does not keep what it is told.
    #[error("it is set up so that acknowledged requests can be lost: {0}")]
    Lossy(String),
    /// A session is not as it was asked for.
    #[error(
        "{name} is {found} and not {asked} as this program asks for: connect to it directly, without a pooler between"
    )]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it is.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// Its texts are not in UTF-8.
    #[error("its encoding is {0}; the program needs one in UTF-8")]
    Encoding(String),
}

impl Opening {
    /// The server, where nothing is out of the ordinary.
    pub const fn serving() -> Self {
        Self::Serve(Allowed { new_database: true, new_office: false, lossy: false })
    }

    /// Whether a database is made where there is none; else why not.
    ///
    /// # Errors
    /// The reason.
    pub(super) const fn may_create(self) -> Result<(), Refusal> {
        match self {
            Self::Serve(Allowed { new_database: true, .. }) => Ok(()),
            Self::Serve(_) => Err(Refusal::Missing),
            Self::Beside => Err(Refusal::None),
        }
    }

    /// Whether this is the server.
    pub const fn serves(self) -> bool {
        matches!(self, Self::Serve(_))
    }

    /// Whether a database may be taken that can lose what was acknowledged.
    pub(super) const fn takes_lossy(self) -> bool {
        matches!(self, Self::Serve(Allowed { lossy: true, .. }) | Self::Beside)
    }

    /// Whether `office` may use a database that knows these.
    ///
    /// # Errors
    /// It may not: the ids that it knows are told.
    pub(super) fn admit(self, office: &str, known: &[String]) -> Result<(), Refusal> {
        let free = matches!(self, Self::Serve(Allowed { new_office: true, .. }));
        if known.is_empty() || free || known.iter().any(|it| it == office) {
            return Ok(());
        }
        let named: Vec<_> = known.iter().map(|it| format!("`{it}`")).collect();
        Err(Refusal::UnknownOffice { office: format!("`{office}`"), known: named.join(", ") })
    }
}

/// What `meta` says of an office that the database knows begins with this.
pub(super) const OFFICE: &str = "office/";

/// Ids of the offices that have rows, for a database of a time at which `meta` did not say.
pub(super) const OFFICES_OF_ROWS: &str = "select office from booking union select office from staff \
    union select office from audit union select office from desk_setting union select office from closure \
    union select office from seats_of_day union select office from invitation union select office from visit";

/// The key that sealed rows name, for a database whose `meta` has lost it.
pub(super) const KEY_OF_ROWS: &str = "select key_id from (
        select key_id from booking union select told_key_id from booking union select key_id from event
        union select key_id from appointment union select key_id from idempotency union select key_id from suspension
        union select key_id from disclosure union select totp_key_id from staff) as named
    where key_id is not null and key_id <> '' limit 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_comes_into_a_database_that_knows_none_or_it_or_where_a_person_says_so() {
        let others = ["kushiro".to_owned(), "sapporo".to_owned()];
        let allowed = |new_office| Opening::Serve(Allowed { new_office, ..Allowed::default() });
        assert_eq!(allowed(false).admit("otaru", &[]), Ok(()));
        assert_eq!(allowed(false).admit("kushiro", &others), Ok(()));
        assert_eq!(allowed(true).admit("otaru", &others), Ok(()));
        for opening in [allowed(false), Opening::Beside] {
            let refused = opening.admit("otaru", &others).unwrap_err().to_string();
            assert!(refused.contains("`kushiro`, `sapporo`") && refused.contains("`otaru`"), "{refused}");
        }
    }

    #[test]
    fn only_the_server_makes_a_database_and_not_beside_the_key_of_another() {
        let serve = |new_database| Opening::Serve(Allowed { new_database, ..Allowed::default() });
        assert_eq!(serve(true).may_create(), Ok(()));
        assert_eq!(serve(false).may_create(), Err(Refusal::Missing));
        assert_eq!(Opening::Beside.may_create(), Err(Refusal::None));
    }
}
