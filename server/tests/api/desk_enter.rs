//! Article 4(1) at the desk: bookings from elsewhere, the next one, seats and closures of single days, and bad days.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_server::service::{self, ConfirmationAsEntered, Officer};

use crate::desk::{Asked, LINK, START, entered, told};
use crate::harness::{NAME, NOW, Reply, Server, new_key};
use crate::officer::AtTheDesk;

/// The form for a request by telephone that nothing speaks against.
pub(crate) fn telephone(key: &str) -> Vec<(&str, &str)> {
    vec![
        ("key", key),
        ("channel", "telephone"),
        ("eligibility-registered", "yes"),
        ("eligibility-equipped", "yes"),
        ("eligibility-ongoing", "yes"),
        ("eligibility-need", "yes"),
        ("person-name", NAME),
        ("person-birth_date", "昭和60年4月1日"),
        ("person-job_seeker_number", "０１２３４ー５６７８９０１"),
        ("identity", "yes"),
        ("wishes", ""),
        ("wishes", "2026-11-26T10:00:00+09:00"),
        ("wishes", "2026-11-27T13:00:00+09:00"),
        ("attendants-0-count", "1"),
        ("attendants-2-kind", "interpreter"),
        ("attendants-2-language", "en"),
        ("attendants-2-count", "2"),
    ]
}

fn but<'a>(mut form: Vec<(&'a str, &'a str)>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.retain(|it| it.0 != name);
    form.push((name, value));
    form
}

/// What stands between two marks.
pub(crate) fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{before}: {page}"));
    rest.split_once(after).unwrap().0
}

/// Number and code of a sheet's link.
fn receipt_of(reply: &Reply) -> (String, String) {
    let link = between(reply.text(), "/#/receipt/", "</p>");
    let (number, code) = link.split_once('/').unwrap();
    (number.to_owned(), code.to_owned())
}

async fn receipt(server: &Server, (number, code): &(String, String)) -> serde_json::Value {
    let path = format!("/api/v1/requests/{number}");
    server.get_with(&path, &[("authorization", &format!("Bearer {code}"))]).await.json()
}

#[tokio::test]
async fn article_4_1_a_request_by_telephone_is_entered_by_the_same_rules_and_opens_with_its_sheet() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk/new?start=2026-11-26T10:00:00%2B09:00").await;
    assert!(page.contains("value=\"2026-11-26T10:00:00+09:00\" selected"));
    let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
    let reply = desk.post("/desk/new", &telephone(&key)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let held = receipt_of(&reply);
    let seen = receipt(&server, &held).await;
    assert_eq!((seen["state"].as_str(), seen["wishes"].as_array().unwrap().len()), (Some("requested"), 2));
    assert_eq!(seen["preparations"].as_array().unwrap().len(), 0);
    let stored = "channel = 'telephone' and consent_basis = 'deemed_by_request' and identity_checked = 1
        and checklist = '' and terms_id = 'otaru-2023-10-01'";
    let by = format!("select count(*) from booking where {stored} and entered_by = '{}'", desk.id);
    assert_eq!(server.count(&by), 1);
    assert_eq!(server.count("select count(*) from audit where act = 'entered'"), 1);
    let shown = reply.text();
    assert!(shown.contains("<svg") && shown.contains("#/check"), "the sheet can be printed");
    for secret in [held.1.as_str(), "小樽", "5678901"] {
        assert!(!server.events().concat().contains(secret));
    }
}

#[tokio::test]
async fn article_4_1_the_form_pressed_twice_makes_one_booking() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let key = new_key();
    let first = desk.post("/desk/new", &telephone(&key)).await;
    // What was in time for the first press is not judged anew.
    server.at("2026-12-04T09:00:00+09:00");
    let desk = AtTheDesk::signed_in(&server, "hanako", Role::Officer).await;
    let again = desk.post("/desk/new", &telephone(&key)).await;
    assert_eq!((again.status, receipt_of(&again)), (StatusCode::CREATED, receipt_of(&first)));
    assert_eq!(server.rows("booking"), 1);
    assert_eq!(server.count("select count(*) from audit where act = 'entered'"), 1);
    let other = desk.post("/desk/new", &but(telephone(&key), "person-name", "余市 一郎")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text().contains("余市 一郎"), "what was entered stays");
    assert_eq!(server.rows("booking"), 1);
}

