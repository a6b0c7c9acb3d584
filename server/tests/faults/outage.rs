//! The database is there and does not work: full, locked, read-only, failing. Told in time, not taken for ready, healed
//! without a restart, nothing promised lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client;
use crate::ledger::{Ledger, Tally};
use crate::load::{FEW, Load, MANY};
use crate::pause;
use crate::program::Program;
use crate::site::Site;

/// A server that has not noticed by then that its database fails, or works again, never will.
const NOTICED: Duration = Duration::from_secs(15);

/// How a fault is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    /// How long it lasts.
    pub(crate) lasts: Duration,
    /// Within this time every request is answered, whatever the database does.
    pub(crate) answered: Duration,
    /// Whether so many send that the queue runs full.
    pub(crate) crowded: bool,
    /// Whether nothing at all can be written while it lasts, so that the server is never ready.
    pub(crate) total: bool,
}

impl Outage {
    /// Sends all the time; lets the fault begin, last and end; then kills the server, and reckons.
    pub(crate) async fn try_on<F>(self, site: &Site, fault: impl AsyncFnOnce(&Program) -> F) -> Tally {
        let ledger = Arc::<Ledger>::default();
        let program = site.start();
        let load = Load::start(&ledger, &[program.address], if self.crowded { MANY } else { FEW });
        until_promised(&ledger).await;

        let fault = fault(&program).await;
        let began = Instant::now();
        let (told, _) = ledger.told_to_come_back();
        until("somebody is told to come back", async || told < ledger.told_to_come_back().0).await;
        until_ready(&program, false).await;
        while began.elapsed() < self.lasts {
            pause(Duration::from_millis(100)).await;
            match client::ready(program.address).await {
                Ok(true) if self.total => ledger.wrong("/readyz said yes in the middle of the fault"),
                Ok(_) => {}
                Err(error) => ledger.wrong(format!("/readyz in the middle of the fault: {error}")),
            }
        }
        drop(fault);

        until_ready(&program, true).await;
        until_promised(&ledger).await;
        load.stop().await;
        drop(program);
        let program = site.start();
        let mut tally = ledger.settle(program.address, site).await;
        program.stop();
        if self.answered < tally.worst {
            tally.wrong.push(format!("an answer took {:.1} s", tally.worst.as_secs_f64()));
        }
        // The crowd goes away before it is answered.
        if !self.crowded && ledger.unanswered() != 0 {
            tally.wrong.push(format!("{} tries were not answered at all", ledger.unanswered()));
        }
        let (told, at_once) = ledger.told_to_come_back();
        if self.crowded && at_once == 0 {
            tally.wrong.push("nobody was told at once that the queue is full".to_owned());
        }
        tally.note = format!("{told} told to come back, {at_once} of them within a second");
        tally
    }
}

pub(crate) async fn until_promised(ledger: &Ledger) {
    let before = ledger.acknowledged();
    until("requests are promised", async || before + 30 <= ledger.acknowledged()).await;
}

/// Waits until the server says that it is ready, or that it is not.
pub(crate) async fn until_ready(program: &Program, wanted: bool) {
    until(if wanted { "/readyz is 200" } else { "/readyz is 503" }, async || {
        client::ready(program.address).await == Ok(wanted)
    })
    .await;
}

/// Asks again and again until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < NOTICED, "waited in vain until {what}");
        pause(Duration::from_millis(20)).await;
    }
}
