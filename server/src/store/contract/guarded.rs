//! What a change, or a booking that an officer enters, was decided on beside its own row still holds when it is written, or nothing
//! is.

use std::sync::Arc;

use super::{Two, change, confirm, done, jst, now, on_every_database, request, stored, submit};
use crate::store::desk::{accounts, staff};
use crate::store::sql::{self, Row, values};
use crate::store::{Also, Change, Changed, EnteredAtDesk, Guard, NewBooking, Store, Submitted};

const THURSDAY: &str = "2026-11-26T10:00:00+09:00";

on_every_database![
    another_booking_has_to_be_in_the_version_that_was_seen,
    two_changes_that_rest_on_each_other_do_not_wait_for_each_other,
    a_silence_is_affirmed_only_where_she_had_been_told_in_time,
    nobody_who_has_left_is_given_a_counselling,
    what_an_officer_enters_is_noted_with_it_and_follows_what_she_saw,
];

fn resting_on(n: u64, version: u32, change: Change) -> Change {
    Change { guards: vec![Guard::Booking { number: request(n).number, version }], ..change }
}

async fn count(store: &dyn Store, sql: &'static str) -> i64 {
    let found = sql::read(store, move |tx| {
        Box::pin(async move { tx.rows(sql, Vec::new()).await?.first().map_or(Ok(0), |row: &Row| row.get(0)) })
    });
    found.await.unwrap()
}

async fn another_booking_has_to_be_in_the_version_that_was_seen(two: Two) {
    for n in [1, 2, 3] {
        stored(two.first(), n).await;
    }
    // One before it, and one behind it.
    for other in [1, 3] {
        for version in [0, 2] {
            let stale = resting_on(other, version, change(2, 1, "withdrawn"));
            assert_eq!(done(two.first(), stale).await, Changed::Stale, "{other} in {version}");
        }
        assert_eq!(done(two.second(), change(other, 1, "requested")).await, Changed::Done(2));
        let stale = resting_on(other, 1, change(2, 1, "withdrawn"));
        assert_eq!(done(two.first(), stale).await, Changed::Stale);
    }
    assert_eq!(count(two.first(), "select count(*) from event where kind = 'withdrawn'").await, 0);
    let rests = resting_on(1, 2, change(2, 1, "withdrawn"));
    assert_eq!(done(two.first(), resting_on(3, 2, rests)).await, Changed::Done(2));
}

async fn two_changes_that_rest_on_each_other_do_not_wait_for_each_other(two: Two) {
    for round in 0..20 {
        let (one, other) = (round * 2 + 1, round * 2 + 2);
        stored(two.first(), one).await;
        stored(two.first(), other).await;
        let press = |store: &Arc<dyn Store>, change: Change| {
            let store = Arc::clone(store);
            tokio::spawn(async move { done(&*store, change).await })
        };
        let first = press(&two.stores[0], resting_on(other, 1, change(one, 1, "withdrawn")));
        let second = press(&two.stores[1], resting_on(one, 1, change(other, 1, "withdrawn")));
        let mut both = [first.await.unwrap(), second.await.unwrap()];
        both.sort_by_key(|it| *it == Changed::Stale);
        assert_eq!(both, [Changed::Done(2), Changed::Stale], "round {round}");
    }
}

async fn a_silence_is_affirmed_only_where_she_had_been_told_in_time(two: Two) {
    let affirm = |n, version| Change {
        guards: vec![Guard::ToldBy(jst(THURSDAY))],
        also: vec![Also::Affirmed],
        ..change(n, version, "deemed_cancelled")
    };
    for n in [1, 2, 3] {
        stored(two.first(), n).await;
        if n != 3 {
            let duty = vec![Also::OpenDuty("confirmed")];
            done(two.first(), Change { also: duty, ..confirm(n, 1, THURSDAY, 9, None) }).await;
        }
    }
    assert_eq!(done(two.second(), affirm(1, 2)).await, Changed::Untold, "the duty is open");
    let told = |n, at: &str| Change {
        at: jst(at),
        also: vec![Also::CloseDuties("telephone")],
        ..change(n, 2, "deemed_cancelled")
    };
    done(two.first(), told(1, "2026-11-26T10:00:00.001+09:00")).await;
    assert_eq!(done(two.second(), affirm(1, 3)).await, Changed::Untold, "too late");
    done(two.first(), told(2, THURSDAY)).await;
    assert_eq!(done(two.second(), affirm(2, 3)).await, Changed::Done(4), "in time");
    assert_eq!(done(two.second(), affirm(3, 1)).await, Changed::Done(2), "nothing had to be told");
    assert_eq!(count(two.first(), "select count(*) from booking where affirmed_at is not null").await, 2);
}

async fn nobody_who_has_left_is_given_a_counselling(two: Two) {
    let added = sql::write(two.first(), |tx| {
        Box::pin(async move {
            for id in ["o-here", "o-left"] {
                tx.rows(
                    "insert into staff (office, id, login, name, role, created_at) values ($1, $2, $2, $2, 'officer', 0)",
                    values![tx.office(), id],
                )
                .await?;
            }
            accounts::hold(tx, "o-left").await?;
            accounts::leave(tx, "o-left", now()).await?;
            staff::by_id(tx, "o-left").await
        })
    });
    assert!(added.await.unwrap().is_some_and(|it| it.ended_at.is_some()));
    for n in [1, 2, 3] {
        stored(two.first(), n).await;
    }
    assert_eq!(done(two.second(), confirm(1, 1, THURSDAY, 9, Some("o-left"))).await, Changed::OfficerLeft);
    assert_eq!(count(two.first(), "select count(*) from seat_cell").await, 0);
    assert_eq!(done(two.second(), confirm(1, 1, THURSDAY, 9, Some("o-here"))).await, Changed::Done(2));
    assert_eq!(done(two.second(), confirm(2, 1, THURSDAY, 9, Some("o-unknown"))).await, Changed::Done(2));
    assert_eq!(done(two.second(), confirm(3, 1, THURSDAY, 9, None)).await, Changed::Done(2));
}

async fn what_an_officer_enters_is_noted_with_it_and_follows_what_she_saw(two: Two) {
    stored(two.first(), 1).await;
    let next = |n: u64, version: Option<u32>| NewBooking {
        entered: Some(EnteredAtDesk {
            channel: "counselling",
            by: "officer-1".to_owned(),
            next_of: Some(request(1).number),
            next_of_version: version,
            proposed_officer: None,
            identity_checked: true,
        }),
        ..request(n)
    };
    assert_eq!(submit(two.second(), next(2, Some(2))).await.unwrap(), Submitted::Stale);
    assert_eq!(count(two.first(), "select count(*) from booking").await, 1);
    assert_eq!(count(two.first(), "select count(*) from audit").await, 0);
    // Its key is free, and nothing keeps the same form from being sent again.
    assert_eq!(submit(two.second(), next(2, Some(1))).await.unwrap(), Submitted::Stored);
    assert_eq!(submit(two.first(), next(3, None)).await.unwrap(), Submitted::Stored);
    assert_eq!(count(two.first(), "select count(*) from audit where act = 'entered'").await, 2);
    // A repetition gets its answer, whatever has become of the counselling, and notes nothing.
    assert_eq!(done(two.first(), change(1, 1, "requested")).await, Changed::Done(2));
    let again = submit(two.second(), next(2, Some(1))).await.unwrap();
    assert!(matches!(again, Submitted::KeyKnown(_)), "{again:?}");
    assert_eq!(count(two.first(), "select count(*) from audit where act = 'entered'").await, 2);
}
