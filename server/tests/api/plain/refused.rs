//! Every kind of refusal: all faults at once, on top and at their fields, with code, cure and clause, and everything entered kept.

use precheck_server::office::Office;
use precheck_shared::checklist::Item;

use super::person::Person;
use crate::desk::{SECOND, START};
use crate::harness::{NAME, Server, Wanted};

/// Every fault of the summary stands at its field, tied to it.
#[track_caller]
fn told_at_their_fields(person: &Person<'_>) {
    assert_eq!(person.reply.status, 422);
    person.reads("role=\"alert\"").reads("<title>エラー：");
    for fault in person.faults() {
        let (field, code) = fault.split_once(' ').unwrap();
        person.reads(&format!("id=\"{field}\"")).reads(&format!("id=\"{field}-fault\""));
        person.reads(&format!("data-code=\"{code}\""));
        if !field.starts_with("wishes") {
            person.reads(&format!("{field}-fault\" aria-invalid=\"true\""));
        }
    }
}

#[tokio::test]
async fn articles_2_to_10_an_empty_step_is_told_what_it_lacks_all_at_once() {
    let server = Server::start();
    let person = Person::comes_to(&server, "conditions", "ja").await.presses("next").await;
    assert_eq!(person.faults().len(), 4);
    // Radio buttons of a question share the description of their group.
    person.is_at("conditions").reads("第2条(1)").reads("当てはまるほうを選んでください。");

    let person = Person::comes_to(&server, "consent", "ja").await.presses("next").await;
    assert_eq!(person.faults().len(), 8);
    person.is_at("consent").reads("第4条(3)");
    told_at_their_fields(&person);

    let person = Person::comes_to(&server, "check", "ja").await.presses("next").await;
    assert_eq!(person.faults().len(), Item::ALL.len() - 2 + 1);
    assert_eq!(person.faults()[0], "own_device checklist_incomplete");

    let person = Person::comes_to(&server, "booking", "ja").await.presses("next").await;
    assert_eq!(
        person.faults(),
        [
            "person-name name_invalid",
            "person-birth_date birth_date_invalid",
            "person-job_seeker_number job_seeker_number_invalid",
            "wishes wishes_count"
        ]
    );
    told_at_their_fields(&person);
}

#[tokio::test]
async fn article_2_a_no_ends_the_way_to_a_booking_and_says_what_to_do_instead() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "conditions", "ja").await;
    person.answers_conditions().enters("eligibility-registered", "no");
    let told = person.presses("next").await;
    assert_eq!(told.faults(), ["f-eligibility-registered ineligible"]);
    told.is_at("conditions").reads("求職登録をしてください").reads("ほかの方法でご相談いただけます");
    // The list of what is needed stays open, and leads nowhere else.
    let mut check = told.presses("change-check").await;
    check.is_at("check");
    check.answers_check();
    check.presses("next").await.is_at("conditions");
}

#[tokio::test]
async fn articles_2_2_and_10_4_what_blocks_is_told_at_its_item() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "check", "ja").await;
    person.answers_check().enters("checklist-camera", "failed");
    let mut told = person.presses("next").await;
    assert_eq!(told.faults(), ["checklist-camera check_blocking"]);
    told.reads("当日までに準備する");
    told.enters("own_device", "no");
    told.presses("next").await.is_at("booking");
}

#[tokio::test]
async fn article_4_1_what_only_asks_goes_on_when_the_same_button_is_pressed_again() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "booking", "ja").await;
    person.fills_in_person().enters("person-job_seeker_number", "01234-567");
    let mut asked = person.wishes_for(START).await.presses("next").await;
    assert_eq!(asked.faults(), ["person-job_seeker_number job_seeker_number_short"]);
    asked.is_at("booking").reads("もう一度同じボタンを押してください").reads("data-kind=\"asks\"");
    // Another value is asked about anew.
    asked.enters("person-job_seeker_number", "01234-568");
    let asked = asked.presses("next").await;
    assert_eq!(asked.faults().len(), 1);
    let review = asked.presses("next").await;
    review.is_at("review");
    assert_eq!(review.presses("send").await.reply.status, 201);
}

#[tokio::test]
async fn article_4_1_faults_are_told_in_the_codes_words_and_values_stay_as_typed() {
    let server = Server::start();
    for (name, typed, code) in [
        ("person-name", "<b>\"小樽\" & '花子'</b>", "name_invalid"),
        ("person-birth_date", "昭和64年1月8日", "birth_date_invalid"),
        ("person-job_seeker_number", "0123-45678", "job_seeker_number_invalid"),
    ] {
        let mut person = Person::comes_to(&server, "booking", "ja").await;
        person.fills_in_person().enters(name, typed);
        let told = person.wishes_for(START).await.presses("next").await;
        assert_eq!(told.faults(), [format!("{name} {code}")]);
        assert_eq!(told.value(name), [typed]);
        assert_eq!(told.value("wishes"), [START]);
        assert!(!told.text().contains("<b>"));
        told_at_their_fields(&told);
    }
}

