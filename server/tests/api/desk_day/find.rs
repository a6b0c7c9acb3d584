//! Finding by number, name, day; and that what belongs to a person is in no address.

use precheck_server::service::search::anew;

use crate::desk::Asked;
use crate::harness::{NAME, NUMBER, Server, body};
use crate::officer::AtTheDesk;

use super::{is_in_words, says};

async fn search(desk: &AtTheDesk<'_>, typed: &str) -> String {
    let reply = desk.post("/desk/find", &[("q", typed)]).await;
    assert_eq!(reply.status, 200, "{typed}: {}", reply.text());
    is_in_words(reply.text());
    reply.text().to_owned()
}

#[tokio::test]
async fn a_reception_number_in_any_spelling_leads_straight_to_its_request() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    let plain = asked.number.as_str().to_owned();
    let page = format!("/desk/requests/{plain}");
    for typed in [plain.clone(), asked.number.to_string().to_lowercase(), format!("　{} ", asked.number)] {
        let reply = desk.post("/desk/find", &[("q", &typed)]).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, page.as_str()), "{typed}");
    }
    assert_eq!(desk.get(&format!("/desk/find?q={plain}")).await.header("location"), page);
    assert_eq!(
        server.count(&format!("select count(*) from audit where act = 'search' and subject = '{plain}'")),
        4
    );
}

#[tokio::test]
async fn article_6_a_person_is_found_by_her_number_and_by_her_name_however_they_are_typed() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let mut other = body();
    other["person"]["name"] = "余市 太郎".into();
    other["person"]["job_seeker_number"] = "01234-5678902".into();
    let other = server.post(&other).await.accepted()["reception_number"].as_str().unwrap().to_owned();
    let desk = AtTheDesk::officer(&server).await;
    let number = asked.number.to_string();
    for typed in [NUMBER, "０１２３４ー５６７８９０１", " 012345678901", NAME, "小樽花子", "花子", "小樽"]
    {
        let found = search(&desk, typed).await;
        says(&found, &["検索結果 1件", &number, NAME]);
        assert!(!found.contains(&other), "{typed}");
    }
    says(&search(&desk, "余市").await, &[&other]);

    // Nothing found says what was looked for, and what can be looked for.
    let nothing = search(&desk, "余市<b>&\"'").await;
    says(
        &nothing,
        &["見つかりませんでした", "氏名「余市&#60;b&#62;&#38;&#34;&#39;」として探しました", "受付番号（例"],
    );
    says(&search(&desk, "01234-5678999").await, &["見つかりませんでした", "求職番号「01234-5678999」"]);
    says(&search(&desk, " ・ ").await, &["検索する言葉を入力してください"]);

    // That somebody looked is kept, and not for whom.
    assert_eq!(server.count("select count(*) from audit where act = 'search' and subject = 'name'"), 6);
    assert_eq!(server.count("select count(*) from audit where act = 'search' and subject = 'number'"), 4);
}

async fn register(server: &Server, names: &[&str]) -> Vec<String> {
    let mut numbers = Vec::new();
    for name in names {
        let mut request = body();
        request["person"]["name"] = (*name).into();
        let accepted = server.post(&request).await.accepted();
        numbers.push(accepted["reception_number"].as_str().unwrap().to_owned());
    }
    numbers
}

#[tokio::test]
async fn article_6_an_officer_finds_a_name_as_she_types_it() {
    let server = Server::start();
    let names = ["髙橋 一郎", "齋藤花", "山﨑 健", "Nguyễn Thị Hoa", "O‘Brien Mary", "ｶﾞﾙｼｱ ﾏﾘｱ"];
    let numbers = register(&server, &names).await;
    let desk = AtTheDesk::officer(&server).await;
    for (at, typed) in [
        (0, "高橋"),
        (0, "一郎 高橋"),
        (1, "斉藤"),
        (1, "花 斎藤"),
        (2, "山崎"),
        (3, "nguyen"),
        (3, "Hoa Nguyen"),
        (4, "O'Brien"),
        (5, "ガルシア"),
    ] {
        let found = search(&desk, typed).await;
        says(&found, &["検索結果 1件", &numbers[at]]);
        // It is shown as it is registered.
        says(&found, &[names[at]]);
    }
}

