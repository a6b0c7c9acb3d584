//! Join links in a pasted text: as the app gives them, as mail programs wrap and break them, and as web clients show them.
//!
//! What is taken is a whole link to the app's own host, or nothing: half of a link holds half of a secret, and lets nobody in.

use crate::booking::meeting::is_join_link;
use crate::policy::ConferencingApp;

/// A link in a link in a link: mail passes several programs.
const LAYERS: u8 = 4;

/// Line ends in one link.
const BREAKS: u8 = 4;

/// Links that are looked at; no invitation has so many.
const MOST: usize = 40;

/// No link is longer, in bytes.
const LONGEST: usize = 4096;

/// What a text says of links.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// The first one that can be taken.
    pub(super) link: Option<String>,
    /// There were others, or a broken one, and none could be taken.
    pub(super) left: bool,
}

/// Looks through a text whose ASCII is half-width and which holds nothing without width.
pub(super) fn find(app: &ConferencingApp, text: &str) -> Links {
    let mut left = false;
    let mut rest = text;
    for _ in 0..MOST {
        let Some(start) = next_start(app, rest) else { break };
        let from = rest.get(start..).unwrap_or_default();
        let (written, whole, length) = written_link(from);
        rest = from.get(length.max(1)..).unwrap_or_default();
        match taken(app, &written, LAYERS) {
            Some(link) if whole => return Links { link: Some(link), left: false },
            // The numbers to dial in from a telephone are no link to join by.
            _ => left |= !is_dial_in(app, &written),
        }
    }
    Links { link: None, left }
}

/// Where the next link begins: at its scheme, or at the app's own host without one.
fn next_start(app: &ConferencingApp, text: &str) -> Option<usize> {
    let schemes = ["https://", "http://", "HTTPS://", "HTTP://", "Https://", "Http://"];
    let scheme = schemes.iter().filter_map(|it| text.find(it)).min();
    let host = [app.join_host.as_str(), "/"].concat();
    let bare = text.match_indices(host.as_str()).find_map(|(at, _)| {
        let before = text.get(..at)?;
        // The names before it belong to the host.
        let start = before
            .rfind(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '.' | '-')))
            .map_or(0, |it| it + before.get(it..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8));
        let names = before.get(start..)?;
        (names.is_empty() || names.ends_with('.')).then_some(start)
    });
    match (scheme, bare) {
        (Some(scheme), Some(bare)) => Some(scheme.min(bare)),
        (scheme, bare) => scheme.or(bare),
    }
}

/// The link at the beginning of a text as it was before line ends broke it; whether that is sure; and how far it reaches.
fn written_link(text: &str) -> (String, bool, usize) {
    let mut link = String::new();
    let mut at = 0;
    for _ in 0..=BREAKS {
        let rest = text.get(at..).unwrap_or_default();
        let end = rest.find(|it: char| !it.is_ascii_graphic() || matches!(it, '"' | '<' | '>' | '\\'));
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        link.push_str(piece);
        at += piece.len();
        // Where line ends were lost, the next line's "Meeting ID" is stuck to it.
        let stuck = ["Meeting", "Passcode"].into_iter().find_map(|it| {
            link.strip_suffix(it).filter(|_| behind.starts_with(" ID") || behind.starts_with(':'))
        });
        if let Some(stuck) = stuck {
            return (trimmed(stuck), true, at);
        }
        match next_piece(&link, behind) {
            Next::End => return (trimmed(&link), true, at),
            Next::Doubtful(skipped) => return (link, false, at + skipped),
            Next::More(skipped) => at += skipped,
        }
        if LONGEST < link.len() {
            break;
        }
    }
    (link, false, at)
}

/// What stands behind a piece of a link.
enum Next {
    /// The link is whole.
    End,
    /// Nobody knows; what may be the rest of it ends after so many bytes.
    Doubtful(usize),
    /// It goes on after so many bytes.
    More(usize),
}

