//! How many of something run at a time, in all and per peer, and which of them gives its place up: transfers of the line's probes,
//! passwords that wait to be computed.
//!
//! A transfer takes seconds of a line that requests need too. The bound in all also keeps the measurement honest: people who
//! measure beside too many others would be told that their own line is bad. The bound per peer keeps one peer from holding
//! everybody's places; and where none is left, the slowest of those that hardly move gives way, so that several cannot either.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Most at a time. With 100 Mbit/s each has three left, and a good line is one of 750 kbit/s.
const AT_A_TIME: usize = 32;

/// Most of one peer; a browser's check has one at a time.
const OF_ONE_PEER: usize = 8;

/// How many at most, and who gives way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// In all.
    pub(super) at_a_time: usize,
    /// Of one peer.
    pub(super) of_one_peer: usize,
    /// Bytes a second: one that has had fewer on the whole keeps nobody out. `None` where nothing moves, and nobody gives way.
    pub(super) slowest: Option<u64>,
}

/// Of a transfer: a twentieth of the poorest line that will do.
const SLOWEST: u64 = 4_000;

/// So long a transfer has to get under way.
const UNDER_WAY: Duration = Duration::from_secs(2);

/// Those that run.
#[derive(Debug, Clone)]
pub(super) struct Transfers {
    bounds: Bounds,
    running: Arc<Mutex<Running>>,
}

#[derive(Debug, Default)]
struct Running {
    all: HashMap<u64, Under>,
    next: u64,
}

/// One that is under way.
#[derive(Debug)]
struct Under {
    peer: Option<IpAddr>,
    began: Instant,
    bytes: Arc<AtomicU64>,
    give_up: watch::Sender<bool>,
}

impl Default for Transfers {
    fn default() -> Self {
        Self::new(Bounds { at_a_time: AT_A_TIME, of_one_peer: OF_ONE_PEER, slowest: Some(SLOWEST) })
    }
}

/// One that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Transfer {
    running: Transfers,
    number: u64,
    bytes: Arc<AtomicU64>,
    given_up: watch::Receiver<bool>,
}

/// Why none more can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowded {
    /// The peer has as many as it may.
    Peer,
    /// All together have.
    Everybody,
}

impl Transfers {
    /// None runs yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, running: Arc::default() }
    }

    /// Begins one; without a peer, only the bound in all holds.
    pub(super) fn begin(&self, peer: Option<IpAddr>) -> Result<Transfer, Crowded> {
        self.begin_at(Instant::now(), peer)
    }

    fn begin_at(&self, now: Instant, peer: Option<IpAddr>) -> Result<Transfer, Crowded> {
        let mut running = self.running();
        let Bounds { at_a_time, of_one_peer, slowest } = self.bounds;
        let is_its = |it: &Under| peer.is_some() && it.peer == peer;
        let gives_way = |running: &mut Running, which: &dyn Fn(&Under) -> bool| {
            slowest.is_some_and(|it| running.give_up(now, it, which))
        };
        if of_one_peer <= running.all.values().filter(|it| is_its(it)).count()
            && !gives_way(&mut running, &is_its)
        {
            return Err(Crowded::Peer);
        }
        if at_a_time <= running.all.len() && !gives_way(&mut running, &|_| true) {
            return Err(Crowded::Everybody);
        }
        running.next += 1;
        let (number, bytes) = (running.next, Arc::<AtomicU64>::default());
        let (tell, given_up) = watch::channel(false);
        running.all.insert(number, Under { peer, began: now, bytes: Arc::clone(&bytes), give_up: tell });
        Ok(Transfer { running: self.clone(), number, bytes, given_up })
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Takes its place from the slowest of those that hardly move; whether there is one.
    fn give_up(&mut self, now: Instant, slowest: u64, which: impl Fn(&Under) -> bool) -> bool {
        let slow = self.all.iter().filter(|it| which(it.1) && it.1.rate(now).is_some_and(|it| it < slowest));
        let slowest = slow.min_by_key(|(number, it)| (it.rate(now), **number)).map(|it| *it.0);
        let given_up = slowest.and_then(|it| self.all.remove(&it));
        given_up.is_some_and(|it| {
            it.give_up.send_replace(true);
            true
        })
    }
}

impl Under {
    /// Bytes a second since its beginning, as soon as that says something.
    fn rate(&self, now: Instant) -> Option<u64> {
        let lasted = now.saturating_duration_since(self.began);
        let bytes = self.bytes.load(Ordering::Relaxed);
        (UNDER_WAY <= lasted).then(|| bytes / lasted.as_secs().max(1))
    }
}

