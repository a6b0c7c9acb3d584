use proptest::prelude::*;

use super::*;
use crate::time::parse_date;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn read(typed: &str) -> Reading<BirthDate> {
    BirthDate::parse(day("2026-11-24"), day("2026-11-26"), typed)
}

#[track_caller]
fn good(typed: &str, expected: &str) {
    assert_eq!(
        read(typed).unwrap_or_else(|it| panic!("{typed}: {it:?}")).0.date().to_string(),
        expected,
        "{typed}"
    );
}

#[track_caller]
fn bad(typed: &str, expected_words: &str) {
    let fault = read(typed).unwrap_err();
    assert_eq!(fault.code, Code::BirthDateInvalid, "{typed}");
    let words = fault.message(crate::texts::japanese());
    assert!(words.contains(expected_words), "{typed}: {words}");
}

#[test]
fn article_4_1_2_every_common_spelling_gives_the_same_day() {
    for typed in [
        "1985-04-01",
        "1985/4/1",
        "1985年4月1日",
        "昭和60年4月1日",
        "S60.4.1",
        "s60-4-1",
        "Ｓ６０．４．１",
        "１９８５年０４月０１日",
        "19850401",
        "㍼60年4月1日",
        " 昭和 60年 4月 1日 ",
        "西暦1985年4月1日",
        "1985ー4ー1",
        "1985・4・1",
        "昭和60/4/1",
        "昭60.4.1",
        "昭 60. 4. 1",
        "昭和60年4月1日生",
        "1985年4月1日生まれ",
        "S60.4.1生",
        "S.60.4.1",
        "s. 60. 4. 1.",
        "S・60・4・1",
        "昭．６０．４．１",
        "1985 4 1",
        "1985　4　1",
        "1985\u{A0}4\u{2003}1",
        "昭和60 4 1",
        "S 60 4 1",
        "S60-04-01",
        "S600401",
        "昭600401",
        "昭和600401",
        "昭和 600401生",
        "㍼600401",
        "西暦19850401",
        "19850401生",
        "昭和60(1985)年4月1日",
        "昭和60年(1985年)4月1日",
        "昭和60年（西暦1985年）4月1日生まれ",
        "1985(昭和60)年4月1日",
        "1985年(昭和60年)4月1日",
        "1985年（S60）4月1日（月）",
        "昭和60年4月1日(1985年4月1日)",
        "昭和60年4月1日（1985）",
        "1985/4/1(S60.4.1)",
        "1985年4月1日(月)",
        "1985年4月1日（月曜日）生",
        "1985年4月1日 月曜日",
        "1985年4月1日㈪",
        "1985年4月1日[月・祝]",
        "1985-04-01 (Mon)",
        "昭和60年4月1日生（41歳）",
        "昭和60年4月1日生(満41才)",
        "1985年4\u{2F49}1\u{2F47}",
        "昭和60年4\u{2F49}1\u{2F47}\u{2F63}",
        "１９８５年㋃㏠",
        "昭和六十年四月一日",
        "昭和六〇年四月一日生",
        "一九八五年四月一日",
        "生年月日：昭和60年4月1日",
        "1985⁻4⁻1",
        "1985。4。1",
        "1985、4、1",
        "1985-\u{200B}4-1\u{FEFF}",
    ] {
        good(typed, "1985-04-01");
    }
    good("平成元年1月8日", "1989-01-08");
    good("H1.1.8", "1989-01-08");
    good("令和元年5月1日", "2019-05-01");
    good("令6.1.1", "2024-01-01");
    good("平31.4.30", "2019-04-30");
    good("大15.12.25", "1926-12-25");
    good("明45.7.30", "1912-07-30");
    good("H010108", "1989-01-08");
    good("平成元(1989)年1月8日", "1989-01-08");
    good("1926(大正15)年12月25日", "1926-12-25");
    good("1926(昭和元)年12月25日", "1926-12-25");
    good("平成三十一年四月三十日", "2019-04-30");
    good("平成十年十月二十日", "1998-10-20");
    good("2000-02-29", "2000-02-29");
}

#[test]
fn article_4_1_2_an_era_date_lies_inside_its_era() {
    good("昭和64年1月7日", "1989-01-07");
    bad("昭和64年1月8日", "平成元年1月8日");
    bad("平成元年1月7日", "昭和64年1月7日");
    good("平成31年4月30日", "2019-04-30");
    bad("平成31年5月1日", "令和元年5月1日");
    good("大正15年12月25日", "1926-12-25");
    good("昭和元年12月25日", "1926-12-25");
    bad("大正15年12月26日", "昭和元年12月26日");
    bad("昭和元年12月24日", "大正15年12月24日");
}

