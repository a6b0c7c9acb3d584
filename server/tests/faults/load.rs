//! People who send requests of their own, several at a time, and send the same one again until it is promised.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use precheck_shared::outbox::Verdict;
use tokio::task::JoinSet;

use crate::client::PATIENCE;
use crate::ledger::Ledger;
use crate::{pause, random_part};

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// How many at the same time.
    pub(crate) senders: usize,
    /// How long they wait for an answer.
    pub(crate) patience: Duration,
    /// How long they pause at most before they try again.
    pub(crate) pause: Duration,
    /// Whether somebody else tries then, with a request of her own, instead of the same one again.
    pub(crate) others: bool,
}

/// A counter of an office on a busy day.
pub(crate) const FEW: Crowd =
    Crowd { senders: 8, patience: PATIENCE, pause: Duration::from_millis(40), others: false };

/// So many who soon go away that the server's queue fills with what they leave in it.
pub(crate) const MANY: Crowd = Crowd {
    senders: 400,
    patience: Duration::from_millis(400),
    pause: Duration::from_millis(200),
    others: true,
};

/// Senders at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    senders: JoinSet<()>,
}

impl Load {
    /// Each sender goes from one address to the next when it got no promise.
    pub(crate) fn start(ledger: &Arc<Ledger>, addresses: &[SocketAddr], crowd: Crowd) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let mut set = JoinSet::new();
        for number in 0..crowd.senders {
            let (ledger, stop) = (Arc::clone(ledger), Arc::clone(&stop));
            let mut addresses: Vec<_> = addresses.to_vec();
            let first = number % addresses.len();
            addresses.rotate_left(first);
            set.spawn(async move { send_until(&ledger, &addresses, crowd, &stop).await });
        }
        Self { stop, senders: set }
    }

    /// Nobody begins anything more; what is on the line is waited for.
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.senders.join_all().await;
    }
}

async fn send_until(ledger: &Ledger, addresses: &[SocketAddr], crowd: Crowd, stop: &AtomicBool) {
    let going_on = || !stop.load(Ordering::Acquire);
    let mut addresses = addresses.iter().copied().cycle();
    let Some(mut address) = addresses.next() else { return };
    let mut request = ledger.open();
    while going_on() {
        let delivered = ledger.send(address, &request, crowd.patience).await == Verdict::Delivered;
        if !delivered {
            address = addresses.next().unwrap_or(address);
            pause(random_part(crowd.pause)).await;
        }
        if delivered || crowd.others {
            request = ledger.open();
        }
    }
}
