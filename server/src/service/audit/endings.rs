//! What ends for good in an account of the desk, read off the log itself: a backup that is restored brings none of it back.

use crate::store::desk::audit::{StaffId, StoredRow};
use crate::vault::log_head::Ending;

/// What ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// She left.
    Left,
    /// A password was changed, or is lost.
    Password,
    /// One-time passwords were set up anew, or taken away.
    Codes,
    /// Recovery codes were used or replaced.
    Recovery,
    /// She is no manager any more.
    Rights,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Left, "left"),
    (Kind::Password, "password"),
    (Kind::Codes, "codes"),
    (Kind::Recovery, "recovery"),
    (Kind::Rights, "rights"),
];

/// No backup is older, in milliseconds.
const KEPT: i64 = 400 * 24 * 60 * 60 * 1000;

impl Kind {
    /// As it is kept.
    pub fn as_str(self) -> &'static str {
        KINDS.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }

    /// Reads what is kept.
    pub fn parse(text: &str) -> Option<Self> {
        KINDS.iter().find(|it| it.1 == text).map(|it| it.0)
    }

    /// What an act of the log ended of the account that it is about.
    pub fn of(act: &str) -> Option<Self> {
        Some(match act {
            "staff_ended" => Self::Left,
            "password_changed" | "password_ended" | "link_made" | "link_taken" => Self::Password,
            "codes_enrolled" | "codes_removed" => Self::Codes,
            "recovery_made" | "recovery_used" | "recovery_ended" => Self::Recovery,
            "made_officer" => Self::Rights,
            _ => return None,
        })
    }
}

/// Takes up what a row of the log has ended.
pub(super) fn take(endings: &mut Vec<Ending>, row: &StoredRow) {
    let Some(staff) = StaffId::parse(&row.subject) else { return };
    let (kind, place) = match (row.act.as_str(), row.place) {
        // It takes the place of an end, and is none.
        ("made_manager", _) => (Kind::Rights, 0),
        (act, Some(place)) => match Kind::of(act) {
            Some(kind) => (kind, place),
            None => return,
        },
        _ => return,
    };
    let at = row.at.timestamp_millis();
    endings.retain(|it| {
        (it.staff != staff.as_str() || it.kind != kind.as_str()) && at.saturating_sub(it.at) <= KEPT
    });
    endings.push(Ending { staff: staff.as_str().to_owned(), kind: kind.as_str().to_owned(), place, at });
}
