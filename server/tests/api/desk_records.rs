//! Article 5 at the desk: figures, and what of them leaves the office.

use axum::http::StatusCode;
use precheck_shared::api::VisitReport;

use crate::desk::Asked;
use crate::harness::Server;
use crate::officer::AtTheDesk;

const TABLES: [&str; 11] = [
    "visits",
    "requests",
    "counsellings",
    "seats",
    "results",
    "leads",
    "endings",
    "steps",
    "checks",
    "systems",
    "browsers",
];

/// So many visits, each of a tab of its own.
async fn visited(server: &Server, count: u32, step: &str, os: &str, check: Option<&str>) {
    for at in 0..count {
        let report = VisitReport {
            tab: format!("{step}-{os}-{at:020}"),
            step: step.to_owned(),
            os: os.to_owned(),
            browser: "firefox".to_owned(),
            browser_major: Some(140),
            checks: check.map(|it| ("camera".to_owned(), it.to_owned())).into_iter().collect(),
        };
        precheck_server::service::visits::note(&server.state, &report).await.unwrap();
    }
}

/// The fields of a file, without their quotes.
fn fields(file: &str) -> Vec<Vec<String>> {
    let lines = file.strip_prefix('\u{FEFF}').expect("a byte-order mark").split_terminator("\r\n");
    let unquoted = |it: &str| it.strip_prefix('"').unwrap().strip_suffix('"').unwrap().to_owned();
    lines.map(|it| it.split(',').map(unquoted).collect()).collect()
}

