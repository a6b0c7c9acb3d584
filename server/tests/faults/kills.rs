//! `kill -9`, again and again: while requests are being written, and while the program starts.

use std::sync::Arc;
use std::time::Duration;

use crate::ledger::{Ledger, Tally};
use crate::load::{FEW, Load};
use crate::outage::until_promised;
use crate::site::Site;
use crate::{pause, random_part};

/// Every fourth kill meets a start: opening, migrating, recovering the log.
const STARTS: u64 = 4;

/// So many kills; after each the promises of that round are looked up, and all of them at the end.
pub(crate) async fn under_load(site: &Site, kills: u64) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let mut reckoned = 0;
    for round in 0..kills {
        if round % STARTS == STARTS - 1 {
            let starting = site.begin();
            pause(random_part(Duration::from_millis(60))).await;
            drop(starting);
            continue;
        }
        let program = site.start();
        // Those of the rounds before first, then new ones.
        reckoned = ledger.reckon_since(reckoned, program.address).await;
        let load = Load::start(&ledger, &[program.address], FEW);
        until_promised(&ledger).await;
        pause(random_part(Duration::from_millis(250))).await;
        drop(program);
        load.stop().await;
    }
    let program = site.start();
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();
    let starts = kills / STARTS;
    tally.note = format!("{} kills under load, {starts} during a start", kills - starts);
    tally
}
