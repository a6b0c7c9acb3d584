//! Somebody leaves: her coming counsellings go with nobody.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_server::service::{self, ConfirmationAsEntered};

use crate::desk::{Asked, START, entered, officer, told};
use crate::harness::Server;
use crate::officer::AtTheDesk;

const LATER: &str = "2026-11-26T13:30:00+09:00";

/// A counselling of hers.
async fn counselling(server: &Server, start: &str, id: &str) -> Asked {
    let asked = Asked::send(server).await;
    let confirmation = ConfirmationAsEntered { officer: Some(officer(id)), ..entered(start) };
    assert_eq!(told(&asked.confirm(server, &confirmation).await), "done");
    asked
}

fn ended(server: &Server, id: &str) -> bool {
    server.count(&format!("select count(*) from staff where id = '{id}' and ended_at is not null")) == 1
}

/// Whose the coming counsellings are: how many of an officer's, `null` for nobody's.
fn hers(server: &Server, whose: &str) -> i64 {
    server.count(&format!(
        "select count(*) from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
         where b.state = 'confirmed' and a.officer {whose}"
    ))
}

struct Row {
    row: (String, String),
    version: (String, String),
}

fn rows(all: &[(&Asked, &str)]) -> Vec<Row> {
    let row = |(asked, version): &(&Asked, &str)| Row {
        row: ("row".to_owned(), asked.number.as_str().to_owned()),
        version: (format!("version-{}", asked.number.as_str()), (*version).to_owned()),
    };
    all.iter().map(row).collect()
}

fn form<'a>(rows: &'a [Row], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let pair = |it: &'a (String, String)| (it.0.as_str(), it.1.as_str());
    rows.iter().flat_map(|it| [pair(&it.row), pair(&it.version)]).chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn article_2_3_an_end_leads_to_the_coming_counsellings_and_holds_once_each_is_taken_or_left_open() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let hanako = AtTheDesk::signed_in(&server, "hanako", Role::Officer).await;
    let (first, second) =
        (counselling(&server, START, &jiro.id).await, counselling(&server, LATER, &jiro.id).await);
    let member = format!("/desk/staff/{}", jiro.id);
    let end = format!("{member}/end");
    assert!(manager.page(&member).await.contains(&format!("href=\"{end}\"")));
    // The bare press does not hold.
    let bare = manager.post(&member, &[("act", "end")]).await;
    assert_eq!((bare.status, bare.header("location")), (StatusCode::SEE_OTHER, end.as_str()));
    let page = manager.page(&end).await;
    for asked in [&first, &second] {
        assert!(page.contains(&asked.number.to_string()), "{page}");
    }
    assert!(page.contains("小樽　花子") && !page.contains(&format!(">{}<", jiro.id)));
    assert!(!page.contains(&format!("<option value=\"{}\"", jiro.id)), "she takes none herself");
    // Nor one that forgets one of them: nothing is done then.
    let both = rows(&[(&first, "2"), (&second, "2")]);
    let to_first = format!("to-{}", first.number.as_str());
    let half = manager.post(&end, &form(&both, &[(to_first.as_str(), hanako.id.as_str())])).await;
    assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(half.text().contains(&format!("href=\"#to-{}\"", second.number.as_str())), "{}", half.text());
    assert!(half.text().contains(&format!("value=\"{}\" selected", hanako.id)), "what was chosen stays");
    assert!(!ended(&server, &jiro.id));
    assert_eq!(hers(&server, &format!("= '{}'", jiro.id)), 2);
    // Nor one that names nobody who could.
    let nobody = manager.post(&end, &form(&both, &[("to-all", jiro.id.as_str())])).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!ended(&server, &jiro.id));
    // One by name, the rest left open on purpose.
    let all = form(&both, &[(to_first.as_str(), hanako.id.as_str()), ("to-all", "open")]);
    let done = manager.post(&end, &all).await;
    assert_eq!(done.header("location"), "/desk/staff?done=ended", "{}", done.text());
    assert!(ended(&server, &jiro.id));
    let whose = [format!("= '{}'", jiro.id), format!("= '{}'", hanako.id), "is null".to_owned()];
    assert_eq!(whose.map(|it| hers(&server, &it)), [0, 1, 1]);
    assert!(manager.page("/desk").await.contains("担当者が未定 1件"));
    assert_eq!(server.count("select count(*) from audit where act = 'officer_changed'"), 2);
    assert_eq!(server.count("select count(*) from audit where act = 'staff_ended'"), 1);
    // Nobody has to be told: time and meeting stay.
    assert_eq!(server.count("select count(*) from duty where kind = 'meeting_changed'"), 0);
    assert_eq!(manager.get(&end).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_counselling_that_changed_meanwhile_stays_hers_is_told_and_keeps_her_account_open() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let (first, second) =
        (counselling(&server, START, &jiro.id).await, counselling(&server, LATER, &jiro.id).await);
    let end = format!("/desk/staff/{}/end", jiro.id);
    service::note_contact(&server.state, &second.act(&server).await, false).await.unwrap();
    let stale = form(&rows(&[(&first, "2"), (&second, "2")]), &[("to-all", manager.id.as_str())])
        .iter()
        .map(|it| (it.0.to_owned(), it.1.to_owned()))
        .collect::<Vec<_>>();
    let stale: Vec<_> = stale.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
    let reply = manager.post(&end, &stale).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text());
    assert!(
        reply.text().contains(&format!("id=\"to-{}-fault\"", second.number.as_str())),
        "{}",
        reply.text()
    );
    assert!(!reply.text().contains(&format!("id=\"to-{}\"", first.number.as_str())), "that one is done");
    assert!(reply.text().contains("1件を引き継ぎました") && !ended(&server, &jiro.id));
    // The page shows it as it is now.
    let again = rows(&[(&second, "3")]);
    let done = manager.post(&end, &form(&again, &[("to-all", manager.id.as_str())])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(ended(&server, &jiro.id));
    assert_eq!(hers(&server, &format!("= '{}'", manager.id)), 2);
}

