//! Seats and closures of single days, and the counsellings that a bad day hits.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_server::service::{self, ConfirmationAsEntered};
use precheck_shared::violation::Code;

use crate::desk::{Asked, START, code, entered, officer, told};
use crate::desk_enter::between;
use crate::harness::{Reply, Server, body, new_key, with};
use crate::officer::AtTheDesk;

const DAY: &str = "2026-11-26";

/// Another confirmed counselling, of somebody's.
async fn confirmed_at(server: &Server, start: &str, by: Option<&str>) -> Asked {
    let asked = Asked::send(server).await;
    let id = "123456789".to_owned()
        + &asked.number.as_str().len().to_string()
        + &server.rows("booking").to_string();
    let meeting = if by.is_some() { id } else { entered(start).meeting };
    let entered = ConfirmationAsEntered { officer: by.map(officer), meeting, ..entered(start) };
    assert_eq!(told(&asked.confirm(server, &entered).await), "done");
    asked
}

/// The form of a list, as its page has it, with some fields otherwise.
fn form<'a>(page: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<(&str, &str)> = Vec::new();
    let list = between(page, "<form method=\"post\" action=\"/desk/affected\">", "</form>");
    for hidden in list.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = hidden.split_once("\" value=\"").unwrap();
        form.push((name, rest.split_once('"').unwrap().0));
    }
    for select in list.split("<select name=\"").skip(1) {
        let (name, options) = select.split_once('"').unwrap();
        let options = options.split_once("</select>").unwrap().0;
        if let Some(before) = options.split_once(" selected>").map(|it| it.0) {
            let value = before.rsplit_once("<option value=\"").unwrap().1;
            form.push((name, value.trim_end_matches('"')));
        }
    }
    for (name, value) in fields {
        form.retain(|it| it.0 != *name || *name == "pick");
        form.push((name, value));
    }
    form
}

async fn set(desk: &AtTheDesk<'_>, fields: &[(&str, &str)]) -> Reply {
    desk.post("/desk/settings", fields).await
}

#[tokio::test]
async fn article_4_1_a_closure_set_at_the_desk_refuses_the_widgets_request_at_once() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let tag = server.get("/api/v1/office").await.header("etag").to_owned();
    let closing = [("act", "close"), ("day", DAY), ("reason", "庁舎設備の点検")];
    let done = set(&manager, &closing).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/desk/settings?day=2026-11-26&done=close")
    );
    let refused = server.post(&body()).await;
    refused.problem(422, "slot_not_business_day");
    assert_eq!(refused.violations(), ["/wishes/0 slot_not_business_day"]);
    assert!(refused.text().contains("庁舎設備の点検"));
    let office = server.get_with("/api/v1/office", &[("if-none-match", &tag)]).await;
    assert_eq!(office.status, StatusCode::OK, "whoever asks for the office again gets it anew");
    let slots = server.get("/api/v1/slots?from=2026-11-26&to=2026-11-26").await.json();
    assert_eq!(slots["days"][0]["code"], "slot_not_business_day");
    let page = manager.page("/desk/settings?day=2026-11-26&done=close").await;
    assert!(page.contains("庁舎設備の点検") && page.contains("value=\"open\""));
    set(&manager, &[("act", "open"), ("day", DAY)]).await;
    server.post(&body()).await.accepted();
    let acts = "select count(*) from audit where act in ('closure_set', 'closure_taken_back') and subject = '2026-11-26'";
    assert_eq!(server.count(acts), 2);
    set(&manager, &[("act", "open"), ("day", DAY)]).await;
    assert_eq!(server.count(acts), 2, "what was so already is no event");
}