#[test]
fn article_4_1_2_years_in_two_calendars_agree() {
    for typed in [
        "昭和60(1984)年4月1日",
        "1985(昭和61)年4月1日",
        "1985年(平成60年)4月1日",
        "昭和60年4月1日(1985年4月2日)",
        "1989(昭和64)年1月8日",
        "1985年(60年)4月1日",
    ] {
        bad(typed, "合っていません");
    }
    bad("昭和1985年4月1日", "昭和60年4月1日");
    bad("昭和19850年4月1日", "読み取れません");
}

#[test]
fn article_4_1_2_the_earliest_day_is_the_first_of_taisho() {
    good("大正元年7月30日", "1912-07-30");
    good("明治45年7月30日", "1912-07-30");
    bad("1912-07-29", "1912年");
    bad("明治40年1月1日", "1912年");
}

#[test]
fn article_4_1_2_a_day_must_exist_and_not_lie_ahead() {
    good("2026-11-24", "2026-11-24");
    bad("2026-11-25", "未来");
    for typed in ["1985-02-30", "2001-02-29", "1985-13-01", "1985-00-10", "昭和0年1月1日", "19850230"] {
        bad(typed, "存在しない");
    }
    for typed in [
        "abc",
        "1985",
        "4月1日",
        "昭和60年",
        "1985-4",
        "1985-4-1-2",
        "昭昭60年4月1日",
        "1985-04-001",
        "-1-1-1",
        "H1",
        "平成元年",
        // Nobody knows which digits belong together.
        "S60041",
        "S6041",
        "S6004011",
        "600401",
        "850401",
        "1985 0401",
        "S60 0401",
        "1985 4 1 1",
        "1985/4/1 2",
        "昭和S60.4.1",
        "S昭60.4.1",
        "1985年4月1日4",
        "1985一4一1",
        "1985年四4月1日",
        "昭和六十十年四月一日",
        "昭和六百年四月一日",
        "1985年4月1日(",
        "1985年4月1日(花)",
        "1985(月)年4月1日",
        "1985年4月1日木",
        "1985年4月1日(1985年4月1日(1985))",
        "生",
        "(1985年4月1日)",
        "Sep 1 1985",
        "1985 Apr 1",
    ] {
        assert_eq!(read(typed).unwrap_err().code, Code::BirthDateInvalid, "{typed}");
    }
    bad("85-4-1", "4けた");
    bad("", "生年月日");
}

#[test]
fn working_age_begins_on_the_1_april_after_reaching_15() {
    let asks = |born: &str, first: &str| {
        let (_, findings) = BirthDate::parse(day("2026-03-20"), day(first), born).unwrap();
        findings.iter().any(|it| it.code == Code::BirthDateWorkingAge)
    };
    assert!(asks("2011-04-01", "2026-03-31"));
    assert!(!asks("2011-04-01", "2026-04-01"));
    assert!(asks("2011-04-02", "2026-04-01"));
    assert!(asks("2011-04-02", "2027-03-31"));
    assert!(!asks("2011-04-02", "2027-04-01"));
    assert!(!asks("2008-02-29", "2026-03-31"));
}

#[test]
fn only_ages_over_90_are_asked_about() {
    let asks = |born: &str| read(born).unwrap().1.iter().any(|it| it.code == Code::BirthDateOver90);
    assert!(!asks("1936-11-24"));
    assert!(!asks("1935-11-25"));
    assert!(asks("1935-11-24"));
}

#[test]
fn the_echo_names_both_calendars() {
    assert_eq!(in_both_calendars(day("1985-04-01")), "1985年(昭和60年)4月1日");
    assert_eq!(in_both_calendars(day("1989-01-08")), "1989年(平成元年)1月8日");
    assert_eq!(in_both_calendars(day("1926-12-25")), "1926年(昭和元年)12月25日");
}

#[test]
fn fields_are_joined_and_a_pasted_line_counts_by_itself() {
    assert_eq!(line_from_fields(Era::Showa, "60", "4", "1"), "昭和60年4月1日");
    assert_eq!(line_from_fields(Era::Western, " 1985", "4", "1"), "1985年4月1日");
    assert_eq!(line_from_fields(Era::Western, "1985/4/1", "", ""), "1985/4/1");
    assert_eq!(line_from_fields(Era::Showa, "H1.1.8", "", ""), "H1.1.8");
    assert_eq!(line_from_fields(Era::Showa, "60.4.1", "", ""), "昭和60.4.1");
    assert_eq!(line_from_fields(Era::Showa, "", "", ""), "");
    for (era, year, month, day) in [
        (Era::Western, "Ｈ１", "1", "8"),
        (Era::Western, "平成元年", "1月", "8日"),
        (Era::Heisei, "元", "１月", "８"),
        (Era::Heisei, "元年", " 1 ", "8日"),
        (Era::Heisei, "平1", "1", "8"),
        (Era::Showa, "H1", "1", "8"),
        (Era::Western, "1989年", "1", "8"),
        (Era::Heisei, "1989-01-08", "", ""),
        (Era::Heisei, "19890108", "", ""),
        (Era::Heisei, "010108", "", ""),
        (Era::Showa, "1989年1\u{2F49}8\u{2F47}", "", ""),
    ] {
        good(&line_from_fields(era, year, month, day), "1989-01-08");
    }
    // A Western year beside an era is asked about, never counted in it.
    bad(&line_from_fields(Era::Showa, "1985", "4", "1"), "昭和60年4月1日");
}

