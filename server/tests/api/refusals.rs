//! Every refusal of a request, with its clause; several come together.

use precheck_shared::violation::Code;
use serde_json::{Value, json};

use crate::harness::{Server, body, new_key, set, submission, with, without};

/// One change, the violations it leads to, and the clause of the first.
async fn check(server: &Server, change: &[(&str, Value)], clause: Option<&str>, expected: &[&str]) {
    let mut changed = body();
    for (pointer, value) in change {
        set(&mut changed, pointer, value.clone());
    }
    let reply = server.post(&changed).await;
    assert_eq!(reply.violations(), expected, "{change:?}: {}", reply.text());
    let code = expected[0].split(' ').next_back().unwrap();
    let problem = reply.problem(422, code);
    assert_eq!(problem["clause"].as_str(), clause, "{change:?}");
    let grade = Code::parse(code).unwrap().grade().as_str();
    assert_eq!(problem["violations"][0]["grade"], grade, "{change:?}");
}

#[tokio::test]
async fn each_rule_has_its_code_its_clause_and_its_place() {
    let server = Server::start();
    let at = |time: &str| json!([format!("2026-11-26T{time}:00+09:00")]);
    for (pointer, value, clause, expected) in [
        ("/eligibility/registered", json!("no"), Some("2(1)"), "/eligibility/registered ineligible"),
        ("/eligibility/equipped", json!("no"), Some("2(2)"), "/eligibility/equipped ineligible"),
        ("/eligibility/ongoing", json!("no"), Some("2(3)"), "/eligibility/ongoing ineligible"),
        ("/eligibility/need", json!("no"), Some("2(4)"), "/eligibility/need ineligible"),
        ("/consents/terms", json!(false), Some("preamble"), "/consents/terms consent_missing"),
        ("/consents/app_terms", json!(false), Some("3"), "/consents/app_terms consent_missing"),
        ("/terms/sha256", json!("00"), Some("11"), "/terms terms_changed"),
        ("/terms/id", json!("otaru-2022-01-01"), Some("11"), "/terms terms_changed"),
        ("/checklist/2/outcome", json!("failed"), Some("2(2)"), "/checklist/2 check_blocking"),
        ("/checklist/8/outcome", json!("failed"), Some("10(4)"), "/checklist/8 check_blocking"),
        ("/checklist/0/outcome", json!("by_the_day"), Some("2(2)"), "/checklist/0 checklist_incomplete"),
        ("/person/name", json!(" "), Some("4(1)"), "/person/name name_invalid"),
        ("/person/birth_date", json!("1985-02-30"), Some("4(1)"), "/person/birth_date birth_date_invalid"),
        (
            "/person/job_seeker_number",
            json!("01234"),
            Some("4(1)"),
            "/person/job_seeker_number job_seeker_number_invalid",
        ),
        ("/wishes", json!([]), Some("4(1)"), "/wishes wishes_count"),
        ("/wishes", json!(["2026-11-28T10:00:00+09:00"]), Some("4(1)"), "/wishes/0 slot_not_business_day"),
        ("/wishes", at("09:30"), Some("4(1)"), "/wishes/0 slot_outside_hours"),
        ("/wishes", at("11:31"), Some("4(1)"), "/wishes/0 slot_outside_hours"),
        ("/wishes", at("15:31"), Some("4(1)"), "/wishes/0 slot_outside_hours"),
        ("/wishes", at("10:15"), None, "/wishes/0 slot_off_grid"),
        ("/wishes", json!(["2026-11-24T10:00:00+09:00"]), Some("4(1)"), "/wishes/0 slot_too_late"),
        ("/wishes", json!(["2026-12-23T10:00:00+09:00"]), None, "/wishes/0 slot_too_far"),
        ("/wishes/1", json!("2026-11-26T01:00:00Z"), Some("4(1)"), "/wishes/1 slot_duplicate"),
        ("/wishes", json!(["tomorrow"]), Some("4(1)"), "/wishes/0 slot_off_grid"),
        ("/attendants/0/count", json!(6), Some("10(3)"), "/attendants/0/count attendants_invalid"),
        // 26,000 marks on one letter, and sixty letters with 80 each.
        (
            "/person/name",
            json!(format!("a{}", "\u{301}".repeat(26_000))),
            Some("4(1)"),
            "/person/name name_invalid",
        ),
        (
            "/person/name",
            json!(format!("山{}", "\u{301}".repeat(80)).repeat(4)),
            Some("4(1)"),
            "/person/name name_invalid",
        ),
        ("/person/name", json!("\u{3164}"), Some("4(1)"), "/person/name name_invalid"),
        ("/person/name", json!("花子2"), None, "/person/name name_unusual_characters"),
        ("/person/name", json!("山田\u{FFFD}郎"), None, "/person/name name_unusual_characters"),
        ("/person/name", json!("山\u{E000}田"), None, "/person/name name_unusual_characters"),
        ("/person/name", json!("\u{2FBC}橋 太郎"), None, "/person/name name_unusual_characters"),
        (
            "/attendants/0/note",
            json!(format!("a{}", "\u{301}".repeat(9))),
            Some("10(3)"),
            "/attendants/0/note attendants_invalid",
        ),
        (
            "/person/birth_date",
            json!("昭和60(1984)年4月1日"),
            Some("4(1)"),
            "/person/birth_date birth_date_invalid",
        ),
        ("/person/birth_date", json!("2012-04-02"), None, "/person/birth_date birth_date_working_age"),
        ("/person/birth_date", json!("1930-01-01"), None, "/person/birth_date birth_date_over_90"),
        (
            "/person/job_seeker_number",
            json!("01234-567"),
            None,
            "/person/job_seeker_number job_seeker_number_short",
        ),
    ] {
        check(&server, &[(pointer, value)], clause, &[expected]).await;
    }
    assert_eq!(server.rows("booking"), 0);
    assert_eq!(server.rows("idempotency"), 0);
}

