//! Plain Japanese has readings too where the rules write by themselves: in clauses and in dates of birth.

use chrono::NaiveDate;
use precheck_shared::clause::{Clause, PREAMBLE, SUPPLEMENT, article, item};
use precheck_shared::person::{Era, in_both_calendars};
use precheck_shared::texts::{Texts, carried, ruby};

fn easy() -> Texts {
    Texts::parse("ja-easy", "")
}

/// What has no reading above it.
fn bare(text: &str) -> String {
    let (mut bare, mut rest) = (String::new(), text);
    while let Some([before, _, _, behind]) = ruby::first_read(rest) {
        bare.push_str(before);
        rest = behind;
    }
    bare + rest
}

#[test]
fn every_clause_can_be_read() {
    let read = |clause: Clause| easy().read(clause.in_japanese(), None);
    assert_eq!(read(item(4, 1, 4)), ruby::annotated("第《だい》4条《じょう》(1)④"));
    for clause in [PREAMBLE, SUPPLEMENT, article(12), item(10, 1, 2)] {
        assert!(!bare(&read(clause)).contains(ruby::is_kanji), "{clause}");
        assert_eq!(ruby::plain(&read(clause)), clause.in_japanese());
    }
}

#[test]
fn every_date_of_birth_can_be_read_in_both_calendars() {
    let first = NaiveDate::from_ymd_opt(1985, 4, 1).unwrap();
    let words = easy().read(in_both_calendars(first), Some(first));
    let expected = "1985年《ねん》(昭和《しょうわ》60年《ねん》)4月《がつ》｜1日《ついたち》";
    assert_eq!(words, ruby::annotated(expected));
    for day in NaiveDate::from_ymd_opt(1912, 7, 30).unwrap().iter_days().step_by(97).take(430) {
        let words = easy().read(in_both_calendars(day), Some(day));
        assert!(!bare(&words).contains(ruby::is_kanji), "{words}");
        assert_eq!(ruby::plain(&words), in_both_calendars(day));
    }
    for era in Era::OFFERED.iter().filter(|it| **it != Era::Western) {
        let read = easy().read(era.name().to_owned(), None);
        assert!(ruby::first_read(&read).is_some_and(|it| it[1] == era.name()), "{era:?}");
    }
}

#[test]
fn other_languages_have_no_readings() {
    for texts in carried().iter().filter(|it| it.language() != "ja-easy") {
        assert_eq!(texts.read("第4条".to_owned(), None), "第4条");
    }
}
