//! Seats, officers and versions.

use super::*;
use precheck_shared::calendar::Occupancy;

on_every_database!(
    a_change_counts_on_the_version_it_was_decided_on_alone,
    a_change_is_read_back_with_what_is_told_and_arranged,
    a_confirmation_takes_a_seat_in_every_cell_and_a_full_one_refuses_it_whole,
    an_officer_is_never_in_two_counsellings_at_a_time,
    a_move_gives_back_what_it_had_and_may_take_some_of_it_again,
    what_is_freed_can_be_taken_by_another,
    fewer_seats_than_are_taken_take_nobody_in,
    of_two_changes_on_one_version_one_is_done_and_the_other_is_stale,
    of_two_confirmations_for_the_last_seat_one_is_done,
    of_two_confirmations_for_the_last_two_seats_both_are_done,
    of_two_confirmations_with_one_officer_one_is_done,
    two_that_change_places_at_the_same_moment_never_overfill_either,
    only_silence_is_told_as_silence,
);

const THURSDAY: &str = "2026-11-26T10:00:00+09:00";
const AN_HOUR_LATER: &str = "2026-11-26T11:00:00+09:00";
const HALF_AN_HOUR_LATER: &str = "2026-11-26T10:30:00+09:00";

/// `10:00 1, 10:30 1`, of that Thursday.
async fn taken(store: &dyn Store) -> String {
    let (from, to) = (jst("2026-11-26T00:00:00+09:00"), jst("2026-11-27T00:00:00+09:00"));
    let taken: Arc<Occupancy> = store.occupancy(from, to).await.unwrap();
    let cells = (0..48).map(|half| from + TimeDelta::minutes(30) * half);
    let cells = cells.map(|it| (it, taken.taken(it)));
    let cells: Vec<_> = cells.filter(|(_, seats)| 0 < *seats).collect();
    let cells = cells.iter().map(|(start, seats)| format!("{} {seats}", start.format("%H:%M")));
    cells.collect::<Vec<_>>().join(", ")
}

async fn a_change_counts_on_the_version_it_was_decided_on_alone(two: Two) {
    stored(two.first(), 1).await;
    for stale in [0, 2, 3] {
        assert_eq!(done(two.first(), change(1, stale, "withdrawn")).await, Changed::Stale);
    }
    assert_eq!(done(two.first(), change(2, 1, "withdrawn")).await, Changed::Stale);
    assert_eq!(done(two.second(), change(1, 1, "withdrawn")).await, Changed::Done(2));
    assert_eq!(done(two.first(), change(1, 1, "declined")).await, Changed::Stale);
    let found = two.first().booking(request(1).number.as_str()).await.unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.version), ("withdrawn", 2));
}

async fn a_change_is_read_back_with_what_is_told_and_arranged(two: Two) {
    stored(two.first(), 1).await;
    let told = Some(Sealed { key_id: "key".to_owned(), bytes: vec![9] });
    let made = Change { told: told.clone(), ..confirm(1, 1, THURSDAY, 1, Some("officer-1")) };
    assert_eq!(done(two.first(), made).await, Changed::Done(2));
    let read = || async { two.second().booking(request(1).number.as_str()).await.unwrap().unwrap() };
    let found = read().await;
    assert_eq!((found.state.as_str(), found.told), ("confirmed", told));
    assert_eq!(found.state_at, Some(now() + TimeDelta::hours(1)));
    let arranged = found.appointment.unwrap();
    assert_eq!((arranged.version, arranged.officer.as_deref()), (2, Some("officer-1")));
    assert_eq!((arranged.start, arranged.end), (jst(THURSDAY), jst(AN_HOUR_LATER)));
    assert_eq!((arranged.meeting.bytes, arranged.joined, arranged.word_received), (vec![4], false, false));
    for (version, joined) in [(2, false), (3, true), (4, false)] {
        let contact = Change {
            kind: "word",
            appointment: Arrangement::Contact { joined },
            ..change(1, version, "confirmed")
        };
        assert_eq!(done(two.first(), contact).await, Changed::Done(version + 1));
        let found = read().await;
        // What came in stays; the state has not changed, nor since when.
        let arranged = found.appointment.unwrap();
        assert_eq!((arranged.joined, arranged.word_received), (3 <= version, true));
        assert_eq!((found.state_at, found.told), (Some(now() + TimeDelta::hours(1)), None));
    }
    // Of the same time with other meeting data word still counts.
    assert_eq!(done(two.first(), confirm(1, 5, THURSDAY, 1, None)).await, Changed::Done(6));
    let arranged = read().await.appointment.unwrap();
    assert_eq!((arranged.version, arranged.joined, arranged.word_received), (6, true, true));
    // Of another time nothing has been heard yet.
    assert_eq!(done(two.first(), confirm(1, 6, AN_HOUR_LATER, 1, None)).await, Changed::Done(7));
    let arranged = read().await.appointment.unwrap();
    assert_eq!((arranged.joined, arranged.word_received, arranged.officer), (false, false, None));
    assert_eq!((arranged.version, arranged.start), (7, jst(AN_HOUR_LATER)));
}