#[tokio::test]
async fn article_4_1_every_fault_is_told_at_once_and_everything_entered_stays() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let key = new_key();
    let nothing = desk.post("/desk/new", &[("key", &key)]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in [
        "channel",
        "eligibility-registered",
        "eligibility-equipped",
        "eligibility-ongoing",
        "eligibility-need",
        "person-name",
        "person-birth_date",
        "person-job_seeker_number",
        "wishes",
    ] {
        assert!(nothing.text().contains(&format!("href=\"#{field}\"")), "{field} is told");
        assert!(nothing.text().contains(&format!("id=\"{field}-fault\"")), "{field} is told at its place");
    }
    let late = but(telephone(&key), "person-birth_date", "昭和64年1月8日");
    let late = but(late, "wishes", "2026-11-24T10:00:00+09:00");
    let told = desk.post("/desk/new", &late).await;
    let page = told.text();
    assert!(page.contains("id=\"person-birth_date-fault\"") && page.contains("id=\"wishes-0-fault\""));
    assert!(page.contains("昭和64年1月8日") && page.contains("value=\"telephone\" checked"));
    assert!(
        page.contains("<option value=\"2026-11-24T10:00:00+09:00\" selected>"),
        "also a time that is not offered"
    );
    assert!(page.contains(&format!("value=\"{key}\"")), "the key is still free");
    assert_eq!(server.rows("booking"), 0);
    let keyless = desk.post("/desk/new", &but(telephone(&key), "key", "x")).await;
    assert_eq!(keyless.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn article_4_1_findings_to_check_go_on_when_the_officer_has_looked() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let key = new_key();
    let old = but(telephone(&key), "person-birth_date", "1930-01-01");
    let asked = desk.post("/desk/new", &old).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text().contains("name=\"accepted\" value=\"birth_date_over_90\""));
    let checked = desk.post("/desk/new", &but(old, "accepted", "birth_date_over_90")).await;
    assert_eq!(checked.status, StatusCode::CREATED, "{}", checked.text());
}

#[tokio::test]
async fn hostile_input_in_every_field_is_shown_back_harmless() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let key = new_key();
    let hostile = "\"><script>alert(1)</script>\u{202E}'{{7*7}}";
    let mut form: Vec<_> = telephone(&key);
    for (name, value) in &mut form {
        if *name != "key" {
            *value = hostile;
        }
    }
    let hidden: Vec<_> = (0..5)
        .flat_map(|at| ["kind", "language", "count", "note"].map(|it| format!("attendants-{at}-{it}")))
        .collect();
    form.extend(hidden.iter().map(|it| (it.as_str(), hostile)));
    form.extend([("accepted", hostile), ("wishes", hostile), ("wishes", hostile)]);
    let told = desk.post("/desk/new", &form).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!told.text().contains("<script>alert") && told.text().contains("&#60;script&#62;"));
    let page = desk.get("/desk/new?start=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!page.text().contains("<script>alert"));
}

/// A counselling whose talk has begun, of an officer who is there.
async fn under_way(server: &Server, officer: &str) -> Asked {
    let asked = Asked::send(server).await;
    let entered = ConfirmationAsEntered { officer: Officer::parse(officer), ..entered(START) };
    assert_eq!(told(&asked.confirm(server, &entered).await), "done");
    server.at("2026-11-26T10:02:00+09:00");
    let act = asked.act(server).await;
    service::note_contact(&server.state, &act, true).await.unwrap();
    asked
}

