//! What only PostgreSQL knows: it is ended hard while requests are written, and several servers share it.

use std::sync::Arc;
use std::time::Duration;

use crate::ledger::{Ledger, Tally};
use crate::load::{FEW, Load};
use crate::outage::{until_promised, until_ready};
use crate::site::Site;
use crate::{pause, random_part};

/// So many crashes under load; the servers stay, and heal.
pub(crate) async fn crashes(site: &Site, crashes: u64) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let program = site.start();
    let load = Load::start(&ledger, &[program.address], FEW);
    for _ in 0..crashes {
        until_promised(&ledger).await;
        pause(random_part(Duration::from_millis(500))).await;
        site.cluster().crash();
        until_ready(&program, true).await;
    }
    until_promised(&ledger).await;
    load.stop().await;
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();
    tally.note = format!("{crashes} crashes of PostgreSQL, the server stays");
    tally
}

/// Two servers under load, and so many times one of them is killed; those who sent to it go on at the other one.
pub(crate) async fn one_of_two_killed(site: &Site, kills: u64) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let stays = site.start();
    for _ in 0..kills {
        let goes = site.start_second();
        let load = Load::start(&ledger, &[goes.address, stays.address], FEW);
        until_promised(&ledger).await;
        pause(random_part(Duration::from_millis(250))).await;
        drop(goes);
        until_promised(&ledger).await;
        load.stop().await;
    }
    let mut tally = ledger.settle(stays.address, site).await;
    stays.stop();
    tally.note = format!("{kills} kills of one of two servers");
    tally
}
