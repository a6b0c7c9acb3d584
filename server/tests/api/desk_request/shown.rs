//! The page of a request: what it shows, proposes and gives back.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use super::{act, confirmation, is_done, is_refused, path, version};
use crate::desk::{Asked, LINK, REASON, SECOND, START};
use crate::harness::{NUMBER, Server, request, with};
use crate::officer::AtTheDesk;

#[tokio::test]
async fn article_4_1_everything_that_the_seeker_sent_is_shown_and_its_opening_noted() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let page = desk.page(&path(&asked)).await;
    for shown in [
        "小樽　花子",
        "1985年(昭和60年)4月1日",
        NUMBER,
        "2026年11月26日（木） 10:00",
        "2026年11月27日（金） 13:00",
        "通訳",
        "駅から一緒に来ます",
        "otaru-2023-10-01",
        "2deaf231d6471079f83cf1980d33b7282dae3a5a16b06dc736fc1817440cfff0",
        "日本語",
        "空きあり",
        "11月25日（水）24:00",
        "申込みを受け付けた",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert_eq!(server.count("select count(*) from audit where act = 'request_opened'"), 1);
}

#[tokio::test]
async fn the_language_of_every_screen_has_words_and_what_people_typed_is_no_gap_in_ours() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    for (language, words) in [
        ("ja", "日本語"),
        ("ja-easy", "やさしい日本語"),
        ("en", "英語"),
        ("vi", "ベトナム語"),
        ("zh", "中国語（簡体字）"),
    ] {
        let asked = Asked::of(server.post(&with("/language", language.into())).await.accepted());
        let page = desk.page(&path(&asked)).await;
        assert!(
            page.contains(&format!("<dd>{words}</dd>")) && !page.contains("desk.request."),
            "{language}: {page}"
        );
    }
    let asked = Asked::of(server.post(&with("/person/name", "{number}{who}{id}".into())).await.accepted());
    is_done(&act(&desk, &asked, "note", &[("reason", "{value}{when}")]).await, "note");
    is_done(&act(&desk, &asked, "confirm", &confirmation(START, LINK)).await, "confirm");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("{number}{who}{id} 様") && page.contains("{value}{when}"), "{page}");
}

#[tokio::test]
async fn a_reason_is_bounded_in_characters_code_points_and_marks_and_comes_back_where_it_is_not() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let long = "あ".repeat(1001);
    let marks = format!("折り返し{}", "\u{301}".repeat(9));
    let mountain = "\u{301}".repeat(5_000);
    for text in [long.as_str(), &marks, &mountain, "a\u{1B}[31mb", "a\0b"] {
        for kind in ["note", "decline"] {
            let refused = act(&desk, &asked, kind, &[("reason", text)]).await;
            is_refused(&refused, "1000文字以内");
            assert!(refused.text().contains(&format!("href=\"#{kind}-reason\"")), "{}", refused.text());
        }
    }
    assert_eq!(server.rows("event"), 1);
    let most = "あ\r\n".repeat(500);
    is_done(&act(&desk, &asked, "note", &[("reason", &most)]).await, "note");
}

#[tokio::test]
async fn the_first_free_wish_is_proposed_and_the_focus_is_on_what_is_to_be_done() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let others = [Asked::confirmed(&server).await, Asked::confirmed(&server).await];
    assert_eq!(others.len(), 2);
    let asked = Asked::send(&server).await;
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("満席"));
    assert!(page.contains(&format!("value=\"{SECOND}\" checked")), "{page}");
    assert!(page.contains("name=\"identity\" value=\"1\" autofocus"));
    is_done(&act(&desk, &asked, "identity", &[]).await, "identity");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("aria-describedby=\"meeting-hint\" autofocus"), "{page}");
}

