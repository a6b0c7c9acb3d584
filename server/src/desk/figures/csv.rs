//! A table as a file that Excel opens as it is meant: UTF-8 with a byte-order mark, lines that end in CR LF, every field in
//! quotes, and none that is taken for a formula.

use super::{column, label};
use crate::desk::words::t;
use crate::service::figures::Table;

/// The file of a table, of which `told` may leave the office.
pub(super) fn of(table: &Table, told: &[Vec<Option<u32>>]) -> String {
    let mut file = "\u{FEFF}".to_owned();
    let head = std::iter::once(t("desk.figures.line").to_owned());
    line(&mut file, head.chain(table.columns.iter().map(|it| column(table, *it))));
    for (of, counts) in table.lines.iter().zip(told) {
        let cell = |it: &Option<u32>| match it {
            _ if of.erased => t("desk.figures.erased").to_owned(),
            Some(count) => count.to_string(),
            None => t("desk.figures.suppressed").to_owned(),
        };
        line(&mut file, std::iter::once(label(table, &of.label)).chain(counts.iter().map(cell)));
    }
    file
}

fn line(file: &mut String, fields: impl Iterator<Item = String>) {
    let fields: Vec<_> = fields.map(|it| field(&it)).collect();
    file.push_str(&fields.join(","));
    file.push_str("\r\n");
}

/// What begins like a formula gets a mark before it that shows it as text.
fn field(text: &str) -> String {
    let begins = text.trim_start_matches(|it: char| it.is_whitespace() || it.is_control()).chars().next();
    let is_formula = text.starts_with(['\t', '\r', '\n'])
        || matches!(begins, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_and_never_a_formula() {
        for (text, expected) in [
            ("小樽", "\"小樽\""),
            ("a\"b,c\r\nd", "\"a\"\"b,c\r\nd\""),
            ("=HYPERLINK(\"http://evil.example\")", "\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            (" =1", "\"' =1\""),
            ("\t1", "\"'\t1\""),
            ("\u{0}=1", "\"'\u{0}=1\""),
            ("＝1", "\"'＝1\""),
            ("1-2", "\"1-2\""),
            ("", "\"\""),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
