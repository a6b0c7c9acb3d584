//! The desk: the day, and what waits for somebody. Finding, the week, the feed stand beside it.

use precheck_server::service::{self, ConfirmationAsEntered, Officer};

use crate::desk::{Asked, REASON, SECOND, entered, told};
use crate::harness::{NAME, Server, body};
use crate::officer::AtTheDesk;

// By path: this file is part of two programs of tests.
#[path = "desk_day/feed.rs"]
mod feed;
#[path = "desk_day/find.rs"]
mod find;
#[path = "desk_day/week.rs"]
mod week;

/// What stands between two marks of a page.
#[track_caller]
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("{from} in {page}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {page}")).0
}

/// A part of the first screen.
#[track_caller]
fn part<'a>(page: &'a str, id: &str) -> &'a str {
    between(page, &format!("id=\"{id}\" data-part"), "</section>")
}

/// Every word of a page is one: no key was left.
#[track_caller]
fn is_in_words(page: &str) {
    let key = page
        .match_indices("desk.")
        .map(|it| &page[it.0..])
        .find(|it| !it.starts_with("desk.css") && !it.starts_with("desk.js"));
    assert!(key.is_none(), "{:?}", key.map(|it| it.chars().take(40).collect::<String>()));
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "{words} in {text}");
    }
}

/// Confirms for an officer.
async fn confirm_for(server: &Server, asked: &Asked, start: &str, officer: Option<&str>) {
    let officer = officer.map(|it| Officer::parse(it).unwrap());
    let entered = ConfirmationAsEntered { officer, ..entered(start) };
    assert_eq!(told(&asked.confirm(server, &entered).await), "done");
}

#[tokio::test]
async fn an_empty_day_says_so_in_words() {
    let server = Server::start();
    let page = AtTheDesk::manager(&server).await.page("/desk").await;
    says(&page, &["今日の相談はありません", "確定待ちの申込みはありません", "伝えていないことはありません"]);
    says(&page, &["見直しの時期になった利用停止はありません"]);
    is_in_words(&page);
}

#[tokio::test]
async fn article_4_1_a_waiting_request_is_shown_with_until_when_it_must_be_completed() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk").await;
    is_in_words(&page);
    let waiting = part(&page, "waiting");
    says(waiting, &["確定待ちの申込み 1件", NAME, &asked.number.to_string(), "11月26日（木）24:00まで"]);
    says(waiting, &["11月26日（木） 10:00", "同席あり"]);
    // One deadline for one request: the one that the list is ordered by.
    assert_eq!(waiting.matches("24:00まで").count(), 1, "{waiting}");

    // The first wish can be met no longer without a reason, the second one can; then neither.
    let desk = AtTheDesk::signed_in(server.at("2026-11-26T00:00:00+09:00"), "a", desk_role()).await;
    let page = desk.page("/desk").await;
    let waiting = part(&page, "waiting");
    says(waiting, &["11月26日（木）24:00まで"]);
    assert!(!waiting.contains("11月25日（水）24:00まで") && !waiting.contains("理由が必要"), "{waiting}");
    let desk = AtTheDesk::signed_in(server.at("2026-11-27T12:59:59+09:00"), "b", desk_role()).await;
    says(part(&desk.page("/desk").await, "waiting"), &["期限を過ぎました", "確定には理由が必要"]);
    let desk = AtTheDesk::signed_in(server.at(SECOND), "c", desk_role()).await;
    says(part(&desk.page("/desk").await, "waiting"), &["確定待ちの申込み 0件"]);
}

