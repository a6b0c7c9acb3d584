//! A calendar that an officer subscribes to: times and reception numbers alone, for whoever has its secret address.
//!
//! RFC 5545. No name, no meeting: a calendar program carries what it reads to machines that are not the office's.

use chrono::TimeDelta;
use precheck_shared::texts;
use precheck_shared::time::{Instant, day_of, midnight};
use sha2::{Digest as _, Sha256};

use super::state_at;
use crate::error::ApiError;
use crate::service::calendar::{Lines, utc};
use crate::state::AppState;
use crate::store::desk::bookings::DeskBooking;
use crate::store::desk::day;
use crate::store::sql;

/// Days before today that are in it.
const BACK: i64 = 7;
/// Days from today on that are in it.
const AHEAD: i64 = 60;
/// Longest secret that is looked at.
const LONGEST: usize = 128;

/// The feed at an address, whose secret is in it.
///
/// # Errors
/// `not_found` for a secret of nobody's, or of somebody who left; `unavailable`.
pub async fn feed(app: &AppState, secret: &str) -> Result<String, ApiError> {
    if secret.is_empty() || LONGEST < secret.len() {
        return Err(ApiError::NotFound);
    }
    let hash = Sha256::digest(secret.as_bytes()).into();
    let today = day_of(app.clock.now());
    let (from, to) = (midnight(today - TimeDelta::days(BACK)), midnight(today + TimeDelta::days(AHEAD + 1)));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            match day::whose_feed(tx, hash).await? {
                Some(officer) => Ok(Some((day::of_feed(tx, from, to, &officer).await?, officer))),
                None => Ok(None),
            }
        })
    });
    let (rows, officer) = read.await?.ok_or(ApiError::NotFound)?;
    Ok(written(app, app.clock.now(), &rows, &officer))
}

fn written(app: &AppState, now: Instant, rows: &[DeskBooking], officer: &str) -> String {
    let policy = &*app.office.policy();
    let words = texts::desk();
    let name = words.fill("desk.day.feed.name", &[("office", &policy.office.short_name)]);
    let mut file = Lines::default();
    for (name, value) in [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//online-counselling-precheck//precheck-server//JA"),
        ("CALSCALE", "GREGORIAN"),
        ("REFRESH-INTERVAL;VALUE=DURATION", "PT15M"),
        ("X-PUBLISHED-TTL", "PT15M"),
    ] {
        file.plain(name, value);
    }
    file.text("NAME", &name);
    file.text("X-WR-CALNAME", &name);
    for booking in rows {
        // A silence that has lasted long enough is no counselling any more.
        let stands = matches!(state_at(policy, now, booking).as_str(), "confirmed" | "held");
        let Some(made) = booking.appointment.as_ref().filter(|_| stands) else { continue };
        let hers = made.officer.as_deref() == Some(officer);
        let key = if hers { "desk.day.feed.event" } else { "desk.day.feed.event.nobody" };
        file.plain("BEGIN", "VEVENT");
        file.text(
            "UID",
            &format!("{}.{}.desk@online-counselling-precheck", booking.number.as_str(), policy.office.id),
        );
        // Of the booking, not of this moment: the same feed is the same file.
        file.plain("DTSTAMP", &utc(booking.state_at.unwrap_or(booking.received_at)));
        file.plain("SEQUENCE", &booking.version.to_string());
        file.plain("STATUS", "CONFIRMED");
        file.plain("CLASS", "PRIVATE");
        file.plain("DTSTART", &utc(made.start));
        file.plain("DTEND", &utc(made.end));
        file.text("SUMMARY", &words.fill(key, &[("number", &booking.number.to_string())]));
        file.plain("END", "VEVENT");
    }
    file.plain("END", "VCALENDAR");
    file.0
}
