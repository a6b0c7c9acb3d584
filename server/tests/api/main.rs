//! The whole contract of DESIGN 3, in process: a manual clock, a temporary folder, the real SQLite. What only a process or a
//! socket shows stands in `process` and `sockets`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod beside;
mod desk;
mod harness;
mod officer;
mod program;

/// What holds on every database is run once more on PostgreSQL, by `tests/postgres`.
const POSTGRES: bool = false;

mod accessibility;
mod acts_of_time;
mod any_64_kb;
mod appointment;
mod arrangement;
mod backup;
#[cfg(unix)]
mod beneath;
mod clock_guard;
mod crowd;
mod desk_accounts;
mod desk_affected;
mod desk_day;
mod desk_disclosures;
mod desk_enter;
mod desk_noted;
mod desk_pieces;
mod desk_records;
mod desk_request;
mod embed_page;
mod faults;
mod following;
mod forgetting;
mod idempotency;
mod in_work;
mod log_tampering;
mod looking;
mod office;
#[cfg(unix)]
mod opening;
mod pages;
mod plain;
mod privacy;
mod probes;
mod process;
mod protocol;
mod receipts;
mod refusals;
mod requests;
mod restored;
mod seats;
mod silence;
mod set_aside;
mod sockets;
mod traces;
#[cfg(unix)]
mod updates;
mod visits;