#[tokio::test]
async fn article_4_1_the_waiting_stand_in_the_order_of_the_deadline_that_is_shown() {
    let server = Server::start();
    let wishes: [&[&str]; 4] = [
        &["2026-11-26T10:00:00+09:00", "2026-12-10T10:00:00+09:00"],
        &["2026-12-03T10:00:00+09:00"],
        &["2026-12-08T10:00:00+09:00", "2026-11-27T10:00:00+09:00"],
        &["2026-11-25T10:00:00+09:00", "2026-12-01T10:00:00+09:00"],
    ];
    for wishes in wishes {
        let mut request = body();
        request["wishes"] = serde_json::json!(wishes);
        server.post(&request).await.accepted();
    }
    let page = AtTheDesk::officer(&server).await.page("/desk").await;
    let waiting = part(&page, "waiting");
    let shown: Vec<_> =
        waiting.match_indices("24:00まで").map(|it| waiting[..it.0].rsplit('>').next().unwrap()).collect();
    assert_eq!(shown, ["11月30日（月）", "12月2日（水）", "12月7日（月）", "12月9日（水）"]);
}

fn desk_role() -> precheck_server::service::staff::Role {
    precheck_server::service::staff::Role::Officer
}

#[tokio::test]
async fn article_4_1_what_is_special_of_a_waiting_request_is_flagged() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let desk = AtTheDesk::manager(&server).await;
    let waiting = |page: &str| part(page, "waiting").to_owned();
    let page = desk.page("/desk").await;
    assert!(!waiting(&page).contains("同じ求職番号") && !waiting(&page).contains("利用停止中"));

    Asked::send(&server).await;
    server.run(
        "insert into suspension (office, number_hash, kind, key_id, reason, booking, made_by, made_at, ends, reviewed_at)
         select office, number_hash, 'conduct', key_id, sealed, id, 'o-1', 0, '2026-11-25', 0 from booking
         where id = (select min(id) from booking)",
    );
    server.run("update booking set channel = 'telephone', entered_by = 'o-1' where id = (select min(id) from booking)");
    let page = desk.page("/desk").await;
    assert_eq!(waiting(&page).matches("同じ求職番号の申込みあり").count(), 2);
    assert_eq!(waiting(&page).matches("利用停止中の求職番号").count(), 2);
    says(&waiting(&page), &["電話で受付"]);
    is_in_words(&page);

    // A suspension is over on its last day, and when it is lifted; a request that came to nothing is no double.
    server.run("update suspension set ends = '2026-11-24'");
    let act = asked.act(&server).await;
    assert_eq!(told(&service::decline(&server.state, &act, REASON).await), "done");
    let page = desk.page("/desk").await;
    assert!(!waiting(&page).contains("同じ求職番号") && !waiting(&page).contains("利用停止中"), "{page}");
}

#[tokio::test]
async fn article_10_1_a_suspension_is_put_before_a_manager_every_year_and_before_no_officer() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    // 2025-11-24 23:59:59.999 in Japan, and a moment later.
    server.run(
        "insert into suspension (office, number_hash, kind, key_id, reason, booking, made_by, made_at, reviewed_at)
         select office, number_hash, 'silence', key_id, sealed, id, 'o-1', 1700000000000, 1763996399999 from booking",
    );
    let manager = AtTheDesk::manager(&server).await;
    let page = manager.page("/desk").await;
    let number = asked.number.to_string();
    says(
        part(&page, "reviews"),
        &["利用停止の見直し 1件", &number, "利用の断り（第4条(3)）", "前回の見直し 2025年11月24日"],
    );
    assert!(!AtTheDesk::officer(&server).await.page("/desk").await.contains("利用停止の見直し"));
    server.run("update suspension set reviewed_at = 1763996400000");
    says(part(&manager.page("/desk").await, "reviews"), &["利用停止の見直し 0件"]);
}

