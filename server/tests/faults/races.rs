//! Two officers at the same moment: for the last seat, and with the same booking. One of them does it, the other one is told
//! why not, and the rows of seats agree with that.
//!
//! The service's own verbs on the real store; on PostgreSQL each officer has a server of her own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::to_bytes;
use precheck_server::config::{Args, Config};
use precheck_server::error::ApiError;
use precheck_server::service::{self, Act, ConfirmationAsEntered, Officer, Word};
use precheck_server::state::AppState;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::harness::{NOW, body, jst, new_key, submission};
use crate::ledger::Tally;
use crate::site::{Engine, Site};

/// So many races at the same time, each at a time of the calendar that is its own.
const LANES: usize = 8;

/// An officer who is told that it cannot be done now presses again so often.
const PRESSES: u32 = 4;

/// What the two want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Race {
    /// Two bookings, one seat.
    LastSeat,
    /// One booking: it is moved, and it is cancelled.
    MoveOrCancel,
    /// One request: it is confirmed, and it is taken back.
    ConfirmOrWithdraw,
}

/// Two officers, each at a server.
struct Officers {
    servers: [Arc<AppState>; 2],
    router: Router,
}

type Done = Result<u32, ApiError>;

/// What an officer presses: at which server, for which booking, in which version.
#[derive(Clone)]
struct Press {
    officer: usize,
    booking: ReceptionNumber,
    version: u32,
    act: Pressed,
}

#[derive(Clone)]
enum Pressed {
    /// For this start.
    Confirm(String),
    Cancel,
    Withdraw,
    CancelByOffice,
}

/// So many races.
pub(crate) async fn run(site: &Site, race: Race, races: usize) -> Tally {
    let officers = Arc::new(Officers::at(site).await);
    let mut lanes = JoinSet::new();
    for lane in 0..LANES {
        let officers = Arc::clone(&officers);
        lanes.spawn(async move { officers.lane(race, lane, races.div_ceil(LANES)).await });
    }
    let mut all = Tally::default();
    let mut won = 0;
    for (lane, first_won) in lanes.join_all().await {
        won += first_won;
        all.tries += lane.tries;
        all.acknowledged += lane.acknowledged;
        all.lost += lane.lost;
        all.doubled += lane.doubled;
        all.worst = all.worst.max(lane.worst);
        all.wrong.extend(lane.wrong);
    }
    for server in &officers.servers {
        server.store.close().await.unwrap();
    }
    for (what, sql) in DISAGREEMENTS {
        let rows = site.count(sql);
        if rows != 0 {
            all.wrong.push(format!("{rows} {what}"));
        }
    }
    let servers = match site.engine() {
        Engine::Sqlite => "one server",
        Engine::Postgres => {
            if site.count(DEADLOCKS) != 0 {
                all.wrong.push("PostgreSQL found that two acts waited for each other".to_owned());
            }
            "two servers"
        }
    };
    all.note = format!("two officers at {servers}; the first act won {won} times");
    all
}

/// Whoever takes the same rows takes them in the same order.
const DEADLOCKS: &str = "select deadlocks from pg_stat_database where datname = current_database()";

/// What the rows must not say.
const DISAGREEMENTS: [(&str, &str); 4] = [
    (
        "seats of bookings that are not confirmed",
        "select count(*) from seat_cell where booking not in (select id from booking where state = 'confirmed')",
    ),
    (
        "confirmed bookings without a seat",
        "select count(*) from booking where state = 'confirmed' and id not in (select booking from seat_cell)",
    ),
    (
        "seats at another time than that of their booking",
        "select count(*) from seat_cell s join booking b on b.id = s.booking where s.cell_start <> b.start_at",
    ),
    (
        "bookings whose history has not as many events as versions",
        "select count(*) from booking b where b.version <> (select count(*) from event e where e.booking = b.id)",
    ),
];

impl Officers {
    async fn at(site: &Site) -> Self {
        let first = open(site, &site.data()).await;
        let second = match site.engine() {
            Engine::Sqlite => Arc::clone(&first),
            Engine::Postgres => open(site, &site.second_data()).await,
        };
        Self { router: precheck_server::router(Arc::clone(&first)), servers: [first, second] }
    }

    /// One race after the other at the lane's times; and how often the act that is named first has won.
    async fn lane(self: Arc<Self>, race: Race, lane: usize, races: usize) -> (Tally, u64) {
        let (mut tally, mut first_won) = (Tally::default(), 0);
        let (start, later) = (time(lane, 0), time(lane, 1));
        if race == Race::LastSeat {
            // The office has two seats at a time.
            let other = self.request().await;
            assert!(self.press(Press::new(0, &other, 1, Pressed::Confirm(start.clone()))).await.is_ok());
        }
        for number in 0..races {
            // Who is first in the queue of the tasks shall not decide it.
            let [one, two] = if number % 2 == 0 { [0, 1] } else { [1, 0] };
            let booking = self.request().await;
            let confirm = Press::new(one, &booking, 1, Pressed::Confirm(start.clone()));
            let (presses, loser_is_told): (_, &[&str]) = match race {
                Race::LastSeat => {
                    let rival = Press { officer: two, booking: self.request().await, ..confirm.clone() };
                    ([confirm, rival], &["slot_full"])
                }
                Race::MoveOrCancel => {
                    let version = self.press(confirm).await.unwrap();
                    let moves = Press::new(one, &booking, version, Pressed::Confirm(later.clone()));
                    let cancels = Press::new(two, &booking, version, Pressed::Cancel);
                    ([moves, cancels], &["stale_version", "transition_not_allowed"])
                }
                Race::ConfirmOrWithdraw => {
                    let withdraws = Press::new(two, &booking, 1, Pressed::Withdraw);
                    ([confirm, withdraws], &["stale_version", "transition_not_allowed"])
                }
            };
            let began = Instant::now();
            let both = self.at_once(&presses, number % 4 < 2).await;
            first_won += u64::from(both[0].is_ok());
            judge(&mut tally, &both, loser_is_told, began.elapsed());
            // The seat is free again for the next race.
            for (press, done) in presses.iter().zip(both) {
                if let (Pressed::Confirm(_), Ok(version)) = (&press.act, done) {
                    let frees = Press::new(0, &press.booking, version, Pressed::CancelByOffice);
                    self.press(frees).await.unwrap();
                }
            }
        }
        (tally, first_won)
    }

