//! The personal items of article 4(1): name, date of birth, job-seeker number; and attendants, article 10(3).
//!
//! Width, hyphens and spaces are never the person's mistake: they are folded here. There are two grades of finding:
//! what must be mended, and what is only asked about. None of these types shows its content in a `Debug` line.

use crate::clause::paragraph;
use crate::violation::{Code, Violation};

mod attendant;
mod birth_date;
mod fold;
mod name;
mod number;
mod text;

pub use attendant::{Attendant, AttendantEntry, AttendantKind, read_attendants};
pub use birth_date::{BirthDate, Era, in_both_calendars, japanese_year, line_from_fields};
pub use fold::character_of_radical;
pub(crate) use fold::{half_width, has_no_width, is_hyphen};
pub use name::PersonName;
pub use number::JobSeekerNumber;
pub use text::{Characters, OWN_TABLES, is_bounded, is_note};

/// A value with the findings that only ask to check, or everything that must be mended.
pub type Reading<T> = Result<(T, Vec<Violation>), Violation>;

fn must_fix(code: Code, pointer: &str, variant: &'static str) -> Violation {
    Violation::of_clause(paragraph(4, 1), code, pointer).variant(variant)
}
