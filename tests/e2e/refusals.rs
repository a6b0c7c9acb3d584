//! Each kind of "not like this": said at once, all of it, in a summary that takes the focus and leads to the field; with
//! everything else kept.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::applicant::{self, BOOKING, CHECK, CONDITIONS, CONSENT, FRIDAY, NEXT, NUMBER, REVIEW, THURSDAY};
use crate::page::Page;
use crate::server::TELEPHONE;
use crate::stage::{Outcome, play};

#[tokio::test]
async fn article_2_an_unanswered_condition_is_named_and_a_no_is_told_what_to_do_instead() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        for (condition, answer) in [("registered", "yes"), ("equipped", "yes"), ("need", "yes")] {
            page.choose(&format!("f-eligibility-{condition}"), answer).await?;
        }
        page.press(NEXT).await?;
        page.is_told(&["まだ答えていない条件があります。"], "#f-eligibility-ongoing").await?;

        page.choose("f-eligibility-ongoing", "no").await?;
        let stale = page.does_not_read("まだ答えていない条件があります。").await;
        page.expects(stale.is_ok(), "an answered condition is still called unanswered");
        page.reads("担当職員による継続的な相談を希望する方のためのものです。").await?;
        page.reads("一度だけの質問は、電話または窓口でお受けします。").await?;
        page.reads("ほかの方法でご相談いただけます").await?;
        page.reads(TELEPHONE).await?;
        ensure!(!page.offers(NEXT).await?, "a no ends the way to a booking");
        page.look("refused-conditions").await?;

        page.open(&server.address("/#/booking")).await?;
        page.until("the way back to the conditions", "location.hash === '#/conditions'", &[]).await?;
        page.shows(CONDITIONS).await?;

        page.choose("f-eligibility-ongoing", "yes").await?;
        page.press(NEXT).await?;
        page.shows(CONSENT).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn the_preamble_and_article_3_every_open_box_of_the_consents_is_named() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        applicant::conditions(page).await?;
        page.inside(".oc-terms__body").await?;
        page.press(NEXT).await?;
        let all = [
            "「利用規約への同意」にチェックがありません。",
            "「アプリのサービス規約への同意」にチェックがありません。",
            "「録画・録音の禁止」の確認にチェックがありません。",
            "「通信費は自己負担」の確認にチェックがありません。",
            "「キャンセルの方法」の確認にチェックがありません。",
            "「利用の記録」の確認にチェックがありません。",
            "「免責事項」の確認にチェックがありません。",
            "「損害賠償」の確認にチェックがありません。",
        ];
        page.is_told(&all, "#f-consents-terms").await?;
        page.look("refused-consent").await?;

        applicant::tick_consents(page).await?;
        page.press_on("label[for=\"f-consents-acknowledged-own_cost\"]").await?;
        page.press(NEXT).await?;
        page.is_told(
            &["「通信費は自己負担」の確認にチェックがありません。"],
            "#f-consents-acknowledged-own_cost",
        )
        .await?;
        page.tick("f-consents-acknowledged-own_cost").await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_10_what_is_unanswered_is_named_and_a_device_without_a_camera_blocks() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        applicant::conditions(page).await?;
        applicant::consent(page).await?;
        page.press(NEXT).await?;
        let summary = page.errors().await?;
        ensure!(summary.links.len() == 1 + applicant::ASKED.len(), "the device and each item: {summary:#?}");
        page.press_on(".oc-summary__link").await?;
        page.has_focus("#f-own_device").await?;

        applicant::answer_check(page).await?;
        page.choose("f-checklist-camera", "failed").await?;
        page.reads("このままでは予約できません").await?;
        page.press(NEXT).await?;
        let summary = page.errors().await?;
        ensure!(summary.links.len() == 1, "the camera alone: {summary:#?}");
        page.press_on(".oc-summary__link").await?;
        page.has_focus("#f-checklist-camera").await?;
        page.look("refused-check").await?;

        page.choose("f-checklist-camera", "by_the_day").await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_everything_that_is_missing_or_wrong_is_named_at_once_and_the_rest_is_kept() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        page.press(NEXT).await?;
        let told = page.errors().await?;
        ensure!(told.links.len() == 4, "the four items of the clause: {told:#?}");
        ensure!(told.links[3] == "希望日時が選ばれていません。", "{told:#?}");
        page.press("希望日時が選ばれていません。").await?;
        page.has_focus("#f-wishes").await?;

        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.type_into("f-person-job_seeker_number", "1234").await?;
        page.press(NEXT).await?;
        let wrong = "求職番号は、5けたの数字、ハイフン、1けたから8けたの数字です。";
        let summary = page.is_told(&[wrong], "#f-person-job_seeker_number").await?;
        ensure!(summary.heading == "直していただくところが1件あります", "{summary:#?}");
        page.inside("#f-person-job_seeker_number[aria-invalid=true]").await?;
        let heard = page.description_of("f-person-job_seeker_number").await?;
        ensure!(heard.contains(wrong) && heard.contains("例：01234-5678901"), "hint and fault: {heard}");
        page.look("refused-number").await?;

        page.type_into("f-person-job_seeker_number", NUMBER).await?;
        applicant::still_holds(page, &[applicant::THURSDAY_WORDS]).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_short_number_is_asked_about_once_and_passes_when_confirmed() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.type_into("f-person-job_seeker_number", "01234-567").await?;
        page.press(NEXT).await?;
        let short = "ハイフンの後の数字が5けた以下です。";
        let summary = page.is_told(&[short], "#f-person-job_seeker_number").await?;
        ensure!(summary.heading.contains("もう一度「次へ進む」を押してください"), "{summary:#?}");
        page.look("asked-number").await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        let receipt = applicant::send(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(sent[0].1["accepted_findings"] == json!(["job_seeker_number_short"]), "{sent:#?}");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_date_of_another_era_is_told_with_the_one_that_was_meant() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.select("f-person-birth_date-era", "昭和").await?;
        type_birth_date(page, ["64", "1", "8"]).await?;
        page.press(NEXT).await?;
        let told = "その元号にはない日付です。「平成元年1月8日」ではありませんか。";
        page.is_told(&[told], "#f-person-birth_date").await?;
        page.select("f-person-birth_date-era", "平成").await?;
        type_birth_date(page, ["1", "1", "8"]).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.reads("1989年(平成元年)1月8日").await?;
        Ok(())
    })
    .await
}

