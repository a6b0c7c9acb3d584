//! Keys whose request is not decided yet, and keys whose time is over: on SQLite, where a held lock shows it. On PostgreSQL the
//! store's own tests do.

use std::task::Poll;

use crate::harness::{Reply, Server, Wanted, body, jst, new_key};
use crate::idempotency::is_replay_of;

#[tokio::test]
async fn expired_keys_are_erased_by_and_by() {
    let server = Server::start();
    for _ in 0..3 {
        server.post(&body()).await.accepted();
    }
    let later = jst("2026-12-08T08:59:59.999+09:00");
    let server = server.restart(later, Wanted::default()).await;
    server.look().await;
    assert_eq!(server.rows("idempotency"), 3);
    // By the clock: no newer key is needed for it.
    server.at("2026-12-08T09:00:00+09:00").look().await;
    assert_eq!((server.rows("booking"), server.rows("idempotency")), (3, 0));
}

/// After the deadline for both wishes of the sample.
const TOO_LATE: &str = "2026-11-27T09:00:00+09:00";

/// Keeps the writer from committing until it is dropped.
fn hold_the_disk(server: &Server) -> rusqlite::Connection {
    let other = server.database();
    other.execute_batch("begin immediate").unwrap();
    other
}

/// Lets a request run until it waits: the seats are known from an earlier one, so that it waits for its commit.
async fn run_until_it_waits(first: &mut (impl Future<Output = Reply> + Unpin)) {
    std::future::poll_fn(|context| {
        assert!(std::pin::Pin::new(&mut *first).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn a_repetition_before_the_first_sending_is_decided_is_not_judged() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    let (key, body) = (new_key(), body());
    let disk = hold_the_disk(&server);
    let mut first = Box::pin(server.post_as(&key, &body));
    run_until_it_waits(&mut first).await;
    server.at(TOO_LATE);
    let again = server.post_as(&key, &body).await;
    again.problem(409, "key_in_progress");
    assert_eq!(again.header("retry-after"), "1");
    server.post_as(&new_key(), &body).await.problem(422, "slot_too_late");
    drop(disk);
    let first = first.await;
    first.accepted();
    is_replay_of(&first, &server.post_as(&key, &body).await);
    assert_eq!(server.rows("booking"), 2);
}

#[tokio::test]
async fn a_client_that_has_gone_away_leaves_its_key_held_until_the_write_is_decided() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    let (key, body) = (new_key(), body());
    let disk = hold_the_disk(&server);
    let mut first = Box::pin(server.post_as(&key, &body));
    run_until_it_waits(&mut first).await;
    drop(first);
    server.at(TOO_LATE);
    server.post_as(&key, &body).await.problem(409, "key_in_progress");
    drop(disk);
    // Writes are answered in their order.
    server.state.store.check().await.unwrap();
    let again = server.post_as(&key, &body).await;
    again.accepted();
    assert_eq!((again.header("idempotent-replayed"), server.rows("booking")), ("true", 2));
}