#[tokio::test]
async fn article_4_1_a_wish_that_has_gone_is_told_and_nothing_else_is_lost() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    // One of two: named, and the other carries the request.
    server.at("2026-11-25T17:15:00+09:00");
    let shown = Person::posts(&server, &review.pressed("language", "en")).await.reads_in("ja").await;
    shown.is_at("review").reads("次の希望日時は選べなくなりました");
    // Both: the times are asked for again.
    server.at("2026-11-26T17:15:00+09:00");
    let late = review.presses("send").await;
    assert_eq!(late.faults(), ["wishes-0 slot_too_late", "wishes-1 slot_too_late"]);
    assert_eq!(late.value("person-name"), [NAME]);
    told_at_their_fields(&late);
    let mended = late
        .presses("remove 1")
        .await
        .presses("remove 0")
        .await
        .wishes_for("2026-12-01T10:00:00+09:00")
        .await;
    let receipt = mended.presses("next").await.presses("send").await;
    assert_eq!(receipt.reply.status, 201, "{}", receipt.text());
}

#[tokio::test]
async fn article_11_new_terms_are_shown_with_what_changed_and_agreed_to_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.toml"), precheck_shared::policy::otaru::POLICY).unwrap();
    let (name, text) = precheck_shared::policy::otaru::TERMS;
    std::fs::write(folder.path().join(name), text).unwrap();
    let changed = text.replacen("録画", "録画（新しい決まり）", 1);
    assert_ne!(changed, text);
    std::fs::write(folder.path().join("terms-2026-11-25.txt"), changed).unwrap();
    let server = Server::start_with(Wanted {
        office: Office::from_folder(folder.path()).unwrap(),
        ..Wanted::default()
    });
    let announced = Person::comes_to(&server, "consent", "ja").await;
    announced.reads("2026年11月25日（水）から、新しい利用規約になります");
    let review = Person::comes_to(&server, "review", "ja").await;
    server.at("2026-11-25T09:00:00+09:00");
    let mut told = review.presses("send").await;
    assert_eq!(told.faults(), ["terms terms_changed"]);
    told.is_at("consent")
        .reads("利用規約が変わりました")
        .reads("<ins class=\"oc-change__text\">")
        .reads("録画（新しい決まり）");
    assert!(told.value("consents-terms").is_empty(), "the box is open again");
    assert_eq!((told.value("consents-app_terms"), told.value("person-name")), (vec!["yes"], vec![NAME]));
    told.enters("consents-terms", "yes");
    let review = told.presses("next").await;
    review.is_at("review");
    let receipt = review.presses("send").await;
    assert_eq!(receipt.reply.status, 201, "{}", receipt.text());
    assert_eq!(server.count("select count(*) from booking where terms_id = 'otaru-2026-11-25'"), 1);
}

#[tokio::test]
async fn too_many_sendings_are_told_to_wait_with_everything_kept_and_the_same_key() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let mut refused = None;
    for _ in 0..40 {
        let mut review = Person::comes_to(&server, "review", "ja").await;
        // Nothing but the limit can refuse it.
        review.forges("key", &crate::harness::new_key());
        let (form, key) = (review.pressed("go", "send"), review.value("key").concat());
        let answer = Person::posts(&server, &form).await;
        if answer.reply.status == 429 {
            assert_eq!(answer.value("key"), [key]);
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert!(1 <= refused.reply.header("retry-after").parse::<u64>().unwrap());
    refused.is_at("review").reads("もう一度送信する").reads(NAME).reads("この画面に残っています");
    assert_eq!(refused.value("wishes"), [START, SECOND]);
}

#[tokio::test]
async fn a_server_that_cannot_write_says_so_and_the_same_form_arrives_later() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    let key = review.value("key").concat();
    let database = server.database();
    database.execute_batch("begin exclusive").unwrap();
    let down = review.presses("send").await;
    database.execute_batch("rollback").unwrap();
    assert_eq!(down.reply.status, 503, "{}", down.text());
    down.is_at("review").reads("もう一度送信する").reads(NAME);
    assert_eq!(down.value("key"), [key]);
    let receipt = down.presses("send").await;
    assert_eq!(receipt.reply.status, 201, "{}", receipt.text());
    assert_eq!(server.rows("booking"), 1);
}
