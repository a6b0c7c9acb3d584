//! How long each page of the desk takes with 100,000 requests in the database, asked through the router by a manager.
//!
//! `cargo bench -p precheck-server --bench desk` prints a table. Each page is asked seven times; its median has to be within the
//! limit, and the first and the worst are beside it. The figures are kept for five minutes: of them the first call has to be, too.
//! The bench fails where a page is not there or takes longer. Its SQLite file lies in a temporary folder that goes with it.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]
#![expect(dead_code, reason = "some of what the tests share is for the tests alone")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use self::desk::{Asked, Does, SECOND, entered};
use self::fill::{FAMILIES, REQUESTS, fill, job_seeker_number};
use self::harness::{Reply, Server};
use self::officer::AtTheDesk;

#[path = "../../tests/api/desk.rs"]
mod desk;
mod fill;
#[path = "../../tests/api/harness.rs"]
mod harness;
#[path = "../../tests/api/officer.rs"]
mod officer;

/// SQLite is what one office runs on.
const POSTGRES: bool = false;

/// No page takes longer.
const LIMIT: Duration = Duration::from_millis(50);

/// How often each page is asked.
const CALLS: usize = 7;

/// A page: its address, what is special about it, and the fields of its form, where it is asked by one.
struct Page {
    address: String,
    about: &'static str,
    fields: Vec<(&'static str, String)>,
    answers: StatusCode,
    /// What it shows is kept for the next call.
    kept: bool,
}

impl Page {
    fn at(address: impl Into<String>, about: &'static str) -> Self {
        Self { address: address.into(), about, fields: Vec::new(), answers: StatusCode::OK, kept: false }
    }

    fn figures(weeks: u16) -> Self {
        Self { kept: true, ..Self::at(format!("/desk/figures?weeks={weeks}"), "counted at the first call") }
    }

    fn find(about: &'static str, wanted: &str, page: &str) -> Self {
        let fields = vec![("q", wanted.to_owned()), ("page", page.to_owned())];
        Self { fields, ..Self::at("/desk/find", about) }
    }

    async fn ask(&self, manager: &AtTheDesk<'_>) -> Reply {
        if self.fields.is_empty() {
            return manager.get(&self.address).await;
        }
        let fields: Vec<_> = self.fields.iter().map(|it| (it.0, it.1.as_str())).collect();
        manager.post(&self.address, &fields).await
    }

    /// Asks it and prints its line; whether it is as it should be.
    async fn measure(&self, manager: &AtTheDesk<'_>) -> bool {
        let mut times = Vec::new();
        let mut last = None;
        for _ in 0..CALLS {
            let begun = Instant::now();
            let reply = self.ask(manager).await;
            times.push(begun.elapsed());
            last = Some((reply.status, reply.body.len()));
        }
        // What is kept for a while after it was shown is judged by when it was not.
        let first = times[0];
        times.sort();
        let (median, worst) = (times[CALLS / 2], times[CALLS - 1]);
        let (status, bytes) = last.unwrap();
        let is_within = median <= LIMIT && (!self.kept || first <= LIMIT);
        let within = if is_within { "yes" } else { "NO" };
        let ms = |it: Duration| format!("{:.1}", it.as_secs_f64() * 1000.0);
        println!(
            "{:<6} {:>9} {:>9} {:>9} {bytes:>8}  {within:<6}  {} {}",
            status.as_u16(),
            ms(first),
            ms(median),
            ms(worst),
            self.address,
            self.about
        );
        is_within && status == self.answers
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let server = Server::start();
    let held = Asked::confirmed(&server).await;
    Does::Hold.to(&server, &held.act(&server).await).await.unwrap();
    let confirmed = Asked::send(&server).await;
    confirmed.confirm(&server, &entered(SECOND)).await.unwrap();
    let waiting = Asked::send(&server).await;
    let begun = Instant::now();
    fill(&server);
    println!(
        "{REQUESTS} requests in {:.1} s, limit {} ms\n",
        begun.elapsed().as_secs_f64(),
        LIMIT.as_millis()
    );
    let manager = AtTheDesk::manager(&server).await;
    let feed = feed(&manager).await;
    println!(
        "{:<6} {:>9} {:>9} {:>9} {:>8}  {:<6}  page",
        "status", "first ms", "median ms", "worst ms", "bytes", "within"
    );
    let mut all_well = true;
    for page in pages([&waiting, &confirmed, &held], &feed) {
        all_well &= page.measure(&manager).await;
    }
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The address of the manager's own calendar feed.
async fn feed(manager: &AtTheDesk<'_>) -> String {
    let made = manager.post("/desk/me/feed", &[("do", "new")]).await;
    let text = made.text();
    let begin = text.find("/desk/feed/").unwrap_or_else(|| panic!("{}: {text}", made.status));
    let end = text[begin..].find(".ics").unwrap();
    format!("{}.ics", &text[begin..begin + end])
}

fn pages([waiting, confirmed, held]: [&Asked; 3], feed: &str) -> Vec<Page> {
    let mut pages = vec![Page::at("/desk", "")];
    for (list, late) in
        [("waiting", 20), ("duties", 20), ("silences", 5), ("officerless", 5), ("unfinished", 1)]
    {
        pages.push(Page::at(format!("/desk/requests?list={list}"), ""));
        pages.push(Page::at(format!("/desk/requests?list={list}&page={late}"), "a late page"));
    }
    let of = |asked: &Asked| format!("/desk/requests/{}", asked.number.as_str());
    let number = job_seeker_number(500);
    pages.extend([
        Page::at(of(waiting), "waiting, another one of the same number"),
        Page::at(of(confirmed), "confirmed"),
        Page::at(of(held), "held"),
        Page {
            fields: vec![("version", "1".to_owned()), ("reason", "x".to_owned())],
            answers: StatusCode::CONFLICT,
            ..Page::at(format!("{}/decline", of(confirmed)), "a stale form")
        },
        Page::at(format!("{}/next", of(held)), "the next one"),
        Page::at("/desk/calendar", ""),
        Page::at("/desk/calendar?week=2026-12-07", "a week ahead"),
        Page::at("/desk/calendar?week=2026-06-15", "a week of half a year ago"),
        Page::at("/desk/day/2026-11-24/print", ""),
        Page::at("/desk/find", ""),
        Page::find("a name that 10,000 have", FAMILIES[0], "1"),
        Page::find("the same, page 100", FAMILIES[0], "100"),
        Page::find("a whole name", "佐藤 10", "1"),
        Page::find("a job-seeker number", &number, "1"),
        Page::at("/desk/find?q=2026-12-03", "a day"),
        Page::at("/desk/new", ""),
        Page::at("/desk/affected?day=2026-11-26", ""),
        Page::at("/desk/settings", ""),
        Page::figures(4),
        Page::figures(13),
        Page::figures(52),
        Page::at("/desk/records", ""),
        Page::at("/desk/staff", ""),
        Page::at("/desk/me", ""),
        Page::at("/desk/log", ""),
        Page::at("/desk/log?actor=o-1", "one officer's"),
        Page::at("/desk/log?before=10000", "in the middle"),
        Page::at(feed, "the calendar feed"),
    ]);
    pages
}
