//! Who holds the places for connections: a bound for all, one for each peer, and who gives way when none is free.
//!
//! A connection waits while the server waits for its client: for the first byte, for headers, for the next request, for more of a
//! body, for the client to take an answer. Of those that wait the longest gives way, first one without a request under way. What
//! the server works on never does. So nobody keeps others out by holding connections, however many and however slowly.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// How many connections there may be at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// In all: below the usual limit of 1024 open files.
    pub(super) all: usize,
    /// Of one peer, unless it is exempt: a browser has six to a server, and one address can be that of a whole office.
    pub(super) of_one_peer: usize,
}

impl Bounds {
    pub(super) const USUAL: Self = Self { all: 960, of_one_peer: 64 };
}

/// The places.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<All>);

#[derive(Debug)]
struct All {
    bounds: Bounds,
    held: Mutex<Held>,
    /// Somebody left, or began to wait.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Held {
    marks: HashMap<u64, Mark>,
    by_peer: HashMap<IpAddr, usize>,
    next: u64,
}

/// What a connection is doing, known to all who have a part in it.
#[derive(Debug, Clone)]
pub(super) struct Mark(Arc<Marked>);

#[derive(Debug)]
struct Marked {
    peer: Option<IpAddr>,
    all: Arc<All>,
    doing: Mutex<Doing>,
    requests: AtomicU32,
    /// Its place is another's.
    lost: AtomicBool,
    told: Notify,
}

/// What goes on at a connection.
#[derive(Debug)]
struct Doing {
    /// When the request began that is under way.
    request: Option<Instant>,
    /// When the connection or its last answer was done.
    idle_from: Instant,
    /// More of the request's body is waited for.
    wants_body: bool,
    /// From when on the client has taken nothing of what is ready for it.
    not_taken: Option<Instant>,
}

/// Ordered by who gives way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// For a request, since then.
    Waits(Instant),
    /// For its client in the middle of a request, since then.
    Stalls(Instant),
    Works,
}

/// A place that is held; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    pub(super) mark: Mark,
}

/// What comes of asking for a place.
#[derive(Debug)]
pub(super) enum Taken {
    Place(Place),
    /// All that the peer has are at work.
    Refused,
    /// All that there are are at work: one will be free.
    Full,
}

impl Places {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self(Arc::new(All { bounds, held: Mutex::default(), changed: Notify::new() }))
    }

    /// Takes a place, if need be another's. Without a peer, only the bound in all holds.
    pub(super) fn take(&self, peer: Option<IpAddr>) -> Taken {
        let mut held = self.0.held();
        let bounds = self.0.bounds;
        let of_peer = peer.and_then(|it| held.by_peer.get(&it)).copied().unwrap_or_default();
        if bounds.of_one_peer <= of_peer {
            // Its others' requests go before its own new one.
            let mine = |mark: &Mark| mark.0.peer == peer && matches!(mark.state(), State::Waits(_));
            if !held.give_up(mine) {
                return Taken::Refused;
            }
        }
        if bounds.all <= held.marks.len() && !held.give_up(|mark| mark.state() != State::Works) {
            return Taken::Full;
        }
        let mark = Mark(Arc::new(Marked {
            peer,
            all: Arc::clone(&self.0),
            doing: Mutex::new(Doing {
                request: None,
                idle_from: Instant::now(),
                wants_body: false,
                not_taken: None,
            }),
            requests: AtomicU32::new(0),
            lost: AtomicBool::new(false),
            told: Notify::new(),
        }));
        held.next += 1;
        let number = held.next;
        held.marks.insert(number, mark.clone());
        if let Some(peer) = peer {
            *held.by_peer.entry(peer).or_default() += 1;
        }
        Taken::Place(Place { number, mark })
    }

    /// Ends when somebody left or began to wait since this was last called.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Ends all connections that have no request under way.
    pub(super) fn close(&self) {
        let mut held = self.0.held();
        while held.give_up(|mark| matches!(mark.state(), State::Waits(_))) {}
    }
}

