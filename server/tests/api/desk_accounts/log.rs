//! The log: what is in it, who reads it, and that nobody changes it unseen. Article 6.

use axum::http::StatusCode;
use precheck_server::service::audit::chain::verify;
use precheck_server::service::audit::finding::Finding;
use precheck_server::service::staff::Role;
use precheck_shared::booking::ReceptionNumber;

use super::{PASSWORD, sign_in, somebody};
use crate::desk::Asked;
use crate::harness::{Server, Wanted, jst};
use crate::officer::AtTheDesk;

#[tokio::test]
async fn a_row_is_bound_when_it_is_written_and_one_that_is_changed_is_found_at_its_place() {
    let server = Server::start();
    somebody(&server, "saburo", Role::Officer).await;
    for _ in 0..3 {
        sign_in(&server, "saburo", PASSWORD, "").await;
    }
    let jiro = AtTheDesk::officer(&server).await;
    for _ in 0..6 {
        jiro.post("/desk/me/feed", &[]).await;
    }
    let whole = verify(&server.state).await.unwrap();
    assert_eq!((whole.intact, whole.findings.as_slice()), (9, [].as_slice()));
    assert_eq!(server.count("select count(*) from audit where place is null or hash is null"), 0);
    jiro.post("/desk/me/feed", &[]).await;
    let longer = verify(&server.state).await.unwrap();
    assert!(longer.intact == 10 && longer.is_intact() && longer.fingerprint != whole.fingerprint);

    let changes = [
        ("subject = 'o-0'", "subject"),
        ("actor = 'o-0'", "actor"),
        ("act = 'signed_out'", "act"),
        ("at = at + 1", "at"),
    ];
    for (change, column) in changes {
        server.run("drop table if exists kept; create table kept as select * from audit where place = 4");
        server.run(&format!("update audit set {change} where place = 4"));
        let found = verify(&server.state).await.unwrap();
        assert_eq!((found.intact, found.findings), (3, vec![Finding::Changed { place: 4 }]), "{column}");
        server.run(&format!("update audit set {column} = (select {column} from kept) where place = 4"));
        assert!(verify(&server.state).await.unwrap().is_intact(), "{column}");
    }
    server.run("update audit set place = -1 where place = 7; update audit set place = 7 where place = 8");
    server.run("update audit set place = 8 where place = -1");
    assert_eq!(verify(&server.state).await.unwrap().findings, [Finding::Reordered { place: 7 }]);
    server.run("delete from audit where place = 2");
    let found = verify(&server.state).await.unwrap();
    assert_eq!(found.findings, [Finding::Removed { from: 2, to: 2 }, Finding::Reordered { place: 7 }]);
    assert!(found.to_string().contains("row 2 was removed; rows were reordered, from row 7"), "{found}");
    let manager = AtTheDesk::manager(&server).await;
    let page = manager.page("/desk/log/check").await;
    assert!(page.contains("2件目から2件目までが、抜き取られています。"), "{page}");
}

/// What one row of the page says.
fn rows(page: &str) -> usize {
    page.matches("<tr><td>").count()
}