async fn a_confirmation_takes_a_seat_in_every_cell_and_a_full_one_refuses_it_whole(two: Two) {
    for n in 1..=3 {
        stored(two.first(), n).await;
    }
    assert_eq!(taken(two.first()).await, "");
    assert_eq!(done(two.first(), confirm(1, 1, THURSDAY, 1, None)).await, Changed::Done(2));
    assert_eq!(taken(two.first()).await, "10:00 1, 10:30 1");
    assert_eq!(done(two.first(), confirm(2, 1, HALF_AN_HOUR_LATER, 1, None)).await, Changed::SlotFull);
    assert_eq!(taken(two.first()).await, "10:00 1, 10:30 1");
    assert_eq!(done(two.first(), confirm(2, 1, HALF_AN_HOUR_LATER, 2, None)).await, Changed::Done(2));
    assert_eq!(done(two.first(), confirm(3, 1, THURSDAY, 0, None)).await, Changed::SlotFull);
    assert_eq!(taken(two.first()).await, "10:00 1, 10:30 2, 11:00 1");
    let refused = two.first().booking(request(3).number.as_str()).await.unwrap().unwrap();
    assert_eq!((refused.state.as_str(), refused.version, refused.appointment), ("requested", 1, None));
}

async fn an_officer_is_never_in_two_counsellings_at_a_time(two: Two) {
    for n in 1..=3 {
        stored(two.first(), n).await;
    }
    let who = Some("officer-1");
    assert_eq!(done(two.first(), confirm(1, 1, THURSDAY, 5, who)).await, Changed::Done(2));
    let overlapping = confirm(2, 1, HALF_AN_HOUR_LATER, 5, who);
    assert_eq!(done(two.second(), overlapping).await, Changed::OfficerBusy);
    assert_eq!(taken(two.second()).await, "10:00 1, 10:30 1");
    assert_eq!(done(two.second(), confirm(2, 1, AN_HOUR_LATER, 5, who)).await, Changed::Done(2));
    assert_eq!(
        done(two.first(), confirm(3, 1, HALF_AN_HOUR_LATER, 5, Some("officer-2"))).await,
        Changed::Done(2)
    );
}

async fn a_move_gives_back_what_it_had_and_may_take_some_of_it_again(two: Two) {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    let who = Some("officer-1");
    assert_eq!(done(two.first(), confirm(1, 1, THURSDAY, 1, who)).await, Changed::Done(2));
    assert_eq!(done(two.first(), confirm(1, 2, HALF_AN_HOUR_LATER, 1, who)).await, Changed::Done(3));
    assert_eq!(taken(two.first()).await, "10:30 1, 11:00 1");
    assert_eq!(done(two.first(), confirm(2, 1, AN_HOUR_LATER, 1, who)).await, Changed::SlotFull);
    assert_eq!(done(two.first(), confirm(1, 3, "2026-11-26T13:00:00+09:00", 1, who)).await, Changed::Done(4));
    assert_eq!(done(two.first(), confirm(2, 1, AN_HOUR_LATER, 1, who)).await, Changed::Done(2));
    assert_eq!(done(two.first(), confirm(1, 4, HALF_AN_HOUR_LATER, 1, who)).await, Changed::SlotFull);
    assert_eq!(
        taken(two.first()).await,
        "11:00 1, 11:30 1, 13:00 1, 13:30 1",
        "a refused move keeps its place"
    );
}

