//! Every page in every language: no key shown as words, its own `lang`, and nothing personal in an address.

use precheck_shared::texts;

use super::person::Person;
use crate::desk::START;
use crate::harness::{NAME, NUMBER, Server};

/// A page without the style sheet and the scripts that stand in it.
fn without_code(page: &str) -> String {
    let mut words = page.to_owned();
    for element in ["style", "script"] {
        let (opens, closes) = (format!("<{element}>"), format!("</{element}>"));
        while let Some((before, rest)) = words.split_once(&opens) {
            words = format!("{before}{}", rest.split_once(&closes).unwrap().1);
        }
    }
    words
}

/// Words that stand where a key was not found look like `conditions.heading`.
#[track_caller]
fn is_all_words(page: &str) {
    let page = &without_code(page);
    let shown = page.split('<').filter_map(|it| it.split_once('>')).map(|it| it.1);
    let named = page.split('"').filter(|it| it.contains('.'));
    for words in shown.chain(named).map(str::trim) {
        let is_key = texts::plain()[0].find(words).is_some()
            || ["plain.", "refusal.", "check.", "conditions.", "consent."]
                .iter()
                .any(|it| words.starts_with(it));
        let is_file = words.starts_with("/plain/");
        assert!(!is_key || is_file, "{words} is no word");
        assert!(!words.contains(['\u{FFF9}', '\u{FFFA}', '\u{FFFB}', '｜']), "{words}");
        let gap = words.split_once('{').and_then(|it| it.1.split_once('}'));
        assert!(gap.is_none(), "{words} has a gap");
    }
}

/// What anybody between can read of a page: its links and where its forms go.
#[track_caller]
fn names_nobody(page: &str) {
    for attribute in ["href=\"", "action=\"", "src=\""] {
        for address in page.split(attribute).skip(1).filter_map(|it| it.split_once('"')).map(|it| it.0) {
            for personal in [NAME, NUMBER, "5678901", "1985"] {
                assert!(!address.contains(personal), "{address}");
            }
        }
    }
}

#[tokio::test]
async fn the_whole_way_in_every_language() {
    let server = Server::start();
    for (language, tag) in [("ja", "ja"), ("ja-easy", "ja"), ("en", "en"), ("vi", "vi"), ("zh", "zh-Hans")] {
        for step in ["conditions", "consent", "check", "booking", "review"] {
            let person = Person::comes_to(&server, step, language).await;
            person.reads(&format!("<html lang=\"{tag}\""));
            is_all_words(person.text());
            names_nobody(person.text());
            assert_eq!(person.text().contains("<ruby>"), language == "ja-easy", "{language} {step}");
            if step == "consent" {
                // The office's own text, whole and unchanged.
                person.reads("小樽公共職業安定所オンライン職業相談利用規約");
                assert_eq!(
                    person.text().contains(
                        texts::plain()
                            .iter()
                            .find(|it| it.language() == language)
                            .unwrap()
                            .get("terms.governs")
                    ),
                    !language.starts_with("ja")
                );
            }
            let refused = if step == "review" { person } else { person.presses("next").await };
            is_all_words(refused.text());
        }
        let receipt = Person::comes_to(&server, "review", language).await.presses("send").await;
        assert_eq!(receipt.reply.status, 201);
        is_all_words(receipt.text());
        names_nobody(receipt.text());
        let code = receipt.receipt().1;
        for address in receipt.text().split("href=\"").skip(1) {
            assert!(!address.split_once('"').unwrap().0.contains(&code), "the code stands in no address");
        }
        is_all_words(Person::opens(&server, &format!("/receipt?lang={language}")).await.text());
        is_all_words(Person::opens(&server, &format!("/plain/nowhere?lang={language}")).await.text());
    }
}

#[tokio::test]
async fn a_language_is_taken_from_the_address_then_from_the_browser() {
    let server = Server::start();
    for (address, accepted, tag) in [
        ("/", "", "ja"),
        ("/", "vi, en;q=0.5", "vi"),
        ("/", "pt-BR", "en"),
        ("/?lang=zh-CN", "vi", "zh-Hans"),
        ("/?lang=nobody", "en", "en"),
        ("/receipt?lang=en", "ja", "en"),
    ] {
        let page = server.get_with(address, &[("accept-language", accepted)]).await;
        assert!(page.text().contains(&format!("<html lang=\"{tag}\"")), "{address} {accepted}");
    }
}

#[tokio::test]
async fn a_change_of_language_keeps_what_was_entered_and_judges_nothing() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "booking", "ja").await;
    person
        .enters("person-name", "Nguyễn Thị Hoa")
        .enters("attendants", "yes")
        .enters("attendants-0-note", "a\r\nb");
    let person = person.wishes_for(START).await.reads_in("ja-easy").await;
    person.is_at("booking");
    assert!(person.faults().is_empty());
    assert_eq!(person.value("person-name"), ["Nguyễn Thị Hoa"]);
    assert_eq!(person.value("attendants-0-note"), ["a\r\nb"]);
    assert_eq!(person.value("wishes"), [START]);
}
