//! Articles 4(2) and 4(3) on the receipt: what every state says, how a counselling is joined, how it is cancelled now.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::applicant::{CONDITIONS, RECEIPT, THURSDAY};
use crate::page::Page;
use crate::receipt_desk::{CALENDAR, Desk, NUMBER, confirmed, request};
use crate::receipt_following::as_of;
use crate::server::TELEPHONE;
use crate::stage::{Outcome, play, play_in};

const ENDS: &str = "2026-11-26T10:30:00+09:00";
const BOTH: &[&str] = &["telephone", "mail"];

/// Opens the receipt of what an office says.
async fn opens(page: &Page, desk: &Desk, request: &Value) -> Result<()> {
    desk.says(request);
    // The address alone would not load the page again.
    page.open("about:blank").await?;
    page.open(&desk.link()).await?;
    page.opens_with(RECEIPT).await?;
    page.reads(&format!("state.{}", request["state"].as_str().unwrap_or_default())).await
}

#[tokio::test]
async fn article_4_2_every_state_says_what_it_means_and_what_to_do_now() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        for (state, reason, anew) in [
            ("requested", None, false),
            ("confirmed", None, false),
            ("declined", Some("この時期は、新しい予約を\nお受けしていません。"), true),
            ("withdrawn", None, true),
            ("lapsed", None, true),
            ("held", None, false),
            ("cancelled", None, true),
            ("cancelled_by_office", Some("臨時の休館日になったためです。"), true),
            ("stopped", Some("通信を確認するためです。"), false),
            ("deemed_cancelled", None, false),
        ] {
            let mut said = match state {
                "requested" | "declined" | "withdrawn" | "lapsed" => request(state, 2),
                _ => confirmed(2, THURSDAY, ENDS, BOTH),
            };
            said["state"] = json!(state);
            if let Some(reason) = reason {
                said["reason"] = json!(reason);
            }
            opens(page, &desk, &said).await?;
            page.reads(&format!("state.{state}.words")).await?;
            for words in [TELEPHONE, NUMBER] {
                page.reads(words).await?;
            }
            page.reads("contact.relay").await?;
            let told: Vec<_> = reason
                .map(|it| page.filled("receipt.reason", &[("reason", &it.replace('\n', " "))]))
                .into_iter()
                .collect();
            ensure!(page.all_words(".oc-reason").await? == told, "{state}: the office's own words");
            ensure!(page.offers("receipt.anew").await? == anew, "{state}: asking anew");
            let seen = as_of(page);
            page.until("the time", "a[0].find((it) => words(root).includes(it))", &[json!(seen)]).await?;
            let prepares = !page.all_words(".oc-prepared").await?.is_empty();
            ensure!(prepares == matches!(state, "requested" | "confirmed"), "{state}: something to prepare");
            let joins = page
                .until(
                    "joining, if at all",
                    "{ links: all('[data-act=join]').length, known: words(root).includes(a[0]) }",
                    &[json!(TELEPHONE)],
                )
                .await?;
            ensure!((joins["links"] == 1) == (state == "confirmed"), "{state}: joining {joins}");
            page.look(&format!("7-{state}")).await?;
        }
        page.does_not_read("receipt.changed").await?;
        stage.page.was_quiet(&desk.address("/"), &[]).await
    })
    .await
}

#[tokio::test]
async fn article_4_2_an_appointment_is_shown_in_japans_time_with_all_that_one_joins_by() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, BOTH)).await?;
        // The browser sits in New York, and is told whose time it is.
        let when = page.words(".oc-when").await?;
        ensure!(when == "2026年11月26日（木） 10:00～10:30（日本時間）", "{when}");
        ensure!(page.all_words(".oc-code").await? == ["123 4567 8901", "aB3x9K"], "ID and passcode");
        let join = page.inside("a[data-act=join]").await?;
        for (name, expected) in [
            ("href", "https://us02web.zoom.us/j/12345678901?pwd=secret"),
            ("rel", "noreferrer noopener"),
            ("target", "_blank"),
        ] {
            ensure!(join.attr(name).await?.as_deref() == Some(expected), "the link's {name}");
        }
        page.reads("receipt.trouble").await?;
        page.browser
            .window
            .cdp()
            .send_raw(
                "Browser.grantPermissions",
                json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
            )
            .await?;
        for (what, copied) in [("meeting.id", "123 4567 8901"), ("meeting.passcode", "aB3x9K")] {
            page.press_on(&format!("[data-act=\"{what}\"]")).await?;
            page.reads(&page.filled("copying.copied", &[("item", &page.word(what))])).await?;
            let pasted =
                page.until("the clipboard", "navigator.clipboard.readText().then((it) => it)", &[]).await;
            drop(pasted);
            let pasted = clipboard(page).await?;
            ensure!(pasted == copied, "{what}: {pasted}");
        }
        Ok(())
    })
    .await
}