/// JSON can spell half of a pair of surrogates, which no text can hold: the item's own fault, told with all others.
#[tokio::test]
async fn half_of_a_surrogate_pair_is_the_fault_of_its_item() {
    let server = Server::start();
    let mut changed = body();
    set(&mut changed, "/person/name", json!("LONE"));
    set(&mut changed, "/attendants/0/note", json!("LONE"));
    let text = changed.to_string().replace("LONE", "山\\ud800田");
    let reply = server.send(submission(&new_key(), text)).await;
    assert_eq!(reply.violations(), ["/person/name name_invalid", "/attendants/0/note attendants_invalid"]);
    reply.problem(422, "name_invalid");
}

#[tokio::test]
async fn article_4_1_1_a_radical_is_offered_as_its_character_and_taken_once_confirmed() {
    let server = Server::start();
    let mut asked = with("/person/name", json!("\u{2FBC}橋 太郎"));
    let told = server.post(&asked).await.problem(422, "name_unusual_characters");
    assert!(told["violations"][0]["message"].as_str().unwrap().contains("高橋 太郎"), "{told}");
    set(&mut asked, "/accepted_findings", json!(["name_unusual_characters"]));
    server.post(&asked).await.accepted();
}

#[tokio::test]
async fn each_duty_that_is_not_acknowledged_is_named_with_its_clause() {
    let server = Server::start();
    let duties = [
        "no_recording 10(2)",
        "own_cost 10(5)",
        "cancellation 4(3)",
        "records 5(1)",
        "disclaimers 7",
        "damages 8",
    ];
    for (at, duty) in duties.iter().enumerate() {
        let (name, clause) = duty.split_once(' ').unwrap();
        let reply = server.post(&without(&format!("/consents/acknowledged/{at}"))).await;
        assert_eq!(reply.problem(422, "consent_missing")["clause"], clause);
        assert_eq!(reply.violations(), [format!("/consents/acknowledged/{name} consent_missing")]);
    }
}

