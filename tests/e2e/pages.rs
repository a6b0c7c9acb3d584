//! The same widget in other surroundings: inside an office's page, in English, by keyboard alone; and the check of the
//! device for those who may not book.

use anyhow::{Result, ensure};
use thirtyfour::Key;

use crate::applicant::{
    self, BOOKING, BORN_UNDERSTOOD, CHECK, CONDITIONS, CONSENT, NEXT, RECEIPT, REVIEW, SEND, THURSDAY,
};
use crate::page::Page;
use crate::stage::{Outcome, play, play_in};

#[tokio::test]
async fn the_element_inside_an_offices_page_leads_to_a_receipt_and_leaves_address_and_focus_alone() -> Outcome
{
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/demo")).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.ask("document.activeElement === document.body", &[]).await? == true, "the focus stays");
        ensure!(page.ask("scrollY === 0", &[]).await? == true, "the page stays where it is");
        let history = page.ask("history.length", &[]).await?;
        page.look("demo-conditions").await?;
        applicant::answer_conditions(page).await?;
        page.press(NEXT).await?;
        applicant::consent(page).await?;
        applicant::check(page).await?;
        applicant::booking(page, &[THURSDAY]).await?;
        let receipt = applicant::send(page).await?;
        page.look("demo-receipt").await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        ensure!(
            page.ask("location.pathname + location.hash", &[]).await? == "/demo",
            "the host's address is its own"
        );
        ensure!(page.ask("history.length", &[]).await? == history, "the host's history is its own");
        ensure!(receipt.link.starts_with(&server.address("/#/receipt/")), "the link leads to our own page");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn in_english_the_path_leads_to_a_receipt_and_the_terms_stay_japanese() -> Outcome {
    the_path_in("en", "en").await
}

#[tokio::test]
async fn in_vietnamese_the_path_leads_to_a_receipt_and_the_terms_stay_japanese() -> Outcome {
    the_path_in("vi", "vi").await
}

#[tokio::test]
async fn in_chinese_the_path_leads_to_a_receipt_and_the_terms_stay_japanese() -> Outcome {
    the_path_in("zh", "zh-Hans").await
}

#[tokio::test]
async fn in_plain_japanese_the_path_leads_to_a_receipt_and_every_word_can_be_read() -> Outcome {
    the_path_in("ja-easy", "ja").await
}

async fn the_path_in(language: &'static str, marked: &str) -> Outcome {
    // Plain Japanese is no language of a browser: it is asked for.
    let (of_browser, asked) = if language == "ja-easy" { ("ja", "/?lang=ja-easy") } else { (language, "/") };
    play_in(of_browser, async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.is_now_in(language);
        page.open(&server.address(asked)).await?;
        page.opens_with(CONDITIONS).await?;
        is_marked_as(page, marked).await?;
        can_be_read(page).await?;
        page.look(&format!("{language}-1-conditions")).await?;
        applicant::answer_conditions(page).await?;
        page.press(NEXT).await?;
        page.shows(CONSENT).await?;
        page.reads("オンライン職業相談を利用できるのは、次の全ての条件を満たす方です。").await?;
        page.look(&format!("{language}-2-consent")).await?;
        can_be_read(page).await?;
        applicant::tick_consents(page).await?;
        page.press(NEXT).await?;
        page.shows(CHECK).await?;
        applicant::answer_check(page).await?;
        page.look(&format!("{language}-3-check")).await?;
        can_be_read(page).await?;
        page.press(NEXT).await?;
        page.shows(BOOKING).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.look(&format!("{language}-4-booking")).await?;
        can_be_read(page).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        page.look(&format!("{language}-5-review")).await?;
        can_be_read(page).await?;
        page.press(SEND).await?;
        page.shows(RECEIPT).await?;
        page.reads("state.requested").await?;
        page.look(&format!("{language}-6-receipt")).await?;
        can_be_read(page).await?;
        let receipt = applicant::receipt(page).await?;
        applicant::is_stored(server, &receipt, &[THURSDAY]).await?;
        let sent = page.submissions().await?;
        ensure!(sent[0].1["language"] == language, "{sent:#?}");
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn changing_the_language_keeps_what_was_entered_and_refusals_follow_it() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        applicant::to_booking(page, &stage.server).await?;
        applicant::fill_booking(page, &[THURSDAY]).await?;
        page.press("language.en").await?;
        page.is_now_in("en");
        page.opens_with(BOOKING).await?;
        let focus = page.ask("focused() !== null", &[]).await?;
        page.expects(focus == true, "the focus is lost when the language changes");
        is_marked_as(page, "en").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.reload().await?;
        page.opens_with(BOOKING).await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.press(NEXT).await?;
        page.shows(REVIEW).await?;
        stage.server.restart(crate::server::AFTER_THE_DEADLINE, None)?;
        page.press(SEND).await?;
        page.is_told(&["refusal.slot_too_late"], "#f-wishes-0").await?;
        page.press("language.zh").await?;
        page.is_now_in("zh");
        page.opens_with(BOOKING).await?;
        is_marked_as(page, "zh-Hans").await?;
        applicant::still_holds(page, &[THURSDAY]).await?;
        page.press("language.ja").await?;
        page.is_now_in("ja");
        page.opens_with(BOOKING).await?;
        is_marked_as(page, "ja").await?;
        applicant::still_holds(page, &[THURSDAY]).await
    })
    .await
}

