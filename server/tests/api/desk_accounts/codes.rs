//! One-time passwords and recovery codes.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_server::service::staff::codes::shown;

use super::members::{link_in, take};
use super::{PASSWORD, sign_in, signed_in, somebody};
use crate::harness::Server;
use crate::officer::AtTheDesk;

/// A device that has taken up a secret.
pub(super) struct Device(Vec<u8>);

impl Device {
    /// Reads the secret off the page as a person does.
    fn with(page: &str) -> Self {
        let text = page.split("<p class=\"d-mono\">").nth(1).unwrap().split('<').next().unwrap();
        let value = |letter| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
        let letters = text.chars().filter(|it| *it != '-');
        let bits = letters.map(|it| format!("{:05b}", value(it))).collect::<Vec<_>>().concat();
        let bytes = (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap());
        Self(bytes.collect())
    }

    pub(super) fn code(&self, server: &Server) -> String {
        shown(&self.0, server.state.clock.now())
    }
}

/// Sets them up: the device, and the recovery codes that are shown.
pub(super) async fn enrol(who: &AtTheDesk<'_>) -> (Device, Vec<String>) {
    let page = who.page("/desk/me/codes").await;
    let device = Device::with(&page);
    let offer = page.split("name=\"offer\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let wrong = who.post("/desk/me/codes", &[("offer", &offer), ("code", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(Device::with(wrong.text()).0, device.0, "the device keeps what it has");
    let code = device.code(who.server);
    let reply = who.post("/desk/me/codes", &[("offer", &offer), ("code", &code)]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let codes = reply.text().split("<li class=\"d-mono\">").skip(1);
    (device, codes.map(|it| it.split('<').next().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn who_has_one_time_passwords_signs_in_with_one_and_with_none_twice() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let (device, recovery) = enrol(&signed_in(&server, &id, "kyoko", "").await).await;
    assert_eq!(recovery.len(), 10);
    let refused = async |code: &str| sign_in(&server, "kyoko", PASSWORD, code).await.status;
    assert_eq!(refused("").await, StatusCode::UNAUTHORIZED);
    let used = device.code(&server);
    assert_eq!(refused(&used).await, StatusCode::UNAUTHORIZED, "it confirmed the device");
    server.at("2026-11-24T09:00:30+09:00");
    let code = device.code(&server);
    assert_eq!(sign_in(&server, "kyoko", "wrong password", &code).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused(&code).await, StatusCode::SEE_OTHER);
    assert_eq!(refused(&code).await, StatusCode::UNAUTHORIZED);

    let lower = recovery[3].to_lowercase().replace('-', " ");
    assert_eq!(refused(&lower).await, StatusCode::SEE_OTHER);
    assert_eq!(refused(&recovery[3]).await, StatusCode::UNAUTHORIZED);
    let kyoko = signed_in(&server, &id, "kyoko", &recovery[4]).await;
    assert!(kyoko.page("/desk/me").await.contains("残り8個"));
    assert_eq!(server.count("select count(*) from audit where act = 'recovery_used'"), 2);

    let again = kyoko.post("/desk/me/codes/recovery", &[]).await;
    assert!(again.status == StatusCode::OK && !again.text().contains(&recovery[5]));
    assert_eq!(refused(&recovery[5]).await, StatusCode::UNAUTHORIZED);
    assert_eq!(kyoko.post("/desk/me/codes/drop", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(refused("").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_secret_is_sealed_and_anothers_offer_is_worth_nothing() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    let jiro = AtTheDesk::officer(&server).await;
    let page = jiro.page("/desk/me/codes").await;
    let offer = page.split("name=\"offer\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let code = Device::with(&page).code(&server);
    for offer in [offer, "", "zz", "00", "\"><script>"] {
        let reply = kyoko.post("/desk/me/codes", &[("offer", offer), ("code", &code)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{offer}");
        assert!(!reply.text().contains("<script>"));
    }
    let (device, _) = enrol(&kyoko).await;
    let page = kyoko.page("/desk/me").await;
    assert!(page.contains("設定済みです"), "{page}");
    assert_eq!(server.count("select count(*) from staff where totp is not null and length(totp) = 60"), 1);
    assert_eq!(device.0.len(), 20);
}

#[tokio::test]
async fn of_whom_they_are_required_nothing_else_is_open_before_they_are_set_up() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let jiro = signed_in(&server, &id, "jiro", "").await;
    let path = format!("/desk/staff/{id}");
    let reply = manager.post(&path, &[("act", "require_codes")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    for address in ["/desk", "/desk/me", "/desk/find", "/desk/none", "/desk/staff"] {
        let reply = jiro.get(address).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (StatusCode::SEE_OTHER, "/desk/me/codes"),
            "{address}"
        );
    }
    assert_eq!(jiro.post("/desk/me/feed", &[]).await.header("location"), "/desk/me/codes");
    enrol(&jiro).await;
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::OK);
    let reply = jiro.post("/desk/me/codes/drop", &[]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Of everybody, herself included.
    manager.post("/desk/staff/codes", &[("required", "yes")]).await;
    assert_eq!(manager.get("/desk/staff").await.header("location"), "/desk/me/codes");
    enrol(&manager).await;
    let page = manager.page("/desk/staff").await;
    assert!(page.contains("すべての職員に、確認コードの使用を求めています"), "{page}");
    manager.post("/desk/staff/codes", &[("required", "no")]).await;
    assert_eq!(manager.post(&path, &[("act", "free_codes")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(jiro.post("/desk/me/codes/drop", &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_lost_device_and_recovery_codes_gets_a_link_that_takes_them_away() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    enrol(&signed_in(&server, &id, "jiro", "").await).await;
    let path = format!("/desk/staff/{id}/link");
    manager.post(&path, &[]).await;
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.count("select count(*) from staff where login = 'jiro' and totp is not null"), 1);
    let page = manager.post(&path, &[("without_codes", "yes")]).await;
    assert_eq!(server.rows("recovery_code"), 10, "they keep others out until then");
    let link = link_in(page.text());
    assert!(server.get(&link).await.text().contains("回復コードは使えなくなります"));
    assert_eq!(take(&server, &link, "correct horse 12").await, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("recovery_code"), 0);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "jiro", "correct horse 12", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn recovery_codes_have_120_bits_and_those_that_were_shorter_are_still_good() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let (_, recovery) = enrol(&signed_in(&server, &id, "kyoko", "").await).await;
    assert!(recovery.iter().all(|it| it.replace('-', "").len() == 24), "{recovery:?}");
    // What an older version has kept: the hash of 16 letters.
    let mut hash = String::new();
    for byte in <sha2::Sha256 as sha2::Digest>::digest("ABCDEFGHIJKLMNOP") {
        std::fmt::Write::write_fmt(&mut hash, format_args!("{byte:02x}")).unwrap();
    }
    let hash = if crate::POSTGRES { format!("'\\x{hash}'") } else { format!("x'{hash}'") };
    server.run(&format!("insert into recovery_code (office, staff, hash) values ('otaru', '{id}', {hash})"));
    let reply = sign_in(&server, "kyoko", PASSWORD, "abcd-efgh-ijkl-mnop").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
}
