//! An office after a year of much use: what the bench puts into the database, behind the server's back.
//!
//! All requests came in within the 52 weeks that the figures can look back on, which is the most that a page ever counts. Persons
//! are sealed as the service seals them, since the pages open them.

use precheck_server::vault::{Hash, Vault, person_name};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::JobSeekerNumber;
use precheck_shared::time::{Instant, day_of, midnight};
use rusqlite::{Transaction, params};
use serde_json::json;

use crate::harness::{NOW, Server, jst};

/// Requests.
pub(crate) const REQUESTS: i64 = 100_000;
/// Visits, all within the 90 days for which they are kept.
const VISITS: i64 = 300_000;
/// Rows of the log.
const LOG: i64 = 20_000;

const MINUTE: i64 = 60_000;
const DAY: i64 = 1440 * MINUTE;

/// A tenth of all have each of them.
pub(crate) const FAMILIES: [&str; 10] =
    ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤"];

/// Ids of requests begin here, so that none is one that the bench sends itself.
const FIRST: i64 = 1_000;

/// What a request of the bench is like: everything follows from its place.
struct Made {
    id: i64,
    number: ReceptionNumber,
    number_hash: Hash,
    /// Family and given name, as they are looked for.
    name: (&'static str, String),
    state: &'static str,
    received: i64,
    last_wish: i64,
    /// When the counselling starts, where one was ever arranged.
    start: Option<i64>,
    affirmed: Option<i64>,
    channel: &'static str,
}

/// What every consent and checklist looks like.
struct Sample {
    checklist: String,
    terms: String,
    sha256: String,
}

/// The job-seeker number at a place: three requests have each.
pub(crate) fn job_seeker_number(at: i64) -> String {
    format!("01234-{:07}", at / 3)
}

/// One of a few, in turn.
fn one_of<T: Copy>(all: &[T], at: i64) -> T {
    let len = i64::try_from(all.len()).unwrap();
    all[usize::try_from(at.rem_euclid(len)).unwrap()]
}

/// Fills the database of a server that has one request.
pub(crate) fn fill(server: &Server) {
    let mut database = server.database();
    let tx = database.transaction().unwrap();
    let sample = "select checklist, terms_id, terms_sha256 from booking limit 1";
    let sample = tx
        .query_row(sample, [], |row| {
            Ok(Sample { checklist: row.get(0)?, terms: row.get(1)?, sha256: row.get(2)? })
        })
        .unwrap();
    for at in 0..REQUESTS {
        let made = Made::at(&server.state.vault, at);
        made.request(&tx, &server.state.vault, &sample);
        made.what_belongs_to_it(&tx, &server.state.vault, at);
    }
    suspensions(&tx);
    visits(&tx);
    log(&tx);
    tx.commit().unwrap();
    // As the server finds it after a start: the log of changes is in the database.
    database.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
}

impl Made {
    fn at(vault: &Vault, at: i64) -> Self {
        let (now, today) = (jst(NOW).timestamp_millis(), opening(jst(NOW)));
        // A time of day on the grid: 16 of them.
        let slot = at / 100 % 16 * 30 * MINUTE;
        // Days before today, and after it; weekends do not matter to a database.
        let (before, after) = (1 + at / 3 % 363, 1 + at / 100 % 27);
        let (state, start) = match at % 100 {
            _ if at < 40 => (one_of(&["confirmed", "confirmed", "confirmed", "held", "cancelled"], at), {
                Some(today + at / 5 * 60 * MINUTE)
            }),
            0..=4 => ("requested", None),
            5 => ("deemed_cancelled", Some(today - before * DAY + slot)),
            6 => ("confirmed", Some(today + after * DAY + slot)),
            7..=20 => ("lapsed", None),
            21..=30 => ("declined", None),
            31..=33 => ("withdrawn", None),
            34..=40 => ("cancelled", Some(today - before * DAY + slot)),
            41 => ("cancelled_by_office", Some(today - before * DAY + slot)),
            42 => ("stopped", Some(today - before * DAY + slot)),
            _ => ("held", Some(today - before * DAY + slot)),
        };
        let earliest = now - 364 * DAY;
        let received = match start {
            Some(start) => (start - (1 + at % 20) * DAY).clamp(earliest, now - MINUTE),
            None => earliest + at * 313_000,
        };
        let last_wish = if state == "requested" { now + after * DAY } else { received + 10 * DAY };
        let (number, _) = JobSeekerNumber::parse(&job_seeker_number(at)).unwrap();
        let bits = u64::try_from(at + 1).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        Self {
            id: FIRST + at,
            number: ReceptionNumber::from_bits(bits),
            number_hash: vault.number_hash(&number),
            name: (one_of(&FAMILIES, at), (at % 3001).to_string()),
            state,
            received,
            last_wish,
            start,
            affirmed: (state == "deemed_cancelled" && at % 200 == 5).then_some(now),
            channel: one_of(&["widget", "widget", "widget", "telephone", "counter", "counselling"], at / 7),
        }
    }