impl All {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Takes its place from the one that comes first in the order of states; whether there was one.
    fn give_up(&mut self, which: impl Fn(&Mark) -> bool) -> bool {
        let candidates = self.marks.iter().filter(|it| which(it.1));
        let first = candidates.min_by_key(|(number, mark)| (mark.state(), **number));
        let Some(number) = first.map(|it| *it.0) else { return false };
        if let Some(mark) = self.remove(number) {
            mark.0.lost.store(true, Ordering::Release);
            mark.0.told.notify_one();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Mark> {
        let mark = self.marks.remove(&number)?;
        if let Some(peer) = mark.0.peer
            && let Some(of_peer) = self.by_peer.get_mut(&peer)
        {
            *of_peer -= 1;
            if *of_peer == 0 {
                self.by_peer.remove(&peer);
            }
        }
        Some(mark)
    }
}

impl Place {
    /// Ends when the place was given to another one, which is never while the server works on a request.
    pub(super) async fn given_up(&self) {
        loop {
            self.mark.0.told.notified().await;
            // A request may have come at the same moment. Then this is told again when it waits.
            if self.mark.state() != State::Works {
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let all = &self.mark.0.all;
        all.held().remove(self.number);
        all.changed.notify_one();
    }
}

impl Doing {
    fn state(&self) -> State {
        match (self.not_taken, self.request) {
            (Some(since), _) => State::Stalls(since),
            // From its beginning: who sends a byte now and then has not just begun to wait.
            (None, Some(began)) if self.wants_body => State::Stalls(began),
            (None, Some(_)) => State::Works,
            (None, None) => State::Waits(self.idle_from),
        }
    }
}

impl Mark {
    /// A request has come; which one of the connection it is.
    pub(super) fn begins(&self) -> u32 {
        self.change(|doing| doing.request = Some(Instant::now()));
        self.0.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Its answer is on the way, whole.
    pub(super) fn ends(&self) {
        self.change(|doing| (doing.request, doing.idle_from) = (None, Instant::now()));
    }

    /// Whether more of the request's body is waited for.
    pub(super) fn wants_body(&self, wants: bool) {
        self.change(|doing| doing.wants_body = wants);
    }

    /// The client takes nothing of what is ready for it.
    pub(super) fn is_not_taken(&self) {
        self.change(|doing| doing.not_taken = Some(Instant::now()));
    }

    /// The client goes on taking.
    pub(super) fn is_taken(&self) {
        self.change(|doing| doing.not_taken = None);
    }

    fn change(&self, change: impl FnOnce(&mut Doing)) {
        change(&mut self.lock());
        // Whoever waits for a place looks again; and whoever lost this one hears of it again.
        self.0.all.changed.notify_one();
        if self.0.lost.load(Ordering::Acquire) {
            self.0.told.notify_one();
        }
    }

    fn state(&self) -> State {
        self.lock().state()
    }

    fn lock(&self) -> MutexGuard<'_, Doing> {
        self.0.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    fn places(all: usize, of_one_peer: usize) -> Places {
        Places::new(Bounds { all, of_one_peer })
    }

    fn peer(number: u8) -> IpAddr {
        [192, 0, 2, number].into()
    }

    #[track_caller]
    fn take(places: &Places, of: Option<IpAddr>) -> Place {
        match places.take(of) {
            Taken::Place(place) => place,
            other => panic!("{other:?}"),
        }
    }

    fn has_lost(place: &Place) -> bool {
        place.mark.0.lost.load(Ordering::Acquire)
    }

    #[test]
    fn of_a_peer_that_has_its_share_the_longest_idle_gives_way_and_nobody_elses() {
        let places = places(10, 3);
        let other = take(&places, Some(peer(2)));
        let mine: Vec<_> = (0..3).map(|_| take(&places, Some(peer(1)))).collect();
        mine[0].mark.begins();
        let newest = take(&places, Some(peer(1)));
        assert_eq!(mine.iter().map(has_lost).collect::<Vec<_>>(), [false, true, false]);
        assert!(!has_lost(&other) && !has_lost(&newest));
        // Between two requests it is idle from its answer on, so that another one has waited longer.
        mine[0].mark.ends();
        let last = take(&places, Some(peer(1)));
        assert!(has_lost(&mine[2]) && !has_lost(&mine[0]) && !has_lost(&last));
    }

    #[test]
    fn a_peer_whose_connections_are_all_at_work_gets_no_other() {
        let places = places(10, 2);
        let mine = [take(&places, Some(peer(1))), take(&places, Some(peer(1)))];
        for place in &mine {
            place.mark.begins();
        }
        assert!(matches!(places.take(Some(peer(1))), Taken::Refused));
        // Not even for a body of which nothing comes: that is somebody's request.
        mine[0].mark.wants_body(true);
        assert!(matches!(places.take(Some(peer(1))), Taken::Refused));
        drop(take(&places, Some(peer(2))));
        drop(take(&places, None));
        drop(mine);
        drop(take(&places, Some(peer(1))));
    }

    #[test]
    fn when_all_are_taken_idle_ones_give_way_first_then_those_that_stall_and_never_one_at_work() {
        let places = places(4, 4);
        let [stalled, idle, unread, works] =
            [Some(peer(1)), Some(peer(2)), None, Some(peer(3))].map(|it| take(&places, it));
        for place in [&stalled, &unread, &works] {
            place.mark.begins();
        }
        stalled.mark.wants_body(true);
        unread.mark.is_not_taken();
        let all = [&stalled, &idle, &unread, &works];
        let mut newer = Vec::new();
        for expected in [[false, true, false, false], [true, true, false, false], [true, true, true, false]] {
            newer.push(take(&places, Some(peer(4))));
            for place in &newer {
                place.mark.begins();
            }
            assert_eq!(all.map(has_lost), expected);
        }
        assert!(matches!(places.take(Some(peer(5))), Taken::Full));
        works.mark.ends();
        drop(take(&places, Some(peer(5))));
        assert!(has_lost(&works));
    }

    #[test]
    fn one_that_lost_its_place_while_a_request_came_ends_with_its_answer() {
        let places = places(1, 1);
        let first = take(&places, Some(peer(1)));
        let second = take(&places, Some(peer(1)));
        first.mark.begins();
        let mut ended = std::pin::pin!(first.given_up());
        let mut context = Context::from_waker(Waker::noop());
        assert!(ended.as_mut().poll(&mut context).is_pending());
        first.mark.ends();
        assert!(ended.as_mut().poll(&mut context).is_ready());
        drop(second);
    }

    #[test]
    fn what_has_left_is_forgotten() {
        let places = places(4, 2);
        let all: Vec<_> = (0..6).map(|it| take(&places, Some(peer(it % 2)))).collect();
        drop(all);
        let held = places.0.held();
        assert!(held.marks.is_empty() && held.by_peer.is_empty());
    }
}
