//! The line that an editor pastes: the loader, the element, and words for where it cannot run.

use precheck_shared::policy::Policy;
use precheck_shared::texts;

use super::address::Address;
use super::choice::Choice;

/// All of it, ready to be pasted into markup.
pub(super) fn of(choice: &Choice, server: &Address, policy: &Policy) -> String {
    let origin = server.origin();
    format!(
        "<script type=\"module\" src=\"{origin}/embed/v1/precheck.js\"></script>\n{}\n<p{}>{}</p>\n</online-counselling-precheck>\n",
        opening(choice, false),
        marked(choice),
        fallback(choice, &origin, policy),
    )
}

/// The element's opening tag.
pub(super) fn opening(choice: &Choice, with_self_test: bool) -> String {
    let mut tag = String::from("<online-counselling-precheck");
    for (name, value) in choice.attributes() {
        tag.extend([" ", name, "=\"", value, "\""]);
    }
    tag.push_str(if with_self_test { " self-test>" } else { ">" });
    tag
}

/// The language of the words inside, where it is not the page's.
fn marked(choice: &Choice) -> String {
    match language(choice) {
        "ja" | "ja-easy" => String::new(),
        other => format!(" lang=\"{}\"", texts::tag_of(other)),
    }
}

fn language(choice: &Choice) -> &'static str {
    if choice.language.is_empty() { "ja" } else { choice.language }
}

/// Words that job seekers read where nothing runs: the way without script, and whom to call.
fn fallback(choice: &Choice, origin: &str, policy: &Policy) -> String {
    let words = texts::embed_fallback();
    let language = language(choice);
    // Whoever has come to no widget is not led to another one.
    let (kind, path, without) = match choice.start {
        "check" => ("check", "check", ""),
        _ => ("booking", "", "&amp;plain=yes"),
    };
    let name = if language.starts_with("ja") { &policy.office.short_name } else { &policy.office.name_en };
    let telephone = &policy.contact.telephone;
    let contact = if telephone.is_empty() {
        name.clone()
    } else {
        words.fill(&format!("{language}.telephone"), &[("name", name), ("telephone", telephone)])
    };
    let address = format!("{origin}/{path}?lang={language}{without}");
    // Readings are written in brackets here: an office's page draws no ruby of ours.
    let contact = escaped(&contact);
    words
        .fill(&format!("{language}.{kind}"), &[("address", &address), ("contact", &contact)])
        .replace('《', "（")
        .replace('》', "）")
}

/// For the markup of somebody else's page: what the office is called may hold anything.
fn escaped(text: &str) -> String {
    let marks = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
    marks.iter().fold(text.to_owned(), |text, (letter, mark)| text.replace(letter, mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::Office;

    fn server() -> Address {
        Address::of_origin("https://precheck.example.jp").unwrap()
    }

    fn usual() -> Choice {
        Choice { start: "booking", theme: "auto", isolation: "frame", lang: "ja", ..Choice::default() }
    }

    #[test]
    fn what_is_so_by_itself_is_not_written() {
        assert_eq!(opening(&usual(), false), "<online-counselling-precheck>");
        let all = Choice { language: "zh", start: "check", theme: "dark", isolation: "none", ..usual() };
        assert_eq!(
            opening(&all, true),
            "<online-counselling-precheck language=\"zh\" start=\"check\" theme=\"dark\" isolation=\"none\" self-test>"
        );
    }

    #[test]
    fn an_offices_name_breaks_out_of_nobodys_markup() {
        let mut policy = Policy::clone(&Office::otaru().unwrap().policy());
        policy.office.short_name = "<script>'\"&".to_owned();
        policy.contact.telephone = "\"><img>".to_owned();
        let line = of(&usual(), &server(), &policy);
        assert!(line.contains("&lt;script&gt;&#39;&quot;&amp;（電話：&quot;&gt;&lt;img&gt;）"), "{line}");
        assert_eq!(line.matches("<script").count(), 1, "{line}");
    }

    #[test]
    fn the_words_inside_are_in_the_chosen_language_and_marked_with_it() {
        let policy = Policy::clone(&Office::otaru().unwrap().policy());
        for (language, lang, part) in [
            ("", "", "事前確認を表示できないときは"),
            ("ja-easy", "", "画面（がめん）が出（で）ないときは"),
            ("en", " lang=\"en\"", "If the pre-check does not appear"),
            ("vi", " lang=\"vi\"", "Nếu không hiển thị được"),
            ("zh", " lang=\"zh-Hans\"", "如果无法显示事前确认"),
        ] {
            let line = of(&Choice { language, ..usual() }, &server(), &policy);
            assert!(line.contains(&format!("<p{lang}>{part}")), "{line}");
            let asked = if language.is_empty() { "ja" } else { language };
            assert!(
                line.contains(&format!("href=\"https://precheck.example.jp/?lang={asked}&amp;plain=yes\"")),
                "{line}"
            );
            assert!(!line.contains('{') && !line.contains('《'), "{line}");
        }
    }
}
