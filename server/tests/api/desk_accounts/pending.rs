//! What somebody has entered when her session ends, or when her password is asked once more: nothing of it is lost, at no address.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::TimeDelta;
use precheck_server::service::staff::{self, Role, passwords};

use super::rights::{POST, TABLE, Who, real};
use super::{PASSWORD, cookie_of, sign_in};
use crate::desk::Asked;
use crate::harness::{Reply, Server};
use crate::officer::{AtTheDesk, send_form};

/// What was typed.
const TYPED: &str = "改行も\r\n「引用」も <b>&amp; そのまま";

/// There is no disclosure yet, no such table, no counselling that was held, and nobody any more who has left.
const NOBODYS: [&str; 6] = [
    "/desk/records/{id}",
    "/desk/records/{id}/print",
    "/desk/records/{id}/file",
    "/desk/figures/{file}",
    "/desk/requests/{number}/next",
    "/desk/staff/{id}/end",
];

type Fields = &'static [(&'static str, &'static str)];

/// What is entered at each address; nothing where there is no field, `None` where somebody shows who she is.
fn entered_at(route: &str) -> Option<Fields> {
    Some(match route {
        "/desk/sign-in" | "/desk/resume" | "/desk/prove" | "/desk/invitation/{secret}" => return None,
        "/desk/sign-out"
        | "/desk/present"
        | "/desk/me/codes/drop"
        | "/desk/me/codes/recovery"
        | "/desk/log/seen"
        | "/desk/records/{id}/print"
        | "/desk/records/{id}/file" => &[],
        "/desk/figures/{file}" => &[("weeks", "4")],
        // Passwords are carried nowhere.
        "/desk/me/password" => &[("old", PASSWORD), ("password", TYPED), ("again", TYPED)],
        "/desk/log" => &[("actor", "shell"), ("subject", TYPED)],
        "/desk/alarms" => &[("staff", "o-1"), ("at", "1")],
        "/desk/me/sessions" => &[("session", "0123456789ab")],
        "/desk/me/feed" => &[("end", "yes")],
        "/desk/me/codes" => &[("offer", "00"), ("code", "123456")],
        "/desk/find" => &[("q", TYPED)],
        "/desk/requests/{number}/{act}" => &[("version", "1"), ("reason", TYPED)],
        "/desk/requests/{number}/next" => {
            &[("version", "1"), ("note", TYPED), ("accepted", "a"), ("accepted", "b")]
        }
        "/desk/new" => &[
            ("key", "0193a5b0-0000-7000-8000-000000000001"),
            ("name", "小樽　花子"),
            ("reason", TYPED),
            ("note", TYPED),
        ],
        "/desk/affected" => {
            &[("day", "2026-11-26"), ("act", "cancel"), ("reason", TYPED), ("pick", "a"), ("pick", "b")]
        }
        "/desk/settings" => &[("act", "close"), ("day", "2026-11-23"), ("reason", TYPED)],
        "/desk/records" => &[("approval", "1")],
        "/desk/records/disclosure" => &[("asked_by", TYPED), ("items", "person"), ("items", "events")],
        "/desk/records/own" => &[("number", "01234-5678901"), ("birth_date", TYPED)],
        "/desk/records/{id}" | "/desk/staff/{id}/link" => &[("without_codes", "1")],
        "/desk/staff" => &[("login", "!"), ("name", TYPED), ("role", "officer")],
        "/desk/staff/codes" => &[("required", "no")],
        "/desk/staff/{id}/end" => &[("all", "open")],
        "/desk/staff/{id}" => &[("act", "role"), ("role", "manager")],
        route => panic!("what is entered at {route}?"),
    })
}

/// Somebody of the table, whose password is known.
async fn somebody<'a>(server: &'a Server, login: &str, role: Role, hash: &str) -> AtTheDesk<'a> {
    let officer =
        staff::add(&server.state, login, "小樽 京子", role, Some(hash.to_owned())).await.unwrap().unwrap();
    let cookie = staff::open_session(&server.state, &officer, "test").await.unwrap();
    AtTheDesk::with_cookie(server, &cookie, officer.as_str())
}

fn pass(server: &Server, minutes: i64) {
    server.clock.set(server.state.clock.now() + TimeDelta::minutes(minutes));
}

/// The form that asks for a password: its address, and what it carries.
pub(super) struct Asks {
    to: String,
    carries: Vec<(String, String)>,
}