/// A day in every spelling, plain and dressed up; eras that the day belongs to.
fn spellings(date: NaiveDate) -> Vec<String> {
    let (y, m, d) = (date.year(), date.month(), date.day());
    let mut all = vec![
        date.to_string(),
        in_both_calendars(date),
        in_japanese_calendar(date),
        format!("{y}年{m}月{d}日"),
        format!("{y}/{m:02}/{d:02}"),
        format!("{y}.{m}.{d}"),
        format!("{y} {m} {d}"),
        format!("{y}{m:02}{d:02}"),
        format!("{y}年{m}\u{2F49}{d}\u{2F47}"),
        format!("{y}年{}{}", char::from_u32(0x32BF + m).unwrap(), char::from_u32(0x33DF + d).unwrap()),
    ];
    for era in Era::JAPANESE.into_iter().filter(|it| it.holds(date)) {
        let year = date.year() - era.offset();
        let latin = era.latin().chars().next().unwrap();
        let first = era.name().chars().next().unwrap();
        let square = char::from_u32([0, 0x337E, 0x337D, 0x337C, 0x337B, 0x32FF][era as usize]).unwrap();
        for mark in [
            era.name().to_owned(),
            latin.to_string(),
            latin.to_ascii_lowercase().to_string(),
            first.to_string(),
            square.to_string(),
        ] {
            let counted = if year == 1 { "元".to_owned() } else { year.to_string() };
            all.extend([
                format!("{mark}{year}.{m}.{d}"),
                format!("{mark}.{year}.{m}.{d}"),
                format!("{mark} {year} {m} {d}"),
                format!("{mark}{counted}年{m}月{d}日"),
                format!("{mark}{year:02}{m:02}{d:02}"),
                format!("{mark}{counted}({y})年{m}月{d}日"),
                format!("{y}({mark}{counted})年{m}月{d}日"),
            ]);
        }
    }
    all
}

proptest! {
    #[test]
    fn any_day_reads_the_same_in_every_spelling(
        offset in 0_u64..41_000, wide: bool,
        behind in prop::sample::select(vec!["", "生", "生まれ", " 生", "(月)", "（日）", "(土曜日)生", "　"]),
        before in "[ \u{3000}\u{200B}]{0,2}",
    ) {
        let date = day("1912-07-30") + chrono::Days::new(offset);
        for printed in spellings(date) {
            let widen = |it: char| if it.is_ascii_graphic() { char::from_u32(u32::from(it) + 0xFEE0).unwrap() } else { it };
            let printed: String = if wide { printed.chars().map(widen).collect() } else { printed };
            let typed = format!("{before}{printed}{behind}");
            let read = read(&typed).map_err(|it| TestCaseError::fail(format!("{typed}: {it:?}")))?;
            prop_assert_eq!(read.0.date(), date, "{}", typed);
        }
    }

    #[test]
    fn what_is_read_is_what_its_digits_say(typed in "[明大昭平令SHTR元]{0,1}[0-9 ./年月日(生-]{0,14}") {
        if let Ok((birth, _)) = read(&typed) {
            // Nothing but the digits of the date itself stands in the line, in the order year, month, day.
            let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
            let (m, d) = (birth.date().month().to_string(), birth.date().day().to_string());
            prop_assert!(digits.ends_with(&d), "{}", typed);
            prop_assert!(digits[..digits.len() - d.len()].trim_end_matches('0').ends_with(m.trim_end_matches('0')), "{}", typed);
        }
    }

    #[test]
    fn no_line_panics(typed in "\\PC{0,24}|[明治大正昭和平令元年月日HSTRM0-9./()（）一二十生 -]{0,24}") {
        let _ = read(&typed);
    }
}

#[test]
fn a_line_of_any_length_is_looked_through_once() {
    for part in ["(", "1985(", "生", "年", " ", "一", "S", "9", "\u{2F49}", ")(", "(月)"] {
        let long = part.repeat(400_000);
        for typed in [long.clone(), format!("1985年4月1日{long}"), format!("S{long}")] {
            assert_eq!(read(&typed).unwrap_err().code, Code::BirthDateInvalid);
        }
    }
}