#[tokio::test]
async fn all_faults_come_together_those_to_mend_before_those_to_check() {
    let server = Server::start();
    check(
        &server,
        &[
            ("/person/name", json!("花子2")),
            ("/person/job_seeker_number", json!("x")),
            ("/eligibility/ongoing", json!("no")),
            ("/consents/app_terms", json!(false)),
            ("/terms/sha256", json!("")),
            ("/wishes", json!(["2026-11-28T09:00:00+09:00"])),
            ("/attendants/0/kind", json!("friend")),
        ],
        Some("11"),
        &[
            "/terms terms_changed",
            "/eligibility/ongoing ineligible",
            "/consents/app_terms consent_missing",
            "/person/job_seeker_number job_seeker_number_invalid",
            "/wishes/0 slot_not_business_day",
            "/wishes/0 slot_outside_hours",
            "/attendants/0/kind attendants_invalid",
            "/person/name name_unusual_characters",
        ],
    )
    .await;
}

#[tokio::test]
async fn article_11_other_terms_are_answered_with_the_version_in_force() {
    let server = Server::start();
    let problem =
        server.post(&with("/terms/id", json!("otaru-2020-01-01"))).await.problem(422, "terms_changed");
    assert_eq!(
        problem["terms"],
        json!({
            "id": "otaru-2023-10-01",
            "sha256": "2deaf231d6471079f83cf1980d33b7282dae3a5a16b06dc736fc1817440cfff0",
            "effective": "2023-10-01"
        })
    );
    let other = server.post(&with("/person/name", json!(""))).await.problem(422, "name_invalid");
    assert!(other.get("terms").is_none());
}

#[tokio::test]
async fn findings_to_check_pass_when_confirmed_and_superfluous_ones_are_ignored() {
    let server = Server::start();
    let mut short = with("/person/job_seeker_number", json!("01234-567"));
    server.post(&short).await.problem(422, "job_seeker_number_short");
    set(
        &mut short,
        "/accepted_findings",
        json!(["birth_date_over_90", "no_such_code", "job_seeker_number_short"]),
    );
    server.post(&short).await.accepted();
    let mut invalid = with("/person/name", json!(""));
    set(&mut invalid, "/accepted_findings", json!(["name_invalid"]));
    server.post(&invalid).await.problem(422, "name_invalid");
}

#[tokio::test]
async fn a_wrongly_typed_item_is_that_items_fault() {
    let server = Server::start();
    let wrong = [Value::Null, json!(7), json!(true), json!("x"), json!(["x"]), json!({})];
    for (pointer, code, right) in [
        ("/terms", "terms_changed", 6),
        ("/terms/id", "terms_changed", 6),
        ("/terms/sha256", "terms_changed", 6),
        ("/eligibility", "ineligible", 6),
        ("/eligibility/registered", "ineligible", 6),
        ("/eligibility/need", "ineligible", 6),
        ("/consents", "consent_missing", 6),
        ("/consents/terms", "consent_missing", 2),
        ("/consents/acknowledged", "consent_missing", 6),
        ("/own_device", "checklist_incomplete", 2),
        ("/checklist", "checklist_incomplete", 6),
        ("/checklist/4", "checklist_incomplete", 6),
        ("/checklist/4/id", "checklist_incomplete", 6),
        ("/checklist/4/outcome", "checklist_incomplete", 6),
        ("/person", "name_invalid", 6),
        ("/person/name", "name_invalid", 3),
        ("/person/birth_date", "birth_date_invalid", 6),
        ("/person/job_seeker_number", "job_seeker_number_invalid", 6),
        ("/wishes", "wishes_count", 4),
        ("/wishes/0", "slot_off_grid", 6),
        ("/attendants/0", "attendants_invalid", 6),
        ("/attendants/0/kind", "attendants_invalid", 6),
        ("/attendants/0/count", "attendants_invalid", 1),
    ] {
        // `right` is the one value of the list that has the right type there; 6 for none.
        for (at, value) in wrong.iter().enumerate().filter(|(at, _)| *at != right) {
            // A list of something and a text have the right outer type in some places; both are wrong inside.
            if matches!((pointer, at), ("/attendants/0/count", 1)) {
                continue;
            }
            let reply = server.post(&with(pointer, value.clone())).await;
            assert_eq!(reply.status, 422, "{pointer} = {value}: {}", reply.text());
            assert!(
                reply.violations().iter().any(|it| it.ends_with(code)),
                "{pointer} = {value}: {:?}",
                reply.violations()
            );
        }
    }
    for value in [json!(7), json!("x"), json!({}), json!(["x"]), json!([[]])] {
        server.post(&with("/attendants", value)).await.problem(422, "attendants_invalid");
    }
    for (pointer, value) in [
        ("/attendants/0/language", json!(7)),
        ("/attendants/0/note", json!(["x"])),
        ("/attendants/0/count", json!(1.5)),
        ("/attendants/0/count", json!("1")),
        ("/attendants/0/count", json!(-1)),
        ("/attendants/0/count", json!(0)),
        ("/attendants/0/count", json!(4_294_967_297_u64)),
    ] {
        let reply = server.post(&with(pointer, value)).await;
        assert_eq!(reply.violations(), [format!("{pointer} attendants_invalid")]);
    }
    assert_eq!(server.rows("booking"), 0);
}

