//! 4(2): meeting data out of whatever an officer pastes: an ID, a join link, or a whole invitation of the app.
//!
//! An invitation is a text of many lines in Japanese or English; a field of one line makes spaces of their ends, or nothing at
//! all. What is found is judged by [`super::Meeting::parse`] like anything that is typed. The desk alone uses this.

use super::meeting::{Meeting, is_join_link};
use crate::person::{half_width, has_no_width, is_hyphen};
use crate::policy::ConferencingApp;

/// What a pasted text says of a meeting. The passcode is a secret, so nothing is shown in a `Debug` line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Join link, else meeting ID, else the text itself.
    pub meeting: String,
    /// The passcode; empty where there is none.
    pub passcode: String,
}

/// What stands before a meeting ID, in small letters.
const IDS: [&str; 5] = ["ミーティングid", "ミーティング id", "会議id", "会議 id", "meeting id"];

/// What stands before a passcode, in small letters.
const PASSCODES: [&str; 4] = ["パスコード", "パスワード", "passcode", "password"];

/// Reads a text.
pub fn read_invitation(app: &ConferencingApp, pasted: &str) -> Invitation {
    let typed = pasted.trim();
    if Meeting::parse(app, typed, "").is_ok() {
        return Invitation { meeting: typed.to_owned(), passcode: String::new() };
    }
    let folded: String = typed.chars().filter(|it| !has_no_width(*it)).map(half_width).collect();
    // Letters of ASCII alone change, so that places stay the same.
    let small = folded.to_ascii_lowercase();
    let after = |labels: &[&str]| {
        let places = labels.iter().flat_map(|it| small.match_indices(it).map(|(at, it)| at + it.len()));
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        let values =
            places.into_iter().filter_map(|at| folded.get(at..)?.trim_start_matches(' ').strip_prefix(':'));
        values.map(|it| it.trim_start_matches(' ')).collect::<Vec<_>>()
    };
    let link = folded.match_indices("https://").filter_map(|(at, _)| folded.get(at..)).map(link_of);
    let link = link.filter(|it| is_join_link(app, it)).map(str::to_owned).next();
    let most = usize::from(app.meeting_id_digits_max);
    let id = || after(&IDS).into_iter().map(|it| id_of(it, most)).find(|it| !it.is_empty());
    let passcode = after(&PASSCODES).into_iter().map(passcode_of).find(|it| !it.is_empty());
    Invitation {
        meeting: link.or_else(id).unwrap_or_else(|| typed.to_owned()),
        passcode: passcode.unwrap_or_default().to_owned(),
    }
}

/// The address at the beginning of a text. Where line ends were lost, the next line's "Meeting ID" is stuck to it.
fn link_of(text: &str) -> &str {
    let end = text.find(|it: char| !it.is_ascii_graphic() || matches!(it, '"' | '<' | '>' | '\\'));
    let (link, rest) = text.split_at(end.unwrap_or(text.len()));
    let link = if rest.starts_with(" ID") { link.strip_suffix("Meeting").unwrap_or(link) } else { link };
    link.trim_end_matches(['.', ',', ';', ')', ']'])
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
