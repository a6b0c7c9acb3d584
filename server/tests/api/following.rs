//! Of several processes on one database one does time's own acts: the others leave them alone, and go on answering.

use precheck_server::jobs::{self, Done};
use precheck_server::service;
use precheck_shared::violation::Code;

use crate::beside::{Wrapped, beside};
use crate::desk::{Asked, REASON, code};
use crate::harness::Server;

#[tokio::test]
async fn a_process_that_does_not_lead_leaves_times_own_acts_to_the_one_that_does() {
    let server = Server::start();
    let follower = beside(&server, server.clock.clone(), Wrapped::follower(&server));
    let silent = Asked::confirmed(&server).await;
    Asked::send(&server).await;
    let declined = Asked::in_state(&server, "declined").await;
    server.at("2026-12-25T00:00:00+09:00").believe_the_clock().await;
    assert_eq!(jobs::once(&follower).await.unwrap(), Done { forgotten: true, ..Done::default() });
    assert_eq!((server.rows("event"), server.receipt(&declined.accepted).await.status.as_u16()), (5, 200));
    assert_eq!(silent.state(&server).await, "deemed_cancelled", "shown all the same");
    let done = server.look().await;
    assert_eq!(done, Done { lapsed: 1, deemed: 1, erased: 1, forgotten: true });
}

#[tokio::test]
async fn an_act_in_a_process_that_does_not_lead_finds_what_fell_due_and_writes_it_down() {
    let server = Server::start();
    let follower = beside(&server, server.clock.clone(), Wrapped::follower(&server));
    let asked = Asked::confirmed(&server).await;
    server.at("2026-11-26T10:10:00+09:00");
    let held = service::hold(&follower, &asked.act_on(3)).await;
    assert_eq!(code(held), Some(Code::TransitionNotAllowed));
    assert_eq!(service::correct_to_held(&follower, &asked.act_on(3), REASON).await.ok(), Some(4));
    assert_eq!(jobs::once(&server.state).await.unwrap(), Done { forgotten: true, ..Done::default() });
    assert_eq!(server.rows("event"), 4);
}