#[tokio::test]
async fn article_4_2_who_has_still_to_be_told_and_who_has_no_officer_yet_stand_on_the_first_screen() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk").await;
    says(
        part(&page, "duties"),
        &["まだ伝えていないこと 1件", NAME, "日時が決まったこと", "11月24日（火） 09:00から"],
    );
    says(
        part(&page, "officerless"),
        &["担当者が未定 1件", "11月26日（木） 10:00", &asked.number.to_string()],
    );
    says(part(&page, "waiting"), &["確定待ちの申込み 0件"]);

    // The seeker who opens her receipt has been told; an officer is found.
    server.run("update duty set closed_at = 1, closed_by = 'job_seeker', channel = 'receipt'");
    confirm_for(&server, &asked, SECOND, Some(&desk.id)).await;
    let page = desk.page("/desk").await;
    says(part(&page, "officerless"), &["担当者が未定 0件"]);
    says(part(&page, "duties"), &["日時の変更"]);
}

#[tokio::test]
async fn article_4_3_the_next_counselling_is_large_and_counts_the_minutes_of_silence() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let next = |page: &str| part(page, "next").to_owned();
    let desk = AtTheDesk::signed_in(server.at("2026-11-26T09:30:00+09:00"), "a", desk_role()).await;
    let page = desk.page("/desk").await;
    says(&next(&page), &["10:00–10:30", NAME, "通訳（en）1人", "未定"]);
    assert!(!next(&page).contains("連絡なし") && !next(&page).contains("/held"), "{page}");

    server.at("2026-11-26T10:04:59+09:00");
    let desk = AtTheDesk::signed_in(&server, "b", desk_role()).await;
    let page = desk.page("/desk").await;
    let address = format!("/desk/requests/{}", asked.number.as_str());
    says(
        &next(&page),
        &[
            "連絡なし 4分",
            "開始から10分たつと",
            "name=\"version\" value=\"2\"",
            "name=\"back\" value=\"/desk\"",
        ],
    );
    for act in ["joined", "word", "held"] {
        says(&next(&page), &[&format!("method=\"post\" action=\"{address}/{act}\"")]);
    }
    is_in_words(&page);

    // Word stops the count, and the talk ends it; each button leads back here.
    let press = async |act: &str, version: &str| {
        let fields = [("version", version), ("back", "/desk")];
        let reply = desk.post(&format!("{address}/{act}"), &fields).await;
        let to = format!("/desk?done={act}");
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, to.as_str()), "{act}");
        desk.page(&to).await
    };
    let page = press("word", "2").await;
    says(&page, &["連絡があったことを記録しました"]);
    says(&next(&page), &["連絡あり", "value=\"3\""]);
    assert!(!next(&page).contains("連絡なし"));
    says(&next(&press("joined", "3").await), &["相談中"]);
    let page = press("held", "4").await;
    says(&next(&page), &["これから始まる相談はありません"]);
    says(part(&page, "counsellings"), &["今日の相談 1件", "実施済み"]);

    // A way back that is not ours is none.
    let fields = [("version", "5"), ("back", "//example.jp/desk"), ("reason", "x")];
    let elsewhere = desk.post(&format!("{address}/note"), &fields).await;
    assert!(elsewhere.header("location").starts_with(&address), "{}", elsewhere.header("location"));
}

#[tokio::test]
async fn article_4_3_a_silence_is_shown_as_one_at_ten_minutes_whether_it_is_written_down_or_not() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    server.at("2026-11-26T10:09:59.999+09:00");
    let desk = AtTheDesk::officer(&server).await;
    says(part(&desk.page("/desk").await, "silences"), &["連絡なしの確認 0件"]);
    server.at("2026-11-26T10:10:00+09:00");
    let before = desk.page("/desk").await;
    assert_eq!(server.count("select count(*) from booking where state = 'confirmed'"), 1);
    says(part(&before, "silences"), &["連絡なしの確認 1件", &asked.number.to_string(), "取消し扱い"]);
    assert!(!part(&before, "next").contains(NAME));
    server.look().await;
    assert_eq!(server.count("select count(*) from booking where state = 'confirmed'"), 0);
    assert_eq!(desk.page("/desk").await, before);

    server.run("update booking set affirmed_at = 1, affirmed_by = 'o-1'");
    says(part(&desk.page("/desk").await, "silences"), &["連絡なしの確認 0件"]);
}

