//! Article 4(2): what a job seeker takes along from a receipt: the appointment for her calendar, and the receipt's link as a QR
//! code. Both are read back by programs that did not write them.

use std::collections::HashSet;

use icalendar::{Calendar, Component as _, EventLike as _};
use precheck_server::service::{self, ConfirmationAsEntered};
use serde_json::Value;

use crate::desk::{Asked, LINK, PASSCODE, REASON, SECOND, START, STATES, entered, told};
use crate::harness::{Reply, Server, Wanted};

async fn ask(server: &Server, asked: &Asked, what: &str, headers: &[(&str, &str)]) -> Reply {
    let code = format!("Bearer {}", asked.accepted["receipt_code"].as_str().unwrap());
    let path = format!("/api/v1/requests/{}/{what}", asked.accepted["reception_number"].as_str().unwrap());
    let mut all = vec![("authorization", code.as_str())];
    all.extend(headers);
    server.get_with(&path, &all).await
}

async fn file(server: &Server, asked: &Asked) -> String {
    let reply = ask(server, asked, "appointment.ics", &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.text().to_owned()
}

/// The one event of a file, as another program reads it.
fn event(file: &str) -> icalendar::Event {
    let calendar: Calendar = file.parse().unwrap_or_else(|error| panic!("{error}: {file}"));
    let mut events = calendar.components.iter().filter_map(|it| it.as_event().cloned());
    let event = events.next().unwrap();
    assert!(events.next().is_none());
    event
}

#[tokio::test]
async fn article_4_2_another_program_reads_time_meeting_and_words_out_of_the_calendar_file() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let event = event(&file(&server, &asked).await);
    let value = |name: &str| event.property_value(name).unwrap_or_default().to_owned();
    assert_eq!(value("DTSTART"), "20261126T010000Z");
    assert_eq!(value("DTEND"), "20261126T013000Z");
    assert_eq!(value("DTSTAMP"), "20261124T000000Z");
    assert_eq!((value("STATUS").as_str(), value("CLASS").as_str()), ("CONFIRMED", "PRIVATE"));
    assert_eq!(value("SEQUENCE"), "2");
    assert_eq!(
        event.get_uid(),
        Some(format!("{}.otaru@online-counselling-precheck", asked.number.as_str()).as_str())
    );
    assert_eq!(event.get_summary(), Some("オンライン職業相談（ハローワーク小樽）"));
    assert_eq!(event.get_location(), Some("オンライン（Zoom）"));
    assert_eq!(event.get_url(), Some(LINK));
    let words = event.get_description().unwrap();
    let number = asked.number.to_string();
    for part in [LINK, "123 4567 8901", PASSCODE, &number, "開始から10分"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(6 <= words.lines().count(), "{words}");
}

#[tokio::test]
async fn the_calendar_file_keeps_the_form_of_rfc_5545() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let reply = ask(&server, &asked, "appointment.ics", &[]).await;
    assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(
        reply.header("content-disposition"),
        format!("attachment; filename=\"counselling-{}.ics\"", asked.number.as_str())
    );
    let text = reply.text();
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert!(lines.iter().all(|it| it.len() <= 75 && !it.contains(['\r', '\n']) && !it.is_empty()), "{text}");
    assert_eq!(lines[..2], ["BEGIN:VCALENDAR", "VERSION:2.0"]);
    let begun: Vec<_> = lines.iter().filter_map(|it| it.strip_prefix("BEGIN:")).collect();
    let ended: Vec<_> = lines.iter().filter_map(|it| it.strip_prefix("END:")).collect();
    assert_eq!(
        (begun.join(" ").as_str(), ended.join(" ").as_str()),
        ("VCALENDAR VEVENT VALARM", "VALARM VEVENT VCALENDAR")
    );
    for once in ["PRODID:", "UID:", "DTSTAMP:", "TRIGGER:-PT15M", "ACTION:DISPLAY"] {
        assert_eq!(lines.iter().filter(|it| it.starts_with(once)).count(), 1, "{once}");
    }
}

