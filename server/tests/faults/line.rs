//! The widget's own outbox at the end of a bad line: whatever the line does, each request is delivered, and once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use precheck_shared::outbox::{Act, Entry, Outbox, Standing};
use tokio::task::JoinSet;

use crate::ledger::{Ledger, Tally};
use crate::proxy::BadLine;
use crate::site::Site;
use crate::{pause, random};

const SENDERS: usize = 30;

/// The outbox's clock runs so much quicker than ours.
const QUICKER: u32 = 40;

/// How long a sender waits for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The wishes lie far enough ahead.
const LAST_WISH: i64 = 30 * 24 * 3_600_000;

/// So many requests through the line.
pub(crate) async fn delivered_once(site: &Site, requests: usize) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let program = site.start();
    let line = BadLine::to(program.address).await;
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (ledger, address) = (Arc::clone(&ledger), line.address);
        senders.spawn(async move {
            for _ in (sender..requests).step_by(SENDERS) {
                let standing = deliver(&ledger, address).await;
                if standing != Standing::Delivered {
                    ledger.wrong(format!("the outbox ended as {standing:?}"));
                }
            }
        });
    }
    senders.join_all().await;
    drop(line);
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();
    tally.note = format!("{requests} requests, 11 kinds of mischief beside none");
    tally
}

async fn deliver(ledger: &Ledger, address: SocketAddr) -> Standing {
    let request = ledger.open();
    let began = Instant::now();
    let now = || i64::try_from((began.elapsed() * QUICKER).as_millis()).unwrap_or(i64::MAX);
    let mut outbox = Outbox::default();
    outbox.confirm(Entry::new(&request.1.key, &request.1.body, 0, LAST_WISH), 0).unwrap();
    loop {
        match outbox.act(now()) {
            Act::Send => {
                let verdict = ledger.send(address, &request, PATIENCE).await;
                outbox.answered(verdict, now(), chance());
            }
            Act::Pause(millis) => pause(Duration::from_millis(millis.into()) / QUICKER).await,
            Act::Rest => return outbox.standing(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "thousandths are enough")]
fn chance() -> f64 {
    random(1000) as f64 / 1000.0
}
