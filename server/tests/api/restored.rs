//! A backup that is restored brings nobody back: what had ended stays ended, and a manager is told. Article 6.

use axum::http::StatusCode;
use precheck_server::service::audit::{start, watch};
use precheck_server::service::staff::Role;

use crate::backup::{blocks, done, type_in};
use crate::desk_accounts::{PASSWORD, sign_in, signed_in, somebody};
use crate::harness::{NOW, Server, Wanted, jst};
use crate::officer::{AtTheDesk, send_form};

const NEW_PASSWORD: &str = "correct horse 12 battery";

/// The link that a page shows once.
fn link_in(page: &str) -> String {
    let at = page.find("/desk/invitation/").unwrap_or_else(|| panic!("{page}"));
    page[at..at + "/desk/invitation/".len() + 40].to_owned()
}

async fn take(server: &Server, link: &str) -> StatusCode {
    let fields = [("name", "余市 次郎"), ("password", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    send_form(server, link, &[], &fields).await.status
}

/// Types a block of the README where its `data` is this server's folder.
fn type_block(server: &Server, beside: &std::path::Path, block: &str) {
    let data = beside.join("data");
    if !data.exists() {
        std::os::unix::fs::symlink(server.folder.path(), &data).unwrap();
    }
    done(type_in(beside, block));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_had_ended_stays_ended_in_a_database_restored_by_the_readmes_words() {
    let beside = tempfile::tempdir().unwrap();
    for name in ["kept", "safe"] {
        std::fs::create_dir(beside.path().join(name)).unwrap();
    }
    let [backup, _, restore, _] = blocks().try_into().unwrap();
    let server = Server::start();
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    let kyoko = somebody(&server, "kyoko", Role::Manager).await;
    let leaver = somebody(&server, "jiro", Role::Officer).await;
    let changer = somebody(&server, "saburo", Role::Officer).await;
    let stays = somebody(&server, "shiro", Role::Officer).await;
    let demoted = somebody(&server, "goro", Role::Manager).await;
    let at_kyoko = signed_in(&server, &kyoko, "kyoko", "").await;
    let cookie = |it: &AtTheDesk<'_>| it.cookie().to_owned();
    let mut cookies = vec![(kyoko.clone(), cookie(&at_kyoko))];
    for (id, login) in [(&leaver, "jiro"), (&changer, "saburo"), (&stays, "shiro"), (&demoted, "goro")] {
        cookies.push((id.clone(), cookie(&signed_in(&server, id, login, "").await)));
    }
    let link = link_in(
        at_kyoko
            .post("/desk/staff", &[("login", "rokuro"), ("name", "余市 六郎"), ("role", "officer")])
            .await
            .text(),
    );
    watch::follow(&server.state, false).await.unwrap();
    type_block(&server, beside.path(), &backup);

    assert_eq!(take(&server, &link).await, StatusCode::SEE_OTHER);
    let reply = at_kyoko.post(&format!("/desk/staff/{leaver}"), &[("act", "end")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    let fields = [("act", "role"), ("role", "officer")];
    assert_eq!(at_kyoko.post(&format!("/desk/staff/{demoted}"), &fields).await.status, StatusCode::SEE_OTHER);
    let saburo = AtTheDesk::with_cookie(&server, &cookies[2].1, &changer);
    let fields = [("old", PASSWORD), ("password", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    let reply = saburo.post("/desk/me/password", &fields).await;
    assert!(reply.status.as_u16() < 400, "{}", reply.text());
    watch::follow(&server.state, false).await.unwrap();

    // The server is stopped, the file put in its place, the server started.
    server.state.store.close().await.unwrap();
    type_block(&server, beside.path(), &restore);
    let server = Server::start_in(server.folder, jst(NOW), Wanted::default());
    let told = start::begin(&server.state).await.unwrap().unwrap();
    assert!(told.contains("rolled back or restored"), "{told}");
    for (id, cookie) in &cookies {
        let reply = AtTheDesk::with_cookie(&server, cookie, id).get("/desk/me").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "a session that had been open: {id}");
    }
    assert_eq!(server.get(&link).await.status, StatusCode::NOT_FOUND, "a link that had been used");
    for (login, password, status) in [
        ("jiro", PASSWORD, StatusCode::UNAUTHORIZED),
        ("saburo", PASSWORD, StatusCode::UNAUTHORIZED),
        ("saburo", NEW_PASSWORD, StatusCode::UNAUTHORIZED),
        ("shiro", PASSWORD, StatusCode::SEE_OTHER),
    ] {
        assert_eq!(sign_in(&server, login, password, "").await.status, status, "{login}");
    }
    let goro = signed_in(&server, &demoted, "goro", "").await;
    assert_eq!(goro.get("/desk/staff").await.status, StatusCode::NOT_FOUND, "no manager any more");
    let at_kyoko = signed_in(&server, &kyoko, "kyoko", "").await;
    assert!(at_kyoko.page("/desk").await.contains("確かめていただきたいことがあります"));
    let page = at_kyoko.page("/desk/log").await;
    for words in [
        "データベースが、古いものに戻されています",
        "：利用終了",
        "：パスワード（新しいリンク",
        "：管理者の権限",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(server.count("select count(*) from audit where actor = 'clock' and act = 'staff_ended'"), 1);

    // Nothing of it is done twice, also at a start right after it.
    watch::follow(&server.state, false).await.unwrap();
    let rows = server.rows("audit");
    let cookie = at_kyoko.cookie().to_owned();
    let server = server.restart(jst(NOW), Wanted::default()).await;
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    assert_eq!(server.rows("audit"), rows);
    AtTheDesk::with_cookie(&server, &cookie, &kyoko).page("/desk").await;
}

#[tokio::test]
async fn what_the_older_database_knows_of_is_not_ended_again() {
    let server = Server::start();
    start::begin(&server.state).await.unwrap();
    let id = somebody(&server, "saburo", Role::Officer).await;
    let saburo = signed_in(&server, &id, "saburo", "").await;
    let fields = [("old", PASSWORD), ("password", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    assert!(saburo.post("/desk/me/password", &fields).await.status.as_u16() < 400);
    for _ in 0..5 {
        saburo.post("/desk/me/feed", &[]).await;
    }
    watch::follow(&server.state, false).await.unwrap();
    server.run("delete from audit where place > 3");
    let server = server.restart(jst(NOW), Wanted::default()).await;
    start::begin(&server.state).await.unwrap().unwrap();
    assert_eq!(sign_in(&server, "saburo", NEW_PASSWORD, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.count("select count(*) from audit where act = 'password_ended'"), 0);
}