impl Asks {
    #[track_caller]
    pub(super) fn read(page: &str) -> Self {
        let has_password = |it: &&str| it.split("</form>").next().unwrap().contains("type=\"password\"");
        let form = page.split("<form ").skip(1).find(has_password).unwrap_or_else(|| panic!("{page}"));
        let form = form.split("</form>").next().unwrap();
        let part = |text: &str, name: &str| {
            let rest = text.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let hidden = form.split("<input ").skip(1).filter(|it| it.starts_with("type=\"hidden\""));
        let carries = hidden.map(|it| (part(it, "name"), part(it, "value"))).collect();
        Self { to: part(form, "action"), carries }
    }

    /// What it carries under a name.
    pub(super) fn carried(&self, name: &str) -> &str {
        self.carries.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    /// Sends it with what is asked for.
    pub(super) async fn answered(&self, server: &Server, cookie: &str, with: &[(&str, &str)]) -> Reply {
        let carried = self.carries.iter().map(|it| (it.0.as_str(), it.1.as_str()));
        let fields: Vec<_> = carried.chain(with.iter().copied()).collect();
        send_form(server, &self.to, &[("cookie", &format!("desk={cookie}"))], &fields).await
    }
}

/// What came of a form, whoever it is told to and whenever.
fn came(reply: &Reply) -> (StatusCode, String, usize, usize) {
    let said = reply.text();
    let typed = TYPED.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    let place = reply.header("location").to_owned();
    (reply.status, place, said.matches(&typed).count(), said.matches("aria-invalid=\"true\"").count())
}

/// Two servers at which the same happens: at one a session ends on the way, at the other it does not.
struct Both {
    here: Server,
    there: Server,
    hash: String,
    numbers: [String; 2],
    ids: [String; 2],
    /// Whose end it comes to.
    leaving: [String; 2],
}

impl Both {
    async fn start() -> Self {
        let (here, there) = (Server::start(), Server::start());
        let hash = passwords::hash(PASSWORD).await.unwrap();
        let mut numbers = Vec::new();
        let (mut ids, mut leaving) = (Vec::new(), Vec::new());
        for server in [&here, &there] {
            numbers.push(Asked::send(server).await.number.as_str().to_owned());
            ids.push(somebody(server, "other", Role::Officer, &hash).await.id);
            leaving.push(somebody(server, "leaving", Role::Officer, &hash).await.id);
        }
        let both = |it: Vec<String>| <[String; 2]>::try_from(it).unwrap();
        Self { here, there, hash, numbers: both(numbers), ids: both(ids), leaving: both(leaving) }
    }

    fn paths(&self, route: &str) -> [String; 2] {
        let ids = if route.ends_with("/end") { &self.leaving } else { &self.ids };
        [0, 1].map(|at| real(route, &self.numbers[at], &ids[at]))
    }

    fn pass(&self, minutes: i64) {
        pass(&self.here, minutes);
        pass(&self.there, minutes);
    }
}

/// The address, as it is at both.
fn without_ids(place: &str, both: &Both) -> String {
    let mut place = place.to_owned();
    for (number, id) in both.numbers.iter().zip(&both.ids) {
        place = place.replace(number, "NUMBER").replace(id, "ID");
    }
    place
}

#[tokio::test]
async fn a_form_whose_session_ended_meanwhile_is_acted_upon_after_the_password_as_if_it_had_not_at_every_address()
 {
    let both = Both::start().await;
    for (at, (_, route, who)) in TABLE.iter().enumerate().filter(|it| it.1.0 == POST) {
        let Some(fields) = entered_at(route).filter(|_| *who != Who::Anybody) else { continue };
        let [path, other_path] = both.paths(route);
        let her = somebody(&both.here, &format!("kyoko{at}"), Role::Manager, &both.hash).await;
        both.pass(15);
        let asked = her.post(&path, fields).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{route}");
        assert!(!asked.text().contains("改行も"), "{route}: only sealed");
        let asks = Asks::read(asked.text());
        assert_eq!(asks.to, "/desk/resume", "{route}");
        // A wrong password loses nothing either.
        let asked = asks.answered(&both.here, her.cookie(), &[("password", "wrong password")]).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{route}");
        let asks = Asks::read(asked.text());
        let reply = asks.answered(&both.here, her.cookie(), &[("password", PASSWORD)]).await;
        let goes_on = AtTheDesk::with_cookie(&both.here, cookie_of(&reply), &her.id);
        assert_ne!(goes_on.cookie(), her.cookie(), "{route}");
        assert_eq!(goes_on.get("/desk/me").await.status, StatusCode::OK, "{route}");
        assert_eq!(her.get("/desk/me").await.status, StatusCode::UNAUTHORIZED, "{route}");
        let leads_to = asks.carried("next");
        let there = goes_on.get(leads_to).await.status;
        assert!(NOBODYS.contains(route) || there != StatusCode::NOT_FOUND, "{route} leads to {leads_to}");
        if fields.is_empty() || route.ends_with("password") {
            assert_eq!(
                (reply.status, reply.header("location")),
                (StatusCode::SEE_OTHER, leads_to),
                "{route}"
            );
            continue;
        }
        let there = somebody(&both.there, &format!("kyoko{at}"), Role::Manager, &both.hash).await;
        let plain = there.post(&other_path, fields).await;
        let [mut came, mut expected] = [came(&reply), came(&plain)];
        came.1 = without_ids(&came.1, &both);
        expected.1 = without_ids(&expected.1, &both);
        assert_eq!(came, expected, "{route}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_form_that_wants_the_password_once_more_is_acted_upon_when_it_was_given_at_every_address() {
    let both = Both::start().await;
    let mut asked_for = BTreeSet::new();
    for (at, (_, route, who)) in TABLE.iter().enumerate().filter(|it| it.1.0 == POST) {
        let Some(fields) = entered_at(route).filter(|_| *who != Who::Anybody) else { continue };
        let [path, other_path] = both.paths(route);
        let her = somebody(&both.here, &format!("kyoko{at}"), Role::Manager, &both.hash).await;
        let there = somebody(&both.there, &format!("kyoko{at}"), Role::Manager, &both.hash).await;
        both.pass(8);
        assert_eq!(her.get("/desk/me").await.status, StatusCode::OK);
        both.pass(3);
        let officer = precheck_server::service::Officer::parse(&there.id).unwrap();
        let fresh = staff::open_session(&both.there.state, &officer, "test").await.unwrap();
        let there = AtTheDesk::with_cookie(&both.there, &fresh, &there.id);
        let mut reply = her.post(&path, fields).await;
        if reply.status == StatusCode::UNAUTHORIZED {
            asked_for.insert(*route);
            assert!(!reply.text().contains("改行も"), "{route}: only sealed");
            let asks = Asks::read(reply.text());
            assert_eq!(asks.to, "/desk/prove", "{route}");
            let wrong = asks.answered(&both.here, her.cookie(), &[("old", "wrong password")]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{route}");
            reply = Asks::read(wrong.text()).answered(&both.here, her.cookie(), &[("old", PASSWORD)]).await;
            let leads_to = asks.carried("next");
            let her = AtTheDesk::with_cookie(&both.here, cookie_of(&reply), &her.id);
            let there = her.get(leads_to).await.status;
            assert!(NOBODYS.contains(route) || there != StatusCode::NOT_FOUND, "{route} leads to {leads_to}");
        } else if reply.header("location").starts_with("/desk/prove") {
            assert!(fields.is_empty(), "{route}: what was entered is lost");
            continue;
        }
        let plain = there.post(&other_path, fields).await;
        let [mut came, mut expected] = [came(&reply), came(&plain)];
        came.1 = without_ids(&came.1, &both);
        expected.1 = without_ids(&expected.1, &both);
        assert_eq!(came, expected, "{route}: {}", reply.text());
    }
    for route in ["/desk/records/disclosure", "/desk/records/own", "/desk/records/{id}", "/desk/me/codes"] {
        assert!(asked_for.contains(route), "{asked_for:?}");
    }
}

#[tokio::test]
async fn what_somebody_else_entered_is_never_acted_upon_and_shown_to_whoever_may_do_it_alone() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let path = format!("/desk/requests/{}/note", asked.number.as_str());
    let note = [("version", "1"), ("reason", "折り返し電話します")];
    let kyoko = somebody(&server, "kyoko", Role::Manager, &hash).await;
    let jiro = somebody(&server, "jiro", Role::Officer, &hash).await;
    let ichiro = somebody(&server, "ichiro", Role::Manager, &hash).await;
    pass(&server, 15);
    for (her, may_see) in [(&jiro, true), (&kyoko, false)] {
        let asks = Asks::read(her.post(&path, &note).await.text());
        // The same browser, somebody else.
        let other = asks.answered(&server, her.cookie(), &[("other", "yes")]).await;
        let asks = Asks::read(other.text());
        assert_eq!(asks.to, "/desk/sign-in");
        let fields = [("login", "jiro"), ("password", PASSWORD), ("code", "")];
        let login = if may_see { "ichiro" } else { "jiro" };
        let fields = [("login", login), fields[1], fields[2]];
        let reply = asks.answered(&server, her.cookie(), &fields).await;
        assert_eq!(reply.text().contains("折り返し電話します"), may_see, "{}", reply.text());
        assert!(!may_see || reply.text().contains(&format!("action=\"{path}\"")));
        assert_eq!(server.rows("event"), 1, "nothing was done");
    }
    // Nor what was sent long before, by herself.
    let asks = Asks::read(ichiro.post(&path, &note).await.text());
    pass(&server, 10);
    let reply = asks.answered(&server, ichiro.cookie(), &[("password", PASSWORD)]).await;
    assert!(reply.text().contains("折り返し電話します"), "{}", reply.text());
    assert_eq!(server.rows("event"), 1, "nothing was done");
    // It is when she says so.
    let ichiro = AtTheDesk::with_cookie(&server, cookie_of(&reply), &ichiro.id);
    assert_eq!(ichiro.post(&path, &note).await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("event"), 2);
}

#[tokio::test]
async fn a_form_that_nobody_of_ours_has_sealed_is_not_acted_upon() {
    let server = Server::start();
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let kyoko = somebody(&server, "kyoko", Role::Manager, &hash).await;
    let feed = Asks::read(server_page(&server, "/desk/staff/codes", &[("required", "yes")]).await.text());
    let of_nobody = feed.carried("pending_form").to_owned();
    let mut damaged = of_nobody.clone();
    damaged.replace_range(40..41, if &of_nobody[40..41] == "A" { "B" } else { "A" });
    let longest = "A".repeat(90_000);
    for form in ["", "AAAA", "%3Cb%3E", "<script>", &damaged, &longest, "/desk/staff/codes?required=yes"] {
        let fields =
            [("login", "kyoko"), ("password", PASSWORD), ("next", "/desk/me"), ("pending_form", form)];
        let reply = send_form(&server, "/desk/sign-in", &[], &fields).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/desk/me"));
    }
    // Of nobody known it is shown, not done.
    let fields = [("login", "kyoko"), ("password", PASSWORD), ("pending_form", of_nobody.as_str())];
    let reply = send_form(&server, "/desk/sign-in", &[], &fields).await;
    assert!(reply.status == StatusCode::OK && reply.text().contains("/desk/staff/codes"), "{}", reply.text());
    assert_eq!(server.count("select count(*) from desk_setting"), 0);
    assert_eq!(sign_in(&server, "kyoko", PASSWORD, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(kyoko.get("/desk/me").await.status, StatusCode::OK);
}

/// What somebody gets who is not signed in.
async fn server_page(server: &Server, path: &str, fields: &[(&str, &str)]) -> Reply {
    send_form(server, path, &[], fields).await
}

#[tokio::test]
async fn of_whom_one_time_passwords_are_required_meanwhile_what_she_entered_is_kept() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let jiro = somebody(&server, "jiro", Role::Officer, &hash).await;
    server.run(&format!("update staff set totp_required = 1 where id = '{}'", jiro.id));
    let path = format!("/desk/requests/{}/note", asked.number.as_str());
    let reply = jiro.post(&path, &[("version", "1"), ("reason", "折り返し電話します")]).await;
    assert!(reply.text().contains("折り返し電話します") && reply.text().contains("/desk/me/codes"));
    assert_eq!(server.rows("event"), 1, "nothing was done");
}

#[tokio::test]
async fn a_form_of_full_length_goes_through_and_one_that_is_longer_is_refused() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let jiro = somebody(&server, "jiro", Role::Officer, &hash).await;
    pass(&server, 15);
    let path = format!("/desk/requests/{}/note", asked.number.as_str());
    let long = "a".repeat(64 * 1024 - 200);
    let asks = Asks::read(jiro.post(&path, &[("version", "1"), ("reason", &long)]).await.text());
    let reply = asks.answered(&server, jiro.cookie(), &[("password", PASSWORD)]).await;
    // Taken, or come back with why it is not.
    let taken = reply.status == StatusCode::SEE_OTHER && server.rows("event") == 2;
    assert!(taken || reply.text().contains(&long), "{}", reply.status);
    let longer = "a".repeat(64 * 1024 + 1);
    let reply = jiro.post(&path, &[("reason", &longer)]).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}