#[tokio::test]
async fn article_6_names_that_an_older_program_folded_are_found_after_its_hashes_are_made_anew() {
    let server = Server::start();
    let numbers = register(&server, &["髙橋 一郎"; 120]).await;
    let plain = |at: usize| numbers[at].replace('-', "");
    let (made_up, damaged, nothing) = if crate::POSTGRES {
        ("sha256(token)", r"'\x0102'", r"'\x'")
    } else {
        ("randomblob(32)", "x'0102'", "x''")
    };
    server.run(&format!("update name_token set token = {made_up}"));
    server.run(&format!("update booking set sealed = {damaged} where reception_number = '{}'", plain(7)));
    server.run(&format!(
        "update booking set sealed = {nothing}, key_id = '' where reception_number = '{}'",
        plain(8)
    ));
    let desk = AtTheDesk::officer(&server).await;
    says(&search(&desk, "高橋").await, &["見つかりませんでした"]);
    // Ended in between by an older version of itself: that one's mark says nothing.
    server.run("insert into meta (name, value) values ('names of otaru', '1 3')");
    let before = server.count("select count(*) from name_token");
    anew::all(&server.state).await.unwrap();
    let of = |at| {
        server.count(&format!(
        "select count(*) from name_token where booking = (select id from booking where reception_number = '{}')",
        plain(at)
    ))
    };
    assert!(of(0) == 5 && of(119) == 5, "all of them, of both ends");
    assert_eq!(
        server.count("select count(*) from meta where name = 'names of otaru' and value = '2 done'"),
        1
    );
    assert_eq!(
        server.count("select count(*) from name_token"),
        before,
        "one that cannot be opened keeps hers"
    );
    // Done is done: nothing is written once more.
    server.run("delete from name_token");
    anew::all(&server.state).await.unwrap();
    assert_eq!(server.rows("name_token"), 0);
    // Ended in the middle, it goes on from there.
    server.run("update meta set value = '2 51' where name = 'names of otaru'");
    anew::all(&server.state).await.unwrap();
    assert_eq!(server.count("select count(distinct booking) from name_token"), 48);
    says(&search(&desk, "高橋").await, &["検索結果 48件"]);
}

#[tokio::test]
async fn article_6_what_belongs_to_a_person_is_never_part_of_an_address() {
    let server = Server::start();
    Asked::send(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    for typed in ["01234-5678901", "%E5%B0%8F%E6%A8%BD"] {
        let page = desk.page(&format!("/desk/find?q={typed}")).await;
        assert!(!page.contains(NAME) && !page.contains("5678901") && !page.contains("探しました"), "{page}");
    }
    assert_eq!(server.count("select count(*) from audit where act = 'search'"), 0);
    let page = search(&desk, "小樽").await;
    says(&page, &["method=\"post\" action=\"/desk/find\""]);
    let addresses = page.split("href=\"").skip(1).chain(page.split("action=\"").skip(1));
    for address in addresses.map(|it| it.split('"').next().unwrap()) {
        assert!(address.is_ascii() && !address.contains('%') && !address.contains("5678901"), "{address}");
    }
}

#[tokio::test]
async fn a_day_gives_its_counsellings_and_who_wishes_for_it_at_an_address_of_its_own() {
    let server = Server::start();
    let held = Asked::confirmed(&server).await;
    let waits = Asked::send(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    for typed in ["11/26", "2026-11-26", "２０２６年１１月２６日", "令和8年11月26日"] {
        let reply = desk.post("/desk/find", &[("q", typed)]).await;
        let found = (reply.status.as_u16(), reply.header("location"));
        assert_eq!(found, (303, "/desk/find?q=2026-11-26&page=1"), "{typed}");
    }
    let page = desk.page("/desk/find?q=2026-11-26").await;
    is_in_words(&page);
    says(
        &page,
        &["2026年11月26日（木）の相談と", "この日の相談 1件", "この日を希望する、確定待ちの申込み 1件"],
    );
    says(&page, &[&held.number.to_string(), &waits.number.to_string(), "/desk/day/2026-11-26/print"]);
    says(&desk.page("/desk/find?q=2026-11-27").await, &[&waits.number.to_string()]);
    let other = desk.page("/desk/find?q=2026-11-25").await;
    says(&other, &["見つかりませんでした"]);
    assert_eq!(server.count("select count(*) from audit where act = 'search' and subject = '2026-11-26'"), 1);
}

#[tokio::test]
async fn what_is_found_comes_by_the_page() {
    let server = Server::start();
    for _ in 0..51 {
        Asked::send(&server).await;
    }
    let desk = AtTheDesk::officer(&server).await;
    for typed in [NUMBER, NAME] {
        let first = search(&desk, typed).await;
        says(&first, &["検索結果 51件", "1 / 2 ページ"]);
        assert_eq!(first.matches("<th scope=\"row\">").count(), 50);
        let second = desk.post("/desk/find", &[("q", typed), ("page", "2")]).await;
        assert_eq!(second.text().matches("<th scope=\"row\">").count(), 1);
        assert_eq!(desk.post("/desk/find", &[("q", typed), ("page", "3")]).await.status, 404);
    }
}