/// What was copied, as pasting would give it.
async fn clipboard(page: &Page) -> Result<String> {
    let script =
        "const done = arguments[0]; navigator.clipboard.readText().then(done, (it) => done(`${it}`));";
    let read = page.browser.window.execute_async(script, Vec::new()).await.context("no clipboard")?;
    Ok(read.json().as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn article_4_2_the_calendars_file_is_fetched_with_the_code_and_given_to_the_browser() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        let folder = tempfile::tempdir().context("no folder")?;
        let wanted = json!({ "behavior": "allow", "downloadPath": folder.path() });
        page.browser.window.cdp().send_raw("Browser.setDownloadBehavior", wanted).await?;
        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, BOTH)).await?;
        page.press("receipt.calendar").await?;
        page.reads("receipt.calendar.saved").await?;
        let file = folder.path().join("online-counselling.ics");
        for _ in 0..100 {
            if file.exists() {
                break;
            }
            page.ask("new Promise((done) => requestAnimationFrame(done))", &[]).await?;
        }
        let saved = std::fs::read_to_string(&file).context("nothing was saved")?;
        ensure!(saved == CALENDAR, "{saved}");

        desk.fails(503, 1);
        page.press("receipt.calendar").await?;
        page.reads("load.failed.do").await
    })
    .await
}

#[tokio::test]
async fn article_4_2_a_link_to_another_host_is_no_link() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        for link in [
            json!("https://zoom.us.example.com/j/12345678901"),
            json!("http://zoom.us/j/12345678901"),
            json!("javascript:alert(1)//zoom.us/j/12345678901"),
            json!(null),
        ] {
            let mut said = confirmed(2, THURSDAY, ENDS, BOTH);
            said["meeting"]["link"] = link.clone();
            opens(page, &desk, &said).await?;
            page.reads("123 4567 8901").await?;
            let links =
                page.ask("all('a').filter((it) => it.href.includes('12345678901')).length", &[]).await?;
            ensure!(links == 0, "{link} became a link");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn article_4_3_before_the_day_a_mail_with_number_and_time_and_nothing_personal_is_ready() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        opens(page, &desk, &request("requested", 1)).await?;
        page.reads("cancel.both").await?;
        let (subject, body) = mail(page).await?;
        ensure!(subject == page.filled("cancel.mail.subject", &[("number", NUMBER)]), "{subject}");
        let undecided = page.word("cancel.mail.no_time");
        ensure!(
            body == page.filled("cancel.mail.body", &[("number", NUMBER), ("time", &undecided)]),
            "{body}"
        );

        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, BOTH)).await?;
        page.reads("cancel.both").await?;
        page.reads("cancel.silence").await?;
        let (_, body) = mail(page).await?;
        let time = page.date_time(THURSDAY);
        ensure!(body == page.filled("cancel.mail.body", &[("number", NUMBER), ("time", &time)]), "{body}");
        let dialled = page.inside("a[href^=\"tel:\"]").await?.attr("href").await?;
        ensure!(dialled.as_deref() == Some("tel:0134000000"), "{dialled:?}");
        page.reads(&page.filled("contact.hours", &[("from", "08:30"), ("to", "17:15")])).await
    })
    .await
}

/// Subject and words of the mail that the page offers.
async fn mail(page: &Page) -> Result<(String, String)> {
    page.inside("a[href^=\"mailto:\"]").await?;
    let parts = "[...new URL(all('a[href^=\"mailto:\"]')[0].href).searchParams].map((it) => it.join('='))";
    let parts: Vec<String> = serde_json::from_value(page.ask(parts, &[]).await?)?;
    let [subject, body] = parts.as_slice() else { anyhow::bail!("a mail of {parts:?}") };
    let value =
        |part: &str, name: &str| part.strip_prefix(name).map(str::to_owned).context("subject, then body");
    Ok((value(subject, "subject=")?, value(body, "body=")?))
}

#[tokio::test]
async fn article_4_3_on_the_day_it_is_the_telephone_alone_and_after_ten_minutes_what_has_happened() -> Outcome
{
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, &["telephone"])).await?;
        page.reads("cancel.telephone").await?;
        page.reads(TELEPHONE).await?;
        ensure!(page.all_words("a[href^=\"mailto:\"]").await?.is_empty(), "no mail on the day");
        page.look("7-on-the-day").await?;

        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, &[])).await?;
        page.reads("cancel.none").await?;
        page.reads(TELEPHONE).await?;
        ensure!(page.all_words("a[href^=\"mailto:\"]").await?.is_empty(), "no mail afterwards");
        page.look("7-after-ten-minutes").await
    })
    .await
}

#[tokio::test]
async fn article_4_2_whoever_was_refused_asks_anew_from_the_first_step() -> Outcome {
    play(async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        opens(page, &desk, &request("lapsed", 2)).await?;
        page.press("receipt.anew").await?;
        page.shows(CONDITIONS).await
    })
    .await
}

#[tokio::test]
async fn the_receipt_reads_in_english_and_its_mail_is_read_in_japanese() -> Outcome {
    play_in("en", async |stage| {
        let page = &stage.page;
        let desk = Desk::before(stage.server.port()).await?;
        opens(page, &desk, &confirmed(2, THURSDAY, ENDS, BOTH)).await?;
        let when = page.words(".oc-when").await?;
        ensure!(
            when.starts_with("Thursday 26 November 2026") && when.ends_with("10:00～10:30 (Japan time)"),
            "{when}"
        );
        let (_, body) = mail(page).await?;
        ensure!(body.contains("2026年11月26日（木） 10:00"), "{body}");
        page.look("7-english").await?;
        page.press("language.ja").await?;
        page.is_now_in("ja");
        page.reads("state.confirmed").await?;
        page.until("the code", "all('.oc-qr > svg').length === 1", &[]).await?;
        page.does_not_read("receipt.changed").await
    })
    .await
}