#[tokio::test]
async fn a_missing_item_is_that_items_fault() {
    let server = Server::start();
    for (pointer, code, count) in [
        ("/terms", "terms_changed", 1),
        ("/eligibility", "ineligible", 4),
        ("/eligibility/need", "ineligible", 1),
        ("/consents", "consent_missing", 8),
        ("/consents/acknowledged", "consent_missing", 6),
        ("/own_device", "checklist_incomplete", 1),
        ("/checklist", "checklist_incomplete", 13),
        ("/checklist/3", "checklist_incomplete", 1),
        ("/person", "name_invalid", 3),
        ("/person/name", "name_invalid", 1),
        ("/wishes", "wishes_count", 1),
        ("/attendants/0/kind", "attendants_invalid", 1),
        ("/attendants/0/count", "attendants_invalid", 1),
    ] {
        let reply = server.post(&without(pointer)).await;
        reply.problem(422, code);
        assert_eq!(reply.violations().len(), count, "{pointer}: {:?}", reply.violations());
    }
}

#[tokio::test]
async fn items_without_a_code_of_their_own_are_malformed_and_come_before_the_rules() {
    let server = Server::start();
    for (pointer, values) in [
        (
            "/language",
            vec![
                Value::Null,
                json!(1),
                json!(""),
                json!("j"),
                json!("ja_JP"),
                json!("en-"),
                json!("-en"),
                json!("en--GB"),
                json!("en-abcdefghi"),
                json!("日本"),
                json!("a".repeat(36)),
            ],
        ),
        ("/entered_at", vec![Value::Null, json!(0), json!("now"), json!("2026-11-24")]),
        ("/accepted_findings", vec![json!("x"), json!({}), json!([1]), json!([null])]),
    ] {
        for value in values {
            let mut changed = with(pointer, value.clone());
            set(&mut changed, "/person/name", json!(""));
            let problem = server.post(&changed).await.problem(400, "malformed");
            assert!(
                problem["detail"].as_str().unwrap().contains(pointer),
                "{pointer} = {value}: {problem:#}"
            );
            let violation = &problem["violations"][0];
            assert!(violation["pointer"].as_str().unwrap().starts_with(pointer), "{problem:#}");
            assert_eq!((&violation["code"], &violation["grade"]), (&json!("malformed"), &json!("must_fix")));
        }
    }
    for pointer in ["/language", "/entered_at"] {
        server.post(&without(pointer)).await.problem(400, "malformed");
    }
}

