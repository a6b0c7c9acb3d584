//! The rulebook's picture of a request's life, and the moments at which its arrows may be gone: articles 4(2), 4(3), 6.

use precheck_shared::booking::{BookingState, Confirmed, Meeting};
use precheck_shared::cancellation::silence_ends;
use precheck_shared::policy::Policy;
use precheck_shared::records;
use precheck_shared::time::{Day, day_of, midnight};

use super::{Checked, Known, broken};
use crate::trace::{instant, shown};
use crate::witness::{Event, Seen, Witness};

/// The rulebook's picture, with the moments at which its arrows may be gone.
pub(super) fn transition(policy: &Policy, now: i64, before: &Known, seen: &Seen, event: &Event) -> Checked {
    let (from, to) = (before.seen.state.as_str(), seen.state.as_str());
    let told =
        || format!("{} {from} -> {to} at {}: {event:?}; before: {:?}", seen.number, shown(now), before.seen);
    let arrow = (from, event.kind.as_str());
    let allowed = match arrow {
        ("requested", "confirmed" | "declined" | "withdrawn" | "lapsed")
        | ("confirmed", "held" | "cancelled" | "cancelled_by_office" | "stopped" | "deemed_cancelled")
        | ("deemed_cancelled", "held" | "cancelled" | "cancelled_by_office") => to == event.kind,
        ("confirmed", "moved" | "meeting_changed" | "officer_changed" | "joined" | "word_received") => {
            to == "confirmed"
        }
        // A person is erased from what has ended, and it stays what it is.
        (_, "erased") => to == from && !matches!(from, "requested" | "confirmed"),
        _ => false,
    };
    if !allowed {
        return broken("every change of state is in the rulebook's picture", told());
    }
    if now < event.at {
        return broken("nothing happens before its time", told());
    }
    let is_by_clock = matches!(event.kind.as_str(), "lapsed" | "deemed_cancelled" | "erased");
    if is_by_clock != (event.actor == "clock") {
        return broken("time's own acts, and no others, are the clock's", told());
    }
    match event.kind.as_str() {
        "lapsed" if event.at != seen.last_wish_at => broken("a request lapses as of its last wish", told()),
        "deemed_cancelled" if before.contact => broken("no silence after word came in", told()),
        "deemed_cancelled" if Some(event.at) != silent_from(policy, before) => {
            broken("silence is ten minutes", told())
        }
        "erased" if erased_from(policy, before).is_none_or(|it| event.at < it) => {
            broken("a person is kept until her retention ends", told())
        }
        _ if event.kind != "erased" && seen.receipt_hash != before.seen.receipt_hash => {
            broken("an acknowledged receipt opens", told())
        }
        _ => Ok(()),
    }
}

/// Seats and officer go with the appointment.
pub(super) fn arranged(at: &Witness, policy: &Policy, before: &Known, seen: &Seen, event: &Event) -> Checked {
    if event.kind == "erased" {
        return Ok(());
    }
    let step = i64::from(policy.booking.grid_minutes) * 60_000;
    let count = i64::from(policy.booking.length_minutes / policy.booking.grid_minutes);
    // Who comes late to a seat that was given back is counselled without one.
    let keeps = seen.state == "confirmed" || (seen.state == "held" && before.seen.state == "confirmed");
    let cells = at.cells(seen.id);
    let expected: Vec<_> = match seen.start_at {
        Some(start) if keeps => (0..count).map(|it| start + it * step).collect(),
        _ => Vec::new(),
    };
    if cells != expected {
        let found = format!("{} in {}: {cells:?} for {expected:?}", seen.number, seen.state);
        return broken("an appointment has its seats and no others", found);
    }
    if !matches!(event.kind.as_str(), "confirmed" | "moved" | "officer_changed") {
        return Ok(());
    }
    for cell in &cells {
        let day = Day(day_of(instant(*cell)));
        let seats = policy.seats.by_date.get(day).unwrap_or(policy.seats.default);
        let taken = at.taken(*cell);
        if i64::from(seats) < taken {
            return broken("seats are never exceeded", format!("{}: {taken} of {seats}", shown(*cell)));
        }
    }
    let Some((officer, start)) = at.officer(seen.id).zip(seen.start_at) else { return Ok(()) };
    let length = i64::from(policy.booking.length_minutes) * 60_000;
    let counsellings = at.counsellings(&officer, start, start + length);
    if counsellings != 1 || at.officer_cells(seen.id) != cells {
        let found = format!("{officer} has {counsellings} at {}", shown(start));
        return broken("no officer has two counsellings at a time", found);
    }
    Ok(())
}

/// Whether a booking lapses, or is cancelled by silence, by `now`.
pub(super) fn falls_due(policy: &Policy, now: i64, known: &Known) -> bool {
    match known.seen.state.as_str() {
        "requested" => known.seen.last_wish_at <= now,
        "confirmed" => !known.contact && silent_from(policy, known).is_some_and(|it| it <= now),
        _ => false,
    }
}

pub(super) fn silent_from(policy: &Policy, known: &Known) -> Option<i64> {
    known.seen.start_at.map(|it| silence_ends(policy, instant(it)).timestamp_millis())
}

/// Article 6: the first moment of the day on which a person is no longer kept.
pub(super) fn erased_from(policy: &Policy, known: &Known) -> Option<i64> {
    let ended = known.events.last().map_or(known.seen.received_at, |it| it.at);
    let arranged = known.seen.start_at.unwrap_or(ended);
    let reason = String::new;
    let (state, since) = match known.seen.state.as_str() {
        "declined" => (BookingState::Declined { reason: reason() }, ended),
        "withdrawn" => (BookingState::Withdrawn, ended),
        "lapsed" => (BookingState::Lapsed, known.seen.last_wish_at),
        "held" => (BookingState::Held, arranged),
        "cancelled" => (BookingState::Cancelled { word_at: instant(ended) }, arranged),
        "cancelled_by_office" => (BookingState::CancelledByOffice { reason: reason() }, arranged),
        "stopped" => (BookingState::Stopped { reason: reason() }, arranged),
        "deemed_cancelled" => {
            let meeting = Meeting::kept("", None, String::new());
            let missed = Confirmed { start: instant(arranged), meeting, joined: false, word_received: false };
            (BookingState::DeemedCancelled { missed, at: instant(ended) }, arranged)
        }
        _ => return None,
    };
    let day = records::erased_from(policy, &state, instant(since))?;
    Some(midnight(day).timestamp_millis())
}

pub(super) fn state_name(text: &str) -> &'static str {
    const ALL: [&str; 10] = [
        "requested",
        "declined",
        "withdrawn",
        "lapsed",
        "confirmed",
        "held",
        "cancelled",
        "cancelled_by_office",
        "stopped",
        "deemed_cancelled",
    ];
    ALL.into_iter().find(|it| *it == text).unwrap_or("unknown")
}
