//! RULEBOOK, Records: "the clock is one untrusted input". A clock that jumps erases nothing and lets nothing lapse before a person
//! accepts it; everything that can be taken back goes on, and the server says so.

use std::sync::Arc;

use precheck_server::clock::ManualClock;
use precheck_server::jobs::{self, Done};
use precheck_server::service::{self, Word, clock, staff};
use precheck_shared::cancellation::CancelChannel;
use serde_json::json;

use crate::beside::{Wrapped, beside};
use crate::desk::{Asked, REASON, told};
use crate::harness::{NOW, Server, Wanted, body, jst, new_key, set};
use crate::idempotency::is_replay_of;
use crate::officer::AtTheDesk;

/// A clock that is wrong, from just beyond the bound to far beyond reason.
const AHEAD: [&str; 4] = [
    "2026-11-27T09:00:00.001+09:00",
    "2026-12-25T00:00:00+09:00",
    "2027-01-20T09:00:00+09:00",
    "2099-01-01T00:00:00+09:00",
];

/// What a look comes to that does nothing.
const NOTHING: Done = Done { lapsed: 0, deemed: 0, erased: 0, forgotten: false };

async fn once(server: &Server) -> Done {
    jobs::once(&server.state).await.unwrap()
}

/// The detail of `/readyz`, where that is 503.
async fn not_ready(server: &Server) -> String {
    let answer = server.get("/readyz").await;
    answer.problem(503, "unavailable")["detail"].as_str().unwrap().to_owned()
}

async fn is_ready(server: &Server) {
    let answer = server.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "ready\n"));
}

/// A server that has looked at its clock, with a request that waits, one that is confirmed, and one that was declined.
async fn served() -> (Server, [Asked; 3]) {
    let server = Server::start();
    let all = [
        Asked::send(&server).await,
        Asked::confirmed(&server).await,
        Asked::in_state(&server, "declined").await,
    ];
    once(&server).await;
    is_ready(&server).await;
    (server, all)
}

