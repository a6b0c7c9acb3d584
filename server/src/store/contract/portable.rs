//! The common dialect means the same on every database: values, transactions, turns, and what a change does beside.

use super::{Two, change, confirm, done, jst, now, on_every_database, request, submit};
use crate::store::desk::{bookings, meetings, names};
use crate::store::sql::{self, Sql, Tx, values};
use crate::store::{Also, Change, StoreError};
use crate::vault::Sealed;

const THURSDAY: &str = "2026-11-26T10:00:00+09:00";

on_every_database![
    values_come_back_as_they_went_in,
    work_that_fails_leaves_nothing_and_the_database_usable,
    of_two_at_once_the_second_waits_for_its_turn,
    articles_4_2_and_4_3_what_a_change_does_beside_is_done_with_it,
    article_6_names_are_made_findable_anew_in_portions_from_the_latest_to_the_first,
    article_4_2_a_meeting_id_is_in_use_while_a_confirmed_counselling_overlaps,
];

fn sealed() -> Sealed {
    Sealed { key_id: "k".to_owned(), bytes: vec![5; 100] }
}

async fn count(sql: &dyn Sql, query: &'static str) -> i64 {
    let counted =
        sql::read(sql, move |tx| Box::pin(async move { tx.rows(query, Vec::new()).await?.remove(0).get(0) }));
    counted.await.unwrap()
}

async fn set(tx: &mut dyn Tx, name: &str, value: &str) -> Result<(), StoreError> {
    const SET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
        on conflict (office, name) do update set value = excluded.value";
    tx.rows(SET, values![tx.office(), name, value]).await.map(drop)
}

async fn values_come_back_as_they_went_in(two: Two) {
    const BACK: &str = "select cast($1 as bigint), $2 || '', cast($3 as bigint), joined, $4 = 7
        from (select true as joined) as it";
    let row = sql::read(two.first(), |tx| {
        Box::pin(async move {
            let values = values![now(), "小樽 'x' \"y\" ％", None::<i64>, 7_i64];
            Ok(tx.rows(BACK, values).await?.remove(0))
        })
    });
    let row = row.await.unwrap();
    assert_eq!(row.get::<precheck_shared::time::Instant>(0).unwrap(), now());
    assert_eq!(row.get::<String>(1).unwrap(), "小樽 'x' \"y\" ％");
    assert_eq!(row.get::<Option<i64>>(2).unwrap(), None);
    assert!(row.get::<bool>(3).unwrap() && row.get::<bool>(4).unwrap());
    assert!(row.get::<String>(0).is_err() && row.get::<i64>(9).is_err());
}

async fn work_that_fails_leaves_nothing_and_the_database_usable(two: Two) {
    let failed = sql::write(two.first(), |tx| {
        Box::pin(async move {
            set(tx, "a", "1").await?;
            Err::<(), _>(StoreError::Inconsistent("on purpose"))
        })
    });
    assert_eq!(failed.await.unwrap_err().to_string(), "inconsistent data in on purpose");
    let wrong = sql::write(two.first(), |tx| {
        Box::pin(async move {
            set(tx, "b", "1").await?;
            tx.rows("select nothing from nowhere", Vec::new()).await.map(drop)
        })
    });
    assert!(matches!(wrong.await, Err(StoreError::Unavailable(_))));
    assert_eq!(count(two.second(), "select count(*) from desk_setting").await, 0);

    let written = sql::write(two.first(), |tx| Box::pin(async move { set(tx, "c", "1").await }));
    written.await.unwrap();
    assert_eq!(count(two.second(), "select count(*) from desk_setting").await, 1);
    // Whoever only reads cannot write.
    let reading = sql::read(two.first(), |tx| Box::pin(async move { set(tx, "d", "1").await }));
    assert!(reading.await.is_err());
    assert_eq!(count(two.second(), "select count(*) from desk_setting").await, 1);
}

async fn of_two_at_once_the_second_waits_for_its_turn(two: Two) {
    const READ: &str = "select value from desk_setting where office = $1 and name = 'n'";
    const TIMES: i64 = 20;
    let add = |store: std::sync::Arc<dyn crate::store::Store>| async move {
        for _ in 0..TIMES {
            let added = sql::write(&*store, |tx| {
                Box::pin(async move {
                    tx.turn("counting").await?;
                    let found = tx.rows(READ, values![tx.office()]).await?;
                    let before = found.first().map_or(Ok("0".to_owned()), |it| it.get(0))?;
                    let next = before.parse::<i64>().unwrap() + 1;
                    set(tx, "n", &next.to_string()).await
                })
            });
            added.await.unwrap();
        }
    };
    let [one, other] = two.stores.clone();
    tokio::join!(tokio::spawn(add(one)), add(other)).0.unwrap();
    let total = sql::read(two.first(), |tx| {
        Box::pin(async move { tx.rows(READ, values![tx.office()]).await?.remove(0).get::<String>(0) })
    });
    assert_eq!(total.await.unwrap(), (2 * TIMES).to_string());
}