fn next_piece(link: &str, behind: &str) -> Next {
    // A blank where a field of one line makes one of a line end; or a line end, perhaps with the marks of a quotation.
    let after = behind.trim_start_matches([' ', '\t']);
    let after = after.strip_prefix('\r').unwrap_or(after);
    let (after, line_end) =
        after.strip_prefix('\n').map_or((after, false), |it| (it.trim_start_matches(['>', ' ', '\t']), true));
    let skipped = behind.len() - after.len();
    let end = after.find(|it: char| !it.is_ascii_graphic()).unwrap_or(after.len());
    let (piece, then) = after.split_at(end);
    let is_dash = |it: u8| matches!(it, b'-' | b'_' | b'=' | b'*' | b'.');
    let ruler = 2 < piece.len() && piece.bytes().all(is_dash);
    if skipped == 0 || piece.is_empty() || ruler || piece.contains("://") || after.starts_with('>') {
        return Next::End;
    }
    let is_label = then.trim_start().starts_with(':') || piece.ends_with(':') || then.starts_with(" ID");
    let of_link = piece.bytes().all(|it| it.is_ascii_alphanumeric() || b".-_~%&=?+/#".contains(&it));
    if is_label || !of_link {
        return Next::End;
    }
    let secret = link.rsplit_once("pwd=").map(|it| it.1);
    let begins = piece.starts_with(['.', '&', '=', '%', '?', '_', '~', '-']) && 1 < piece.len();
    let cut = secret == Some("") || link.ends_with(['&', '?', '%', '/', '-', '_']);
    let numbered = secret.is_some_and(|it| it.ends_with('.'))
        && piece.len() < 3
        && piece.bytes().all(|it| it.is_ascii_digit());
    // The soft line end of a mail's coding leaves its own mark, which may also be a part of the secret.
    let coded = link.ends_with('=') && secret != Some("");
    let alone = then
        .trim_start_matches([' ', '\t', '\r'])
        .chars()
        .next()
        .is_none_or(|it| it == '\n' || !it.is_ascii());
    let random = piece.bytes().any(|it| it.is_ascii_digit())
        || piece.bytes().skip(1).any(|it| it.is_ascii_uppercase());
    let doubtful = Next::Doubtful(skipped + piece.len());
    if coded {
        doubtful
    } else if begins || cut || numbered {
        Next::More(skipped)
    } else if (line_end && alone && (random || piece.len() < 4))
        || (!line_end && random && !piece.bytes().all(|it| it.is_ascii_digit()) && piece != "ID")
    {
        doubtful
    } else {
        Next::End
    }
}

/// A link without what a sentence puts behind it.
fn trimmed(link: &str) -> String {
    link.trim_end_matches(['.', ',', ';', ')', ']', '\'']).to_owned()
}