async fn what_is_freed_can_be_taken_by_another(two: Two) {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    let who = Some("officer-1");
    assert_eq!(done(two.first(), confirm(1, 1, THURSDAY, 1, who)).await, Changed::Done(2));
    let freed = Change { appointment: Arrangement::Freed, ..change(1, 2, "cancelled") };
    assert_eq!(done(two.first(), freed).await, Changed::Done(3));
    assert_eq!(taken(two.first()).await, "");
    let found = two.first().booking(request(1).number.as_str()).await.unwrap().unwrap();
    assert_eq!(found.appointment.unwrap().start, jst(THURSDAY), "what had been arranged is still known");
    assert_eq!(done(two.second(), confirm(2, 1, THURSDAY, 1, who)).await, Changed::Done(2));
}

async fn fewer_seats_than_are_taken_take_nobody_in(two: Two) {
    for n in 1..=4 {
        stored(two.first(), n).await;
    }
    for n in 1..=3 {
        assert_eq!(done(two.first(), confirm(n, 1, THURSDAY, 3, None)).await, Changed::Done(2));
    }
    let freed = Change { appointment: Arrangement::Freed, ..change(1, 2, "cancelled") };
    assert_eq!(done(two.first(), freed).await, Changed::Done(3));
    // Two are taken, the second and the third seat; the first one is free, and there are only two now.
    assert_eq!(done(two.first(), confirm(4, 1, THURSDAY, 2, None)).await, Changed::SlotFull);
    assert_eq!(done(two.first(), confirm(4, 1, THURSDAY, 3, None)).await, Changed::Done(2));
}

async fn of_two_changes_on_one_version_one_is_done_and_the_other_is_stale(two: Two) {
    stored(two.first(), 1).await;
    for version in 1..=100 {
        let changes = [
            confirm(1, version, THURSDAY, 1, Some("officer-1")),
            Change { appointment: Arrangement::Freed, ..change(1, version, "cancelled") },
        ];
        let mut outcomes = race(&two, changes).await;
        outcomes.sort_by_key(|it| *it == Changed::Stale);
        assert_eq!(outcomes, [Changed::Done(version + 1), Changed::Stale]);
    }
    let state = two.first().booking(request(1).number.as_str()).await.unwrap().unwrap().state;
    let seats = if state == "confirmed" { "10:00 1, 10:30 1" } else { "" };
    assert_eq!(taken(two.first()).await, seats);
}

/// Each on a handle of its own, at the same moment.
async fn race(two: &Two, changes: [Change; 2]) -> Vec<Changed> {
    let mut under_way = Vec::new();
    for (store, change) in two.stores.iter().zip(changes) {
        let store = Arc::clone(store);
        under_way.push(tokio::spawn(async move { done(&*store, change).await }));
    }
    let mut outcomes = Vec::new();
    for it in under_way {
        outcomes.push(it.await.unwrap());
    }
    outcomes
}

async fn of_two_confirmations_for_the_last_seat_one_is_done(two: Two) {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    let mut versions = [1, 1];
    for round in 0..100 {
        // Overlapping by a cell, in both directions.
        let starts = [THURSDAY, HALF_AN_HOUR_LATER, AN_HOUR_LATER];
        let (one, other) = (starts[round % 2], starts[1]);
        let changes =
            [confirm(1, versions[0], one, 1, Some("officer-1")), confirm(2, versions[1], other, 1, None)];
        let outcomes = race(&two, changes).await;
        let winner = usize::from(outcomes[0] == Changed::SlotFull);
        assert_eq!(outcomes[winner], Changed::Done(versions[winner] + 1), "round {round}: {outcomes:?}");
        assert_eq!(outcomes[1 - winner], Changed::SlotFull, "round {round}");
        let n = winner as u64 + 1;
        let freed =
            Change { appointment: Arrangement::Freed, ..change(n, versions[winner] + 1, "cancelled") };
        assert_eq!(done(two.first(), freed).await, Changed::Done(versions[winner] + 2));
        versions[winner] += 2;
    }
}

