//! Each kind of "not like this": said at once, all of it, in a summary that takes the focus and leads to the field; with
//! everything else kept.

use anyhow::{Result, ensure};
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
        let item = page.word("conditions.ongoing.short");
        let unanswered = page.filled("refusal.ineligible.unanswered", &[("item", &item)]);
        page.is_told(&[&unanswered], "#f-eligibility-ongoing").await?;

        page.choose("f-eligibility-ongoing", "no").await?;
        let stale = page.does_not_read(&unanswered).await;
        page.expects(stale.is_ok(), "an answered condition is still called unanswered");
        for words in [
            "refusal.ineligible.ongoing",
            "refusal.ineligible.ongoing.do",
            "conditions.other_ways",
            TELEPHONE,
        ] {
            page.reads(words).await?;
        }
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
            "refusal.consent_missing.terms",
            "refusal.consent_missing.app_terms",
            "refusal.consent_missing.no_recording",
            "refusal.consent_missing.own_cost",
            "refusal.consent_missing.cancellation",
            "refusal.consent_missing.records",
            "refusal.consent_missing.disclaimers",
            "refusal.consent_missing.damages",
        ];
        page.is_told(&all, "#f-consents-terms").await?;
        page.look("refused-consent").await?;

        applicant::tick_consents(page).await?;
        page.press_on("label[for=\"f-consents-acknowledged-own_cost\"]").await?;
        page.press(NEXT).await?;
        page.is_told(&["refusal.consent_missing.own_cost"], "#f-consents-acknowledged-own_cost").await?;
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
        let unanswered = |item| {
            let item = page.word(&format!("check.{item}"));
            page.filled("refusal.checklist_incomplete.unanswered", &[("item", &item)])
        };
        let mut told = vec!["refusal.checklist_incomplete.own_device".to_owned()];
        told.extend(applicant::ASKED.into_iter().map(unanswered));
        let told: Vec<_> = told.iter().map(String::as_str).collect();
        page.is_told(&told, "#f-own_device").await?;

        applicant::answer_check(page).await?;
        page.choose("f-checklist-camera", "failed").await?;
        page.reads("check.blocked").await?;
        page.press(NEXT).await?;
        page.is_told(&["refusal.check_blocking.camera"], "#f-checklist-camera").await?;
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
        let four = [
            "refusal.name_invalid.empty",
            "refusal.birth_date_invalid.empty",
            "refusal.job_seeker_number_invalid.empty",
            "refusal.wishes_count.none",
        ];
        page.is_told(&four, "#f-person-name").await?;
        page.press("refusal.wishes_count.none").await?;
        page.has_focus("#f-wishes").await?;

        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.type_into("f-person-job_seeker_number", "1234").await?;
        page.press(NEXT).await?;
        let wrong = "refusal.job_seeker_number_invalid.form";
        let summary = page.is_told(&[wrong], "#f-person-job_seeker_number").await?;
        ensure!(summary.heading == page.filled("summary.fix", &[("n", "1")]), "{summary:#?}");
        page.inside("#f-person-job_seeker_number[aria-invalid=true]").await?;
        let heard = page.description_of("f-person-job_seeker_number").await?;
        ensure!(
            heard.contains(&page.word(wrong)) && heard.contains(&page.word("booking.number.hint")),
            "hint and fault: {heard}"
        );
        page.look("refused-number").await?;

        page.type_into("f-person-job_seeker_number", NUMBER).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
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
        let short = "refusal.job_seeker_number_short";
        let summary = page.is_told(&[short], "#f-person-job_seeker_number").await?;
        ensure!(summary.heading == page.word("summary.asks"), "{summary:#?}");
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
        let meant = [("suggestion", "平成元年1月8日")];
        let told = page.filled("refusal.birth_date_invalid.outside_era", &meant);
        page.is_told(&[&told], "#f-person-birth_date").await?;
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
        for (day, why) in
            [("2026-11-24", "refusal.slot_too_late"), ("2026-11-28", "refusal.slot_not_business_day")]
        {
            page.press_on(&format!("[data-day=\"{day}\"]")).await?;
            page.has_focus(".oc-times__heading").await?;
            page.reads(why).await?;
            ensure!(page.all_words("[data-slot]").await?.is_empty(), "{day} has no times");
        }
        let third = "2026-11-30T11:30:00+09:00";
        for wish in [THURSDAY, FRIDAY, third] {
            applicant::add_wish(page, wish).await?;
        }
        page.press_on("[data-slot=\"2026-11-30T15:30:00+09:00\"]").await?;
        let most = page.filled("refusal.wishes_count.many", &[("most", "3")]);
        page.is_told(&[&most], "#f-wishes").await?;
        let wishes = page.all_words(".oc-wish__time").await?;
        ensure!(wishes == [THURSDAY, FRIDAY, third].map(|it| page.date_time(it)), "{wishes:?}");
        page.look("refused-fourth-wish").await?;
        page.remove_wish(third).await?;
        page.until("two wishes", "all('.oc-wish__time').length === 2", &[]).await.map(drop)
    })
    .await
}
