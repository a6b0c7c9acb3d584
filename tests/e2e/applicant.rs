//! 小樽 花子, who is nobody: how she goes through the steps.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::page::{Page, answer};
use crate::server::Server;

pub(crate) const NAME: &str = "小樽 花子";
/// As typed on a Japanese keyboard, and as it is understood.
pub(crate) const NUMBER: &str = "０１２３４ー５６７８９０１";
pub(crate) const NUMBER_UNDERSTOOD: &str = "01234-5678901";
/// As typed in one line, and as it is understood.
pub(crate) const BORN: &str = "S60.4.1";
pub(crate) const BORN_UNDERSTOOD: &str = "1985年(昭和60年)4月1日";

pub(crate) const THURSDAY: &str = "2026-11-26T10:00:00+09:00";
pub(crate) const FRIDAY: &str = "2026-11-27T13:30:00+09:00";

/// Headings and buttons, by their keys.
pub(crate) const CONDITIONS: &str = "conditions.heading";
pub(crate) const CONSENT: &str = "consent.heading";
pub(crate) const CHECK: &str = "check.heading";
pub(crate) const BOOKING: &str = "booking.heading";
pub(crate) const REVIEW: &str = "review.heading";
pub(crate) const RECEIPT: &str = "receipt.heading";
pub(crate) const NEXT: &str = "button.next";
pub(crate) const BACK: &str = "button.back";
pub(crate) const SEND: &str = "button.send";
pub(crate) const TO_REVIEW: &str = "button.to_review";

/// Who may use it: yes, yes, yes, not sure.
pub(crate) const ANSWERS: [(&str, &str); 4] = [
    ("f-eligibility-registered", "yes"),
    ("f-eligibility-equipped", "yes"),
    ("f-eligibility-ongoing", "yes"),
    ("f-eligibility-need", "not_sure"),
];
/// What is asked of the device and the room.
pub(crate) const ASKED: [&str; 11] = [
    "camera",
    "microphone",
    "speaker",
    "network",
    "metered",
    "app_ready",
    "os_supported",
    "os_patched",
    "firewall",
    "browser_updated",
    "private_room",
];
pub(crate) const DUTIES: [&str; 6] =
    ["no_recording", "own_cost", "cancellation", "records", "disclaimers", "damages"];

/// Number and code of a receipt, as its link has them.
#[derive(Debug, PartialEq)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) code: String,
    pub(crate) link: String,
}

/// Step 1: yes, yes, yes, not sure.
pub(crate) async fn conditions(page: &Page) -> Result<()> {
    page.opens_with(CONDITIONS).await?;
    answer_conditions(page).await?;
    page.press(NEXT).await?;
    page.shows(CONSENT).await
}

pub(crate) async fn answer_conditions(page: &Page) -> Result<()> {
    for (condition, answer) in ANSWERS {
        page.choose(condition, answer).await?;
    }
    Ok(())
}

/// Step 2: reads, and ticks all eight boxes.
pub(crate) async fn consent(page: &Page) -> Result<()> {
    page.shows(CONSENT).await?;
    tick_consents(page).await?;
    page.press(NEXT).await?;
    page.shows(CHECK).await
}

pub(crate) async fn tick_consents(page: &Page) -> Result<()> {
    page.inside(".oc-terms__body").await?;
    for id in boxes() {
        page.tick(&id).await?;
    }
    Ok(())
}

pub(crate) fn boxes() -> impl Iterator<Item = String> {
    let duties = DUTIES.iter().map(|it| format!("f-consents-acknowledged-{it}"));
    duties.chain(["f-consents-terms".to_owned(), "f-consents-app_terms".to_owned()])
}

/// Step 3: everything is in place, but the app is installed by the day.
pub(crate) async fn check(page: &Page) -> Result<()> {
    page.shows(CHECK).await?;
    answer_check(page).await?;
    page.press(NEXT).await?;
    page.shows(BOOKING).await
}

pub(crate) async fn answer_check(page: &Page) -> Result<()> {
    answer_check_but(page, &[]).await
}

/// Answers all but the items that have been answered already, or that the page has found good by itself.
pub(crate) async fn answer_check_but(page: &Page, answered: &[&str]) -> Result<()> {
    for (item, answer) in checks() {
        if !answered.iter().any(|it| item.ends_with(it)) {
            page.choose(&item, answer).await?;
        }
    }
    Ok(())
}

pub(crate) fn checks() -> impl Iterator<Item = (String, &'static str)> {
    let answer = |item| if item == "app_ready" { "by_the_day" } else { "attested" };
    let items = ASKED.iter().map(move |it| (format!("f-checklist-{it}"), answer(*it)));
    [("f-own_device".to_owned(), "yes")].into_iter().chain(items)
}

/// Step 4: who she is, and when; she comes alone.
pub(crate) async fn booking(page: &Page, wishes: &[&str]) -> Result<()> {
    page.shows(BOOKING).await?;
    fill_booking(page, wishes).await?;
    page.press(NEXT).await?;
    page.shows(REVIEW).await
}

pub(crate) async fn fill_booking(page: &Page, wishes: &[&str]) -> Result<()> {
    page.type_into("f-person-name", NAME).await?;
    page.type_into("f-person-birth_date", BORN).await?;
    page.type_into("f-person-job_seeker_number", NUMBER).await?;
    for wish in wishes {
        add_wish(page, wish).await?;
    }
    page.choose("f-attendants", "no").await
}