async fn states(server: &Server, all: &[Asked; 3]) -> [String; 3] {
    [all[0].state(server).await, all[1].state(server).await, all[2].state(server).await]
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_lets_nothing_lapse_and_erases_nothing_and_the_server_says_so() {
    for wrong in AHEAD.map(jst) {
        let (server, all) = served().await;
        let (events, before) = (server.events(), states(&server, &all).await);
        server.clock.jump(wrong);
        for _ in 0..3 {
            assert_eq!(once(&server).await, NOTHING, "{wrong}");
        }
        assert_eq!(server.events(), events, "{wrong}");
        assert_eq!(states(&server, &all).await, before, "{wrong}");
        let said = not_ready(&server).await;
        assert!(said.contains("2026-11-24T09:00:00+09:00") && said.contains("clock accept"), "{said}");
        let desk = AtTheDesk::officer(&server).await;
        let page = desk.page("/desk").await;
        assert!(page.contains("期限切れの処理と個人情報の消去を止めています"), "{page}");
        // The clock comes back: nothing was lost, and nobody has to do anything.
        server.clock.jump(jst("2026-11-24T09:00:30+09:00"));
        assert_eq!(once(&server).await, Done { forgotten: true, ..NOTHING });
        is_ready(&server).await;
        assert_eq!(states(&server, &all).await, before, "{wrong}");
    }
}

#[tokio::test]
async fn what_can_be_taken_back_goes_on_and_no_act_of_an_officer_writes_down_what_only_the_clock_says() {
    let (server, [waiting, confirmed, _]) = served().await;
    server.clock.jump(jst("2027-01-20T09:00:00+09:00"));
    once(&server).await;
    let mut next = body();
    set(&mut next, "/wishes", json!(["2027-01-25T10:00:00+09:00"]));
    server.post(&next).await.accepted();
    let act = waiting.act(&server).await;
    let word = Word { channel: CancelChannel::Telephone, at: jst("2026-11-24T09:00:00+09:00") };
    assert_eq!(told(&service::withdraw(&server.state, &act, word).await), "done");
    let act = confirmed.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    assert_eq!(server.count("select count(*) from event where actor = 'clock'"), 0);
    // What was stored meanwhile does not speak for the clock either.
    assert_eq!(once(&server).await, NOTHING);
    not_ready(&server).await;
}

#[tokio::test]
async fn a_repetition_by_a_clock_that_has_jumped_is_answered_as_the_first_sending_was() {
    let server = Server::start();
    let keys = [new_key(), new_key()];
    let mut later = body();
    set(&mut later, "/wishes", json!(["2026-12-18T10:00:00+09:00"]));
    let first = server.post_as(&keys[0], &body()).await;
    let other = server.post_as(&keys[1], &later).await;
    once(&server).await;
    // One would be refused by now, the other one would be stored once more.
    server.clock.jump(jst("2026-12-10T09:00:00+09:00"));
    is_replay_of(&first, &server.post_as(&keys[0], &body()).await);
    is_replay_of(&other, &server.post_as(&keys[1], &later).await);
    assert_eq!(server.rows("booking"), 2);
}

#[tokio::test]
async fn an_act_before_the_first_look_at_a_wrong_clock_writes_nothing_down_either() {
    let (server, [waiting, ..]) = served().await;
    let server = server.restart(jst("2027-01-20T09:00:00+09:00"), Wanted::default()).await;
    assert_eq!(waiting.state(&server).await, "requested");
    let act = waiting.act(&server).await;
    assert_eq!(told(&service::decline(&server.state, &act, REASON).await), "done");
    assert_eq!(server.count("select count(*) from event where actor = 'clock'"), 0);
}

#[tokio::test]
async fn a_person_accepts_the_clock_as_it_stands_and_no_later_jump() {
    let (server, _) = served().await;
    server.clock.jump(jst("2026-12-25T00:00:00+09:00"));
    assert_eq!(once(&server).await, NOTHING);
    let accepted = clock::accept(&server.state, "shell").await.unwrap();
    assert_eq!((accepted.now, accepted.before), (jst("2026-12-25T00:00:00+09:00"), Some(jst(NOW))));
    is_ready(&server).await;
    assert_eq!(once(&server).await, Done { lapsed: 1, deemed: 1, erased: 1, forgotten: true });
    let logged = "select count(*) from audit where actor = 'shell' and act = 'clock_accepted'";
    assert_eq!(server.count(logged), 1);
    let manager = AtTheDesk::manager(&server).await;
    assert!(manager.page("/desk/log").await.contains("時計の確認"));
    // The lapsed one would go, and the deemed one after it.
    for later in ["2026-12-29T00:00:00+09:00", "2027-02-25T00:00:00+09:00", "2027-12-25T00:00:00+09:00"] {
        server.clock.jump(jst(later));
        assert_eq!(once(&server).await, NOTHING, "{later}");
        not_ready(&server).await;
    }
    assert_eq!(server.count(logged), 1);
}

#[tokio::test]
async fn a_start_long_after_the_last_look_is_held_until_it_is_accepted_and_one_after_a_weekend_is_not() {
    let (server, all) = served().await;
    let server = server.restart(jst("2026-11-27T09:00:00+09:00"), Wanted::default()).await;
    clock::begin(&server.state).await.unwrap();
    is_ready(&server).await;
    assert_eq!(once(&server).await, Done { deemed: 1, forgotten: true, ..NOTHING });
    // Ten days over New Year.
    let server = server.restart(jst("2026-12-07T09:00:00+09:00"), Wanted::default()).await;
    clock::begin(&server.state).await.unwrap();
    assert!(not_ready(&server).await.contains("10 days ahead"));
    assert_eq!(once(&server).await, NOTHING);
    assert_eq!(all[0].state(&server).await, "requested");
    server.accept_the_clock().await;
    assert_eq!(once(&server).await, Done { lapsed: 1, forgotten: true, ..NOTHING });
    is_ready(&server).await;
}

#[tokio::test]
async fn a_clock_that_goes_back_is_told_and_held_until_it_comes_back_or_is_accepted() {
    for (wrong, is_held) in [
        ("2026-11-24T08:55:00+09:00", false),
        ("2026-11-24T08:54:59+09:00", true),
        ("2026-11-20T09:00:00+09:00", true),
        ("1970-01-01T09:00:00+09:00", true),
    ] {
        let (server, _) = served().await;
        server.clock.jump(jst(wrong));
        assert_eq!(once(&server).await, Done { forgotten: !is_held, ..NOTHING }, "{wrong}");
        if !is_held {
            is_ready(&server).await;
            continue;
        }
        assert!(not_ready(&server).await.contains("behind what the database has seen"), "{wrong}");
        server.clock.jump(jst("2026-11-24T09:00:10+09:00"));
        assert_eq!(once(&server).await, Done { forgotten: true, ..NOTHING }, "{wrong}");
        is_ready(&server).await;
    }
    let (server, _) = served().await;
    let earlier = jst("2026-11-20T09:00:00+09:00");
    server.clock.jump(earlier);
    once(&server).await;
    server.accept_the_clock().await;
    is_ready(&server).await;
    // The instant before counts no more: from here it is a jump.
    server.clock.jump(jst(NOW));
    assert_eq!(once(&server).await, NOTHING);
}

#[tokio::test]
async fn many_small_steps_of_a_clock_are_held_like_a_large_one() {
    let (server, all) = served().await;
    let mut now = jst(NOW);
    for _ in 0..100 {
        now += chrono::TimeDelta::hours(12);
        server.clock.jump(now);
        once(&server).await;
    }
    assert_eq!(server.count("select count(*) from event where kind in ('lapsed', 'erased')"), 0);
    assert_eq!(all[0].state(&server).await, "requested");
    not_ready(&server).await;
}

#[tokio::test]
async fn a_server_with_a_wrong_clock_leaves_the_others_on_its_database_alone() {
    for leads in [true, false] {
        let (server, all) = served().await;
        for wrong in AHEAD.into_iter().chain(["2026-11-01T09:00:00+09:00"]).map(jst) {
            let clock = Arc::new(ManualClock::new(wrong));
            let store = if leads { Wrapped::leader(&server) } else { Wrapped::follower(&server) };
            let other = beside(&server, clock, store);
            clock::begin(&other).await.unwrap();
            assert_eq!(jobs::once(&other).await.unwrap(), Done { forgotten: !leads, ..NOTHING }, "{wrong}");
            assert_eq!(other.conditions().len(), 1, "{wrong}: it is the other that is not ready");
            once(&server).await;
            is_ready(&server).await;
        }
        assert_eq!(all[0].state(&server).await, "requested");
        // The right one goes on with what is due by the right clock.
        server.at("2026-11-26T10:10:00+09:00");
        assert_eq!(once(&server).await, Done { deemed: 1, forgotten: true, ..NOTHING });
    }
}

#[tokio::test]
async fn a_database_of_an_older_program_is_believed_by_its_newest_row() {
    let (server, all) = served().await;
    server.run("delete from meta where name like 'clock/%'");
    let server = server.restart(jst("2027-01-20T09:00:00+09:00"), Wanted::default()).await;
    clock::begin(&server.state).await.unwrap();
    // What arrives under the wrong clock does not speak for it.
    let mut next = body();
    set(&mut next, "/wishes", json!(["2027-01-25T10:00:00+09:00"]));
    server.post(&next).await.accepted();
    assert_eq!(once(&server).await, NOTHING);
    let server = server.restart(jst("2027-01-20T09:05:00+09:00"), Wanted::default()).await;
    assert_eq!(once(&server).await, NOTHING);
    assert_eq!(all[0].state(&server).await, "requested");
}

#[tokio::test]
async fn visits_suspensions_and_keys_stay_as_well_while_the_clock_is_not_believed() {
    let (server, _) = served().await;
    let visit = json!({"tab": "", "step": "conditions", "os": "other", "browser": "other", "browser_major": null, "checks": {}});
    let request = crate::harness::request(
        axum::http::Method::POST,
        "/api/v1/visits",
        &[("content-type", "application/json")],
    );
    assert!(server.send(request.map(|_| visit.to_string().into())).await.status.is_success());
    let counts = |server: &Server| (server.rows("visit"), server.rows("idempotency"));
    let before = counts(&server);
    assert!(0 < before.0 && 0 < before.1);
    server.clock.jump(jst("2027-06-01T09:00:00+09:00"));
    once(&server).await;
    assert_eq!(counts(&server), before);
    server.accept_the_clock().await;
    once(&server).await;
    assert_eq!(counts(&server), (0, 0));
}

#[tokio::test]
async fn one_of_times_acts_that_panics_keeps_no_other_and_shows_until_it_is_done_again() {
    let server = Server::start();
    let silent = Asked::confirmed(&server).await;
    Asked::send(&server).await;
    let store = Wrapped::leader(&server);
    let panics = Arc::clone(&store.panics);
    let other = beside(&server, server.clock.clone(), store);
    server.at("2026-11-27T13:00:00+09:00");
    clock::accept(&other, "shell").await.unwrap();
    panics.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(jobs::once(&other).await.is_err());
    assert_eq!(silent.state(&server).await, "deemed_cancelled");
    assert_eq!(server.count("select count(*) from event where kind = 'deemed_cancelled'"), 1);
    let said: Vec<_> = other.conditions().iter().map(ToString::to_string).collect();
    assert!(said.len() == 1 && said[0].contains("panicked (lapsing)"), "{said:?}");
    panics.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(jobs::once(&other).await.unwrap(), Done { lapsed: 1, forgotten: true, ..NOTHING });
    assert!(other.conditions().is_empty());
}

#[tokio::test]
async fn servers_whose_clocks_differ_by_less_than_a_minute_sign_nobody_out() {
    let server = Server::start();
    let desk = AtTheDesk::manager(&server).await;
    for (clock, is_known) in [
        ("2026-11-24T08:59:57+09:00", true),
        ("2026-11-24T08:59:00+09:00", true),
        ("2026-11-24T08:58:59.999+09:00", false),
        ("2026-11-24T09:09:59+09:00", true),
    ] {
        let other = beside(&server, Arc::new(ManualClock::new(jst(clock))), Wrapped::follower(&server));
        let who = staff::signed_in(&other, desk.cookie(), true).await.unwrap();
        assert_eq!(who.is_some(), is_known, "{clock}");
        assert!(who.is_none_or(|it| staff::is_proven(&it, jst(clock))), "{clock}");
    }
}
