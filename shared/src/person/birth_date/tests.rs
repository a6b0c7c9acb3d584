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
    ] {
        good(typed, "1985-04-01");
    }
    good("平成元年1月8日", "1989-01-08");
    good("H1.1.8", "1989-01-08");
    good("令和元年5月1日", "2019-05-01");
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
}

proptest! {
    #[test]
    fn what_was_printed_reads_as_the_same_day(offset in 0_u64..41_000) {
        let date = day("1912-07-30") + chrono::Days::new(offset);
        for printed in [date.to_string(), in_japanese_calendar(date), format!("{}年{}月{}日", date.year(), date.month(), date.day())] {
            prop_assert_eq!(read(&printed).unwrap().0.date(), date);
        }
    }

    #[test]
    fn no_line_panics(typed in "\\PC{0,24}|[明治大正昭和平令元年月日HSTRM0-9./-]{0,16}") {
        let _ = read(&typed);
    }
}
