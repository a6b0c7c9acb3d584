//! Every write by an officer has its row in the log, in its own transaction: where the row cannot be written, nothing is stored.

use precheck_server::service::staff::{self, Role};
use precheck_server::service::{self, ConfirmationAsEntered};

use crate::desk::{Asked, LINK, START, entered, officer, told};
use crate::desk_enter::telephone;
use crate::harness::{NUMBER, Server, new_key};
use crate::officer::AtTheDesk;

/// The log takes no row any more.
fn refuse_rows(server: &Server) {
    server.run(if crate::POSTGRES {
        "create function no_row() returns trigger language plpgsql as $$ begin raise exception 'no row'; end $$;
         create trigger no_row before insert on audit for each row execute function no_row()"
    } else {
        "create trigger no_row before insert on audit begin select raise(abort, 'no row'); end"
    });
}

fn take_rows(server: &Server) {
    server.run(if crate::POSTGRES {
        "drop trigger no_row on audit; drop function no_row()"
    } else {
        "drop trigger no_row"
    });
}

/// What is stored: how many rows of everything, and the versions and marks of the bookings.
fn stored(server: &Server) -> Vec<i64> {
    let tables = [
        "booking",
        "event",
        "wish",
        "appointment",
        "seat_cell",
        "officer_cell",
        "duty",
        "idempotency",
        "name_token",
        "suspension",
        "disclosure",
        "closure",
        "seats_of_day",
        "staff",
        "invitation",
        "desk_setting",
        "audit",
    ];
    let marks = [
        "select coalesce(sum(version), 0) from booking",
        "select count(*) from booking where affirmed_at is not null",
        "select count(*) from suspension where lifted_at is not null",
        "select count(*) from staff where ended_at is not null",
        "select count(*) from staff where role = 'manager'",
        "select count(*) from disclosure where approved_at is not null",
    ];
    let counts = tables.iter().map(|it| server.rows(it));
    counts.chain(marks.iter().map(|it| server.count(it))).collect()
}

/// What a form sends.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// Tries a form with the log closed, then with it open; and how many rows the log has more by it.
async fn tried(desk: &AtTheDesk<'_>, what: &str, path: &str, fields: &[(&str, &str)]) -> i64 {
    let server = desk.server;
    // Whatever a page writes down by being opened is no part of it.
    let before = stored(server);
    refuse_rows(server);
    let refused = desk.post(path, fields).await;
    take_rows(server);
    assert!(refused.status.is_server_error(), "{what}: {}", refused.status);
    let after = stored(server);
    assert_eq!(after, before, "{what} was stored without its row");
    let rows = server.rows("audit");
    let done = desk.post(path, fields).await;
    assert!(done.status.is_success() || done.status.is_redirection(), "{what}: {}", done.text());
    assert_ne!(stored(server), before, "{what}");
    server.rows("audit") - rows
}

#[tokio::test]
async fn what_an_officer_enters_is_stored_with_its_row_or_not_at_all_and_a_replay_notes_nothing_twice() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let key = new_key();
    let form = telephone(&key);
    assert_eq!(tried(&desk, "telephone", "/desk/new", &form).await, 1);
    let entered_rows = "select count(*) from audit where act = 'entered'";
    assert_eq!(server.count(entered_rows), 1);
    assert_eq!(desk.post("/desk/new", &form).await.status, 201);
    assert_eq!((server.count(entered_rows), server.rows("booking")), (1, 1), "a replay notes nothing");
    // The row is about the booking, and of whoever entered it.
    let of = format!(
        "select count(*) from audit a join booking b on a.subject like '%' || b.reception_number || '%'
         where a.act = 'entered' and a.actor = '{}'",
        desk.id
    );
    assert_eq!(server.count(&of), 1);
    // The next one likewise.
    let asked = Asked::send(&server).await;
    let confirmation = ConfirmationAsEntered { officer: Some(officer(&desk.id)), ..entered(START) };
    assert_eq!(told(&asked.confirm(&server, &confirmation).await), "done");
    server.at("2026-11-26T10:02:00+09:00");
    service::note_contact(&server.state, &asked.act(&server).await, true).await.unwrap();
    // Two days later she signs in anew.
    let cookie = staff::open_session(&server.state, &officer(&desk.id), "test").await.unwrap();
    let desk = AtTheDesk::with_cookie(&server, &cookie, &desk.id);
    let path = format!("/desk/requests/{}/next", asked.number.as_str());
    let key = new_key();
    let form = [("key", key.as_str()), ("wishes-0", "2026-12-03T10:00:00+09:00")];
    assert_eq!(tried(&desk, "next", &path, &form).await, 1);
    assert_eq!(desk.post(&path, &form).await.status, 201);
    assert_eq!((server.count(entered_rows), server.rows("booking")), (2, 3));
}