#[tokio::test]
async fn a_field_that_nobody_knows_is_refused_at_every_depth_and_named() {
    let server = Server::start();
    for place in ["", "/terms", "/eligibility", "/consents", "/checklist/3", "/person", "/attendants/0"] {
        let pointer = format!("{place}/middle_name");
        let reply = server.post(&with(&pointer, json!("x"))).await;
        let problem = reply.problem(400, "malformed");
        assert!(problem["detail"].as_str().unwrap().contains(&pointer), "{problem:#}");
        assert_eq!(reply.violations(), [format!("{pointer} malformed")]);
    }
    let mut slashed = body();
    slashed.as_object_mut().unwrap().insert("a/b~c".to_owned(), json!(1));
    assert_eq!(server.post(&slashed).await.violations(), ["/a~1b~0c malformed"]);
}

#[tokio::test]
async fn every_place_that_cannot_be_read_is_named_in_one_answer() {
    let server = Server::start();
    let mut wrong = body();
    for (pointer, value) in [
        ("/language", json!("en-")),
        ("/entered_at", json!("now")),
        ("/accepted_findings", json!([1, "birth_date_over_90", null])),
        ("/person/age", json!(41)),
    ] {
        set(&mut wrong, pointer, value);
    }
    let reply = server.post(&wrong).await;
    reply.problem(400, "malformed");
    assert_eq!(
        reply.violations(),
        [
            "/person/age malformed",
            "/accepted_findings/0 malformed",
            "/accepted_findings/2 malformed",
            "/language malformed",
            "/entered_at malformed",
        ]
    );
}

#[tokio::test]
async fn language_tags_of_every_form_are_taken() {
    let server = Server::start();
    for tag in ["ja", "en-GB", "zh-Hant-TW", "sl-rozaj-biske-1994", "x-whatever"] {
        server.post(&with("/language", json!(tag))).await.accepted();
    }
}

#[tokio::test]
async fn article_10_a_detail_that_is_no_text_is_that_checks_fault() {
    let server = Server::start();
    for value in [json!(1), json!([]), json!({}), json!(false)] {
        let reply = server.post(&with("/checklist/4/detail", value)).await;
        reply.problem(422, "checklist_incomplete");
        assert_eq!(reply.violations(), ["/checklist/4 checklist_incomplete"]);
    }
}

#[tokio::test]
async fn an_acknowledgement_that_is_no_name_is_ignored_and_the_others_count() {
    let server = Server::start();
    server.post(&with("/consents/acknowledged/6", json!(7))).await.accepted();
    let reply = server.post(&with("/consents/acknowledged/3", json!(null))).await;
    assert_eq!(reply.violations(), ["/consents/acknowledged/records consent_missing"]);
    let reply = server.post(&with("/consents/acknowledged", json!({"records": true}))).await;
    assert_eq!(reply.violations().len(), 6);
}

#[tokio::test]
async fn an_endless_list_gets_a_short_answer() {
    let server = Server::start();
    for (pointer, value) in [
        ("/wishes", json!(vec!["x"; 5000])),
        ("/checklist", json!(vec![json!({}); 5000])),
        ("/attendants", json!(vec![json!({}); 3000])),
        ("/person", (0..3000).map(|it| (it.to_string(), json!(1))).collect::<serde_json::Map<_, _>>().into()),
    ] {
        let reply = server.post(&with(pointer, value)).await;
        assert!(reply.status.is_client_error());
        assert!(reply.body.len() < 32 * 1024, "{pointer}: {} bytes", reply.body.len());
    }
}

#[tokio::test]
async fn refusals_speak_the_language_of_the_request() {
    let server = Server::start();
    let title = |reply: crate::harness::Reply| reply.json()["title"].as_str().unwrap().to_owned();
    let mut wrong = with("/person/name", json!(""));
    let japanese = title(server.post(&wrong).await);
    set(&mut wrong, "/language", json!("en-GB"));
    let english = title(server.post(&wrong).await);
    assert_ne!(japanese, english);
    set(&mut wrong, "/language", json!("pt"));
    assert_eq!(title(server.post(&wrong).await), japanese);
    let english_not_found = title(server.get_with("/api/v1/x", &[("accept-language", "en")]).await);
    assert_ne!(english_not_found, title(server.get("/api/v1/x").await));
}