#[tokio::test]
async fn article_4_2_what_is_refused_comes_back_with_everything_entered() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let entered = [
        ("wish", "other"),
        ("date", "2026-11-28"),
        ("time", "10:00"),
        ("meeting", "1234567890"),
        ("passcode", "p&p"),
    ];
    let refused = act(&desk, &asked, "confirm", &entered).await;
    is_refused(&refused, "href=\"#reason\"");
    for kept in [
        "value=\"2026-11-28\"",
        "value=\"10:00\"",
        "value=\"1234567890\"",
        "value=\"p&#38;p\"",
        "土曜日・日曜日",
    ] {
        assert!(refused.text().contains(kept), "{kept}");
    }
    // The finding asks to be seen, and then goes on.
    assert!(refused.text().contains("name=\"accepted\" value=\"meeting_id_personal_room\""));
    let mut again = entered.to_vec();
    again.extend([("identity", "1"), ("reason", REASON), ("accepted", "meeting_id_personal_room")]);
    is_done(&act(&desk, &asked, "confirm", &again).await, "confirm");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains(REASON) && page.contains("例外とした点：開庁していない日"), "{page}");
}

#[tokio::test]
async fn article_4_2_an_invitation_whose_link_cannot_be_taken_is_asked_about_and_never_confirmed_in_silence()
{
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let lost = "https://example.com/redirect?to=meeting ミーティング ID: 812 3456 7890";
    let entered = [("wish", SECOND), ("meeting", lost), ("identity", "1")];
    let refused = act(&desk, &asked, "confirm", &entered).await;
    is_refused(&refused, "href=\"#meeting\"");
    for said in ["ミーティングID 812 3456 7890 だけです", "name=\"accepted\" value=\"meeting_invalid\""]
    {
        assert!(refused.text().contains(said), "{said}: {}", refused.text());
    }
    assert_eq!(asked.state(&server).await, "requested");
    let again = [entered.as_slice(), &[("accepted", "meeting_invalid")]].concat();
    is_done(&act(&desk, &asked, "confirm", &again).await, "confirm");
    assert!(!desk.page(&path(&asked)).await.contains("example.com"));
}

#[tokio::test]
async fn article_4_2_a_link_that_a_mail_program_wrapped_or_broke_lets_her_in() {
    for invitation in [
        "参加する https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbc.1&data=05%7C02 ミーティング ID: 812 3456 7890 パスコード: A1b2C3",
        "https://us02web.zoom.us/j/81234567890?pwd=Abc\n.1\nミーティング ID: 812 3456 7890\nパスコード: A1b2C3",
    ] {
        let server = Server::start();
        let desk = AtTheDesk::officer(&server).await;
        let asked = Asked::send(&server).await;
        let entered = [("wish", SECOND), ("meeting", invitation), ("identity", "1")];
        is_done(&act(&desk, &asked, "confirm", &entered).await, "confirm");
        let page = desk.page(&path(&asked)).await;
        for taken in ["https://us02web.zoom.us/j/81234567890?pwd=Abc.1\"", "value=\"A1b2C3\""] {
            assert!(page.contains(taken), "{taken}: {page}");
        }
    }
}

#[tokio::test]
async fn a_stale_page_overwrites_nothing_and_shows_what_has_changed() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let seen = version(&desk.page(&path(&asked)).await);
    is_done(&act(&desk, &asked, "note", &[("reason", "折り返し電話する")]).await, "note");
    let declined = [("version", seen.as_str()), ("reason", "<b>お断り</b>")];
    let stale = desk.post(&format!("{}/decline", path(&asked)), &declined).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let page = stale.text();
    let (_, meanwhile) = page.split_once("id=\"meanwhile\"").unwrap();
    let (meanwhile, _) = meanwhile.split_once("</section>").unwrap();
    assert!(meanwhile.contains("メモを残した") && meanwhile.contains("折り返し電話する"), "{meanwhile}");
    assert!(!meanwhile.contains("申込みを受け付けた"));
    assert!(page.contains("&#60;b&#62;お断り&#60;/b&#62;"));
    assert_eq!(version(page), "2");
    assert_eq!(asked.state(&server).await, "requested");
    let again = [("version", "2"), ("reason", "<b>お断り</b>")];
    is_done(&desk.post(&format!("{}/decline", path(&asked)), &again).await, "decline");
}

