//! 4(2): meeting data out of whatever an officer pastes: an ID, a join link, or a whole invitation of the app.
//!
//! An invitation is a text of many lines in Japanese or English; a field of one line makes spaces of their ends, or nothing at
//! all; and mail programs wrap and break its link ([`links`]). What is found is judged by [`super::Meeting::parse`] like anything
//! that is typed. The desk alone uses this.

use super::meeting::Meeting;
use crate::person::{half_width, has_no_width, is_hyphen};
use crate::policy::ConferencingApp;

mod links;

/// What a pasted text says of a meeting. The passcode is a secret, so nothing is shown in a `Debug` line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Join link, else meeting ID, else the text itself.
    pub meeting: String,
    /// The passcode; empty where there is none.
    pub passcode: String,
    /// The text had a link, and none could be taken: the counselling would be without a way in by a press.
    pub link_left: bool,
}

/// What may stand between a label, its other language, and the value.
const BETWEEN: [char; 14] = [' ', '\t', '\r', '\n', ':', '=', '/', '|', '(', ')', '・', '【', '】', '#'];

/// Longest text between the beginning of a label and its value, in bytes.
const LABELS: usize = 80;

/// What stands before a meeting ID, in small letters.
const IDS: [&str; 5] = ["ミーティングid", "ミーティング id", "会議id", "会議 id", "meeting id"];

/// What stands before a passcode, in small letters.
const PASSCODES: [&str; 4] = ["パスコード", "パスワード", "passcode", "password"];

/// Reads a text.
pub fn read_invitation(app: &ConferencingApp, pasted: &str) -> Invitation {
    let typed = pasted.trim();
    if Meeting::parse(app, typed, "").is_ok() {
        return Invitation { meeting: typed.to_owned(), ..Invitation::default() };
    }
    let folded: String = typed.chars().filter(|it| !has_no_width(*it)).map(half_width).collect();
    // Letters of ASCII alone change, so that places stay the same.
    let small = folded.to_ascii_lowercase();
    let links = links::find(app, &folded);
    let most = usize::from(app.meeting_id_digits_max);
    let id = || values(&folded, &small, &IDS).map(|it| id_of(it.0, most)).find(|it| !it.is_empty());
    let passcode =
        values(&folded, &small, &PASSCODES).filter(|it| leads_on(it.1)).map(|it| passcode_of(it.0));
    Invitation {
        meeting: links.link.or_else(id).unwrap_or_else(|| typed.to_owned()),
        passcode: passcode.into_iter().find(|it| !it.is_empty()).unwrap_or_default().to_owned(),
        link_left: links.left,
    }
}

/// Whether what is between a label and what follows says that it belongs to it: a colon, or a line end where there is none. A
/// label with an empty line behind its colon has no value.
fn leads_on(between: &str) -> bool {
    match between.rfind([':', '=']).and_then(|it| between.get(it..)) {
        Some(behind) => !behind.contains('\n'),
        None => between.contains('\n'),
    }
}

/// What stands behind each of these labels, in order, and what is between.
fn values<'a>(
    folded: &'a str,
    small: &'a str,
    labels: &[&'a str],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let places = labels.iter().flat_map(|it| small.match_indices(*it).map(|(at, it)| at + it.len()));
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    let labels = labels.to_vec();
    places.into_iter().filter_map(move |at| {
        let mut end = at;
        loop {
            let rest = small.get(end..)?;
            // Behind a colon the value begins: a passcode may begin with any sign.
            let colon = small.get(at..end)?.contains([':', '=']);
            let left = if colon {
                rest.trim_start_matches([' ', '\t', '\r', '\n'])
            } else {
                // The same label in another language: ミーティングID / Meeting ID.
                let label = labels.iter().find_map(|it| rest.strip_prefix(*it));
                label.or_else(|| rest.strip_prefix(BETWEEN)).unwrap_or(rest)
            };
            end += rest.len() - left.len();
            if colon || left.len() == rest.len() {
                break;
            }
            if at + LABELS < end {
                return None;
            }
        }
        let between = small.get(at..end)?;
        Some((folded.get(end..)?, between))
    })
}