/// Confirms both at the same moment, again and again, and frees what was taken.
async fn confirmed_together(two: &Two, seats: u16, officers: [Option<&str>; 2]) -> Vec<[Changed; 2]> {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    let mut versions = [1, 1];
    let mut rounds = Vec::new();
    for _ in 0..50 {
        let changes = [0, 1].map(|at| confirm(at as u64 + 1, versions[at], THURSDAY, seats, officers[at]));
        let outcomes = <[Changed; 2]>::try_from(race(two, changes).await).unwrap();
        for at in [0, 1] {
            if let Changed::Done(version) = outcomes[at] {
                let n = at as u64 + 1;
                let freed = Change { appointment: Arrangement::Freed, ..change(n, version, "cancelled") };
                assert_eq!(done(two.first(), freed).await, Changed::Done(version + 1));
                versions[at] = version + 1;
            }
        }
        rounds.push(outcomes);
    }
    rounds
}

async fn of_two_confirmations_for_the_last_two_seats_both_are_done(two: Two) {
    stored(two.first(), 3).await;
    assert_eq!(done(two.first(), confirm(3, 1, THURSDAY, 1, None)).await, Changed::Done(2));
    for outcomes in confirmed_together(&two, 3, [Some("officer-1"), None]).await {
        assert!(matches!(outcomes, [Changed::Done(_), Changed::Done(_)]), "{outcomes:?}");
    }
}

async fn of_two_confirmations_with_one_officer_one_is_done(two: Two) {
    for outcomes in confirmed_together(&two, 9, [Some("officer-1"); 2]).await {
        let done = outcomes.iter().filter(|it| matches!(it, Changed::Done(_))).count();
        let busy = outcomes.iter().filter(|it| **it == Changed::OfficerBusy).count();
        assert_eq!((done, busy), (1, 1), "{outcomes:?}");
    }
}

async fn two_that_change_places_at_the_same_moment_never_overfill_either(two: Two) {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    assert_eq!(done(two.first(), confirm(1, 1, THURSDAY, 1, Some("officer-1"))).await, Changed::Done(2));
    assert_eq!(done(two.first(), confirm(2, 1, AN_HOUR_LATER, 1, Some("officer-2"))).await, Changed::Done(2));
    for _ in 0..20 {
        let changes = [
            confirm(1, 2, AN_HOUR_LATER, 1, Some("officer-1")),
            confirm(2, 2, THURSDAY, 1, Some("officer-2")),
        ];
        assert_eq!(race(&two, changes).await, [Changed::SlotFull, Changed::SlotFull]);
    }
    assert_eq!(taken(two.first()).await, "10:00 1, 10:30 1, 11:00 1, 11:30 1");
}

async fn only_silence_is_told_as_silence(two: Two) {
    for n in 1..=5 {
        stored(two.first(), n).await;
        let start = if n == 5 { AN_HOUR_LATER } else { THURSDAY };
        assert_eq!(done(two.first(), confirm(n, 1, start, 9, None)).await, Changed::Done(2));
    }
    let contact =
        |n, joined| Change { appointment: Arrangement::Contact { joined }, ..change(n, 2, "confirmed") };
    done(two.first(), contact(1, true)).await;
    done(two.first(), contact(2, false)).await;
    done(two.first(), Change { appointment: Arrangement::Freed, ..change(3, 2, "cancelled") }).await;
    let silent = |by: &str| {
        let (store, by) = (two.second(), jst(by));
        async move {
            let found = store.silent(by).await.unwrap();
            found.iter().map(|it| it.number.clone()).collect::<Vec<_>>()
        }
    };
    assert!(silent("2026-11-26T09:59:59+09:00").await.is_empty());
    assert_eq!(silent(THURSDAY).await, [request(4).number]);
    assert_eq!(silent(AN_HOUR_LATER).await, [request(4).number, request(5).number]);
}
