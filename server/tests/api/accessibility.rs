//! `/accessibility`: a row for each criterion, the office's own contact, and nothing claimed beyond what was done.

use precheck_server::office::{ContactOverlay, Office};

use crate::harness::{Server, Wanted};

#[tokio::test]
async fn each_of_the_38_criteria_has_a_result_and_the_later_ones_too() {
    let page = Server::start().get("/accessibility").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let tables: Vec<_> =
        page.text().split("<tbody").skip(1).map(|it| it.split("</tbody>").next().unwrap()).collect();
    assert_eq!(tables.iter().map(|it| it.matches("<tr ").count()).collect::<Vec<_>>(), [38, 18]);
    for row in tables.iter().flat_map(|it| it.split("<tr ").skip(1)) {
        assert!(["適合", "－", "不適合"].iter().any(|it| row.contains(&format!(">{it}<"))), "{row}");
    }
}

#[tokio::test]
async fn what_no_person_has_tried_is_said() {
    let page = Server::start().get("/accessibility").await;
    for said in ["レベルAA 一部準拠", "スクリーンリーダー", "Safari", "ベトナム語と簡体字中国語"]
    {
        assert!(page.text().contains(said), "{said}");
    }
}

#[tokio::test]
async fn barriers_are_reported_to_the_office() {
    let contact = ContactOverlay {
        telephone: Some("0134-00-0000（内線 41）".to_owned()),
        mail: Some("soudan@otaru.example.jp".to_owned()),
        address: None,
    };
    let office = Office::otaru().unwrap().with_contact(contact);
    let page = Server::start_with(Wanted { office, ..Wanted::default() }).get("/accessibility").await;
    for said in [
        "小樽公共職業安定所へお知らせください",
        "<a href=\"tel:0134000000\">0134-00-0000</a> （内線 41）",
        "mailto:soudan@otaru.example.jp",
        "08:30～17:15",
    ] {
        assert!(page.text().contains(said), "{said}");
    }
    let unknown = Server::start().get("/accessibility").await;
    assert!(
        unknown.text().contains("連絡先は、ハローワークの窓口でご確認ください。")
            && !unknown.text().contains("tel:")
    );
}
