//! Article 6: a sealed piece that is damaged is one piece that cannot be read: never an error of a page, and no act is lost by it.

use axum::http::StatusCode;
use precheck_server::service::{self, ConfirmationAsEntered};

use crate::desk::{Asked, LINK, START, entered, officer, told};
use crate::desk_enter::between;
use crate::harness::{NAME, Reply, Server};
use crate::officer::AtTheDesk;

/// Every column with sealed pieces of the desk's pages: table, column, and which of the pages say that something cannot be read.
const COLUMNS: [(&str, &str, &[&str]); 7] = [
    (
        "booking",
        "sealed",
        &[
            "/desk",
            "REQUEST",
            "/desk/calendar?week=2026-11-26",
            "/desk/day/2026-11-26/print",
            "AFFECTED",
            "LEAVING",
            "PRINT",
        ],
    ),
    ("booking", "told", &["DECLINED"]),
    ("appointment", "meeting", &["REQUEST", "/desk/day/2026-11-26/print", "PRINT"]),
    ("event", "sealed", &["REQUEST", "DECLINED", "PRINT"]),
    ("suspension", "reason", &["REQUEST"]),
    ("suspension", "lifted", &["REQUEST"]),
    ("disclosure", "sealed", &["/desk/records", "DISCLOSURE"]),
];

/// Flips the last bit of every piece of a column; once more, and all is as before.
pub(crate) fn flip(server: &Server, table: &str, column: &str) {
    if crate::POSTGRES {
        let last = format!("length({column}) - 1");
        return server.run(&format!(
            "update {table} set {column} = set_byte({column}, {last}, get_byte({column}, {last}) # 1)
             where length({column}) > 0"
        ));
    }
    let database = server.database();
    let mut query =
        database.prepare(&format!("select {column} from {table} where length({column}) > 0")).unwrap();
    let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    for sealed in rows.map(Result::unwrap).collect::<Vec<_>>() {
        let mut flipped = sealed.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let update = format!("update {table} set {column} = ?2 where {column} = ?1");
        assert_eq!(database.execute(&update, rusqlite::params![sealed, flipped]).unwrap(), 1);
    }
}

/// One of each: a counselling of an officer's, a request that was declined, a suspension, a disclosure.
struct Scene {
    asked: Asked,
    declined: Asked,
    officer: String,
}

impl Scene {
    async fn of(server: &Server, manager: &AtTheDesk<'_>) -> Self {
        let other = AtTheDesk::officer(server).await;
        let (declined, asked) = (Asked::send(server).await, Asked::send(server).await);
        let act = declined.act(server).await;
        assert_eq!(told(&service::decline(&server.state, &act, "開催できないため").await), "done");
        let confirmation = ConfirmationAsEntered { officer: Some(officer(&other.id)), ..entered(START) };
        assert_eq!(told(&asked.confirm(server, &confirmation).await), "done");
        let path = format!("/desk/requests/{}", asked.number.as_str());
        for (act, fields) in [
            ("note", &[("reason", "折り返し")][..]),
            ("suspend", &[("reason", "目的外"), ("kind", "conduct")]),
            ("lift", &[("suspension", "1"), ("reason", "話し合い済み")]),
        ] {
            let page = manager.page(&path).await;
            let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
            let fields: Vec<_> =
                [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
            let done = manager.post(&format!("{path}/{act}"), &fields).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{act}: {}", done.text());
        }
        let number = asked.number.to_string();
        let disclosure = [
            ("asked_by", "小樽警察署"),
            ("ground", "法"),
            ("reason", "照会"),
            ("scope", "numbers"),
            ("numbers", number.as_str()),
            ("items", "identity"),
            ("items", "attendants"),
            ("items", "arrangement"),
            ("items", "history"),
            ("items", "checks"),
        ];
        let made = manager.post("/desk/records/disclosure", &disclosure).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
        Self { asked, declined, officer: other.id }
    }

    /// An address by its name in the table.
    fn path(&self, name: &str) -> String {
        match name {
            "REQUEST" => format!("/desk/requests/{}", self.asked.number.as_str()),
            "DECLINED" => format!("/desk/requests/{}", self.declined.number.as_str()),
            "NEXT" => format!("/desk/requests/{}/next", self.asked.number.as_str()),
            "AFFECTED" => format!("/desk/affected?day=2026-11-26&officer={}", self.officer),
            "LEAVING" => format!("/desk/staff/{}/end", self.officer),
            "OWN" => format!("/desk/records/own?number={}", self.asked.number.as_str()),
            "DISCLOSURE" => "/desk/records/1".to_owned(),
            "PRINT" => "/desk/records/1/print".to_owned(),
            "FILE" => "/desk/records/1/file".to_owned(),
            path => path.to_owned(),
        }
    }
}

/// Every page on which something of a booking stands.
const PAGES: [&str; 18] = [
    "/desk",
    "/desk/requests",
    "/desk/requests?list=duties",
    "/desk/requests?list=silences",
    "/desk/requests?list=officerless",
    "/desk/requests?list=unfinished",
    "REQUEST",
    "DECLINED",
    "NEXT",
    "/desk/calendar?week=2026-11-26",
    "/desk/day/2026-11-26/print",
    "/desk/find?q=2026-11-26",
    "AFFECTED",
    "LEAVING",
    "/desk/records",
    "DISCLOSURE",
    "OWN",
    "/desk/settings",
];

const UNREADABLE: &str = "読み取れません";

async fn search(manager: &AtTheDesk<'_>, typed: &str) -> Reply {
    manager.post("/desk/find", &[("q", typed)]).await
}

#[tokio::test]
async fn a_flipped_bit_in_any_sealed_column_is_one_unreadable_piece_on_every_page() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let scene = Scene::of(&server, &manager).await;
    let mut whole = Vec::new();
    for name in PAGES {
        whole.push(manager.get(&scene.path(name)).await.status);
    }
    for (table, column, pages) in COLUMNS {
        flip(&server, table, column);
        let place = format!("{table}.{column}");
        for (name, before) in PAGES.iter().zip(&whole) {
            let reply = manager.get(&scene.path(name)).await;
            assert_eq!(reply.status, *before, "{place} on {name}: {}", reply.text());
            assert!(!reply.text().contains("desk.request."), "{place} on {name}: {}", reply.text());
            let says = reply.text().contains(UNREADABLE);
            let wanted = pages.contains(name);
            assert!(says || !wanted, "{place} on {name}: {}", reply.text());
        }
        for (name, status) in [("PRINT", 200), ("FILE", 200)] {
            let reply = manager.post(&scene.path(name), &[]).await;
            let expected = if table == "disclosure" { 422 } else { status };
            assert_eq!(reply.status.as_u16(), expected, "{place} on {name}: {}", reply.text());
            let says = reply.text().contains(UNREADABLE) || reply.text().contains("(unreadable)");
            assert!(says || !pages.contains(&"PRINT"), "{place} on {name}: {}", reply.text());
        }
        for typed in [NAME, crate::harness::NUMBER] {
            let found = search(&manager, typed).await;
            assert_eq!(found.status, StatusCode::OK, "{place}: {typed}");
            assert!(found.text().contains(&scene.asked.number.to_string()), "{place}: {typed}");
        }
        for asked in [&scene.asked, &scene.declined] {
            assert_eq!(server.receipt(&asked.accepted).await.status, StatusCode::OK, "{place}");
        }
        flip(&server, table, column);
    }
    // All is as it was.
    let page = manager.page(&scene.path("REQUEST")).await;
    assert!(!page.contains(UNREADABLE) && page.contains(NAME) && page.contains("折り返し"), "{page}");
}

