//! Article 6: personal data is nowhere in plain, neither in the files nor in the log.

use std::io;
use std::sync::{Arc, Mutex};

use precheck_server::service;
use serde_json::json;

use crate::desk::{Asked, LINK, PASSCODE, REASON};
use crate::harness::{BIRTH_DATE, NAME, NUMBER, Server, body, set, with};
use crate::plain::person::Person;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|it| it == needle.as_bytes())
}

/// Everything a person entered, as typed and as normalised.
const PERSONAL: [&str; 8] = [NAME, "花子", "昭和60年", BIRTH_DATE, NUMBER, "5678901", "０１２３４", "駅から"];

#[tokio::test]
async fn article_6_neither_the_database_nor_its_log_holds_personal_data_or_a_receipt_code() {
    let server = Server::start();
    let mut request = body();
    set(&mut request, "/checklist/2/detail", json!("花子のカメラ"));
    let accepted = server.post(&request).await.accepted();
    let code = accepted["receipt_code"].as_str().unwrap();
    let look = |server: &Server| {
        let mut found = 0;
        for entry in std::fs::read_dir(server.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            found += usize::from(contains(
                &bytes,
                accepted["reception_number"].as_str().unwrap().replace('-', "").as_str(),
            ));
            for secret in PERSONAL.iter().copied().chain([code, "otaru_registered", "interpreter"]) {
                assert!(!contains(&bytes, secret), "{}: {secret}", path.display());
            }
        }
        // The search does find what is there in plain.
        assert!(0 < found);
    };
    look(&server);
    server.state.store.close().await.unwrap();
    look(&server);
}

#[tokio::test]
async fn article_6_the_log_holds_no_personal_data_even_at_its_most_talkative() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    server.receipt(&accepted).await;
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(&server).await;
    let page = format!("/api/v1/requests/{}", asked.number.as_str());
    let code = format!("Bearer {}", asked.accepted["receipt_code"].as_str().unwrap());
    for what in ["/appointment.ics", "/qr?page=http%3A%2F%2Fh%2F", "/qr?page=x"] {
        server.get_with(&format!("{page}{what}"), &[("authorization", &code), ("host", "h")]).await;
    }
    let stale = service::cancel_by_office(&server.state, &asked.act_on(1), REASON).await;
    assert!(stale.is_err());
    service::cancel_by_office(&server.state, &act, REASON).await.unwrap();
    server.post(&with("/person/birth_date", json!("昭和60年4月31日"))).await;
    server.post(&with("/person/花子", json!(NUMBER))).await.problem(400, "malformed");
    server.get(&format!("/api/v1/requests/{NUMBER}")).await;
    // The way without script carries everything in its forms.
    let review = Person::comes_to(&server, "review", "ja").await;
    let form = review.pressed("go", "send");
    let (plain_number, plain_code) = review.presses("send").await.receipt();
    let mut opening = Person::opens(&server, "/receipt").await;
    opening.enters("number", &plain_number).enters("code", &plain_code);
    opening.presses("open").await;
    server.state.store.close().await.unwrap();
    server.post(&body()).await.problem(503, "unavailable");
    assert_eq!(Person::posts(&server, &form).await.reply.status, 503);
    drop(guard);
    let log = log.0.lock().unwrap().clone();
    assert!(contains(&log, "unavailable"), "the log was listened to");
    let number = accepted["reception_number"].as_str().unwrap();
    let arranged = [LINK, "Himitsu", PASSCODE, "123 4567 8901", "12345678901", REASON];
    let codes = [&accepted, &asked.accepted].map(|it| it["receipt_code"].as_str().unwrap());
    let plain = [plain_number.as_str(), &plain_code];
    for secret in PERSONAL.into_iter().chain(arranged).chain(codes).chain([number]).chain(plain) {
        assert!(!contains(&log, secret), "{secret}:\n{}", String::from_utf8_lossy(&log));
    }
}

#[tokio::test]
async fn a_damaged_piece_is_named_in_the_log_by_number_and_place_and_not_at_every_look() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    service::told::note(&server.state, &asked.act_on(2), "折り返し").await.unwrap();
    let desk = crate::officer::AtTheDesk::officer(&server).await;
    crate::desk_pieces::flip(&server, "event", "sealed");
    let guard = tracing::subscriber::set_default(subscriber);
    for _ in 0..2 {
        desk.page(&format!("/desk/requests/{}", asked.number.as_str())).await;
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let told: Vec<_> = log.lines().filter(|it| it.contains("damaged")).collect();
    let named = |it: &&&str| {
        it.contains("ERROR") && it.contains(asked.number.as_str()) && it.contains("event.sealed")
    };
    // The note, and what was accepted with the confirmation.
    assert_eq!((told.len(), told.iter().filter(named).count()), (2, 2), "{log}");
    for version in ["at=2", "at=3"] {
        assert!(told.iter().any(|it| it.contains(version)), "{version}: {log}");
    }
    assert!(!log.contains("折り返し"), "{log}");
}

#[tokio::test]
async fn article_2_no_answer_about_eligibility_is_stored() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    let columns: String = server
        .database()
        .query_row("select group_concat(sql) from sqlite_schema", [], |row| row.get(0))
        .unwrap();
    for word in ["eligib", "need", "registered", "ongoing"] {
        assert!(!columns.split("--").next().unwrap().contains(word), "{word}");
    }
}

#[tokio::test]
async fn article_6_a_receipt_code_is_stored_as_its_hash() {
    use sha2::{Digest, Sha256};
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let stored: Vec<u8> =
        server.database().query_row("select receipt_hash from booking", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, Sha256::digest(accepted["receipt_code"].as_str().unwrap()).to_vec());
}

#[cfg(unix)]
#[tokio::test]
async fn article_6_keys_and_database_are_readable_by_the_servers_own_account_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start();
    server.post(&body()).await.accepted();
    let mode =
        |name: &str| std::fs::metadata(server.folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("keys"), 0o700);
    for file in ["keys/master.key", "precheck.db", "precheck.db-wal"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
}