#[tokio::test]
async fn article_4_2_a_moved_counselling_takes_the_place_of_the_one_before_in_a_calendar() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let before = event(&file(&server, &asked).await);
    let moved = ConfirmationAsEntered {
        meeting: "98765432109".to_owned(),
        passcode: String::new(),
        ..entered(SECOND)
    };
    assert_eq!(told(&asked.confirm(&server, &moved).await), "done");
    let after = event(&file(&server, &asked).await);
    assert_eq!(before.get_uid(), after.get_uid());
    assert!(before.get_sequence().unwrap() < after.get_sequence().unwrap());
    assert_eq!(after.property_value("DTSTART"), Some("20261127T040000Z"));
    assert_eq!(after.get_url(), None, "there is an ID alone");
    let words = after.get_description().unwrap();
    assert!(
        words.contains("987 6543 2109") && !words.contains("パスコード") && !words.contains("https:"),
        "{words}"
    );
}

#[tokio::test]
async fn the_calendar_files_words_follow_the_readers_language() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let reply = ask(&server, &asked, "appointment.ics", &[("accept-language", "en")]).await;
    assert!(reply.header("vary").contains("accept-language"));
    assert_eq!(event(reply.text()).get_summary(), Some("Online job counselling (Hello Work Otaru)"));
}