#[tokio::test]
async fn article_5_a_manager_sees_what_the_records_say_in_sum_and_an_officer_not_even_that_there_is_something()
 {
    let server = Server::start();
    Asked::confirmed(&server).await;
    visited(&server, 3, "booking", "windows", Some("failed")).await;
    visited(&server, 2, "consent", "ios", None).await;
    let manager = AtTheDesk::manager(&server).await;
    let page = manager.page("/desk/figures?weeks=4").await;
    for table in TABLES {
        assert!(page.contains(&format!("id=\"figures-{table}\"")), "{table}");
        assert!(
            page.contains(&format!("aria-labelledby=\"chart-{table}-title chart-{table}-words\"")),
            "{table}"
        );
    }
    assert!(!page.contains("desk.figures.") && !page.contains("<style") && !page.contains(" style="));
    assert!(page.contains("過去4週間") && page.contains("2026年11月2日"), "{page}");
    // Nothing of a single person stands in it, and no record of a visit.
    assert!(!page.contains("小樽　花子") && !page.contains("booking-windows"));
    let officer = AtTheDesk::officer(&server).await;
    for path in ["/desk/figures", "/desk/figures/visits.csv", "/desk/figures/nothing.csv"] {
        let seen = officer.get(path).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(seen.text(), officer.get("/desk/there-is-nothing-like-this").await.text());
        assert_ne!(server.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in ["/desk/figures/visits", "/desk/figures/x.csv", "/desk/figures/visits.csv.csv"] {
        assert_eq!(manager.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(manager.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(
        officer.post("/desk/figures/visits.csv", &[]).await.text(),
        officer.get("/desk/there-is-nothing-like-this").await.text()
    );
    assert_eq!(server.count("select count(*) from audit where act = 'figures'"), 1);
}

#[tokio::test]
async fn the_figures_count_what_is_there() {
    let server = Server::start();
    Asked::confirmed(&server).await;
    for state in ["held", "cancelled", "declined"] {
        server.at(crate::harness::NOW);
        Asked::in_state(&server, state).await;
    }
    let asked = Asked::send(&server).await;
    visited(&server, 3, "booking", "windows", Some("failed")).await;
    visited(&server, 2, "consent", "ios", None).await;
    assert_eq!(asked.state(&server).await, "requested");
    server.at("2026-12-01T09:00:00+09:00");
    let page = AtTheDesk::manager(&server).await.page("/desk/figures?weeks=13").await;
    // The lines of a table, as label and counts.
    let table = |name: &str| -> Vec<String> {
        let (_, rest) = page.split_once(&format!("id=\"figures-{name}\"")).unwrap();
        let (_, rest) = rest.split_once("<tbody>").unwrap();
        let (body, _) = rest.split_once("</tbody>").unwrap();
        body.split("<tr>").skip(1).map(cells).collect()
    };
    let week = |name: &str| table(name).into_iter().rev().take(2).collect::<Vec<_>>();
    let weeks = |last: &str, one: &str| {
        vec![format!("2026年11月30日（月）からの週 {last}"), format!("2026年11月23日（月）からの週 {one}")]
    };
    assert_eq!(week("visits"), weeks("0", "5"));
    assert_eq!(week("requests"), weeks("0 0 0 0", "5 0 0 0"));
    assert_eq!(week("counsellings"), weeks("1 0 1", "0 1 0"));
    assert_eq!(week("seats"), weeks("1 100", "1 80"));
    let results = table("results");
    assert_eq!(results[..3], ["受付済み（未確定） 1", "確定 1", "実施済み 1"]);
    let leads = table("leads");
    assert_eq!(leads[2..5], ["2日 1", "3日 0", "4日から7日 2"]);
    assert_eq!(leads[7], "日時を決めていないもの 2");
    assert_eq!(table("endings")[..2], ["実施 1", "本人による取消し 1"]);
    assert_eq!(table("steps"), ["規約と同意 2", "機器と部屋 0", "申込み内容 3", "内容の確認 0", "受付票 0"]);
    assert_eq!(table("checks")[0], "カメラ 3 0 0");
    assert_eq!(table("systems")[..3], ["Windows 3", "macOS 0", "iOS・iPadOS 2"]);
    assert_eq!(table("browsers"), ["Firefox 140 5"]);
}

/// The texts of a table's line.
fn cells(line: &str) -> String {
    let texts = line.split('<').filter_map(|it| it.split_once('>')).map(|it| it.1.trim());
    texts.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn article_5_2_small_cells_and_what_would_give_them_away_leave_nobody() {
    let server = Server::start();
    // A week that is over by the time of the export.
    visited(&server, 9, "consent", "linux", None).await;
    visited(&server, 10, "consent", "macos", None).await;
    visited(&server, 12, "consent", "windows", None).await;
    visited(&server, 11, "receipt", "windows", Some("passed")).await;
    server.at("2026-12-01T09:00:00+09:00");
    let manager = AtTheDesk::manager(&server).await;
    let export = async |name: &str| {
        let reply = manager.post(&format!("/desk/figures/{name}.csv"), &[("weeks", "4")]).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
        assert!(reply.header("content-disposition").starts_with("attachment; filename=\""));
        fields(reply.text())
    };
    let systems = export("systems").await;
    let told: Vec<_> = systems[1..].iter().map(|it| it[1].as_str()).collect();
    // Nine are too few, and ten would tell them by the sum, which other tables tell.
    assert_eq!(told, ["23", "秘匿", "0", "0", "0", "秘匿", "0"]);
    assert_eq!(export("visits").await.last().unwrap()[1], "42");
    assert_eq!(export("browsers").await[1], ["Firefox 140", "42"]);
    let checks = export("checks").await;
    assert!(checks.iter().any(|it| it[..] == ["カメラ", "0", "0", "11"]), "{checks:?}");
    for table in TABLES {
        let lines = export(table).await;
        let small = |it: &String| it.parse::<u32>().is_ok_and(|it| 0 < it && it < 10);
        let mut counts = lines.iter().skip(1).flat_map(|it| it[1..].iter());
        assert!(table == "seats" || !counts.any(small), "{table}: {lines:?}");
        assert!(lines.iter().all(|it| it.len() == lines[0].len()), "{table}");
    }
    assert_eq!(server.count("select count(*) from audit where act = 'figures_exported'"), 15);
    // The running week is not exported yet.
    visited(&server, 30, "review", "android", None).await;
    let visits = export("visits").await;
    assert_eq!((visits.len(), visits.last().unwrap()[1].as_str()), (5, "42"));
}

#[tokio::test]
async fn article_6_visits_that_were_erased_are_not_shown_as_nobody() {
    let server = Server::start();
    let page = AtTheDesk::manager(&server).await.page("/desk/figures?weeks=52").await;
    // 90 days before 24 November is 26 August, a Wednesday: the weeks up to its own are no longer whole.
    let (_, rest) = page.split_once("id=\"figures-visits\"").unwrap();
    let (table, _) = rest.split_once("</table>").unwrap();
    assert_eq!(table.matches("<td class=\"d-number\">消去済み</td>").count(), 52 - 13);
}