#[tokio::test]
async fn a_receipt_whose_meeting_is_damaged_opens_and_asks_to_call_the_office() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    flip(&server, "appointment", "meeting");
    let told = server.receipt(&asked.accepted).await;
    assert_eq!((told.status, told.json()["meeting"].is_null()), (StatusCode::OK, true));
    let number = asked.accepted["reception_number"].as_str().unwrap();
    let code = asked.accepted["receipt_code"].as_str().unwrap();
    let bearer = format!("Bearer {code}");
    let file = format!("/api/v1/requests/{number}/appointment.ics");
    let file = server.get_with(&file, &[("authorization", &bearer)]).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    assert!(file.text().replace("\r\n ", "").contains("電話でご確認ください"), "{}", file.text());
    let form = [("number", number), ("code", code)];
    let page = crate::officer::send_form(&server, "/receipt", &[], &form).await;
    assert!(page.text().contains("電話でご確認ください"), "{}", page.text());
}

#[tokio::test]
async fn with_every_piece_damaged_every_act_is_still_there_and_what_is_entered_anew_can_be_read() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let scene = Scene::of(&server, &manager).await;
    for (table, column, _) in COLUMNS {
        flip(&server, table, column);
    }
    let path = scene.path("REQUEST");
    let send = async |act: &str, fields: &[(&str, &str)]| {
        let page = manager.page(&path).await;
        let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
        let fields: Vec<_> =
            [("version", version.as_str())].into_iter().chain(fields.iter().copied()).collect();
        manager.post(&format!("{path}/{act}"), &fields).await
    };
    let done = async |act: &str, fields: &[(&str, &str)]| {
        let reply = send(act, fields).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{act}: {}", reply.text());
    };
    done("note", &[("reason", "あらためて連絡する")]).await;
    done("word", &[]).await;
    done("notified", &[("channel", "telephone")]).await;
    done("legal-hold", &[("reason", "照会中")]).await;
    // What would be kept as it is, and cannot be read, is told in words.
    for (act, fields) in [
        ("assign", &[("officer", manager.id.as_str())][..]),
        ("attendants", &[("0-kind", "caregiver"), ("0-count", "1")]),
    ] {
        let reply = send(act, fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        assert!(reply.text().contains("読み取れ"), "{act}: {}", reply.text());
    }
    let person =
        [("name", NAME), ("birth_date", "昭和60年4月1日"), ("job_seeker_number", crate::harness::NUMBER)];
    done("person", &person).await;
    let again = [("wish", START), ("identity", "1"), ("meeting", LINK), ("officer", manager.id.as_str())];
    done("confirm", &again).await;
    let page = manager.page(&path).await;
    assert!(page.contains(NAME) && page.contains("123 4567 8901"), "{page}");
    done("cancel-office", &[("reason", "担当者の急病のため")]).await;
    assert_eq!(scene.asked.state(&server).await, "cancelled_by_office");
    // A list of a bad day says it at its row.
    let other = Asked::send(&server).await;
    let confirmation = ConfirmationAsEntered { officer: Some(officer(&scene.officer)), ..entered(START) };
    assert_eq!(told(&other.confirm(&server, &confirmation).await), "done");
    flip(&server, "appointment", "meeting");
    let number = other.number.as_str();
    let version = format!("version-{number}");
    let start = format!("start-{number}");
    let form = [
        ("day", "2026-11-26"),
        ("row", number),
        ("pick", number),
        (version.as_str(), "2"),
        (start.as_str(), "2026-12-03T10:00:00+09:00"),
        ("act", "move"),
        ("cause", "outage"),
    ];
    let reply = manager.post("/desk/affected", &form).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("ミーティングの情報を読み取れません"), "{}", reply.text());
}
