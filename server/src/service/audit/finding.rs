//! What was done to the log, as far as it shows.

use std::fmt;

/// One thing that is not as it was written. Places count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// What a row says, or what binds it, is not what was written.
    Changed {
        /// Its place.
        place: i64,
    },
    /// Rows were taken out.
    Removed {
        /// The first of them.
        from: i64,
        /// The last.
        to: i64,
    },
    /// The first rows were taken away.
    BeginningRemoved {
        /// The last of them.
        to: i64,
    },
    /// Rows stand in another order.
    Reordered {
        /// Where it begins.
        place: i64,
    },
    /// Rows stand under other numbers.
    Renumbered {
        /// Where it begins.
        place: i64,
    },
    /// A row was put in that the program did not write, or wrote for another office.
    Invented {
        /// Its place.
        place: i64,
    },
    /// Rows without a place were put in beside the chain.
    InventedUnbound {
        /// How many.
        count: i64,
        /// The id of the first.
        id: i64,
    },
    /// Rows were taken out of the chain, and still stand there without a place.
    Unbound {
        /// How many.
        count: i64,
        /// The id of the first.
        id: i64,
    },
    /// No row is left.
    Emptied {
        /// So many there were.
        known: i64,
    },
    /// Rows at the end were taken away.
    CutOff {
        /// At most so many are left.
        last: i64,
        /// So many there were.
        known: i64,
    },
    /// The whole database is an older one.
    RolledBack {
        /// The last row that it has of what was known.
        last: i64,
        /// So many there were.
        known: i64,
    },
    /// The file that knows where the log ends is not there.
    HeadMissing,
    /// It is not what the program wrote.
    HeadForged,
    /// It is an older copy of itself.
    HeadOlder {
        /// Where it says the log ends.
        place: i64,
        /// Where it had said so.
        known: i64,
    },
}

impl Finding {
    /// Names the kind, for the desk's words and the head file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Removed { .. } => "removed",
            Self::BeginningRemoved { .. } => "beginning_removed",
            Self::Reordered { .. } => "reordered",
            Self::Renumbered { .. } => "renumbered",
            Self::Invented { .. } => "invented",
            Self::InventedUnbound { .. } => "invented_unbound",
            Self::Unbound { .. } => "unbound",
            Self::Emptied { .. } => "emptied",
            Self::CutOff { .. } => "cut_off",
            Self::RolledBack { .. } => "rolled_back",
            Self::HeadMissing => "head_missing",
            Self::HeadForged => "head_forged",
            Self::HeadOlder { .. } => "head_older",
        }
    }

    /// Its two numbers, in the order in which its words name them; 0 where it has fewer.
    pub fn numbers(&self) -> (i64, i64) {
        match *self {
            Self::Changed { place }
            | Self::Reordered { place }
            | Self::Renumbered { place }
            | Self::Invented { place } => (place, 0),
            Self::Removed { from, to } => (from, to),
            Self::BeginningRemoved { to } => (to, 0),
            Self::InventedUnbound { count, id } | Self::Unbound { count, id } => (count, id),
            Self::Emptied { known } => (known, 0),
            Self::CutOff { last, known } | Self::RolledBack { last, known } => (last, known),
            Self::HeadOlder { place, known } => (place, known),
            Self::HeadMissing | Self::HeadForged => (0, 0),
        }
    }

    /// Reads what the head file has kept of it.
    pub fn read(kind: &str, (one, two): (i64, i64)) -> Option<Self> {
        Some(match kind {
            "emptied" => Self::Emptied { known: one },
            "cut_off" => Self::CutOff { last: one, known: two },
            "rolled_back" => Self::RolledBack { last: one, known: two },
            "head_missing" => Self::HeadMissing,
            "head_forged" => Self::HeadForged,
            "head_older" => Self::HeadOlder { place: one, known: two },
            "changed" => Self::Changed { place: one },
            "removed" => Self::Removed { from: one, to: two },
            "beginning_removed" => Self::BeginningRemoved { to: one },
            "reordered" => Self::Reordered { place: one },
            "renumbered" => Self::Renumbered { place: one },
            "invented" => Self::Invented { place: one },
            "invented_unbound" => Self::InventedUnbound { count: one, id: two },
            "unbound" => Self::Unbound { count: one, id: two },
            _ => return None,
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { place } => write!(f, "row {place} was changed"),
            Self::Removed { from, to } if from == to => write!(f, "row {from} was removed"),
            Self::Removed { from, to } => write!(f, "rows {from} to {to} were removed"),
            Self::BeginningRemoved { to } => write!(f, "the first rows, up to {to}, were removed"),
            Self::Reordered { place } => write!(f, "rows were reordered, from row {place}"),
            Self::Renumbered { place } => write!(f, "rows were renumbered, from row {place}"),
            Self::Invented { place } => {
                write!(f, "row {place} was invented: this program did not write it here")
            }
            Self::InventedUnbound { count, id } => {
                write!(f, "{count} rows were invented: they are bound to nothing, the first has id {id}")
            }
            Self::Unbound { count, id } => {
                write!(f, "{count} rows were unbound from the others, the first has id {id}")
            }
            Self::Emptied { known } => write!(f, "the log was emptied: it had {known} rows"),
            Self::CutOff { last, known } => {
                write!(
                    f,
                    "the log was cut off at its end: it had {known} rows, of which at most {last} are left"
                )
            }
            Self::RolledBack { last, known } => write!(
                f,
                "the database was rolled back or restored: its log agrees up to row {last}, and had {known} rows"
            ),
            Self::HeadMissing => write!(
                f,
                "the head file is missing: without it nobody can tell whether rows were cut off at the end, or the database rolled back"
            ),
            Self::HeadForged => {
                write!(f, "the head file was forged or damaged: this program did not write it so")
            }
            Self::HeadOlder { place, known } => write!(
                f,
                "the head file was replaced by an older one: it says {place} rows, and had said {known}"
            ),
        }
    }
}
