//! Requests and the keys under which they come.

use super::*;

on_every_database!(
    what_is_stored_is_read_back,
    a_key_that_is_known_changes_nothing_and_gets_the_first_answer,
    a_key_counts_as_unknown_when_its_time_is_over,
    a_number_that_is_taken_is_told_and_leaves_the_key_free,
    a_refusal_finds_the_answer_kept_under_its_key,
    after_a_refusal_the_same_process_may_store_under_the_key,
    two_hundred_races_under_one_key_store_once_and_replay,
    a_race_of_many_numbers_stores_every_number_once,
    a_closed_store_takes_in_nothing_more,
    a_check_goes_well,
);

async fn what_is_stored_is_read_back(two: Two) {
    stored(two.first(), 7).await;
    let found = two.second().booking(request(7).number.as_str()).await.unwrap().unwrap();
    let asked = request(7);
    assert_eq!((found.number, found.receipt_hash), (asked.number, asked.receipt_hash));
    assert_eq!((found.state.as_str(), found.version, found.received_at), ("requested", 1, now()));
    assert_eq!((found.wishes, found.checklist, found.terms), (asked.wishes, asked.checklist, asked.terms));
    assert_eq!((found.appointment, found.told), (None, None));
    for unknown in ["", "x", request(8).number.as_str(), "' or ''='"] {
        assert_eq!(two.first().booking(unknown).await.unwrap(), None);
    }
}

async fn a_key_that_is_known_changes_nothing_and_gets_the_first_answer(two: Two) {
    stored(two.first(), 1).await;
    let other = NewBooking { kept: KeptAnswer { key: key(1), ..request(2).kept }, ..request(2) };
    for store in [two.first(), two.second()] {
        let again = submit(store, other.clone()).await.unwrap();
        assert_eq!(again, Submitted::KeyKnown(request(1).kept));
        assert_eq!(store.booking(other.number.as_str()).await.unwrap(), None);
    }
}

async fn a_key_counts_as_unknown_when_its_time_is_over(two: Two) {
    stored(two.first(), 1).await;
    let at = request(1).received_at;
    let hold = || KeysInFlight::default().hold(key(1)).unwrap();
    let later = || {
        let kept = KeptAnswer { key: key(1), ..request(2).kept };
        Box::new(NewBooking { received_at: at + TimeDelta::days(14), kept, ..request(2) })
    };
    let just = at - TimeDelta::milliseconds(1);
    assert_eq!(
        two.first().submit(later(), just, hold()).await.unwrap(),
        Submitted::KeyKnown(request(1).kept)
    );
    assert_eq!(two.second().refuse(key(1), just).await.unwrap(), Some(request(1).kept));
    assert_eq!(two.second().submit(later(), at, hold()).await.unwrap(), Submitted::Stored);
    assert_eq!(two.first().refuse(key(1), at).await.unwrap(), Some(later().kept));
    assert!(two.first().booking(request(1).number.as_str()).await.unwrap().is_some());
}

async fn a_number_that_is_taken_is_told_and_leaves_the_key_free(two: Two) {
    stored(two.first(), 1).await;
    let taken = NewBooking { number: request(1).number, ..request(2) };
    assert!(matches!(submit(two.second(), taken).await, Err(StoreError::NumberTaken)));
    stored(two.second(), 2).await;
}

async fn a_refusal_finds_the_answer_kept_under_its_key(two: Two) {
    stored(two.first(), 1).await;
    assert_eq!(two.second().refuse(key(1), since()).await.unwrap(), Some(request(1).kept));
    assert_eq!(two.second().refuse(key(2), since()).await.unwrap(), None);
    assert_eq!(two.second().refuse(key(2), since()).await.unwrap(), None);
}

async fn after_a_refusal_the_same_process_may_store_under_the_key(two: Two) {
    assert_eq!(two.first().refuse(key(1), since()).await.unwrap(), None);
    stored(two.first(), 1).await;
    assert_eq!(two.second().refuse(key(1), since()).await.unwrap(), Some(request(1).kept));
}

async fn two_hundred_races_under_one_key_store_once_and_replay(two: Two) {
    for round in 0..200 {
        let sent = [0, 1].map(|side| {
            let store = Arc::clone(&two.stores[side]);
            let kept = KeptAnswer { key: key(round), ..request(round).kept };
            let new = NewBooking { kept, ..request(1000 + 2 * round + side as u64) };
            tokio::spawn(async move { submit(&*store, new).await.unwrap() })
        });
        let mut stored = 0;
        for sent in sent {
            match sent.await.unwrap() {
                Submitted::Stored => stored += 1,
                Submitted::KeyKnown(kept) => assert_eq!(kept, request(round).kept),
                Submitted::Stale => panic!("it follows nothing"),
            }
        }
        assert_eq!(stored, 1, "round {round}");
    }
}

async fn a_race_of_many_numbers_stores_every_number_once(two: Two) {
    // Of two that draw the same number, one is told to draw again.
    let sent = (0..100).map(|n| {
        let store = Arc::clone(&two.stores[n % 2]);
        let new = NewBooking { number: request(n as u64 / 2).number, ..request(n as u64) };
        tokio::spawn(async move { submit(&*store, new).await })
    });
    let sent: Vec<_> = sent.collect();
    let (mut stored, mut taken) = (0, 0);
    for sent in sent {
        match sent.await.unwrap() {
            Ok(Submitted::Stored) => stored += 1,
            Err(StoreError::NumberTaken) => taken += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((stored, taken), (50, 50));
}

async fn a_closed_store_takes_in_nothing_more(two: Two) {
    stored(two.first(), 1).await;
    two.first().close().await.unwrap();
    assert!(matches!(submit(two.first(), request(2)).await, Err(StoreError::Unavailable(_))));
    assert!(two.first().booking(request(1).number.as_str()).await.is_err());
    assert!(two.first().check().await.is_err());
    two.first().close().await.unwrap();
    stored(two.second(), 2).await;
}

async fn a_check_goes_well(two: Two) {
    for store in [two.first(), two.second(), two.first()] {
        store.check().await.unwrap();
    }
}
