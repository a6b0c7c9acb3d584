//! The rules of the terms of use of online counselling, in the order of the terms.
//!
//! Read this with the 利用規約 beside you:
//!
//! | clause | module |
//! |---|---|
//! | all articles, supplement | [`terms`] |
//! | 2 who may use it | [`eligibility`] |
//! | preamble, 3, 11 consent | [`consent`] |
//! | 4(1)④ weekdays, hours, by the day before | [`calendar`] |
//! | 4(1)①②③, 10(3) the person and attendants | [`person`] |
//! | 4(1), 4(2) the request and its arrangement | [`booking`] |
//! | 4(3) cancelling, and what silence leads to | [`cancellation`] |
//! | 5, 6 records and personal data | [`records`] |
//! | 2(2), 10 device and room | [`checklist`] |
//! | which step now, what is still missing | [`journey`] |
//! | 7, 8, 9, 12 | text only |
//!
//! Pure: no clock, no I/O, no async, no randomness, no web, no SQL. Every rule is a function of the office's policy,
//! the moment and the input. The same compiled code runs in the browser and in the server; the server's verdict is
//! the one that counts. A module uses only modules above it in this file; a test holds that.

pub mod clause;
pub mod time;
pub mod texts;
pub mod violation;
pub mod wire;
pub mod policy;
pub mod terms;
pub mod eligibility;
pub mod consent;
pub mod calendar;
pub mod person;
pub mod booking;
pub mod cancellation;
pub mod records;
pub mod checklist;
pub mod journey;
pub mod api;
pub mod outbox;
pub mod following;