#[tokio::test]
async fn article_4_2_there_is_a_calendar_file_while_the_request_is_confirmed_alone() {
    for (state, _, _) in STATES {
        let server = Server::start();
        let asked = Asked::in_state(&server, state).await;
        let reply = ask(&server, &asked, "appointment.ics", &[]).await;
        if state == "confirmed" {
            assert_eq!(reply.status, 200);
        } else {
            reply.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn calendar_file_and_code_are_for_whoever_holds_number_and_code_alone() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let other = Asked::send(&server).await;
    let right = format!("Bearer {}", asked.accepted["receipt_code"].as_str().unwrap());
    let wrong = format!("Bearer {}", other.accepted["receipt_code"].as_str().unwrap());
    let unknown = server.get("/api/v1/requests/0000-0000-0").await.body;
    for what in ["appointment.ics", "qr?page=http%3A%2F%2Fh%2F", "qr", "qr?page=x"] {
        for (number, code) in [
            (asked.number.as_str(), wrong.as_str()),
            (asked.number.as_str(), ""),
            ("000000000", right.as_str()),
            ("x", right.as_str()),
            ("%FF", right.as_str()),
        ] {
            let path = format!("/api/v1/requests/{number}/{what}");
            let reply = server.get_with(&path, &[("authorization", code), ("host", "h")]).await;
            reply.problem(404, "not_found");
            assert_eq!(reply.body, unknown, "{path}");
        }
    }
}

#[tokio::test]
async fn calendar_file_and_code_are_limited_as_the_receipt_is() {
    for what in ["appointment.ics", "qr?page=http%3A%2F%2Fh%2F"] {
        let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
        let asked = Asked::send(&server).await;
        let mut passed = 0;
        let limited = loop {
            let reply = ask(&server, &asked, what, &[("host", "h")]).await;
            if reply.status == 429 {
                break reply;
            }
            passed += 1;
            assert!(passed < 60, "{what}");
        };
        limited.problem(429, "rate_limited");
        assert!(30 <= passed, "{what}: {passed}");
    }
}

/// What another program reads in the drawing.
fn read(view: &Value) -> String {
    const SCALE: usize = 3;
    let size = usize::try_from(view["size"].as_u64().unwrap()).unwrap();
    let mut dark = HashSet::new();
    for piece in view["path"].as_str().unwrap().split_terminator('z') {
        let (start, rest) = piece.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        let wide: usize = rest.split_once("v1h-").unwrap().0.parse().unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        dark.extend((x..x + wide).map(|x| (x, y)));
    }
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(size * SCALE, size * SCALE, |x, y| {
        if dark.contains(&(x / SCALE, y / SCALE)) { 0 } else { 255 }
    });
    picture.detect_grids()[0].decode().unwrap().1
}

fn encoded(page: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~');
    page.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

#[tokio::test]
async fn another_program_reads_the_receipts_link_in_the_drawn_code() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let page = "http://127.0.0.1:8080/?lang=ja";
    let reply =
        ask(&server, &asked, &format!("qr?page={}", encoded(page)), &[("host", "127.0.0.1:8080")]).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"));
    let code = asked.accepted["receipt_code"].as_str().unwrap();
    assert_eq!(read(&reply.json()), format!("{page}#/receipt/{}/{code}", asked.number.as_str()));
}

#[tokio::test]
async fn a_code_is_drawn_for_pages_of_our_own_and_those_that_may_embed_us_alone() {
    const OFFICE: &str = "https://www.example.jp";
    for (public, host, page, drawn) in [
        (None, "precheck.example.jp", "https://precheck.example.jp/", true),
        (None, "precheck.example.jp", "http://PRECHECK.example.jp/", true),
        (None, "precheck.example.jp:8080", "http://precheck.example.jp:8080/", true),
        (None, "precheck.example.jp", "https://precheck.example.jp:8443/", false),
        (None, "precheck.example.jp", "https://evil.example/", false),
        (None, "precheck.example.jp", "https://precheck.example.jp@evil.example/", false),
        (None, "precheck.example.jp", "https://precheck.example.jp.evil.example/", false),
        (None, "", "https://precheck.example.jp/", false),
        (None, "precheck.example.jp", "https://www.example.jp/counselling/?a=b", true),
        (None, "precheck.example.jp", "http://www.example.jp/", false),
        (Some("https://precheck.example.jp"), "inside:8080", "https://precheck.example.jp/", true),
        (Some("https://precheck.example.jp"), "inside:8080", "https://inside:8080/", false),
        (Some("https://precheck.example.jp"), "inside:8080", "http://precheck.example.jp/", false),
        (Some("https://precheck.example.jp"), "inside:8080", "https://www.example.jp/", true),
        (None, "precheck.example.jp", "https://precheck.example.jp/#x", false),
        (None, "precheck.example.jp", "/", false),
        (None, "precheck.example.jp", "", false),
        (None, "precheck.example.jp", "javascript:alert(1)", false),
        (None, "precheck.example.jp", "https://precheck.example.jp/小樽", false),
        (None, "precheck.example.jp", "https://precheck.example.jp/ a", false),
    ] {
        let public_origin = public.map(str::to_owned);
        let server = Server::start_with(Wanted { public_origin, origins: &[OFFICE], ..Wanted::default() });
        let asked = Asked::send(&server).await;
        let reply = ask(&server, &asked, &format!("qr?page={}", encoded(page)), &[("host", host)]).await;
        if drawn {
            assert_eq!(reply.status, 200, "{public:?} {host} {page}: {}", reply.text());
            assert!(read(&reply.json()).starts_with(&format!("{page}#/receipt/")));
        } else {
            reply.problem(400, "malformed");
        }
    }
}

#[tokio::test]
async fn a_code_is_drawn_for_one_page_of_bearable_length() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let page = |length: usize| encoded(&format!("http://h/{}", "x".repeat(length - "http://h/".len())));
    for (query, status) in [
        (format!("?page={}", page(500)), 200),
        (format!("?page={}", page(501)), 400),
        (String::new(), 400),
        ("?page=http%3A%2F%2Fh%2F&page=http%3A%2F%2Fh%2F".to_owned(), 400),
        ("?page=http%3A%2F%2Fh%2F&size=3".to_owned(), 400),
        ("?page=%FF".to_owned(), 400),
    ] {
        let reply = ask(&server, &asked, &format!("qr{query}"), &[("host", "h")]).await;
        assert_eq!(reply.status, status, "{query}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_receipt_in_every_state_has_a_code() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::stop(&server.state, &act, REASON).await), "done");
    assert_eq!(ask(&server, &asked, "qr?page=http%3A%2F%2Fh%2F", &[("host", "h")]).await.status, 200);
    assert_eq!(asked.state(server.at(START)).await, "stopped");
}