    /// Two tasks, begun in this order or the other one.
    async fn at_once(self: &Arc<Self>, presses: &[Press; 2], in_order: bool) -> [Done; 2] {
        let task = |press: &Press| {
            let (officers, press) = (Arc::clone(self), press.clone());
            tokio::spawn(async move { officers.press(press).await })
        };
        let [one, other] = presses;
        let (one, other) = if in_order {
            let one = task(one);
            (one, task(other))
        } else {
            let other = task(other);
            (task(one), other)
        };
        [one.await.unwrap(), other.await.unwrap()]
    }

    /// A new request, by the API.
    async fn request(&self) -> ReceptionNumber {
        let request = submission(&new_key(), body().to_string());
        let answer = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 201);
        let answer = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        ReceptionNumber::parse(answer["reception_number"].as_str().unwrap()).unwrap()
    }

    /// Who is told to come back, because the disk was busy for a second, does: nothing was changed.
    async fn press(&self, press: Press) -> Done {
        for _ in 0..PRESSES {
            match self.press_once(&press).await {
                Err(ApiError::Unavailable(_)) => {}
                decided => return decided,
            }
        }
        self.press_once(&press).await
    }

    async fn press_once(&self, press: &Press) -> Done {
        let server = &self.servers[press.officer];
        let officer = Officer::parse(&format!("o-{}", press.officer)).unwrap();
        let act = Act { number: press.booking.clone(), version: press.version, officer };
        let called = Word { channel: CancelChannel::Telephone, at: jst(NOW) };
        match &press.act {
            Pressed::Confirm(start) => service::confirm(server, &act, &entered(start)).await,
            Pressed::Cancel => service::cancel(server, &act, called, "").await,
            Pressed::Withdraw => service::withdraw(server, &act, called).await,
            Pressed::CancelByOffice => service::cancel_by_office(server, &act, "担当者の急病のため").await,
        }
    }
}

impl Press {
    fn new(officer: usize, booking: &ReceptionNumber, version: u32, act: Pressed) -> Self {
        Self { officer, booking: booking.clone(), version, act }
    }
}

pub(crate) fn entered(start: &str) -> ConfirmationAsEntered {
    ConfirmationAsEntered {
        start: jst(start),
        meeting: "https://us02web.zoom.us/j/12345678901?pwd=Himitsu.1".to_owned(),
        passcode: "1234".to_owned(),
        officer: None,
        identity_checked: true,
        reason: "ご希望により".to_owned(),
        // All of them meet under one ID.
        accepted: vec![Code::MeetingIdInUse],
    }
}

pub(crate) async fn open(site: &Site, data: &std::path::Path) -> Arc<AppState> {
    let args = Args {
        data: Some(data.display().to_string()),
        database_url: site.url().map(str::to_owned),
        clock: Some(NOW.to_owned()),
        limits: Some("off".to_owned()),
        ..Args::default()
    };
    Arc::new(AppState::open(Config::read(&args).unwrap()).await.unwrap())
}

/// A time of the calendar: the lane's own hour of 1 December, a Tuesday, or one half an hour later.
fn time(lane: usize, half_hours: usize) -> String {
    const HOURS: [usize; 4] = [10, 13, 14, 15];
    let (day, hour) = (1 + lane / HOURS.len(), HOURS[lane % HOURS.len()]);
    format!("2026-12-{day:02}T{hour}:{:02}:00+09:00", half_hours * 30)
}

/// Exactly one has done it.
fn judge(tally: &mut Tally, both: &[Done; 2], loser_is_told: &[&str], took: Duration) {
    let done = both.iter().filter(|it| it.is_ok()).count() as u64;
    tally.tries += 1;
    tally.acknowledged += done;
    tally.lost += u64::from(done == 0);
    tally.doubled += u64::from(done == 2);
    tally.worst = tally.worst.max(took);
    if done != 1 {
        tally.wrong.push(format!("{done} of two officers did it: {both:?}"));
    }
    for error in both.iter().filter_map(|it| it.as_ref().err()) {
        let told = match error {
            ApiError::Refused { violations, .. } => {
                violations.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(", ")
            }
            other => other.code().as_str().to_owned(),
        };
        if !loser_is_told.contains(&told.as_str()) {
            tally.wrong.push(format!("the loser was told: {told}"));
        }
    }
}
