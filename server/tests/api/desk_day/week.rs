//! The week by slot, and the day on paper.

use precheck_server::service;

use crate::desk::{Asked, PASSCODE, REASON, SECOND, START, told};
use crate::harness::{NAME, Server};
use crate::officer::AtTheDesk;

use super::{confirm_for, is_in_words, says};

/// The cell of a day and a time: the days are the columns from Monday on.
fn cell<'a>(page: &'a str, time: &str, day: usize) -> &'a str {
    let (_, row) = page.split_once(&format!("<th scope=\"row\">{time}</th>")).unwrap();
    let row = row.split_once("</tr>").unwrap().0;
    row.split("<td>").nth(day + 1).unwrap()
}

#[tokio::test]
async fn article_4_1_the_week_shows_seats_who_has_them_and_why_the_office_is_closed() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    confirm_for(&server, &asked, START, Some(&desk.id)).await;
    let page = desk.page("/desk/calendar?week=2026-11-29").await;
    is_in_words(&page);
    says(
        &page,
        &["2026年11月23日（月） から 2026年11月29日（日） まで", "祝日（勤労感謝の日）", "閉庁日（土日）"],
    );
    says(
        &page,
        &["href=\"/desk/calendar?week=2026-11-16\"", "href=\"/desk/calendar?week=2026-11-30\"", "今日"],
    );
    let all = server.state.office.policy().seats.default;
    let thursday = cell(&page, "10:00", 3);
    says(
        thursday,
        &[&format!("空き{} / {all}席", all - 1), NAME, &asked.number.to_string(), "確定", "小樽 次郎"],
    );
    assert_eq!(cell(&page, "10:00", 0).trim(), "</td>", "a holiday has no seats");
    says(cell(&page, "10:00", 1), &[&format!("空き{all} / {all}席")]);
    assert!(!cell(&page, "10:30", 3).contains(NAME));
    assert!(!page.contains("/desk/settings"), "an officer sets no seats");

    // A cancelled counselling has no seat any more.
    let act = asked.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    let page = desk.page("/desk/calendar?week=2026-11-23").await;
    assert!(!page.contains(NAME));
    says(cell(&page, "10:00", 3), &[&format!("空き{all} / {all}席")]);
}

#[tokio::test]
async fn days_beyond_the_official_list_are_marked_and_any_address_is_answered() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let page = manager.page("/desk/calendar?week=2027-12-31").await;
    assert_eq!(page.matches("祝日は見込み").count(), 4, "two days, twice each");
    says(&page, &["閉庁日（年末年始）", "href=\"/desk/settings?day=2027-12-31\"", "href=\"/desk/calendar\""]);
    assert!(!manager.page("/desk/calendar?week=2027-12-20").await.contains("祝日は見込み"));
    for odd in ["", "?week=", "?week=x", "?week=0000-01-01", "?week=9999-12-31", "?week=2199-12-31"] {
        let page = manager.page(&format!("/desk/calendar{odd}")).await;
        assert_eq!(page.contains("2026年11月23日（月）"), odd != "?week=2199-12-31", "{odd}");
    }
}

#[tokio::test]
async fn the_day_on_paper_has_what_the_officer_needs_and_that_it_was_opened_is_kept() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    confirm_for(&server, &asked, START, Some(&desk.id)).await;
    let other = Asked::send(&server).await;
    confirm_for(&server, &other, SECOND, None).await;
    let page = desk.page("/desk/day/2026-11-26/print").await;
    is_in_words(&page);
    says(
        &page,
        &["相談の一覧 2026年11月26日（木）", "10:00–10:30", NAME, &asked.number.to_string(), "123 4567 8901"],
    );
    says(&page, &[PASSCODE, "小樽 次郎", "通訳（en）1人", "駅から一緒に来ます", "メモ"]);
    assert!(!page.contains(&other.number.to_string()) && !page.contains("取消しなどで"));
    assert_eq!(
        server.count("select count(*) from audit where act = 'day_sheet' and subject = '2026-11-26'"),
        1
    );

    let act = asked.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    let page = desk.page("/desk/day/2026-11-26/print").await;
    says(&page, &["取消しなどで行わない相談が1件あります"]);
    assert!(!page.contains(NAME));
    for gone in ["2026-02-29", "x", "9999-01-01"] {
        assert_eq!(desk.get(&format!("/desk/day/{gone}/print")).await.status, 404, "{gone}");
    }
    assert_eq!(server.get("/desk/day/2026-11-26/print").await.status, 401);
}
