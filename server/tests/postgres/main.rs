//! What the API answers, once more with PostgreSQL behind it: the same files as in `tests/api`, those that speak of behaviour and
//! not of SQLite's files. How PostgreSQL fails and several processes share it stands in the store's own tests and in `processes`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(dead_code, reason = "some of what the tests share is for those on SQLite alone")]

#[path = "../api/beside.rs"]
mod beside;
#[path = "../api/desk.rs"]
mod desk;
#[path = "../api/harness.rs"]
mod harness;
#[path = "../api/officer.rs"]
mod officer;
#[path = "../api/program.rs"]
mod program;

const POSTGRES: bool = true;

#[path = "../api/acts_of_time.rs"]
mod acts_of_time;
#[path = "../api/appointment.rs"]
mod appointment;
#[path = "../api/arrangement.rs"]
mod arrangement;
#[path = "../api/clock_guard.rs"]
mod clock_guard;
#[path = "../api/desk_accounts.rs"]
mod desk_accounts;
#[path = "../api/desk_affected.rs"]
mod desk_affected;
#[path = "../api/desk_day.rs"]
mod desk_day;
#[path = "../api/desk_disclosures.rs"]
mod desk_disclosures;
#[path = "../api/desk_enter.rs"]
mod desk_enter;
#[path = "../api/desk_noted.rs"]
mod desk_noted;
#[path = "../api/desk_pieces.rs"]
mod desk_pieces;
#[path = "../api/desk_records.rs"]
mod desk_records;
#[path = "../api/desk_request.rs"]
mod desk_request;
#[path = "../api/idempotency.rs"]
mod idempotency;
#[path = "../api/log_tampering.rs"]
mod log_tampering;
#[path = "../api/receipts.rs"]
mod receipts;
#[path = "../api/refusals.rs"]
mod refusals;
#[path = "../api/requests.rs"]
mod requests;
#[path = "../api/seats.rs"]
mod seats;
#[path = "../api/set_aside.rs"]
mod set_aside;
#[path = "../api/silence.rs"]
mod silence;
#[path = "../api/visits.rs"]
mod visits;

mod processes;