#[tokio::test]
async fn one_that_came_to_her_while_the_page_was_open_keeps_her_account_open() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let end = format!("/desk/staff/{}/end", jiro.id);
    assert!(manager.page(&end).await.contains("これからの相談はありません"));
    let came = counselling(&server, START, &jiro.id).await;
    let reply = manager.post(&end, &[]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains(&came.number.to_string()) && !ended(&server, &jiro.id));
    // What is over does not keep her.
    server.at("2026-11-26T12:00:00+09:00");
    let manager = AtTheDesk::signed_in(&server, "kyoko2", Role::Manager).await;
    assert_eq!(manager.post(&end, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(ended(&server, &jiro.id));
}

#[tokio::test]
async fn a_day_whose_seats_were_cut_since_keeps_nobody_from_handing_on() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let asked = counselling(&server, START, &jiro.id).await;
    manager.post("/desk/settings", &[("act", "seats"), ("day", "2026-11-26"), ("seats", "0")]).await;
    let end = format!("/desk/staff/{}/end", jiro.id);
    let done = manager.post(&end, &form(&rows(&[(&asked, "2")]), &[("to-all", manager.id.as_str())])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(server.rows("seat_cell"), 1, "it keeps its one seat");
}

#[tokio::test]
async fn article_2_3_what_somebody_left_behind_is_nobodys_on_every_list_and_her_name_is_never_an_id() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let asked = counselling(&server, START, &jiro.id).await;
    counselling(&server, LATER, "o-7").await;
    // An older program ended her account like this.
    server.run(&format!("update staff set ended_at = 0 where id = '{}'", jiro.id));
    let number = asked.number.as_str();
    let request = format!("/desk/requests/{number}");
    let affected = format!("/desk/affected?day=2026-11-26&officer={}", jiro.id);
    let pages = [
        "/desk",
        "/desk/requests?list=officerless",
        "/desk/calendar?week=2026-11-26",
        "/desk/day/2026-11-26/print",
        "/desk/find?q=2026-11-26",
        "/desk/affected?day=2026-11-26",
        &affected,
        &request,
    ];
    for path in pages {
        let page = manager.page(path).await;
        for id in [jiro.id.as_str(), "o-7"] {
            let shown = page.split(['<', '>']).skip(2).step_by(2).any(|it| it.contains(id));
            assert!(!shown, "{path}: {page}");
        }
    }
    let list = manager.page("/desk/requests?list=officerless").await;
    assert!(list.contains(&asked.number.to_string()), "{list}");
    assert!(manager.page("/desk").await.contains("担当者が未定 1件"));
    assert!(manager.page(&request).await.contains("小樽 次郎（利用終了）"));
    // The bad day's form offers her, and a colleague takes over.
    let page = manager.page(&affected).await;
    assert!(page.contains(&format!("<option value=\"{}\" selected>", jiro.id)), "{page}");
    let (version, taker) = (format!("version-{number}"), format!("officer-{number}"));
    let form = [
        ("day", "2026-11-26"),
        ("officer", jiro.id.as_str()),
        ("row", number),
        ("pick", number),
        (version.as_str(), "2"),
        (taker.as_str(), manager.id.as_str()),
        ("act", "take_over"),
        ("cause", "officer_away"),
    ];
    let done = manager.post("/desk/affected", &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(hers(&server, &format!("= '{}'", manager.id)), 1);
}

#[tokio::test]
async fn nobody_gives_a_counselling_to_somebody_who_has_left() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::signed_in(&server, "jiro", Role::Officer).await;
    let asked = Asked::confirmed(&server).await;
    server.run(&format!("update staff set ended_at = 0 where id = '{}'", jiro.id));
    let path = format!("/desk/requests/{}/assign", asked.number.as_str());
    let refused = manager.post(&path, &[("version", "2"), ("officer", &jiro.id)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.text().contains("利用を終了しています"), "{}", refused.text());
    assert_eq!(hers(&server, "is null"), 1);
}