#[tokio::test]
async fn a_talk_that_nobody_noted_as_held_is_asked_for_on_the_next_day() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(server.at("2026-11-26T10:00:00+09:00")).await;
    assert_eq!(told(&service::note_contact(&server.state, &act, true).await), "done");
    let desk = AtTheDesk::officer(&server).await;
    assert!(!desk.page("/desk").await.contains("結果の記録がまだ"));
    let desk = AtTheDesk::signed_in(server.at("2026-11-27T00:00:00+09:00"), "a", desk_role()).await;
    let page = desk.page("/desk").await;
    says(
        between(&page, "id=\"unfinished\" data-part", "</section>"),
        &["結果の記録がまだ 1件", &asked.number.to_string()],
    );
}

#[tokio::test]
async fn lists_are_cut_at_fifty_and_go_on_behind_a_link() {
    let server = Server::start();
    let mut numbers = Vec::new();
    for _ in 0..51 {
        numbers.push(Asked::send(&server).await.number.to_string());
    }
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk").await;
    let waiting = part(&page, "waiting");
    says(waiting, &["確定待ちの申込み 51件", "href=\"/desk/requests?list=waiting\"", "全51件を見る"]);
    let shown = |page: &str| numbers.iter().filter(|it| page.contains(it.as_str())).count();
    assert_eq!(shown(waiting), 50);
    let first = desk.page("/desk/requests?list=waiting").await;
    assert_eq!(shown(&first), 50);
    says(&first, &["1 / 2 ページ", "page=2"]);
    let second = desk.page("/desk/requests?list=waiting&page=2").await;
    assert_eq!(shown(&second), 1);
    assert!(numbers.iter().all(|it| first.contains(it) || second.contains(it)));
    is_in_words(&second);
    for gone in ["/desk/requests?list=waiting&page=3", "/desk/requests?list=persons"] {
        assert_eq!(desk.get(gone).await.status, 404, "{gone}");
    }
    for list in ["duties", "silences", "officerless", "unfinished"] {
        let page = desk.page(&format!("/desk/requests?list={list}")).await;
        is_in_words(&page);
        says(&page, &["0件"]);
    }
}

#[tokio::test]
async fn whoever_has_the_page_gets_nothing_anew_and_what_another_officer_does_at_once() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let one = AtTheDesk::officer(&server).await;
    let tag = one.get("/desk").await.header("etag").to_owned();
    let again = || one.get_live("/desk", &tag);
    assert_eq!(again().await.status, 304);
    let act = asked.act(&server).await;
    assert_eq!(told(&service::decline(&server.state, &act, REASON).await), "done");
    let fresh = again().await;
    assert_eq!(fresh.status, 200);
    says(part(fresh.text(), "waiting"), &["確定待ちの申込み 0件"]);
}

#[tokio::test]
async fn article_6_one_damaged_record_hides_no_other_and_what_was_typed_is_shown_harmless() {
    let server = Server::start();
    let name = "\"'><script>alert(1)</script>";
    let mut hostile = body();
    hostile["person"]["name"] = name.into();
    // Angle brackets are refused in a name, so it comes in as attendants' words.
    assert_eq!(server.post(&hostile).await.status, 422);
    hostile["person"]["name"] = NAME.into();
    hostile["attendants"][0]["language"] = "\"'&lt;b onx=1 {{7*7}}".into();
    server.post(&hostile).await.accepted();
    let asked = Asked::send(&server).await;
    let first = asked.number.as_str();
    let nothing = if crate::POSTGRES { "'\\x00'" } else { "x'00'" };
    server.run(&format!("update booking set sealed = {nothing} where reception_number = '{first}'"));
    let page = AtTheDesk::officer(&server).await.page("/desk").await;
    says(part(&page, "waiting"), &["確定待ちの申込み 2件", NAME, "（氏名を読み取れません）"]);
}
