//! What time does by itself.

use super::*;
use crate::store::{Retention, sql};

on_every_database!(
    article_4_2_a_request_lapses_once_when_its_last_wish_has_passed,
    article_4_2_of_two_processes_that_lapse_at_once_each_request_lapses_once,
    article_6_what_has_been_kept_long_enough_is_erased_once_with_its_answer,
    expired_keys_are_erased_by_the_clock_and_in_their_own_office_alone,
    one_process_leads,
);

async fn article_4_2_a_request_lapses_once_when_its_last_wish_has_passed(two: Two) {
    stored(two.first(), 1).await;
    stored(two.first(), 2).await;
    done(two.first(), change(2, 1, "withdrawn")).await;
    let last = jst(WISHES[1]);
    assert_eq!(two.first().lapse_due(last - TimeDelta::milliseconds(1)).await.unwrap(), 0);
    assert_eq!(two.second().lapse_due(last + TimeDelta::days(3)).await.unwrap(), 1);
    assert_eq!(two.first().lapse_due(last + TimeDelta::days(3)).await.unwrap(), 0);
    let found = two.first().booking(request(1).number.as_str()).await.unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.version, found.state_at), ("lapsed", 2, Some(last)));
}

async fn article_4_2_of_two_processes_that_lapse_at_once_each_request_lapses_once(two: Two) {
    for n in 0..250 {
        stored(two.first(), n).await;
    }
    let lapse = |side: usize| {
        let store = Arc::clone(&two.stores[side]);
        tokio::spawn(async move {
            let (mut all, mut idle) = (0, 0);
            // One that the other has just done is none of ours, and there may be more behind it.
            while idle < 3 {
                let lapsed = store.lapse_due(jst(WISHES[1])).await.unwrap();
                all += lapsed;
                idle += u32::from(lapsed == 0);
            }
            all
        })
    };
    let (one, other) = (lapse(0), lapse(1));
    assert_eq!(one.await.unwrap() + other.await.unwrap(), 250);
}

async fn article_6_what_has_been_kept_long_enough_is_erased_once_with_its_answer(two: Two) {
    for n in 1..=3 {
        stored(two.first(), n).await;
    }
    let told = Some(Sealed { key_id: "key".to_owned(), bytes: vec![9] });
    let ended = now() + TimeDelta::days(1);
    done(two.first(), confirm(1, 1, WISHES[0], 1, None)).await;
    done(
        two.first(),
        Change {
            told,
            kept_since: Some(ended),
            appointment: Arrangement::Freed,
            ..change(1, 2, "cancelled_by_office")
        },
    )
    .await;
    done(two.first(), Change { kept_since: Some(ended), ..change(2, 1, "withdrawn") }).await;
    let retentions = |before| {
        let of = |state| Retention { state, before };
        vec![of("withdrawn"), of("cancelled_by_office"), of("lapsed")]
    };
    let later = now() + TimeDelta::days(40);
    assert_eq!(two.first().erase_due(later, retentions(ended)).await.unwrap(), 0);
    let over = ended + TimeDelta::milliseconds(1);
    assert_eq!(two.second().erase_due(later, retentions(over)).await.unwrap(), 2);
    assert_eq!(two.first().erase_due(later, retentions(over)).await.unwrap(), 0);
    for n in [1, 2] {
        assert_eq!(two.first().booking(request(n).number.as_str()).await.unwrap(), None);
        // Its answer is gone, so that a repetition is judged anew; nobody can change it any more.
        assert_eq!(two.first().refuse(key(n), since()).await.unwrap(), None);
        assert_eq!(done(two.first(), change(n, 3, "held")).await, Changed::Stale);
        assert_eq!(done(two.first(), change(n, 4, "held")).await, Changed::Stale);
    }
    assert!(two.first().booking(request(3).number.as_str()).await.unwrap().is_some());
    assert_eq!(two.first().refuse(key(3), since()).await.unwrap(), Some(request(3).kept));
    assert!(two.first().forget_erased().await.unwrap());
    assert!(two.second().forget_erased().await.unwrap());
}

async fn expired_keys_are_erased_by_the_clock_and_in_their_own_office_alone(two: Two) {
    stored(two.first(), 1).await;
    submit(two.first(), NewBooking { received_at: now() + TimeDelta::days(2), ..request(2) }).await.unwrap();
    sql::write(two.first(), |tx| {
        Box::pin(async move {
            let move_away = "update idempotency set office = 'other' where created_at <= $1";
            tx.rows(move_away, sql::values![now()]).await.map(drop)
        })
    })
    .await
    .unwrap();
    stored(two.first(), 3).await;
    let before = now() - TimeDelta::milliseconds(1);
    assert_eq!(two.first().forget_keys(before).await.unwrap(), 0);
    assert_eq!(two.second().forget_keys(now()).await.unwrap(), 1);
    assert_eq!(two.first().refuse(key(3), since()).await.unwrap(), None);
    assert_eq!(two.first().refuse(key(2), since()).await.unwrap(), Some(request(2).kept));
    let of_others = sql::read(two.first(), |tx| {
        Box::pin(async move {
            let count = "select count(*) from idempotency where office = 'other'";
            tx.rows(count, Vec::new()).await?[0].get::<i64>(0)
        })
    });
    assert_eq!(of_others.await.unwrap(), 1);
}

async fn one_process_leads(two: Two) {
    assert!(two.first().leads().await.unwrap());
    assert!(two.first().leads().await.unwrap());
}