/// What `fill_booking` filled in still stands as it was typed.
pub(crate) async fn still_holds(page: &Page, wishes: &[&str]) -> Result<()> {
    for (id, typed) in
        [("f-person-name", NAME), ("f-person-birth_date", BORN), ("f-person-job_seeker_number", NUMBER)]
    {
        let now = page.value(id).await?;
        ensure!(now == typed, "{id} holds {now:?} instead of {typed:?}");
    }
    let held = page.all_words(".oc-wish__time").await?;
    let wishes: Vec<_> = wishes.iter().map(|it| page.date_time(it)).collect();
    ensure!(held == wishes, "the wishes are {held:?}");
    ensure!(page.is_checked("input[name=\"f-attendants\"][value=no]").await?, "she comes alone");
    Ok(())
}

/// Chooses a day, then a time of it.
pub(crate) async fn add_wish(page: &Page, wish: &str) -> Result<()> {
    let (day, _) = wish.split_once('T').context("a wish is a day and a time")?;
    page.press_on(&format!("[data-day=\"{day}\"]")).await?;
    page.has_focus(".oc-times__heading").await?;
    let slot = format!("[data-slot=\"{wish}\"]");
    page.press_on(&slot).await?;
    page.has_focus(&format!("{slot}[aria-pressed=true]")).await
}

/// Steps 1 and 2, for tests about what comes after them: the same answers, each step's in one go.
pub(crate) async fn to_check(page: &Page, server: &Server) -> Result<()> {
    page.open(&server.address("/")).await?;
    to_check_here(page).await
}

async fn to_check_here(page: &Page) -> Result<()> {
    page.opens_with(CONDITIONS).await?;
    let conditions: Vec<_> = ANSWERS.iter().map(|(name, value)| answer(name, value)).collect();
    page.answer_in_a_hurry(&conditions).await?;
    page.press(NEXT).await?;
    page.shows(CONSENT).await?;
    page.inside(".oc-terms__body").await?;
    page.answer_in_a_hurry(&boxes().map(|it| format!("#{it}")).collect::<Vec<_>>()).await?;
    page.press(NEXT).await?;
    page.shows(CHECK).await
}

/// Steps 1 to 3, likewise.
pub(crate) async fn to_booking(page: &Page, server: &Server) -> Result<()> {
    page.open(&server.address("/")).await?;
    to_booking_here(page).await
}

async fn to_booking_here(page: &Page) -> Result<()> {
    to_check_here(page).await?;
    page.answer_in_a_hurry(&checks().map(|(name, value)| answer(&name, value)).collect::<Vec<_>>()).await?;
    page.press(NEXT).await?;
    page.shows(BOOKING).await
}

/// The third step at once, for tests about nothing else: it is open to everyone.
pub(crate) async fn opens_check(page: &Page, server: &Server) -> Result<()> {
    page.open(&server.address("/#/check")).await?;
    page.opens_with(CHECK).await
}

/// Steps 1 to 4.
pub(crate) async fn to_review(page: &Page, server: &Server, wishes: &[&str]) -> Result<()> {
    to_review_at(page, &server.address("/"), wishes).await
}

/// The same where the page is opened by another address.
pub(crate) async fn to_review_at(page: &Page, address: &str, wishes: &[&str]) -> Result<()> {
    page.open(address).await?;
    to_review_here(page, wishes).await
}

/// The same from the first step of a page that is open.
pub(crate) async fn to_review_here(page: &Page, wishes: &[&str]) -> Result<()> {
    to_booking_here(page).await?;
    booking(page, wishes).await
}

/// Sends what was checked, and reads the receipt.
pub(crate) async fn send(page: &Page) -> Result<Receipt> {
    page.press(SEND).await?;
    page.shows(RECEIPT).await?;
    receipt(page).await
}

/// Number and code, from the link that leads back.
pub(crate) async fn receipt(page: &Page) -> Result<Receipt> {
    let link = page.words(".oc-receipt__link").await?;
    let (_, fragment) =
        link.split_once("#/receipt/").with_context(|| format!("not a receipt's link: {link}"))?;
    let (number, code) = fragment.split_once('/').with_context(|| format!("not a receipt's link: {link}"))?;
    let shown = page.words(".oc-number__value").await?;
    ensure!(shown.replace('-', "") == number, "the link is for {number}, the receipt is {shown}");
    Ok(Receipt { number: number.to_owned(), code: code.to_owned(), link })
}

/// The request as the server has it: its state, and each wish with the code by which it has gone, or none.
pub(crate) async fn stored(server: &Server, receipt: &Receipt) -> Result<(String, Vec<(String, String)>)> {
    let request = server.request(&receipt.number, &receipt.code).await?;
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let wishes = request["wishes"].as_array().context("a request without wishes")?;
    Ok((text(&request["state"]), wishes.iter().map(|it| (text(&it["start"]), text(&it["code"]))).collect()))
}

/// The server holds exactly these wishes, none of them gone.
pub(crate) async fn is_stored(server: &Server, receipt: &Receipt, wishes: &[&str]) -> Result<()> {
    let expected: Vec<_> = wishes.iter().map(|it| ((*it).to_owned(), String::new())).collect();
    let found = stored(server, receipt).await?;
    ensure!(found == ("requested".to_owned(), expected), "the server holds {found:?}");
    Ok(())
}