/// The join link that a link is, or leads to.
fn taken(app: &ConferencingApp, written: &str, layers: u8) -> Option<String> {
    let scheme = written.get(..8).filter(|it| it.eq_ignore_ascii_case("https://"));
    let link = match scheme {
        Some(scheme) => ["https://", written.get(scheme.len()..)?].concat(),
        None if written.contains("://") => return None,
        None => ["https://", written].concat(),
    };
    if is_join_link(app, &link) {
        return Some(link);
    }
    let inner = layers.checked_sub(1)?;
    let (address, query) = link.split_once('?').unwrap_or((link.as_str(), ""));
    let host = address.strip_prefix("https://")?.split('/').next()?.to_ascii_lowercase();
    let of = |name: &str| host == name || host.strip_suffix(name).is_some_and(|it| it.ends_with('.'));
    // https://urldefense.com/v3/__https://us02web.zoom.us/j/1?pwd=a__;!!b: asterisks stand for letters that are elsewhere.
    if of("urldefense.com") || of("urldefense.proofpoint.com") {
        if let Some((_, kept)) = link.split_once("/v3/__") {
            let kept = kept.split_once("__;").filter(|it| !it.0.contains('*'))?.0;
            return taken(app, kept, inner);
        }
        let kept = query.split('&').find_map(|it| it.strip_prefix("u="))?;
        return taken(app, &percent_decoded(&kept.replace('_', "/").replace('-', "%"))?, inner);
    }
    query.replace("&amp;", "&").split('&').filter_map(|it| it.split_once('=')).find_map(|(_, value)| {
        let value = percent_decoded(value).filter(|it| it.contains("://"))?;
        taken(app, &value, inner)
    })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%' {
            let digits = behind.get(..2).filter(|it| it.iter().all(u8::is_ascii_hexdigit))?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = behind.get(2..)?;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The app's list of numbers to dial in, and one to try it out: neither is meant for joining.
fn is_dial_in(app: &ConferencingApp, written: &str) -> bool {
    let path = written.split_once("://").map_or(written, |it| it.1).split_once('/');
    path.is_some_and(|(host, path)| {
        let host = host.to_ascii_lowercase();
        let own =
            host == app.join_host || host.strip_suffix(&app.join_host).is_some_and(|it| it.ends_with('.'));
        own && (path.starts_with("u/") || path.starts_with("test") || path.starts_with("download"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    const LINK: &str = "https://us02web.zoom.us/j/81234567890?pwd=Abc.1";

    #[track_caller]
    fn check(text: &str, link: Option<&str>, left: bool) {
        let found = find(&otaru_policy().app, text);
        assert_eq!((found.link.as_deref(), found.left), (link, left), "{text}");
    }

    #[test]
    fn article_4_2_a_link_that_a_mail_program_wrapped_is_unwrapped() {
        for wrapped in [
            "https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbc.1&data=05%7C02",
            "https://jpn01.safelinks.protection.outlook.com/?url=https%3a%2f%2fus02web.zoom.us%2fj%2f81234567890%3fpwd%3dAbc.1&amp;data=05",
            "https://www.google.com/url?q=https://us02web.zoom.us/j/81234567890?pwd%3DAbc.1&sa=D&source=calendar",
            "https://www.google.com/url?sa=D&q=https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbc.1",
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__us02web.zoom.us_j_81234567890-3Fpwd-3DAbc.1&d=DwMF&c=x",
            "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567890?pwd=Abc.1__;!!AbC!x$",
            "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fus02web.zoom.us%2fj%2f81234567890%3fpwd%3dAbc.1&c=E,1",
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fus02web.zoom.us%2Fj%2F81234567890%3Fpwd%3DAbc.1__%3B!!a&data=1",
        ] {
            check(&format!("参加する\n{wrapped}\nミーティング ID: 812 3456 7890"), Some(LINK), false);
        }
        // A letter of the secret is elsewhere.
        check(
            "https://urldefense.com/v3/__https://us02web.zoom.us/j/81234567890?pwd=A*c__;Kw!!a",
            None,
            true,
        );
    }

    #[test]
    fn article_4_2_a_link_that_a_line_end_broke_is_whole_or_asked_about() {
        for broken in [
            "https://us02web.zoom.us/j/81234567890?pwd=Abc\n.1",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc\r\n.1\r\n",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc .1 ミーティング ID: 812 3456 7890",
            "> https://us02web.zoom.us/j/81234567890?pwd=Abc\n> .1\n> ミーティング ID: 812 3456 7890",
            "https://us02web.zoom.us/j/81234567890\n?pwd=Abc.1\nMeeting ID: 812",
            "https://us02web.zoom.us/j/81234567890?pwd=\nAbc.1",
            "https://us02web.zoom.us/j/\n81234567890?pwd=Abc.1",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.\n1\n",
            "https://us02web.zoom.us/j/81234567890?\npwd=Abc\n.1",
        ] {
            check(broken, Some(LINK), false);
        }
        for doubtful in [
            "https://us02web.zoom.us/j/81234567890?pwd=Ab\nc.1\n",
            "https://us02web.zoom.us/j/81234567890?pwd=A\nbc.1\nミーティング ID: 812 3456 7890",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc=\n.1",
            "https://us02web.zoom.us/j/81234567890?pwd=Ab c.1 ミーティング ID: 812 3456 7890",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc0\nDef1",
        ] {
            check(doubtful, None, true);
        }
        for whole in [
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\nMeeting ID: 812 3456 7890",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1 Meeting ID: 812 3456 7890",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\n---\n",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1 --- ワンタップ",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\n\nPasscode: 1",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\nPasscode: 1",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\nhttps://example.com/",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1\nJoin by telephone",
            "https://us02web.zoom.us/j/81234567890?pwd=Abc.1Meeting ID: 812 3456 7890",
            "（https://us02web.zoom.us/j/81234567890?pwd=Abc.1）です。",
            "<https://us02web.zoom.us/j/81234567890?pwd=Abc.1>",
            "Join https://us02web.zoom.us/j/81234567890?pwd=Abc.1.",
        ] {
            check(whole, Some(LINK), false);
        }
    }

    #[test]
    fn article_4_2_links_of_the_web_client_and_without_a_scheme_are_taken() {
        for (text, link) in [
            (
                "https://app.zoom.us/wc/81234567890/join?pwd=Abc.1",
                "https://app.zoom.us/wc/81234567890/join?pwd=Abc.1",
            ),
            (
                "https://us02web.zoom.us/wc/join/81234567890?pwd=Abc.1",
                "https://us02web.zoom.us/wc/join/81234567890?pwd=Abc.1",
            ),
            ("参加 us02web.zoom.us/j/81234567890?pwd=Abc.1", LINK),
            ("zoom.us/j/81234567890", "https://zoom.us/j/81234567890"),
            ("参加：zoom.us/j/81234567890です", "https://zoom.us/j/81234567890"),
            ("HTTPS://us02web.zoom.us/j/81234567890?pwd=Abc.1", LINK),
        ] {
            check(text, Some(link), false);
        }
    }

    #[test]
    fn article_4_2_a_link_that_cannot_be_taken_is_told() {
        for text in [
            "https://example.com/redirect?to=meeting\nミーティング ID: 812 3456 7890",
            "http://us02web.zoom.us/j/81234567890",
            "https://zoom.com/j/81234567890",
            "https://zoom.us.example.com/j/81234567890",
            "https://evilzoom.us/j/81234567890",
            "https://us02web.zoom.us/s/81234567890?zak=x",
            "https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fj%2F81234567890",
            "https://example.com/?u=javascript%3A%2F%2Fzoom.us/j/81234567890",
        ] {
            check(text, None, true);
        }
        for text in ["ミーティング ID: 812 3456 7890", "", "番号: https://us02web.zoom.us/u/kbxyz12345"]
        {
            check(text, None, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_what_is_taken_stands_in_it_whole(text in "\\PC{0,200}|(https://|zoom\\.us/|j/|[a-z0-9?=&%.\n >-]){0,40}") {
            let app = otaru_policy().app;
            if let Some(link) = find(&app, &text).link {
                proptest::prop_assert!(is_join_link(&app, &link));
            }
        }

        #[test]
        fn a_link_broken_anywhere_is_never_taken_short(secret in "[A-Za-z0-9]{6,32}\\.1", at in 0_usize..80, end in proptest::sample::select(vec!["\n", "\r\n", " ", "\n> "])) {
            let link = format!("https://us02web.zoom.us/j/81234567890?pwd={secret}");
            let at = at.min(link.len());
            let (one, two) = link.split_at(at);
            for behind in ["", "\nミーティング ID: 812 3456 7890", "\nMeeting ID: 812 3456 7890\nPasscode: 123"] {
                let found = find(&otaru_policy().app, &format!("{one}{end}{two}{behind}"));
                proptest::prop_assert!(found.link.as_deref().is_none_or(|it| it == link), "{one:?} {two:?}: {found:?}");
            }
        }
    }
}