    fn request(&self, tx: &Transaction<'_>, vault: &Vault, sample: &Sample) {
        let person = json!({
            "name": format!("{} {}", self.name.0, self.name.1),
            "birth_date": "1985-04-01",
            "job_seeker_number": job_seeker_number(self.id - FIRST),
            "attendants": [{"kind": "interpreter", "language": "en", "count": 1, "note": "駅から一緒に来ます"}],
            "accepted_findings": [],
            "found": [["camera", "HD Webcam"]],
        });
        let person = vault.seal(&person_name("otaru", &self.number), person.to_string().as_bytes()).unwrap();
        let insert = "insert into booking (id, office, reception_number, receipt_hash, state, version, received_at,
                last_wish_at, number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis,
                consent_language, entered_at, own_device, checklist, arranged_in, start_at, state_at, affirmed_at,
                channel, joined)
            values (?1, 'otaru', ?2, ?3, ?4, 2, ?5, ?6, ?3, ?7, ?8, ?9, ?10, 'explicit', 'ja', ?5, 1, ?11, ?12, ?13,
                ?5, ?14, ?15, ?16)";
        let joined = self.state == "confirmed" && self.id % 2 == 0;
        tx.prepare_cached(insert)
            .unwrap()
            .execute(params![
                self.id,
                self.number.as_str(),
                self.number_hash,
                self.state,
                self.received,
                self.last_wish,
                person.key_id,
                person.bytes,
                sample.terms,
                sample.sha256,
                sample.checklist,
                self.start.map(|_| 2),
                self.start,
                self.affirmed,
                self.channel,
                joined,
            ])
            .unwrap();
    }

    /// Wishes, events, the appointment with its seat, who has to be told, the name.
    fn what_belongs_to_it(&self, tx: &Transaction<'_>, vault: &Vault, at: i64) {
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            tx.prepare_cached(sql).unwrap().execute(values).unwrap();
        };
        let wish = "insert into wish (office, booking, position, start_at) values ('otaru', ?1, ?2, ?3)";
        run(wish, &[&self.id, &0, &(self.last_wish - DAY)]);
        run(wish, &[&self.id, &1, &self.last_wish]);
        let event = "insert into event (office, booking, version, at, actor, kind) values ('otaru', ?1, ?2, ?3, ?4, ?5)";
        run(event, &[&self.id, &1, &self.received, &"job_seeker", &"received"]);
        if let Some(start) = self.start {
            run(event, &[&self.id, &2, &(self.received + DAY), &"o-1", &"confirmed"]);
            let appointment = "insert into appointment (office, booking, version, start_at, end_at, officer, key_id, meeting)
                values ('otaru', ?1, 2, ?2, ?3, ?4, '', x'')";
            let officer = (at % 3 != 0).then_some("o-1");
            run(appointment, &[&self.id, &start, &(start + 30 * MINUTE), &officer]);
            if matches!(self.state, "confirmed" | "held" | "deemed_cancelled" | "stopped") {
                let seat =
                    "insert into seat_cell (office, cell_start, seat, booking) values ('otaru', ?1, ?2, ?3)";
                run(seat, &[&start, &self.id, &self.id]);
            }
        }
        if at % 2 == 0 {
            let duty = "insert into duty (office, booking, version, kind, opened_at, closed_at)
                values ('otaru', ?1, 2, 'confirmed', ?2, ?3)";
            run(duty, &[&self.id, &self.received, &(at % 50 != 6).then_some(self.received + DAY)]);
        }
        let token =
            "insert into name_token (office, token, booking) values ('otaru', ?1, ?2) on conflict do nothing";
        for name in [self.name.0, &self.name.1, &format!("{}{}", self.name.0, self.name.1)] {
            run(token, &[&vault.name_token(name), &self.id]);
        }
    }
}

