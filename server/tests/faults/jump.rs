//! A clock that jumps: the machine comes up months ahead. Nothing that was promised is lost by it, the server says why it is not
//! ready, and time's own acts go on when a person has accepted the clock, and only then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client;
use crate::ledger::{Ledger, Tally};
use crate::load::{FEW, Load};
use crate::outage::{until, until_promised};
use crate::pause;
use crate::site::Site;

/// Where the clock jumps to: a little beyond the bound, and so far that everything would be due.
const JUMPS: [&str; 3] =
    ["2026-11-27T09:30:00+09:00", "2027-01-20T09:00:00+09:00", "2036-11-24T09:00:00+09:00"];

/// By then everything would have lapsed, and its retention would be over.
const EVERYTHING_IS_DUE: &str = JUMPS[2];

/// What time has done by itself.
const DONE: &str = "select count(*) from event where actor = 'clock'";

/// So long the server runs by each wrong clock; its looks are 5 s apart, and the first is at the start.
pub(crate) async fn ahead(site: &Site, runs: Duration) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let program = site.start();
    let load = Load::start(&ledger, &[program.address], FEW);
    until_promised(&ledger).await;
    load.stop().await;
    program.stop();
    for jump in JUMPS {
        let program = site.start_at(jump);
        let began = Instant::now();
        while began.elapsed() < runs {
            match client::not_ready(program.address).await {
                Ok(Some(why)) if why.contains("clock accept") => {}
                Ok(other) => ledger.wrong(format!("{jump}: /readyz says {other:?}")),
                Err(error) => ledger.wrong(format!("{jump}: /readyz: {error}")),
            }
            pause(Duration::from_millis(200)).await;
        }
        let done = site.count(DONE);
        if done != 0 {
            ledger.wrong(format!("{jump}: time has done {done} things by a clock that nobody accepted"));
        }
        program.stop();
    }
    // The clock is right again: everything is there.
    let program = site.start();
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();

    let said = site.accept_the_clock(EVERYTHING_IS_DUE);
    if !said.contains("accepted as right: 2036-11-24T09:00:") {
        tally.wrong.push(format!("`clock accept` says {said:?}"));
    }
    let program = site.start_at(EVERYTHING_IS_DUE);
    // Each request lapses, and loses its person.
    let all = i64::try_from(site.rows("booking")).unwrap() * 2;
    until("everything that is due is done", async || site.count(DONE) == all).await;
    until("the server is ready", async || client::not_ready(program.address).await == Ok(None)).await;
    program.stop();
    tally.note = format!("{} jumps, then one that was accepted", JUMPS.len());
    tally
}