#[tokio::test]
async fn article_4_1_the_next_one_is_booked_from_a_counselling_with_nothing_retyped() {
    let server = Server::start();
    server.at("2026-11-26T09:55:00+09:00");
    let desk = AtTheDesk::officer(&server).await;
    server.at(NOW);
    let asked = under_way(&server, &desk.id).await;
    let path = format!("/desk/requests/{}/next", asked.number.as_str());
    let page = desk.page(&path).await;
    assert!(page.contains("value=\"2026-12-03T10:00:00+09:00\" selected"), "the same time a week later");
    assert!(page.contains(NAME) && page.contains("autofocus"));
    let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
    let form = [("key", key.as_str()), ("wishes-0", "2026-12-03T10:00:00+09:00")];
    let reply = desk.post(&path, &form).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let seen = receipt(&server, &receipt_of(&reply)).await;
    assert_eq!(seen["state"], "requested");
    let stored = format!(
        "select count(*) from booking n join booking b on b.id = n.next_of where n.channel = 'counselling'
             and n.number_hash = b.number_hash and n.proposed_officer = '{0}' and n.entered_by = '{0}'
             and n.identity_checked = 1 and n.consent_basis = 'deemed_by_request'",
        desk.id
    );
    assert_eq!(server.count(&stored), 1);
    let again = desk.post(&path, &form).await;
    assert_eq!((receipt_of(&again), server.rows("booking")), (receipt_of(&reply), 2));
    // The time is still offered, but the officer is asked for nothing else: another one may be chosen.
    let gone = [("key", new_key()), ("wishes-0", "2026-11-26T15:00:00+09:00".to_owned())];
    let gone: Vec<_> = gone.iter().map(|it| (it.0, it.1.as_str())).collect();
    let refused = desk.post(&path, &gone).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("id=\"wishes-0-fault\""), "too late for today");
}

#[tokio::test]
async fn article_4_2_the_next_one_can_be_arranged_at_once_with_the_same_meeting() {
    let server = Server::start();
    server.at("2026-11-26T09:55:00+09:00");
    let desk = AtTheDesk::officer(&server).await;
    server.at(NOW);
    let asked = under_way(&server, &desk.id).await;
    let path = format!("/desk/requests/{}/next", asked.number.as_str());
    let key = new_key();
    let start = "2026-12-03T10:00:00+09:00";
    let bad = [
        ("key", key.as_str()),
        ("wishes-0", start),
        ("meeting", "<script>alert(1)</script>"),
        ("passcode", "\"'>"),
    ];
    let refused = desk.post(&path, &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("id=\"meeting-fault\"") && !refused.text().contains("<script>alert"));
    let nothing = [("key", key.as_str()), ("wishes-0", start), ("at_once", "yes")];
    let refused = desk.post(&path, &nothing).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "at once needs a meeting");
    assert_eq!(server.rows("booking"), 1, "nothing is half done");
    let personal = [("key", key.as_str()), ("wishes-0", start), ("meeting", "1234567890")];
    let asked_back = desk.post(&path, &personal).await;
    assert!(asked_back.text().contains("value=\"meeting_id_personal_room\""), "{}", asked_back.text());
    let same = [("key", key.as_str()), ("wishes-0", start), ("same_meeting", "yes")];
    for _ in 0..2 {
        let reply = desk.post(&path, &same).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        let seen = receipt(&server, &receipt_of(&reply)).await;
        assert_eq!(
            (seen["state"].as_str(), seen["appointment"]["start"].as_str()),
            (Some("confirmed"), Some(start))
        );
        assert_eq!(seen["meeting"]["link"], LINK);
        assert!(!reply.text().contains("role=\"alert\""), "{}", reply.text());
    }
    let officer = format!("select count(*) from appointment where officer = '{}'", desk.id);
    assert_eq!((server.count(&officer), server.rows("booking")), (2, 2));
}

#[tokio::test]
async fn article_4_1_no_next_one_before_the_talk_has_begun() {
    for (state, status) in [("requested", 422), ("confirmed", 422), ("declined", 422), ("held", 200)] {
        let server = Server::start();
        let desk = AtTheDesk::officer(&server).await;
        let asked = Asked::in_state(&server, state).await;
        let path = format!("/desk/requests/{}/next", asked.number.as_str());
        assert_eq!(desk.get(&path).await.status.as_u16(), status, "{state}");
        let key = new_key();
        // The sample was confirmed for 1 December.
        let form = [("key", key.as_str()), ("wishes-0", "2026-12-08T14:00:00+09:00")];
        let posted = desk.post(&path, &form).await;
        assert_eq!(
            posted.status.as_u16(),
            if status == 200 { 201 } else { 422 },
            "{state}: {}",
            posted.text()
        );
        let next = server.count("select count(*) from booking where channel = 'counselling'");
        assert_eq!(next, i64::from(status == 200), "{state}");
        for number in ["7K3M9QXD2", "x", "%22%3E%3Cscript%3E"] {
            assert_eq!(
                desk.get(&format!("/desk/requests/{number}/next")).await.status,
                StatusCode::NOT_FOUND
            );
        }
    }
}