#[tokio::test]
async fn the_log_is_read_by_officer_and_subject_fifty_rows_at_a_time_and_that_is_in_it_too() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::officer(&server).await;
    for _ in 0..60 {
        jiro.post("/desk/me/feed", &[]).await;
    }
    let first = manager.page("/desk/log").await;
    assert_eq!(rows(&first), 50);
    assert!(first.contains("購読用アドレスの作成"), "{first}");
    let older = first.split("name=\"before\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let look = async |fields: &[(&str, &str)]| {
        let reply = manager.post("/desk/log", fields).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.text().to_owned()
    };
    assert_eq!(rows(&look(&[("before", older)]).await), 10);
    assert_eq!(rows(&look(&[("actor", &jiro.id)]).await), 50);
    assert_eq!(rows(&look(&[("actor", &jiro.id), ("before", older)]).await), 10);
    let own = look(&[("actor", &manager.id)]).await;
    assert_eq!(rows(&own), 4);
    assert!(own.contains("操作の記録の閲覧"));
    for odd in [
        ("before", "x"),
        ("before", "-1"),
        ("actor", "\"><script>"),
        ("subject", "\0"),
        ("subject", "\u{FFFD}"),
    ] {
        look(&[odd]).await;
    }
    for odd in ["before=x", "before=-1", "actor=%22%3E%3Cscript%3E", "subject=%00", "subject=%FF"] {
        assert_eq!(manager.get(&format!("/desk/log?{odd}")).await.status, StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn the_staff_are_shown_by_name_also_those_who_left_and_by_login_too_where_two_have_one_name() {
    let server = Server::start();
    let kyoko = AtTheDesk::signed_in(&server, "kyoko", Role::Manager).await;
    somebody(&server, "saburo", Role::Officer).await;
    sign_in(&server, "saburo", PASSWORD, "").await;
    server.run("update staff set ended_at = 0 where login = 'saburo'");
    let page = kyoko.page("/desk/log").await;
    assert!(page.contains("<td>小樽 京子</td>") && !page.contains("<td>o-"), "{page}");
    AtTheDesk::signed_in(&server, "shiro", Role::Officer).await.post("/desk/me/feed", &[]).await;
    let page = kyoko.page("/desk/log").await;
    assert!(
        page.contains("<td>小樽 次郎（shiro）</td>") && page.contains("<td>小樽 次郎（kyoko）</td>"),
        "{page}"
    );
}

#[tokio::test]
async fn article_6_a_subject_is_found_in_every_spelling_and_nothing_that_somebody_typed_is_kept_or_in_an_address()
 {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let asked = Asked::send(&server).await;
    manager.page(&format!("/desk/requests/{}", asked.number.as_str())).await;
    let grouped = asked.number.to_string();
    let wide: String = grouped
        .chars()
        .map(|it| if it.is_ascii_graphic() { char::from_u32(u32::from(it) + 0xFEE0).unwrap() } else { it })
        .collect();
    let spaced = format!("  {}　{} ", &grouped[..4], grouped[5..].replace('-', " "));
    let look = async |typed: &str| manager.post("/desk/log", &[("subject", typed)]).await.text().to_owned();
    for (looks, spelling) in
        [&grouped, asked.number.as_str(), &grouped.to_lowercase(), &wide, &spaced].iter().enumerate()
    {
        let page = look(spelling).await;
        // Each look is a row about the number itself.
        assert_eq!(rows(&page), 1 + looks, "{spelling}: {page}");
    }
    let own = manager.post("/desk/me/feed", &[]).await;
    assert_eq!(own.status, StatusCode::OK);
    for her in ["kyoko", "ＫＹＯＫＯ", "小樽 次郎", "小樽　次郎", manager.id.as_str()] {
        assert!(look(her).await.contains("購読用アドレスの作成"), "{her}");
    }
    manager.page("/desk/day/2026-11-26/print").await;
    for day in ["2026-11-26", "令和8年11月26日", "１１／２６"] {
        assert!(look(day).await.contains("一日の予定表の印刷"), "{day}");
    }
    for typed in ["漏洩太郎", "01234-5678901", "<script>", "o-漏洩", "names", "log"] {
        let page = look(typed).await;
        assert!(
            rows(&page) == 0 && page.contains("受付番号、職員、日付のどれにも当てはまりません"),
            "{typed}: {page}"
        );
        manager.page(&format!("/desk/log?subject={}", "%E6%BC%8F")).await;
    }
    assert_eq!(server.count("select count(*) from audit where subject = 'words'"), 6);
    for typed in ["漏洩", "01234", "script"] {
        assert_eq!(server.count(&format!("select count(*) from audit where subject like '%{typed}%'")), 0);
    }
    let page = manager.page("/desk/log").await;
    assert!(page.contains("action=\"/desk/log\"") && !page.contains("/desk/log?"), "{page}");
}

#[tokio::test]
async fn article_6_what_an_older_program_kept_of_a_search_is_not_shown() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    server.run("insert into audit (office, at, actor, act, subject) values ('otaru', 0, 'x', 'log_read', '漏洩太郎')");
    let number = ReceptionNumber::from_bits(7);
    server.run(&format!(
        "insert into audit (office, at, actor, act, subject) values ('otaru', 0, 'x', 'log_read', '{} 漏洩')",
        number.as_str()
    ));
    let page = manager.page("/desk/log").await;
    assert!(
        page.contains("表示しません") && !page.contains("漏洩") && !page.contains(number.as_str()),
        "{page}"
    );
}

#[tokio::test]
async fn sign_ins_that_fail_are_ten_rows_an_hour_and_then_one_number() {
    let server = Server::start();
    // Every eleven seconds, since a try before that is told to wait, and is none.
    for first in ["2026-11-24T09:00:00+09:00", "2026-11-24T09:57:00+09:00"].map(jst) {
        for number in 0..15 {
            server.clock.set(first + chrono::TimeDelta::seconds(11 * number));
            sign_in(&server, "nobody", "wrong password", "").await;
        }
    }
    assert_eq!(server.count("select count(*) from audit where subject = 'unknown'"), 10);
    server.at("2026-11-24T10:00:00+09:00");
    sign_in(&server, "nobody", "wrong password", "").await;
    assert_eq!(server.count("select count(*) from audit where subject = 'unknown x 20'"), 1);
    assert_eq!(server.count("select count(*) from audit where subject = 'unknown'"), 11);
    let server = server.restart(jst("2026-11-24T11:30:00+09:00"), Wanted::default()).await;
    precheck_server::service::audit::failures::tell(&server.state).await.unwrap();
    // One row alone needs no number.
    assert_eq!(server.rows("audit"), 12);
    assert!(verify(&server.state).await.unwrap().is_intact());
    let manager = AtTheDesk::manager(&server).await;
    let page = manager.page("/desk/log").await;
    assert!(page.contains("登録のないサインイン名（ほかに20回）"), "{page}");
}