/// Groups of digits on one line, as long as an ID can have so many.
fn id_of(text: &str, most: usize) -> String {
    let mut id = String::new();
    let line = text.split(|it: char| !(it.is_ascii_digit() || it == ' ' || is_hyphen(it))).next();
    for group in line.unwrap_or_default().split(|it: char| !it.is_ascii_digit()) {
        if most < id.len() + group.len() {
            break;
        }
        id.push_str(group);
    }
    id
}

/// Signs of ASCII, as the app gives them: no spaces. The rule below it may be stuck to it.
fn passcode_of(text: &str) -> &str {
    let end = text.find(|it: char| !it.is_ascii_graphic());
    let line = text.split_at(end.unwrap_or(text.len())).0;
    line.split("---").next().unwrap_or(line)
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Invitation(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    const JAPANESE: &str = "小樽 次郎さんがあなたを予約されたZoomミーティングに招待しています。

トピック: オンライン職業相談
時刻: 2026年11月26日 10:00 AM 大阪、札幌、東京

参加 Zoom ミーティング
https://us02web.zoom.us/j/81234567890?pwd=Abc0Def1Ghi2Jkl3.1

ミーティング ID: 812 3456 7890
パスコード: k7;Qx_9

---

ワンタップモバイル機器
+81363628317,,81234567890#,,,,*123456# 日本

所在地でダイヤル
        • +81 3 6362 8317 日本
ミーティング ID: 812 3456 7890
パスコード: 123456
市内番号を検索: https://us02web.zoom.us/u/kbxyz12345";

    const ENGLISH: &str = "Jiro Otaru is inviting you to a scheduled Zoom meeting.

Topic: Online counselling
Time: Nov 26, 2026 10:00 AM Osaka, Sapporo, Tokyo

Join Zoom Meeting
https://us02web.zoom.us/j/81234567890?pwd=Abc0Def1Ghi2Jkl3.1

Meeting ID: 812 3456 7890
Passcode: 4Qr7TZ

One tap mobile
+13017158592,,81234567890#,,,,*654321# US (Washington DC)

Find your local number: https://us02web.zoom.us/u/kbxyz12345";

    const LINK: &str = "https://us02web.zoom.us/j/81234567890?pwd=Abc0Def1Ghi2Jkl3.1";

    #[track_caller]
    fn check(pasted: &str, meeting: &str, passcode: &str) {
        let read = read_invitation(&otaru_policy().app, pasted);
        assert_eq!((read.meeting.as_str(), read.passcode.as_str()), (meeting, passcode), "{pasted}");
    }

    #[test]
    fn article_4_2_an_invitation_of_the_app_gives_link_and_passcode() {
        check(JAPANESE, LINK, "k7;Qx_9");
        check(ENGLISH, LINK, "4Qr7TZ");
        // A field of one line makes spaces of line ends, or drops them.
        check(&JAPANESE.replace('\n', " "), LINK, "k7;Qx_9");
        check(&ENGLISH.replace('\n', " "), LINK, "4Qr7TZ");
        check(&JAPANESE.replace('\n', ""), LINK, "k7;Qx_9");
        // What stands behind the passcode is ASCII too here: nothing tells where it ended, and the officer sees it at once.
        check(&ENGLISH.replace('\n', ""), LINK, "4Qr7TZOne");
    }

    #[test]
    fn article_4_2_id_and_passcode_are_read_without_a_link() {
        for (pasted, meeting, passcode) in [
            ("ミーティング ID: 123 4567 8901 パスコード: abc", "12345678901", "abc"),
            ("ミーティングＩＤ：１２３ ４５６７ ８９０１\nパスコード：９８７６", "12345678901", "9876"),
            ("会議ID: 123-4567-8901", "12345678901", ""),
            ("Meeting ID: 123 456 7890\nPassword: x@Y-1", "1234567890", "x@Y-1"),
            ("meeting id : 12345678901 99 PASSCODE : 1", "12345678901", "1"),
            ("Zoomのミーティング ID: 123 4567 8901パスコード: 55です", "12345678901", "55"),
            ("開始前にパスコードをお伝えします。ミーティング ID: 123 4567 8901", "12345678901", ""),
        ] {
            check(pasted, meeting, passcode);
        }
    }

    #[test]
    fn article_4_2_what_mail_programs_made_of_an_invitation_is_understood() {
        let app = otaru_policy().app;
        let safe = "参加する
https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbc.1&data=05%7C02
ミーティング ID: 812 3456 7890
パスコード: A1b2C3";
        check(safe, "https://us02web.zoom.us/j/81234567890?pwd=Abc.1", "A1b2C3");
        let broken = "https://us02web.zoom.us/j/81234567890?pwd=Abc\n.1\nミーティング ID: 812 3456 7890";
        check(broken, "https://us02web.zoom.us/j/81234567890?pwd=Abc.1", "");
        let web = "https://app.zoom.us/wc/81234567890/join?pwd=Abc.1";
        check(web, web, "");
        assert_eq!(Meeting::parse(&app, web, "").unwrap().0.id.to_string(), "812 3456 7890");
        let lost = "https://example.com/redirect?to=meeting\nミーティング ID: 812 3456 7890";
        check(lost, "81234567890", "");
        assert!(read_invitation(&app, lost).link_left && !read_invitation(&app, safe).link_left);
        assert!(
            !read_invitation(&app, JAPANESE).link_left && !read_invitation(&app, "812 3456 7890").link_left
        );
    }

    #[test]
    fn article_4_2_labels_may_stand_in_two_languages() {
        for (pasted, meeting, passcode) in [
            (
                "Meeting ID / ミーティングID: 812 3456 7890\nPasscode / パスコード: A1b2C3",
                "81234567890",
                "A1b2C3",
            ),
            ("ミーティングID（Meeting ID）：812 3456 7890", "81234567890", ""),
            ("ミーティングID／Meeting ID 812 3456 7890", "81234567890", ""),
            ("Meeting ID\n812 3456 7890\nPasscode\nA1b2C3", "81234567890", "A1b2C3"),
            ("Meeting ID: 812 3456 7890\nPasscode:\nOne tap mobile", "81234567890", ""),
            ("Meeting ID: 812 3456 7890\nThis meeting is password protected.", "81234567890", ""),
            ("【ミーティングID】812-3456-7890【パスコード】：1234", "81234567890", "1234"),
        ] {
            check(pasted, meeting, passcode);
        }
    }

    #[test]
    fn an_invitation_of_any_length_is_looked_through_quickly() {
        for part in [
            "https://",
            "meeting id",
            "https://zoom.us/j/ ",
            "zoom.us/",
            "https://a/?u=https%3A%2F%2F",
            "\n",
            "パスコード:",
            "a",
        ] {
            let read = read_invitation(&otaru_policy().app, &part.repeat(64_000 / part.len()));
            assert!(read.passcode.len() < 64_000);
        }
    }

    #[test]
    fn article_4_2_what_is_an_id_or_a_link_stays_as_it_is() {
        check(" 123 4567 8901 ", "123 4567 8901", "");
        check(LINK, LINK, "");
        check(&format!("参加用リンク（{LINK}）です。"), LINK, "");
    }

    #[test]
    fn article_4_2_links_of_others_are_not_taken() {
        let foreign = "https://zoom.us.example.com/j/81234567890?pwd=x";
        check(foreign, foreign, "");
        check(&format!("{foreign}\nMeeting ID: 812 3456 7890"), "81234567890", "");
        check("明日の相談です。", "明日の相談です。", "");
        check("", "", "");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(pasted in "\\PC{0,200}", passcode in "[!-,.-~]{1,20}") {
            let read = read_invitation(&otaru_policy().app, &pasted);
            proptest::prop_assert!(read.meeting.len() <= pasted.len().max(64) * 3);
            let labelled = format!("パスコード: {passcode}\nミーティング ID: 123 4567 8901");
            let read = read_invitation(&otaru_policy().app, &labelled);
            proptest::prop_assert_eq!(read.passcode, passcode);
        }
    }
}