#[tokio::test]
async fn article_4_1_seats_of_a_day_count_everywhere_and_go_back_to_the_usual_number() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    assert_eq!(
        set(&manager, &[("act", "seats"), ("day", DAY), ("seats", "０")]).await.status,
        StatusCode::SEE_OTHER
    );
    let accepted = server.post(&body()).await.accepted();
    assert_eq!(accepted["wishes"][0]["code"], "slot_full");
    server.post(&with("/wishes", serde_json::json!([START]))).await.problem(422, "slot_full");
    set(&manager, &[("act", "seats"), ("day", DAY), ("seats", "1")]).await;
    assert_eq!(server.post(&body()).await.accepted()["wishes"][0]["code"], serde_json::Value::Null);
    confirmed_at(&server, START, None).await;
    let second = Asked::send(&server).await;
    let full = ConfirmationAsEntered { meeting: "12345678902".into(), ..entered(START) };
    assert_eq!(told(&second.confirm(&server, &full).await), "/start slot_full");
    set(&manager, &[("act", "usual_seats"), ("day", DAY)]).await;
    assert_eq!(told(&second.confirm(&server, &full).await), "done");
    // One seat again, and two counsellings: somebody has to look at them.
    let fewer = set(&manager, &[("act", "seats"), ("day", DAY), ("seats", "1")]).await;
    assert!(
        fewer.header("location").starts_with("/desk/affected?day=2026-11-26"),
        "{}",
        fewer.header("location")
    );
}