impl Transfer {
    /// So many bytes more went one way or the other.
    pub fn moved(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether its place is another's.
    pub fn is_given_up(&self) -> bool {
        *self.given_up.borrow()
    }

    /// Ends when its place is another's.
    pub async fn given_up(&self) {
        // Whoever would tell has gone: its place was taken away, or is held for as long as this is.
        if self.given_up.clone().wait_for(|it| *it).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.running.running().all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(transfers: &Transfers, peer: usize) -> Result<Transfer, Crowded> {
        transfers.begin(Some(address(peer)))
    }

    fn address(peer: usize) -> IpAddr {
        [192, 0, 2, u8::try_from(peer).unwrap()].into()
    }

    #[test]
    fn a_transfer_counts_until_it_ends_and_an_ended_one_is_forgotten() {
        let transfers = Transfers::default();
        let mut first: Vec<_> = (0..OF_ONE_PEER).map(|_| begin(&transfers, 1).unwrap()).collect();
        assert_eq!(begin(&transfers, 1).err(), Some(Crowded::Peer));
        first.pop();
        first.push(begin(&transfers, 1).unwrap());
        assert_eq!(begin(&transfers, 1).err(), Some(Crowded::Peer));
        drop(first);
        assert!(transfers.running().all.is_empty());
    }

    #[test]
    fn all_together_have_a_bound_that_no_single_peer_reaches() {
        let transfers = Transfers::default();
        let mut all: Vec<_> = (0..AT_A_TIME).map(|it| begin(&transfers, it / OF_ONE_PEER).unwrap()).collect();
        assert_eq!(begin(&transfers, 99).err(), Some(Crowded::Everybody));
        assert_eq!(transfers.begin(None).err(), Some(Crowded::Everybody));
        assert_eq!(begin(&transfers, 0).err(), Some(Crowded::Peer));
        all.truncate(AT_A_TIME - 1);
        assert!(transfers.begin(None).is_ok());
    }

    #[test]
    fn transfers_that_hardly_move_give_their_places_up_the_slowest_first() {
        let transfers = Transfers::default();
        let began = Instant::now();
        let all: Vec<_> = (0..AT_A_TIME)
            .map(|it| transfers.begin_at(began, Some(address(it / OF_ONE_PEER))).unwrap())
            .collect();
        // Ten seconds later: most go well, one does just, two do not.
        let later = began + Duration::from_secs(10);
        for transfer in &all {
            transfer.moved(262_144);
        }
        for (which, bytes) in [(3, 1), (9, 500), (20, 10 * SLOWEST)] {
            all[which].bytes.store(bytes, Ordering::Relaxed);
        }
        assert!(
            transfers.begin_at(began + UNDER_WAY / 2, Some(address(99))).is_err(),
            "nobody has had the time"
        );
        let others: Vec<_> =
            (50..60).map_while(|it| transfers.begin_at(later, Some(address(it))).ok()).collect();
        let given_up: Vec<_> = (0..AT_A_TIME).filter(|it| all[*it].is_given_up()).collect();
        assert_eq!((others.len(), given_up), (2, vec![3, 9]));
        // What was given up takes no place from another when it ends.
        drop(all);
        assert_eq!(transfers.running().all.len(), 2);
    }

    #[test]
    fn a_peers_own_that_hardly_moves_gives_way_to_its_next() {
        let transfers = Transfers::default();
        let began = Instant::now();
        let all: Vec<_> =
            (0..OF_ONE_PEER).map(|_| transfers.begin_at(began, Some(address(1))).unwrap()).collect();
        all[1..].iter().for_each(|it| it.moved(1_000_000));
        let later = began + Duration::from_secs(5);
        let next = transfers.begin_at(later, Some(address(1))).unwrap();
        assert!(all[0].is_given_up() && !next.is_given_up());
        assert_eq!(transfers.begin_at(later, Some(address(1))).err(), Some(Crowded::Peer));
    }

    #[tokio::test]
    async fn whoever_transfers_hears_of_it() {
        let transfers = Transfers::default();
        let began = Instant::now();
        let all: Vec<_> = (0..AT_A_TIME)
            .map(|it| transfers.begin_at(began, Some(address(it / OF_ONE_PEER))).unwrap())
            .collect();
        let _other = transfers.begin_at(began + UNDER_WAY, None).unwrap();
        let first = all.iter().find(|it| it.is_given_up()).unwrap();
        first.given_up().await;
    }
}
