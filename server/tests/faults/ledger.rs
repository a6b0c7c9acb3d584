//! What was sent and what was promised, kept outside of the server, and the reckoning with it afterwards.
//!
//! A promise is a 201. At the reckoning every promised receipt opens with its code, every request is sent once more with the
//! same key and the same bytes, and the database is counted: as many bookings as keys, whatever happened in between.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use precheck_shared::outbox::Verdict;
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{self, Accepted, Answer, Request};
use crate::harness;
use crate::pause;
use crate::site::Site;

/// A server that has healed takes a request at the latest after so many tries, a twentieth of a second apart. PostgreSQL may
/// have to find out first what became of a session that was cut.
const TRIES: u32 = 200;

/// How many ask at a time when it is reckoned up.
const ASKING: usize = 16;

/// A request and what is known of it.
struct Entry {
    request: Request,
    accepted: Option<Accepted>,
    /// Whether its receipt was found, and its repetition answered alike, at the last reckoning.
    missed: bool,
    twice: bool,
}

/// The book of one trial.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    entries: Vec<Entry>,
    tries: u64,
    acknowledged: u64,
    unavailable: u64,
    at_once: u64,
    unanswered: u64,
    worst: Duration,
    wrong: Vec<String>,
}

/// What a trial comes to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How often something was sent, or tried.
    pub(crate) tries: u64,
    /// Requests that were promised before the reckoning.
    pub(crate) acknowledged: u64,
    /// Promised and not there, or not there although sent again.
    pub(crate) lost: u64,
    /// More than one booking for a key.
    pub(crate) doubled: u64,
    /// The longest time until an answer.
    pub(crate) worst: Duration,
    /// What else went wrong, a line each.
    pub(crate) wrong: Vec<String>,
    /// How it was tried, where the table's columns do not say it.
    pub(crate) note: String,
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new request: its place in the book, and what is sent.
    pub(crate) fn open(&self) -> (usize, Request) {
        let mut book = self.book();
        let place = book.entries.len();
        let mut body = harness::body();
        harness::set(&mut body, "/person/job_seeker_number", json!(format!("01234-{:08}", place + 1)));
        let request = Request { key: harness::new_key(), body: body.to_string() };
        let entry = Entry { request: request.clone(), accepted: None, missed: false, twice: false };
        book.entries.push(entry);
        (place, request)
    }

    /// Sends it once and writes down what came back.
    pub(crate) async fn send(
        &self,
        address: SocketAddr,
        (place, request): &(usize, Request),
        patience: Duration,
    ) -> Verdict {
        let (answer, took) = client::send(address, request, patience).await;
        let mut book = self.book();
        book.tries += 1;
        book.record(*place, &answer, took)
    }

    /// How many were told to come back, and how many of them at once.
    pub(crate) fn told_to_come_back(&self) -> (u64, u64) {
        let book = self.book();
        (book.unavailable, book.at_once)
    }

    /// How many tries had no answer.
    pub(crate) fn unanswered(&self) -> u64 {
        self.book().unanswered
    }

    /// How many requests were promised so far.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.book().acknowledged
    }

    /// Writes down what should not be.
    pub(crate) fn wrong(&self, line: impl Into<String>) {
        self.book().wrong.push(line.into());
    }

    /// Those that were opened since, or all: promised ones are looked up, and every one is sent again until it is promised.
    pub(crate) async fn reckon_since(self: &Arc<Self>, first: usize, address: SocketAddr) -> usize {
        let open: Vec<_> = {
            let book = self.book();
            let known = book.entries.iter().enumerate().skip(first);
            known.map(|(place, it)| (place, it.request.clone(), it.accepted.clone())).collect()
        };
        let next = first + open.len();
        let mut asking = JoinSet::new();
        for (place, request, accepted) in open {
            if ASKING <= asking.len() {
                asking.join_next().await;
            }
            let ledger = Arc::clone(self);
            asking.spawn(async move { ledger.reckon_one(address, place, &request, accepted).await });
        }
        asking.join_all().await;
        next
    }

    async fn reckon_one(
        &self,
        address: SocketAddr,
        place: usize,
        request: &Request,
        known: Option<Accepted>,
    ) {
        if let Some(accepted) = known {
            let there = client::receipt(address, &accepted).await;
            if there != Ok(200) {
                let mut book = self.book();
                book.entries[place].missed = true;
                book.wrong.push(format!("{} was promised and its receipt says {there:?}", accepted.number));
            }
        }
        for _ in 0..TRIES {
            let (answer, _) = client::send(address, request, client::PATIENCE).await;
            if self.book().take_down(place, &answer) == Verdict::Delivered {
                return;
            }
            pause(Duration::from_millis(50)).await;
        }
        let mut book = self.book();
        book.entries[place].missed = true;
        book.wrong.push(format!("{} was not taken in {TRIES} tries after the fault", request.key));
    }

    /// The whole reckoning: every request, then the rows.
    pub(crate) async fn settle(self: &Arc<Self>, address: SocketAddr, site: &Site) -> Tally {
        let acknowledged = self.acknowledged();
        self.reckon_since(0, address).await;
        let mut book = self.book();
        let keys = book.entries.len() as u64;
        let mut lost = book.entries.iter().filter(|it| it.missed).count() as u64;
        let mut doubled = book.entries.iter().filter(|it| it.twice).count() as u64;
        for table in ["booking", "idempotency"] {
            let rows = site.rows(table);
            if rows != keys {
                book.wrong.push(format!("{keys} keys, {rows} rows in {table}"));
            }
            lost = lost.max(keys.saturating_sub(rows));
            doubled = doubled.max(rows.saturating_sub(keys));
        }
        if acknowledged == 0 {
            book.wrong.push("nothing was acknowledged, so nothing was tried".to_owned());
        }
        Tally {
            tries: book.tries,
            acknowledged,
            lost,
            doubled,
            worst: book.worst,
            wrong: std::mem::take(&mut book.wrong),
            note: String::new(),
        }
    }
}

impl Book {
    fn record(&mut self, place: usize, answer: &Answer, took: Duration) -> Verdict {
        if answer.status == 0 {
            self.unanswered += 1;
        } else {
            self.worst = self.worst.max(took);
        }
        if answer.status == 503 {
            self.unavailable += 1;
            self.at_once += u64::from(took < Duration::from_secs(1));
        }
        let first = self.entries[place].accepted.is_none();
        let verdict = self.take_down(place, answer);
        self.acknowledged += u64::from(first && verdict == Verdict::Delivered);
        verdict
    }

    fn take_down(&mut self, place: usize, answer: &Answer) -> Verdict {
        let verdict = answer.verdict();
        match (verdict, &answer.accepted) {
            (Verdict::Delivered, Some(accepted)) => {
                let entry = &mut self.entries[place];
                let first = entry.accepted.get_or_insert_with(|| accepted.clone());
                if first != accepted {
                    entry.twice = true;
                    let line = format!("one key, two numbers: {} and {}", first.number, accepted.number);
                    self.wrong.push(line);
                }
            }
            (Verdict::Refused(code), _) => self.wrong.push(format!("refused: {}", code.as_str())),
            _ if answer.code.is_some() && answer.retry_after.is_none() => {
                self.wrong
                    .push(format!("{} {:?} does not say when to come back", answer.status, answer.code));
            }
            _ => {}
        }
        verdict
    }
}