/// 10(1): some numbers are suspended, and a manager has not looked at that for long.
fn suspensions(tx: &Transaction<'_>) {
    let insert = "insert into suspension (office, number_hash, kind, key_id, reason, booking, made_by, made_at, reviewed_at)
        select 'otaru', number_hash, 'conduct', '', x'', id, 'o-1', 0, 0 from booking where id = ?1";
    for at in 0..200 {
        tx.execute(insert, [FIRST + at * 37]).unwrap();
    }
}

/// Visits as they come: most pass every check, some fail one, some two.
fn visits(tx: &Transaction<'_>) {
    const CHECKS: [&str; 13] = [
        "secure_context",
        "browser_kind",
        "camera",
        "microphone",
        "speaker",
        "network",
        "metered",
        "app_ready",
        "os_supported",
        "os_patched",
        "firewall",
        "browser_updated",
        "private_room",
    ];
    let insert = "insert into visit (office, month, pseudonym, step, began_at, seen_at, os, browser, checks)
        values ('otaru', ?1, null, ?2, ?3, ?3, ?4, ?5, ?6)";
    let mut insert = tx.prepare(insert).unwrap();
    let from = jst(NOW).timestamp_millis() - 90 * DAY;
    for at in 0..VISITS {
        let began = from + at * (90 * DAY / VISITS);
        let month = ["2026-08", "2026-09", "2026-10", "2026-11"][usize::try_from(at * 4 / VISITS).unwrap()];
        let step = one_of(&["conditions", "consent", "check", "booking", "review", "receipt"], at * 7 / 3);
        let os = one_of(&["windows", "ios", "android", "macos"], at / 5);
        let family = one_of(&["chrome", "safari", "edge", "firefox", "samsung"], at * 11 / 7);
        let fails = |place: i64| match at % 10 {
            0 | 1 => place == at / 10 % 13,
            2 => place == at / 10 % 13 || place == at / 130 % 13,
            _ => false,
        };
        let outcome = |place: i64| if fails(place) { "failed" } else { "passed" };
        let all: Vec<_> = (0..).zip(CHECKS).map(|(place, it)| format!("{it}={}", outcome(place))).collect();
        let checks = if matches!(step, "conditions" | "consent") { String::new() } else { all.join(",") };
        insert
            .execute(params![month, step, began, os, format!("{family} {}", 140 + at / 13 % 6), checks])
            .unwrap();
    }
}

/// What the staff read and changed.
fn log(tx: &Transaction<'_>) {
    let insert =
        "insert into audit (office, at, actor, act, subject) select 'otaru', ?2, ?3, 'opened', reception_number
        from booking where id = ?1";
    let mut insert = tx.prepare(insert).unwrap();
    let from = jst(NOW).timestamp_millis() - 300 * DAY;
    for at in 0..LOG {
        insert.execute(params![FIRST + at % 7_000, from + at * MINUTE, one_of(&["o-1", "o-2"], at)]).unwrap();
    }
}

/// When the office opened that day.
fn opening(now: Instant) -> i64 {
    midnight(day_of(now)).timestamp_millis() + (8 * 60 + 30) * MINUTE
}