/// What people and the office write is theirs, what is only heard needs no reading, and Chinese is called as its readers call it.
const THEIRS: &str = "'option, textarea, [role=status], .oc-terms__text, .oc-terms__list, .oc-contact, [lang=zh-Hans], .oc-row__value'";

/// In plain Japanese every kanji of ours has its reading above it, which no attribute has, no screen reader says twice and nobody
/// copies; in other languages there are no readings.
async fn can_be_read(page: &Page) -> Result<()> {
    let readings = page.ask("all('rt').length", &[]).await?;
    if page.language.get() != "ja-easy" {
        page.expects(readings == 0, format!("{readings} readings"));
        return Ok(());
    }
    page.expects(readings.as_u64() > Some(10), format!("only {readings} readings"));
    for (fault, found) in [
        (
            "without a reading",
            "all('*').filter((it) => it.childElementCount === 0 && it.localName !== 'ruby' && !it.closest('ruby')
                && !it.closest(THEIRS) && /[一-鿿]/.test(it.textContent)).map(words)",
        ),
        ("in an attribute", r"all('*').filter((it) => [...it.attributes].some((at) => /[《》\uFFF9-\uFFFB]/.test(at.value))).map(words)"),
        ("not drawn", r"/[《》\uFFF9-\uFFFB]/.test(root.textContent) ? ['a mark'] : []"),
        ("heard twice", "all('rt').filter((it) => it.getAttribute('aria-hidden') !== 'true').map(words)"),
        ("copied", "all('rt').filter((it) => getComputedStyle(it).userSelect !== 'none').map(words)"),
    ] {
        let found = page.ask(&found.replace("THEIRS", THEIRS), &[]).await?;
        page.expects(found.as_array().is_some_and(Vec::is_empty), format!("{fault}: {found}"));
    }
    Ok(())
}

/// The words on the screen are marked with their language, so that they are read aloud in it.
async fn is_marked_as(page: &Page, language: &str) -> Result<()> {
    let marked = page
        .ask("(all('[data-heading]')[0].closest('[lang]') ?? element.closest('[lang]')).lang", &[])
        .await?;
    page.expects(marked == language, format!("words in {language} are marked as {marked}"));
    // Our own page goes along, and is called by its step.
    let own = "element.hasAttribute('standalone') || null";
    if page.ask(own, &[]).await? == true {
        let whole = page.ask("document.documentElement.lang", &[]).await?;
        page.expects(whole == language, format!("a page in {language} is marked as {whole}"));
        let named = "document.title.startsWith(`${words(all('[data-heading]')[0])} | `) && !document.title.includes('undefined')";
        page.expects(page.ask(named, &[]).await? == true, "the page is called by its step");
    }
    Ok(())
}

