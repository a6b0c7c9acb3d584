//! Articles 5(2) and 6 at the desk: disclosures by law, and to the person herself.

use axum::http::StatusCode;

use crate::desk::Asked;
use crate::harness::Server;
use crate::officer::AtTheDesk;

/// A lawful disclosure of some requests, as a manager enters it.
fn lawful<'a>(numbers: &'a str, items: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    let mut fields = vec![
        ("asked_by", "小樽警察署 <b>山田</b>"),
        ("ground", "刑事訴訟法第197条第2項"),
        ("reason", "照会書 第12号"),
        ("scope", "numbers"),
        ("numbers", numbers),
    ];
    fields.extend(items.iter().map(|it| ("items", *it)));
    fields
}

/// Where an answer leads to, without what is said there.
fn leads_to(reply: &crate::harness::Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    reply.header("location").split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn article_5_2_a_lawful_disclosure_hands_out_exactly_its_scope_and_is_kept() {
    let server = Server::start();
    let (asked, other) = (Asked::confirmed(&server).await, Asked::send(&server).await);
    let manager = AtTheDesk::manager(&server).await;
    let number = asked.number.to_string();
    let made = manager.post("/desk/records/disclosure", &lawful(&number, &["course"])).await;
    let at = leads_to(&made);
    let act = manager.page(&at).await;
    assert!(act.contains("小樽警察署 &#60;b&#62;山田&#60;/b&#62;") && act.contains(&number), "{act}");
    assert!(!act.contains("desk.records."), "{act}");
    let file = manager.get(&format!("{at}/file")).await;
    assert!(file.header("content-disposition").starts_with("attachment;"));
    let json = file.json();
    assert_eq!(json["requests"].as_array().unwrap().len(), 1);
    assert_eq!(json["requests"][0]["reception_number"], number);
    let parts = json["requests"][0]["parts"].as_array().unwrap();
    assert_eq!((parts.len(), parts[0]["item"].as_str()), (1, Some("course")));
    // Neither another request nor another item.
    for secret in [&other.number.to_string(), "花子", "1985", "5678901", "12345678901"] {
        assert!(!file.text().contains(secret), "{secret}");
    }
    let print = manager.page(&format!("{at}/print")).await;
    assert!(
        print.contains("2026年11月26日") && !print.contains("花子") && !print.contains("desk.records."),
        "{print}"
    );
    assert_eq!(server.count("select count(*) from disclosure where exported_by is not null"), 1);
    for (act, count) in [("disclosure_made", 1), ("disclosure_exported", 2)] {
        assert_eq!(server.count(&format!("select count(*) from audit where act = '{act}'")), count, "{act}");
    }
    let list = manager.page("/desk/records").await;
    assert!(
        list.contains("書き出し済み") && list.contains("第5条の5") && list.contains("/desk/log"),
        "{list}"
    );
    // Who asked, and why, is sealed.
    let sealed = server.sealed("disclosure");
    assert!(!sealed.bytes.windows(6).any(|it| it == "小樽".as_bytes()));
}

#[tokio::test]
async fn article_5_2_where_the_office_sets_that_a_second_manager_approves_and_never_who_made_it() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let manager = AtTheDesk::manager(&server).await;
    leads_to(&manager.post("/desk/records", &[("approval", "on")]).await);
    let made =
        manager.post("/desk/records/disclosure", &lawful(&asked.number.to_string(), &["identity"])).await;
    let at = leads_to(&made);
    let refused = async |what: &str| {
        let reply = manager.get(&format!("{at}/{what}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!reply.text().contains("花子"));
    };
    refused("file").await;
    refused("print").await;
    let own = manager.post(&at, &[]).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.text().contains("自分で記録した開示は、承認できません"));
    // Nor does it help to lift the rule afterwards.
    leads_to(&manager.post("/desk/records", &[]).await);
    refused("file").await;
    let second =
        AtTheDesk::signed_in(&server, "second", precheck_server::service::staff::Role::Manager).await;
    leads_to(&second.post(&at, &[]).await);
    let again = second.post(&at, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(manager.page(&format!("{at}/print")).await.contains("小樽　花子"));
    assert_eq!(server.count("select count(*) from audit where act = 'disclosure_approved'"), 1);
    // Without the rule nobody waits.
    let made =
        manager.post("/desk/records/disclosure", &lawful(&asked.number.to_string(), &["identity"])).await;
    assert!(manager.page(&format!("{}/file", leads_to(&made))).await.contains("花子"));
}

#[tokio::test]
async fn article_6_who_was_erased_is_not_handed_out() {
    let server = Server::start();
    let (erased, kept) = (Asked::in_state(&server, "declined").await, Asked::send(&server).await);
    let manager = AtTheDesk::manager(&server).await;
    let both = format!("{}、{}", erased.number, kept.number);
    let at = leads_to(&manager.post("/desk/records/disclosure", &lawful(&both, &super_items())).await);
    let number = |it: &Asked| it.number.to_string();
    let file = manager.page(&format!("{at}/file")).await;
    assert!(file.contains(&number(&erased)) && file.contains(&number(&kept)));
    server.run("update booking set state = 'confirmed' where state = 'requested'");
    server.at("2026-12-26T09:00:00+09:00");
    server.look().await;
    let manager =
        AtTheDesk::signed_in(&server, "later", precheck_server::service::staff::Role::Manager).await;
    let file = manager.page(&format!("{at}/file")).await;
    assert!(!file.contains(&number(&erased)) && file.contains(&number(&kept)), "{file}");
}

fn super_items() -> Vec<&'static str> {
    precheck_server::service::disclose::ITEMS.to_vec()
}

#[tokio::test]
async fn article_6_a_person_sees_all_that_is_held_of_her_and_nobody_who_typed_her_number() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let stranger = crate::harness::with("/person/birth_date", serde_json::json!("1990-02-03"));
    let mistyped = server.post(&stranger).await.accepted();
    let manager = AtTheDesk::manager(&server).await;
    let form = manager.page(&format!("/desk/records/own?number={}", asked.number)).await;
    assert!(form.contains("01234-5678901") && form.contains("1985-04-01"), "{form}");
    let fields = [("number", "01234-5678901"), ("birth_date", "1985-04-01")];
    let unchecked = manager.post("/desk/records/own", &fields).await;
    assert_eq!(unchecked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unchecked.text().contains("1985-04-01") && unchecked.text().contains("aria-invalid"));
    let nobody = [("number", "01234-5678901"), ("birth_date", "1985-04-02"), ("identified", "yes")];
    assert_eq!(manager.post("/desk/records/own", &nobody).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let at =
        leads_to(&manager.post("/desk/records/own", &[&fields[..], &[("identified", "yes")]].concat()).await);
    let print = manager.page(&format!("{at}/print")).await;
    for held in [
        "小樽　花子",
        "1985-04-01",
        "01234-5678901",
        "予約の確定",
        "カメラ：",
        "画面で同意",
        &asked.number.to_string(),
    ] {
        assert!(print.contains(held), "{held}: {print}");
    }
    assert!(!print.contains(mistyped["reception_number"].as_str().unwrap()), "{print}");
    assert!(!print.contains("desk.records."), "{print}");
    assert_eq!(server.count("select count(*) from audit where act = 'own_disclosure_made'"), 1);
}

#[tokio::test]
async fn a_disclosure_that_lacks_something_is_not_made_and_keeps_what_was_entered_harmless() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let hostile = "\"><script>alert(1)</script>";
    let mut fields: Vec<_> = ["asked_by", "ground", "reason", "numbers", "job_seeker", "from", "to"]
        .iter()
        .map(|it| (*it, hostile))
        .collect();
    for scope in ["", "numbers", "job_seeker", "period", hostile] {
        fields.retain(|it| it.0 != "scope");
        fields.push(("scope", scope));
        let reply = manager.post("/desk/records/disclosure", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{scope}");
        assert!(!reply.text().contains("<script>alert"), "{scope}");
        assert!(
            reply.text().contains("&#60;script&#62;alert(1)") && reply.text().contains("aria-invalid")
                || scope.is_empty()
                || scope == hostile
        );
    }
    let empty = manager.post("/desk/records/disclosure", &[]).await;
    assert_eq!(empty.text().matches("入力してください。").count(), 6, "{}", empty.text());
    // A day that is not over, an order that is none, a number that nobody has.
    let from_to = |from, to| [("scope", "period"), ("from", from), ("to", to)];
    for (from, to) in [("2026-11-01", "2026-11-24"), ("2026-11-02", "2026-11-01"), ("", "")] {
        let reply = manager.post("/desk/records/disclosure", &from_to(from, to)).await;
        assert!(reply.text().contains("最初の日と最後の日を確かめてください"), "{from} {to}");
    }
    let unknown = manager.post("/desk/records/disclosure", &lawful("00000-00000", &["course"])).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.rows("disclosure"), 0);
    for path in [
        "/desk/records/0",
        "/desk/records/1",
        "/desk/records/x",
        "/desk/records/1/file",
        "/desk/records/own?number=x",
    ] {
        assert_eq!(manager.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_officer_sees_nothing_of_disclosures_and_a_manager_gives_her_password_anew_for_them() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let manager = AtTheDesk::manager(&server).await;
    let at = leads_to(
        &manager.post("/desk/records/disclosure", &lawful(&asked.number.to_string(), &["identity"])).await,
    );
    let officer = AtTheDesk::officer(&server).await;
    let pages = [
        "/desk/records",
        "/desk/records/disclosure",
        "/desk/records/own",
        &at,
        &format!("{at}/print"),
        &format!("{at}/file"),
    ];
    for path in pages {
        let seen = officer.get(path).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!seen.text().contains("花子"));
        assert_ne!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in &pages[..4] {
        assert_eq!(officer.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // Within the session, but long after the password.
    for now in ["2026-11-24T09:10:00+09:00", "2026-11-24T09:20:00+09:00"] {
        server.at(now);
        manager.page("/desk/records").await;
    }
    for path in [
        "/desk/records/disclosure",
        "/desk/records/own",
        "/desk/figures/visits.csv",
        &format!("{at}/print"),
        &format!("{at}/file"),
    ] {
        assert!(leads_to(&manager.get(path).await).starts_with("/desk/prove"), "{path}");
    }
    assert!(leads_to(&manager.post(&at, &[]).await).starts_with("/desk/prove"));
}