async fn type_birth_date(page: &Page, [year, month, day]: [&str; 3]) -> Result<()> {
    page.type_into("f-person-birth_date", year).await?;
    page.type_into("f-person-birth_date-month", month).await?;
    page.type_into("f-person-birth_date-day", day).await
}

#[tokio::test]
async fn article_4_1_a_closed_day_says_why_and_a_fourth_wish_is_refused() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        for (day, why) in [
            ("2026-11-24", "この日時の申込みは締め切りました。"),
            ("2026-11-28", "土曜日・日曜日は予約できません。"),
        ] {
            page.press_on(&format!("[data-day=\"{day}\"]")).await?;
            page.has_focus(".oc-times__heading").await?;
            page.reads(why).await?;
            ensure!(page.all_words("[data-slot]").await?.is_empty(), "{day} has no times");
        }
        for wish in [THURSDAY, FRIDAY, "2026-11-30T11:30:00+09:00"] {
            applicant::add_wish(page, wish).await?;
        }
        page.press_on("[data-slot=\"2026-11-30T15:30:00+09:00\"]").await?;
        page.is_told(&["希望日時は3つまでです。"], "#f-wishes").await?;
        let wishes = page.all_words(".oc-wish__time").await?;
        ensure!(wishes.len() == 3, "{wishes:?}");
        page.look("refused-fourth-wish").await?;
        let last = wishes.last().context("three wishes")?;
        page.press(&format!("取り消す {last}")).await?;
        page.until("two wishes", "all('.oc-wish__time').length === 2", &[]).await.map(drop)
    })
    .await
}