#[tokio::test]
async fn article_4_1_every_fault_of_a_setting_is_told_and_what_was_entered_stays() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let long = "あ".repeat(101);
    let hostile = "\"><script>alert(1)</script>";
    for (fields, faults) in [
        ([("act", "seats"), ("day", "2026-11-23"), ("seats", "51")], &["seats-day", "seats-seats"][..]),
        ([("act", "seats"), ("day", DAY), ("seats", "-1")], &["seats-seats"]),
        ([("act", "seats"), ("day", "2028-01-04"), ("seats", "")], &["seats-day", "seats-seats"]),
        ([("act", "close"), ("day", ""), ("reason", " ")], &["close-day", "close-reason"]),
        ([("act", "close"), ("day", DAY), ("reason", &long)], &["close-reason"]),
        ([("act", "close"), ("day", DAY), ("reason", "a\nb")], &["close-reason"]),
        ([("act", "close"), ("day", hostile), ("reason", hostile)], &["close-day"]),
        ([("act", "seats"), ("day", hostile), ("seats", hostile)], &["seats-day", "seats-seats"]),
    ] {
        let told = set(&manager, &fields).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        for fault in faults {
            assert!(told.text().contains(&format!("id=\"{fault}-fault\"")), "{fields:?}: {fault}");
        }
        assert!(!told.text().contains("<script>alert"));
    }
    assert_eq!(server.rows("seats_of_day") + server.rows("closure"), 0);
    assert_eq!(set(&manager, &[("act", hostile)]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn roles_seats_and_closures_are_a_managers_and_do_not_exist_for_an_officer() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    assert_eq!(desk.get("/desk/settings").await.status, StatusCode::NOT_FOUND);
    let closing = [("act", "close"), ("day", DAY), ("reason", "x")];
    assert_eq!(desk.post("/desk/settings", &closing).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.rows("closure"), 0);
    for path in ["/desk/settings", "/desk/affected", "/desk/new"] {
        assert_eq!(server.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn article_4_1_what_another_process_set_counts_at_the_next_look() {
    let server = Server::start();
    server.run("insert into closure (office, day, reason, set_by, set_at) values ('otaru', '2026-11-26', 'x', 'o-1', 0)");
    server.post(&body()).await.accepted();
    service::settings::refresh(&server.state).await.unwrap();
    server.post(&body()).await.problem(422, "slot_not_business_day");
}

#[tokio::test]
async fn article_4_3_a_whole_day_is_cancelled_in_one_act_and_each_receipt_says_so() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let all = [
        confirmed_at(&server, START, None).await,
        confirmed_at(&server, "2026-11-26T13:30:00+09:00", None).await,
        confirmed_at(&server, "2026-11-26T15:30:00+09:00", None).await,
    ];
    let other_day = confirmed_at(&server, "2026-11-27T10:00:00+09:00", None).await;
    let closing = [("act", "close"), ("day", DAY), ("reason", "大雪")];
    let closed = set(&manager, &closing).await;
    let list = closed.header("location").to_owned();
    let page = manager.page(&list).await;
    assert_eq!(page.matches("name=\"pick\"").count(), 3);
    let picks: Vec<_> = all.iter().map(|it| ("pick", it.number.as_str())).collect();
    let form = form(
        &page,
        &[&picks[..], &[("act", "cancel"), ("cause", "closure"), ("addition", "電話でもお受けします。")]]
            .concat(),
    );
    let done = manager.post("/desk/affected", &form).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(done.text().matches("class=\"d-ready\"").count(), 3, "words to say for each");
    let duties = "select count(*) from duty where kind = 'cancelled_by_office' and closed_at is null";
    assert_eq!((server.count(duties), server.rows("seat_cell")), (3, 1));
    for asked in &all {
        let receipt = server.receipt(&asked.accepted).await.json();
        assert_eq!(receipt["state"], "cancelled_by_office");
        let reason = receipt["reason"].as_str().unwrap();
        assert!(reason.contains("休業") && reason.contains("電話でもお受けします。"), "{reason}");
    }
    assert_eq!(other_day.state(&server).await, "confirmed");
    // Sent again, nothing happens a second time.
    let again = manager.post("/desk/affected", &form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(server.count("select count(*) from event where kind = 'cancelled_by_office'"), 3);
}

#[tokio::test]
async fn article_4_2_counsellings_are_moved_in_one_act_and_a_row_that_changed_meanwhile_stays_with_its_reason()
 {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let [first, second] =
        [confirmed_at(&server, START, Some("o-7")).await, confirmed_at(&server, START, Some("o-8")).await];
    let page = desk.page("/desk/affected?day=2026-11-26&from=10:00&to=12:00").await;
    let (one, two) = (first.number.as_str(), second.number.as_str());
    let next_week = "value=\"2026-12-03T10:00:00+09:00\" selected";
    assert_eq!(page.matches(next_week).count(), 2, "the same time a week later has two seats");
    // Word comes in while the list is open.
    let act = second.act(&server).await;
    service::note_contact(&server.state, &act, false).await.unwrap();
    let picks = [("pick", one), ("pick", two), ("act", "move"), ("cause", "outage")];
    let reply = desk.post("/desk/affected", &form(&page, &picks)).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    let moved = server.receipt(&first.accepted).await.json();
    assert_eq!(moved["appointment"]["start"], "2026-12-03T10:00:00+09:00");
    assert_eq!(server.receipt(&second.accepted).await.json()["appointment"]["start"], START);
    assert!(
        reply.text().contains(&format!("id=\"fault-{two}\"")) && reply.text().contains("1 件を行いました")
    );
    assert!(!reply.text().contains(&format!("id=\"pick-{one}\"")), "what was done is no row any more");
    // The list shows the booking as it is now.
    let again = desk
        .post("/desk/affected", &form(reply.text(), &[("pick", two), ("act", "move"), ("cause", "outage")]))
        .await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert_eq!(server.count("select count(*) from duty where kind = 'moved'"), 2);
    let officers =
        "select count(*) from appointment a join booking b on b.id = a.booking and b.arranged_in = a.version
        where a.officer in ('o-7', 'o-8')";
    assert_eq!(server.count(officers), 2, "each keeps her officer");
}

#[tokio::test]
async fn article_4_2_another_officer_takes_over_from_one_who_is_away() {
    let server = Server::start();
    let ill = AtTheDesk::signed_in(&server, "ill", Role::Officer).await;
    let desk = AtTheDesk::officer(&server).await;
    let hers = confirmed_at(&server, START, Some(&ill.id)).await;
    confirmed_at(&server, START, Some("o-8")).await;
    let path = format!("/desk/affected?day=2026-11-26&officer={}", ill.id);
    let page = desk.page(&path).await;
    assert_eq!(page.matches("name=\"pick\"").count(), 1, "hers alone");
    let number = hers.number.as_str();
    let fields = [("pick", number), ("act", "take_over"), ("cause", "officer_away")];
    let field = format!("officer-{number}");
    let herself = [&fields[..], &[(field.as_str(), ill.id.as_str())]].concat();
    let refused = desk.post("/desk/affected", &form(&page, &herself)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "she is away");
    let done = desk.post("/desk/affected", &form(&page, &fields)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let taken = format!(
        "select count(*) from appointment a join booking b on b.id = a.booking and b.arranged_in = a.version
         where a.officer = '{}' and b.reception_number = '{number}'",
        desk.id
    );
    assert_eq!(server.count(&taken), 1);
    assert_eq!(server.receipt(&hers.accepted).await.json()["appointment"]["start"], START);
}

#[tokio::test]
async fn article_4_3_a_silence_during_an_outage_can_be_corrected_to_a_cancellation_by_the_office() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    server.at("2026-11-26T11:00:00+09:00");
    assert_eq!(code(service::hold(&server.state, &asked.act_on(2)).await), Some(Code::StaleVersion));
    let desk = AtTheDesk::officer(&server).await;
    let page = desk.page("/desk/affected?from=10:00&to=11:00").await;
    assert!(page.contains("data-state=\"deemed_cancelled\""));
    let fields = [("pick", asked.number.as_str()), ("act", "cancel"), ("cause", "outage")];
    assert_eq!(desk.post("/desk/affected", &form(&page, &fields)).await.status, StatusCode::OK);
    assert_eq!(asked.state(&server).await, "cancelled_by_office");
}

#[tokio::test]
async fn a_span_in_which_nothing_can_lie_is_a_fault_with_words_and_never_nothing_found() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    confirmed_at(&server, "2026-11-26T13:30:00+09:00", None).await;
    for (query, field) in [
        ("from=15:00&to=10:00", "to"),
        ("from=13:30&to=13:30", "to"),
        ("from=13:31&to=13:30", "to"),
        ("to=00:00", "to"),
        ("from=24:00", "from"),
        ("from=25:00&to=26:00", "from"),
        ("from=x", "from"),
        ("to=-1:00", "to"),
        ("officer=o-nobody", "officer"),
        ("officer=%22%3E%3Cscript%3E", "officer"),
    ] {
        let reply = desk.get(&format!("/desk/affected?day=2026-11-26&{query}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", reply.text());
        assert!(reply.text().contains(&format!("href=\"#{field}\"")), "{query}: {}", reply.text());
        assert!(!reply.text().contains("class=\"d-empty\""), "{query}: {}", reply.text());
        let form: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let form = form.iter().map(|it| (it.0.as_str(), it.1.as_str()));
        let form: Vec<_> =
            [("day", DAY), ("act", "cancel"), ("cause", "outage")].into_iter().chain(form).collect();
        assert_eq!(
            desk.post("/desk/affected", &form).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}"
        );
    }
    for query in ["", "from=13:30&to=13:31", "from=13:00", "to=14:00"] {
        let page = desk.page(&format!("/desk/affected?day=2026-11-26&{query}")).await;
        assert_eq!(page.matches("name=\"pick\"").count(), 1, "{query}");
    }
}

#[tokio::test]
async fn hostile_input_and_missing_choices_of_a_bad_day_are_told_and_change_nothing() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::confirmed(&server).await;
    let number = asked.number.as_str();
    let hostile = "\"><script>alert(1)</script>";
    let nothing = desk.post("/desk/affected", &[("day", DAY), ("cause", "x")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["cause", "act"] {
        assert!(nothing.text().contains(&format!("href=\"#{field}\"")), "{field}");
    }
    let version = format!("version-{number}");
    let start = format!("start-{number}");
    for fields in [
        vec![
            ("day", hostile),
            ("from", hostile),
            ("to", hostile),
            ("officer", hostile),
            ("cause", hostile),
            ("act", hostile),
        ],
        vec![("day", DAY), ("row", hostile), ("pick", hostile), ("act", "cancel"), ("cause", "closure")],
        vec![
            ("day", DAY),
            ("row", number),
            ("pick", number),
            (&version, "2"),
            (&start, hostile),
            ("act", "move"),
        ],
        vec![
            ("day", DAY),
            ("row", number),
            ("pick", number),
            (&version, hostile),
            ("act", "cancel"),
            ("addition", hostile),
        ],
        vec![
            ("day", DAY),
            ("row", number),
            ("pick", number),
            (&version, "2"),
            ("officer", hostile),
            ("act", "take_over"),
        ],
        vec![
            ("day", DAY),
            ("row", &"x".repeat(99)),
            ("pick", "x"),
            ("act", "cancel"),
            ("addition", &new_key().repeat(20)),
        ],
    ] {
        let reply = desk.post("/desk/affected", &fields).await;
        assert!(reply.status.is_client_error(), "{fields:?}: {}", reply.status);
        assert!(!reply.text().contains("<script>alert"), "{fields:?}");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let reply = desk.get(&format!("/desk/affected?{query}")).await;
        assert!(!reply.text().contains("<script>alert"), "{fields:?}");
    }
    assert_eq!(asked.state(&server).await, "confirmed");
    assert_eq!(server.rows("event"), 2);
}