async fn articles_4_2_and_4_3_what_a_change_does_beside_is_done_with_it(two: Two) {
    submit(two.first(), request(1)).await.unwrap();
    let also = vec![Also::OpenDuty("confirmed"), Also::IdentityChecked, Also::MeetingHash([7; 32])];
    done(two.first(), Change { also, ..confirm(1, 1, THURSDAY, 1, Some("officer-1")) }).await;
    let one = |sql: std::sync::Arc<dyn crate::store::Store>| async move {
        let number = request(1).number;
        let found =
            sql::read(&*sql, move |tx| Box::pin(async move { bookings::one(tx, number.as_str()).await }));
        found.await.unwrap().unwrap()
    };
    let booking = one(two.stores[1].clone()).await;
    assert!(booking.identity_checked && !booking.legal_hold);
    assert_eq!(booking.duty.as_ref().map(|it| it.0.as_str()), Some("confirmed"));
    assert_eq!(booking.appointment.as_ref().map(|it| it.start), Some(jst(THURSDAY)));
    assert_eq!((booking.wishes.len(), booking.channel.as_str()), (2, "widget"));

    // What opens a duty closes the one before; telling closes them all.
    let moved = vec![Also::OpenDuty("moved")];
    done(two.second(), Change { also: moved, ..change(1, 2, "confirmed") }).await;
    assert_eq!(count(two.first(), "select count(*) from duty").await, 2);
    assert_eq!(count(two.first(), "select count(*) from duty where closed_at is null").await, 1);
    let told = vec![Also::CloseDuties("telephone"), Also::LegalHold(true), Also::ReceiptCode([9; 32])];
    done(two.first(), Change { also: told, ..change(1, 3, "confirmed") }).await;
    let person = Also::Person { number_hash: [8; 32], person: sealed(), name_tokens: vec![[1; 32], [2; 32]] };
    done(two.first(), Change { also: vec![person, Also::Affirmed], ..change(1, 4, "confirmed") }).await;
    let booking = one(two.stores[0].clone()).await;
    assert_eq!((booking.duty, booking.legal_hold, booking.number_hash), (None, true, [8; 32]));
    assert!(booking.affirmed.is_some() && booking.person == Some(sealed()));
    assert_eq!(count(two.second(), "select count(*) from name_token").await, 2);
    // Each act of an officer is in the log of the staff, in the same transaction.
    assert_eq!(count(two.second(), "select count(*) from audit").await, 4);
    assert!(two.first().change(Box::new(change(1, 2, "confirmed"))).await.is_ok(), "stale, and nothing");
    assert_eq!(count(two.second(), "select count(*) from audit").await, 4);
}

async fn article_6_names_are_made_findable_anew_in_portions_from_the_latest_to_the_first(two: Two) {
    for number in 1..=3 {
        submit(two.first(), request(number)).await.unwrap();
    }
    let mut ids = Vec::new();
    loop {
        let portion = sql::write(two.first(), |tx| {
            Box::pin(async move {
                let Some(below) = names::left(tx, 2).await? else { return Ok(None) };
                let kept = names::below(tx, below, 2).await?;
                for one in &kept {
                    names::replace(tx, one.id, vec![[1; 32], [2; 32], [1; 32]]).await?;
                }
                names::came_to(tx, 2, kept.last().map(|it| it.id)).await?;
                Ok(Some(kept.into_iter().map(|it| it.id).collect::<Vec<_>>()))
            })
        });
        let Some(portion) = portion.await.unwrap() else { break };
        assert!(portion.len() <= 2);
        ids.extend(portion);
    }
    assert!(ids.len() == 3 && ids.is_sorted_by(|one, next| next < one), "{ids:?}");
    assert_eq!(count(two.second(), "select count(*) from name_token").await, 6);
    let left = |folding: u32| {
        sql::read(two.second(), move |tx| Box::pin(async move { names::left(tx, folding).await }))
    };
    assert_eq!((left(2).await.unwrap(), left(3).await.unwrap()), (None, Some(i64::MAX)));
}

async fn article_4_2_a_meeting_id_is_in_use_while_a_confirmed_counselling_overlaps(two: Two) {
    submit(two.first(), request(1)).await.unwrap();
    let also = vec![Also::MeetingHash([7; 32])];
    done(two.first(), Change { also, ..confirm(1, 1, THURSDAY, 1, None) }).await;
    let in_use = async |meeting: u8, from: &str, to: &str, but: u64| {
        let (from, to) =
            (jst(&format!("2026-11-26T{from}:00+09:00")), jst(&format!("2026-11-26T{to}:00+09:00")));
        let number = request(but).number;
        let asked = sql::read(two.second(), move |tx| {
            Box::pin(async move { meetings::is_in_use(tx, [meeting; 32], from, to, number.as_str()).await })
        });
        asked.await.unwrap()
    };
    assert!(in_use(7, "10:00", "10:30", 2).await);
    assert!(in_use(7, "10:59", "11:29", 2).await);
    assert!(!in_use(7, "11:00", "11:30", 2).await, "one after the other");
    assert!(!in_use(7, "09:30", "10:00", 2).await);
    assert!(!in_use(7, "10:00", "10:30", 1).await, "its own");
    assert!(!in_use(6, "10:00", "10:30", 2).await);
    done(two.first(), change(1, 2, "cancelled")).await;
    assert!(!in_use(7, "10:00", "10:30", 2).await);
}