#[tokio::test]
async fn every_act_on_a_request_is_stored_with_its_row_or_not_at_all() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let word = &[("channel", "telephone")][..];
    let because = &[("reason", "担当者の急病のため")][..];
    let confirm = [("wish", START), ("identity", "1"), ("meeting", LINK), ("accepted", "meeting_id_in_use")];
    let person = [("name", "余市 一郎"), ("birth_date", "昭和60年4月1日"), ("job_seeker_number", NUMBER)];
    let acts: [(&str, &str, Fields<'_>); 16] = [
        ("requested", "confirm", &confirm),
        ("requested", "decline", because),
        ("requested", "withdraw", word),
        ("requested", "note", because),
        ("requested", "identity", &[]),
        ("requested", "person", &person),
        ("requested", "attendants", &[]),
        ("requested", "legal-hold", because),
        ("requested", "suspend", because),
        ("confirmed", "assign", &[("officer", manager.id.as_str())]),
        ("confirmed", "joined", &[]),
        ("confirmed", "word", &[]),
        ("confirmed", "held", &[]),
        ("confirmed", "cancel", word),
        ("confirmed", "cancel-office", because),
        ("confirmed", "stop", because),
    ];
    for (state, act, fields) in acts {
        let asked = match state {
            "requested" => Asked::send(&server).await,
            _ => Asked::confirmed(&server).await,
        };
        let version = if state == "requested" { "1" } else { "2" };
        let fields: Vec<_> = [("version", version)].into_iter().chain(fields.iter().copied()).collect();
        let path = format!("/desk/requests/{}/{act}", asked.number.as_str());
        assert_eq!(tried(&manager, act, &path, &fields).await, 1, "{act}");
        // The seats are few.
        server.run("delete from seat_cell");
    }
    let sheet = Asked::send(&server).await;
    let path = format!("/desk/requests/{}/receipt-sheet", sheet.number.as_str());
    assert_eq!(tried(&manager, "receipt-sheet", &path, &[("version", "1"), ("checked", "1")]).await, 1);
}

#[tokio::test]
async fn what_a_manager_sets_invites_ends_and_discloses_is_stored_with_its_row_or_not_at_all() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let number = asked.number.to_string();
    let day = "2026-11-26";
    let hanako = AtTheDesk::signed_in(&server, "hanako", Role::Officer).await;
    let [member, leaving] = [&jiro, &hanako].map(|it| format!("/desk/staff/{}", it.id));
    let disclosure = [
        ("asked_by", "小樽警察署"),
        ("ground", "法"),
        ("reason", "照会"),
        ("scope", "numbers"),
        ("numbers", number.as_str()),
        ("items", "course"),
    ];
    let own = [("number", NUMBER), ("birth_date", "1985-04-01"), ("identified", "1")];
    let acts: [(&str, &[(&str, &str)]); 10] = [
        ("/desk/settings", &[("act", "close"), ("day", day), ("reason", "点検")]),
        ("/desk/settings", &[("act", "open"), ("day", day)]),
        ("/desk/settings", &[("act", "seats"), ("day", day), ("seats", "1")]),
        ("/desk/settings", &[("act", "usual_seats"), ("day", day)]),
        ("/desk/records", &[("approval", "on")]),
        ("/desk/records/disclosure", &disclosure),
        ("/desk/records/own", &own),
        ("/desk/staff", &[("login", "saburo"), ("name", "余市 三郎"), ("role", "officer")]),
        (&member, &[("act", "role"), ("role", "manager")]),
        (&leaving, &[("act", "end")]),
    ];
    for (path, fields) in acts {
        assert!(1 <= tried(&manager, &format!("{path} {fields:?}"), path, fields).await, "{path}");
    }
}
