//! 4(3): the office's telephone number as it is dialled, apart from what comes after it.
//!
//! On the day the telephone is the only way to cancel, and silence counts: a link that dials an extension along dials somebody
//! else. One reader for the start's flag and the office's folder, one link for every page.

/// A number as an office writes it: `0134-32-8689（部門コード41#）`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephone<'a> {
    /// The number as written.
    pub number: &'a str,
    /// What comes after it, as written; empty where nothing does.
    pub then: &'a str,
    dialled: String,
}

/// Digits of a number (E.164), and fewest of one that has words behind it.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
const WHOLE: usize = 9;

/// Digits in brackets inside a number: an area code has no more.
const BRACKETS: usize = 6;

/// Longest text behind a number, in code points.
const LONGEST: usize = 80;

impl<'a> Telephone<'a> {
    /// Reads a number; `None` where the text does not begin with one, or does not end where it does.
    pub fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (mut dialled, mut end, mut gap) = (String::new(), 0, false);
        let mut letters = text.char_indices().map(|(at, it)| (at, plain(it))).peekable();
        while let Some((_, letter)) = letters.next() {
            let after = letters.peek().map_or(text.len(), |it| it.0);
            match letter {
                // What follows a whole number after a blank is no more of it.
                '0'..='9' if gap && is_whole(&dialled) => break,
                '0'..='9' => {
                    dialled.push(letter);
                    (end, gap) = (after, false);
                }
                '+' if dialled.is_empty() => dialled.push('+'),
                '(' => {
                    let Some((inner, behind)) = brackets(text.get(after..)?, &dialled) else { break };
                    // +81 (0)134: the nought is dialled inside the country alone.
                    if !(dialled.starts_with('+') && inner == "0") {
                        dialled.push_str(&inner);
                    }
                    (end, gap) = (text.len() - behind.len(), false);
                    while letters.next_if(|it| it.0 < end).is_some() {}
                }
                '-' | '.' => gap = false,
                ' ' => gap = true,
                _ if is_nothing(letter) => {}
                _ => break,
            }
        }
        let (number, rest) = text.split_at_checked(end)?;
        let then = rest.trim();
        let digits = dialled.bytes().filter(u8::is_ascii_digit).count();
        let apart = !rest.chars().next().is_some_and(|it| matches!(plain(it), '0'..='9' | '-' | '.' | '+'));
        let plain_then = then.chars().nth(LONGEST).is_none() && !rest.chars().any(char::is_control);
        let national = dialled.starts_with('0') && 11 < digits;
        let holds = DIGITS.contains(&digits)
            && apart
            && plain_then
            && !national
            && (then.is_empty() || WHOLE <= digits);
        holds.then_some(Self { number, then, dialled })
    }

    /// `tel:0134328689`
    pub fn link(&self) -> String {
        ["tel:", &self.dialled].concat()
    }
}

/// The digits in brackets, and what is behind them, where they are a part of the number: more of it follows.
fn brackets<'a>(text: &'a str, before: &str) -> Option<(String, &'a str)> {
    let close = text.find([')', '）'])?;
    let (inner, rest) = text.split_at_checked(close)?;
    let behind = rest.get(rest.chars().next()?.len_utf8()..)?;
    let digits: String = inner.chars().map(plain).filter(|it| *it != ' ' && *it != '-').collect();
    let fits = (1..=BRACKETS).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
    let mut more = behind.chars().map(plain).skip_while(|it| matches!(it, ' ' | '-'));
    (fits && !is_whole(before) && more.next().is_some_and(|it| it.is_ascii_digit()))
        .then_some((digits, behind))
}

/// A Japanese number is complete: ten digits, of mobile and some other ones eleven.
fn is_whole(dialled: &str) -> bool {
    let eleven = ["020", "050", "060", "070", "080", "090"].iter().any(|it| dialled.starts_with(it));
    dialled.starts_with('0') && if eleven { 11 } else { 10 } <= dialled.len()
}

/// Half-width digits, brackets and blanks, and one hyphen for all of them.
fn plain(letter: char) -> char {
    match letter {
        '－' | '−' | 'ー' | 'ｰ' | '‐'..='―' | '─' | '━' | '﹣' | '﹘' | '⁃' | '⁻' | '⎯' | '⏤' => {
            '-'
        }
        '！'..='～' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        it if it.is_whitespace() && !it.is_control() => ' ',
        _ => letter,
    }
}

/// Without width: copied along from a page.
fn is_nothing(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_4_3_a_number_is_dialled_without_what_comes_after_it() {
        for (written, link, then) in [
            ("0134-00-0000", "tel:0134000000", ""),
            ("0134-32-8689（部門コード41#）", "tel:0134328689", "（部門コード41#）"),
            ("０１３４（３２）８６８９", "tel:0134328689", ""),
            ("(0134) 32-8689", "tel:0134328689", ""),
            ("0134 32 8689 内線 41", "tel:0134328689", "内線 41"),
            ("0134-32-8689 41", "tel:0134328689", "41"),
            ("0134-32-8689 (41)", "tel:0134328689", "(41)"),
            ("0134-32-8689(41)#", "tel:0134328689", "(41)#"),
            ("0134-32-8689#41", "tel:0134328689", "#41"),
            ("0134-32-8689,41#", "tel:0134328689", ",41#"),
            ("0134-32-8689 ext. 41", "tel:0134328689", "ext. 41"),
            ("0134-32-8689(代表)", "tel:0134328689", "(代表)"),
            ("0134-32-8689、0134-32-8690", "tel:0134328689", "、0134-32-8690"),
            ("0134‐32－8689", "tel:0134328689", ""),
            ("0134\u{200B}32ー8689", "tel:0134328689", ""),
            ("090-1234-5678 担当", "tel:09012345678", "担当"),
            ("050-1234-5678 9", "tel:05012345678", "9"),
            ("03-1234-5678 9", "tel:0312345678", "9"),
            ("0120-000-000", "tel:0120000000", ""),
            ("0570-000-000", "tel:0570000000", ""),
            ("+81-134-32-8689", "tel:+81134328689", ""),
            ("+81 (0)134 32 8689", "tel:+81134328689", ""),
            ("189", "tel:189", ""),
        ] {
            let read = Telephone::read(written).unwrap_or_else(|| panic!("{written}"));
            assert_eq!((read.link().as_str(), read.then), (link, then), "{written}");
            assert!(written.starts_with(read.number) && written.ends_with(read.then));
        }
    }

    #[test]
    fn article_4_3_what_is_no_number_or_has_no_clear_end_is_refused() {
        for written in [
            "",
            " ",
            "お電話ください",
            "12",
            "0134-CALL",
            "電話 0134-32-8689",
            "0134-32-8689-41",
            "013432868941",
            "0134（小樽）32-8689",
            "0134-32-8689\n41",
            "1234567890123456",
            "+",
            "++81 134 32 8689",
            "-",
            "(",
            "\"><img>",
        ] {
            assert_eq!(Telephone::read(written), None, "{written:?}");
        }
        assert_eq!(Telephone::read(&format!("0134-32-8689 {}", "x".repeat(200))), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_only_digits_are_dialled(text in "\\PC{0,40}|[0-9０-９ ()（）+ー-]{0,24}") {
            if let Some(read) = Telephone::read(&text) {
                let link = read.link();
                let dialled = link.strip_prefix("tel:").unwrap();
                proptest::prop_assert!(dialled.trim_start_matches('+').bytes().all(|it| it.is_ascii_digit()));
                proptest::prop_assert!(text.trim().starts_with(read.number) && text.trim().ends_with(read.then));
            }
        }
    }
}