#[tokio::test]
async fn article_2_the_check_of_the_device_is_open_after_a_no_and_leads_to_no_booking() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/")).await?;
        page.opens_with(CONDITIONS).await?;
        page.choose("f-eligibility-registered", "no").await?;
        page.press("conditions.only_check").await?;
        page.shows(CHECK).await?;
        applicant::answer_check(page).await?;
        page.reads("check.preparations").await?;
        if page.offers(NEXT).await? {
            page.press(NEXT).await?;
            let led = "focused()?.matches('[data-heading], .oc-summary') && { heading: words(all('[data-heading]')[0]) }";
            let led = page.until("a screen", led, &[]).await?;
            ensure!(led["heading"] != page.word(BOOKING), "somebody who may not book is asked for name and number");
        }
        page.does_not_read("booking.name").await
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_date_of_birth_is_read_in_both_calendars_and_echoed_in_both() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        for (era, year, month, day, understood) in [
            ("西暦", "1985", "4", "1", BORN_UNDERSTOOD),
            ("西暦", "1985年4月1日", "", "", BORN_UNDERSTOOD),
            ("西暦", "昭和６０年４月１日", "", "", BORN_UNDERSTOOD),
            ("昭和", "60", "4", "1", BORN_UNDERSTOOD),
            ("昭和", "６０", "４", "１", BORN_UNDERSTOOD),
            ("昭和", "64", "1", "7", "1989年(昭和64年)1月7日"),
            ("平成", "元", "1", "8", "1989年(平成元年)1月8日"),
            ("平成", "12", "2", "29", "2000年(平成12年)2月29日"),
        ] {
            page.select("f-person-birth_date-era", era).await?;
            page.type_into("f-person-birth_date", year).await?;
            page.type_into("f-person-birth_date-month", month).await?;
            page.type_into("f-person-birth_date-day", day).await?;
            page.reads(&page.filled("booking.echo", &[("value", understood)])).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_1_a_wish_is_chosen_by_keyboard_alone() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        applicant::to_booking(page, server).await?;
        page.type_into("f-person-job_seeker_number", applicant::NUMBER).await?;
        page.key(Key::Tab).await?;
        page.has_focus("[data-day=\"2026-11-25\"]").await?;
        let stops = page.ask("all('[data-day]').filter((it) => it.tabIndex === 0).length", &[]).await?;
        ensure!(stops == 1, "the calendar is one stop, not {stops}");
        for (key, day) in [
            (Key::Right, "2026-11-26"),
            (Key::Right, "2026-11-27"),
            (Key::Down, "2026-12-04"),
            (Key::Up, "2026-11-27"),
            (Key::End, "2026-12-22"),
            (Key::Home, "2026-11-24"),
            (Key::Left, "2026-11-24"),
            (Key::Right, "2026-11-25"),
            (Key::Right, "2026-11-26"),
        ] {
            page.key(key.clone()).await?;
            page.has_focus(&format!("[data-day=\"{day}\"][tabindex=\"0\"]")).await?;
        }
        page.key(Key::Enter).await?;
        page.has_focus(".oc-times__heading").await?;
        page.key(Key::Tab).await?;
        page.has_focus(&format!("[data-slot=\"{THURSDAY}\"]")).await?;
        page.key(" ").await?;
        page.has_focus(&format!("[data-slot=\"{THURSDAY}\"][aria-pressed=true]")).await?;
        let wishes = page.all_words(".oc-wish__time").await?;
        ensure!(wishes == [page.date_time(THURSDAY)], "{wishes:?}");
        page.press("calendar.other").await?;
        page.has_focus("[data-day=\"2026-11-26\"]").await?;
        stage.was_quiet(&[]).await
    })
    .await
}

#[tokio::test]
async fn steps_have_addresses_that_lead_as_far_as_the_answers_reach() -> Outcome {
    play(async |stage| {
        let (page, server) = (&stage.page, &stage.server);
        page.open(&server.address("/#/review")).await?;
        page.opens_with(CONDITIONS).await?;
        ensure!(page.fragment().await? == "#/conditions", "nothing is answered yet");
        page.open(&server.address("/#/check")).await?;
        page.opens_with(CHECK).await?;
        applicant::to_review(page, server, &[THURSDAY]).await?;
        for (address, heading) in [
            ("/#/conditions", CONDITIONS),
            ("/#/booking", BOOKING),
            ("/#/consent", CONSENT),
            ("/#/nowhere", CONDITIONS),
            ("/#/review", REVIEW),
        ] {
            page.open(&server.address(address)).await?;
            page.opens_with(heading).await?;
        }
        let receipt = applicant::send(page).await?;
        // Mail programs encode fragments, and some do it twice.
        for link in [receipt.link.replace("#/", "#%2F"), receipt.link.replace("#/", "#%252F")] {
            page.open(&server.address("/demo")).await?;
            page.open(&link).await?;
            page.opens_with(RECEIPT).await?;
            ensure!(applicant::receipt(page).await? == receipt, "{link}");
        }
        stage.was_quiet(&[]).await
    })
    .await
}