#[tokio::test]
async fn every_state_offers_its_own_acts_and_refuses_all_others() {
    const ACTS: [&str; 13] = [
        "confirm",
        "assign",
        "decline",
        "withdraw",
        "joined",
        "word",
        "held",
        "cancel",
        "cancel-office",
        "stop",
        "affirm",
        "correct-held",
        "notified",
    ];
    for (state, _, _) in crate::desk::STATES {
        let server = Server::start();
        let asked = Asked::in_state(&server, state).await;
        let desk = AtTheDesk::officer(&server).await;
        let page = desk.page(&path(&asked)).await;
        for name in ACTS {
            let offered = page.contains(&format!("action=\"{}/{name}\"", path(&asked)));
            let mut fields = vec![("reason", REASON), ("officer", ""), ("channel", "telephone")];
            fields.extend([
                ("wish", "other"),
                ("date", "2026-12-10"),
                ("time", "10:00"),
                ("identity", "1"),
                ("meeting", LINK),
            ]);
            if offered {
                continue;
            }
            let reply = act(&desk, &asked, name, &fields).await;
            // The office may say that a counselling took place before its time; the page does not offer it.
            let done = reply.status == StatusCode::SEE_OTHER;
            let may = state == "confirmed" && name == "held";
            assert!(!done || may, "{state}: {name} is not offered and was done");
            if done {
                break;
            }
        }
    }
}

#[tokio::test]
async fn hostile_input_in_every_field_comes_back_harmless() {
    const HOSTILE: &str = "\"><script>alert(1)</script>'{{7*7}}\u{202E}\u{0}&lt;";
    let server = Server::start();
    let desk = AtTheDesk::manager(&server).await;
    let names = [
        "wish",
        "date",
        "time",
        "identity",
        "meeting",
        "passcode",
        "officer",
        "reason",
        "accepted",
        "channel",
        "word_at",
        "name",
        "birth_date",
        "job_seeker_number",
        "0-kind",
        "0-language",
        "0-count",
        "0-note",
        "checked",
        "kind",
        "ends",
        "suspension",
        "double",
    ];
    let fields: Vec<_> = names.iter().map(|it| (*it, HOSTILE)).collect();
    for name in [
        "confirm",
        "assign",
        "decline",
        "withdraw",
        "joined",
        "word",
        "held",
        "cancel",
        "cancel-office",
        "stop",
        "affirm",
        "correct-held",
        "notified",
        "note",
        "identity",
        "doubles",
        "person",
        "attendants",
        "receipt-sheet",
        "legal-hold",
        "suspend",
        "lift",
        "review",
    ] {
        let asked = Asked::send(&server).await;
        let reply = act(&desk, &asked, name, &fields).await;
        assert!(reply.status.as_u16() < 500, "{name}");
        for page in [reply.text().to_owned(), desk.page(&path(&asked)).await] {
            assert!(!page.contains("<script>alert"), "{name}: {page}");
        }
    }
    for bad in ["/desk/requests/%3Cscript%3E", "/desk/requests/7K3M9QXD2", "/desk/requests/%00/confirm"] {
        let reply = desk.get(bad).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{bad}");
    }
    let asked = Asked::send(&server).await;
    assert_eq!(act(&desk, &asked, "drop", &[]).await.status, StatusCode::NOT_FOUND);
    let done = desk.page(&format!("{}?done={}", path(&asked), "%3Cscript%3E")).await;
    assert!(!done.contains("d-done"));
}

#[tokio::test]
async fn article_6_whoever_is_not_signed_in_learns_nothing_of_a_request_and_changes_nothing() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let there = path(&asked);
    for known in [there.clone(), format!("{there}/confirm")] {
        let unknown = known.replace(asked.number.as_str(), "000000000");
        let (one, other) = (server.get(&known).await, server.get(&unknown).await);
        assert_eq!((one.status, other.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        let plain = |it: &str| it.replace(asked.number.as_str(), "").replace("000000000", "");
        assert_eq!(plain(one.text()), plain(other.text()));
    }
    let own = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let declines = request(Method::POST, &format!("{there}/decline"), &own);
    let reply = server.send(declines.map(|_| Body::from("version=1&reason=x"))).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(asked.state(&server).await, "requested");
}
