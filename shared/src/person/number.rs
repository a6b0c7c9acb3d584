//! 4(1)③ 求職番号: five digits, a hyphen, up to eight digits.
//!
//! No check digit is known, and a registration can have lapsed: a well-formed number is accepted, and a short one is
//! only asked about.

use std::fmt;

use super::fold::{folded, is_hyphen};
use super::{Reading, must_fix};
use crate::violation::{Code, Violation};

/// `01234-5678901`: ASCII digits, one hyphen, leading zeros kept; text, never a number.
#[derive(Clone, PartialEq, Eq)]
pub struct JobSeekerNumber(String);

const POINTER: &str = "/person/job_seeker_number";
const UPPER: usize = 5;

impl JobSeekerNumber {
    /// Five digits, then one to eight, of any width, with at most one separator of any kind between them.
    ///
    /// ```
    /// use precheck_shared::person::JobSeekerNumber;
    /// for typed in ["01234-5678901", "０１２３４ー５６７８９０１", "012345678901 ", "01234 − 5678901"] {
    ///     assert!(JobSeekerNumber::parse(typed).is_ok());
    /// }
    /// ```
    ///
    /// # Errors
    /// `job_seeker_number_invalid`: other lengths, letters, a separator elsewhere or twice.
    pub fn parse(typed: &str) -> Reading<Self> {
        let fault = |variant| Err(must_fix(Code::JobSeekerNumberInvalid, POINTER, variant));
        let folded = folded(typed);
        let folded = folded.trim();
        if folded.is_empty() {
            return fault("empty");
        }
        if folded.chars().any(|it| !it.is_ascii_digit() && !is_hyphen(it) && !it.is_whitespace()) {
            return fault("letters");
        }
        let split = folded.find(|it: char| !it.is_ascii_digit()).unwrap_or(folded.len().min(UPPER));
        let Some((upper, rest)) = folded.split_at_checked(split) else { return fault("form") };
        let rest = rest.trim_start();
        let lower = rest.strip_prefix(is_hyphen).map_or(rest, str::trim_start);
        let well_formed = upper.len() == UPPER && lower.bytes().all(|it| it.is_ascii_digit());
        if !well_formed || !(1..=8).contains(&lower.len()) {
            return fault("form");
        }
        let findings = (lower.len() < 6).then(|| Violation::of_setting(Code::JobSeekerNumberShort, POINTER));
        Ok((Self(format!("{upper}-{lower}")), findings.into_iter().collect()))
    }

    /// The normalised number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JobSeekerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobSeekerNumber(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        let read = JobSeekerNumber::parse(typed).ok().map(|(number, _)| number.0);
        assert_eq!(read.as_deref(), expected, "{typed:?}");
    }

    #[test]
    fn article_4_1_3_boundaries_of_the_length() {
        check("01234", None);
        check("012345", Some("01234-5"));
        check("0123456789012", Some("01234-56789012"));
        check("01234567890123", None);
        check("01234-", None);
        check("01234-1", Some("01234-1"));
        check("01234-12345678", Some("01234-12345678"));
        check("01234-123456789", None);
        check("0123-45678901", None);
        check("012345-678901", None);
    }

    #[test]
    fn article_4_1_3_a_separator_elsewhere_or_twice_is_refused() {
        for typed in [
            "01234--567",
            "01234-567-8",
            "-01234567",
            "01234567-",
            "012 34567",
            "01234-56 78",
            "01234/567",
            "0I234-567",
            "０１２３４:567",
            "",
            "　",
            "abc",
            "٠١٢٣٤٥٦",
        ] {
            check(typed, None);
        }
    }

    #[test]
    fn fewer_than_six_lower_digits_are_only_asked_about() {
        assert_eq!(JobSeekerNumber::parse("01234-56789").unwrap().1[0].code, Code::JobSeekerNumberShort);
        assert!(JobSeekerNumber::parse("01234-567890").unwrap().1.is_empty());
    }

    proptest! {
        #[test]
        fn any_separator_or_none_in_any_width_gives_the_same_number(
            upper in "[0-9]{5}", lower in "[0-9]{1,8}", wide: bool, spaces in "[ \u{3000}\u{A0}\t\u{200B}\u{FEFF}]{0,2}",
            separator in prop::sample::select(vec!["", "-", "－", "−", "ー", "ｰ", "‐", "‑", "‒", "–", "—", "―", "─", "━", "﹣", "﹘", "⁃", "⁻", "⎯", "⏤", "-", " ", "\u{3000}"]),
        ) {
            let widen = |text: &str| -> String {
                if wide { text.chars().map(|it| char::from_u32(u32::from(it) + 0xFEE0).unwrap()).collect() } else { text.to_owned() }
            };
            let typed = format!("{spaces}{}{spaces}{separator}{spaces}{}{spaces}", widen(&upper), widen(&lower));
            let (number, _) = JobSeekerNumber::parse(&typed).unwrap();
            prop_assert_eq!(number.as_str(), format!("{upper}-{lower}"));
        }

        #[test]
        fn what_was_printed_reads_as_the_same_number(typed in "\\PC{0,20}|[0-9０-９ー\\- ]{0,20}") {
            if let Ok((number, _)) = JobSeekerNumber::parse(&typed) {
                prop_assert_eq!(JobSeekerNumber::parse(number.as_str()).unwrap().0, number);
            }
        }
    }
}
