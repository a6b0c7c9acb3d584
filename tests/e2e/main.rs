//! The product in a real browser, against the real server, as a person would use it.
//!
//! `cargo xtask e2e` builds both and runs this; `cargo test -p precheck-tests` runs it against what was built last. Every
//! test has a server with a clock of its own, a browser with an empty profile, and nothing in common with another test.
//! Nobody sleeps: a test waits for what a person would see, and time moves on by a server that is started again with
//! another clock. The browser sits in New York, two days before the server's clock, so that a time of the device's own on
//! any screen would be found out.
//!
//! `program`, `server`, `browser`, `page`, `inspect`, `accessible` and `trying` are the hands and eyes, `device` and `recordings` are what a
//! person sits in front of, `bad_line`, `relay`, `host` and `receipt_desk` what lies around, `applicant` is the person, `officer` the one at the desk; the
//! other files are the tests.

mod program;
mod server;
mod device;
mod recordings;
mod browser;
mod bad_line;
mod relay;
mod host;
mod words;
mod page;
mod inspect;
mod accessible;
mod trying;
mod applicant;
mod stage;
mod journey;
mod refusals;
mod late;
mod keeping;
mod keeping_idle;
mod outbox;
mod clock;
mod receipt_desk;
mod receipt;
mod receipt_following;
mod receipt_paper;
mod receipt_address;
mod copying;
mod sandboxed;
mod several;
mod pages;
mod hosts;
mod plain;
mod first_step;
mod camera;
mod causes;
mod microphone;
mod line;
mod moving;
mod alone;
mod firefox;
mod engines;
mod webkit;
mod older;
mod updates;
mod by_keyboard;
mod lost;
mod officer;
mod desk;
mod desk_browsers;
mod desk_session;
mod guide;
