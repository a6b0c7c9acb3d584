//! The criteria and what was found for each: two tables of text, read once.

use std::sync::LazyLock;

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criterion {
    /// `1.4.3`.
    pub(super) number: &'static str,
    /// `A` or `AA`.
    pub(super) level: &'static str,
    /// As JIS X 8341-3:2016 calls it, without 「の達成基準」.
    pub(super) name: &'static str,
    /// `conforms`, `none`, `fails`.
    pub(super) result: &'static str,
    /// How it was looked at: `axe`, `walk`, `tree`, `test`, `eye`, `source`.
    pub(super) methods: Vec<&'static str>,
    /// What was found.
    pub(super) note: &'static str,
}

/// In the order in which they are explained.
pub(super) const METHODS: [&str; 6] = ["axe", "walk", "tree", "test", "eye", "source"];

/// The 38 criteria of level A and AA of JIS X 8341-3:2016, which are those of WCAG 2.0.
pub(super) static JIS: LazyLock<Vec<Criterion>> = LazyLock::new(|| read(include_str!("jis.txt")));
/// Those that WCAG 2.1 and 2.2 added.
pub(super) static LATER: LazyLock<Vec<Criterion>> = LazyLock::new(|| read(include_str!("wcag.txt")));

fn read(table: &'static str) -> Vec<Criterion> {
    table.lines().filter(|it| !it.starts_with('#')).filter_map(row).collect()
}

fn row(line: &'static str) -> Option<Criterion> {
    let mut cells = line.split(" | ").map(str::trim);
    Some(Criterion {
        number: cells.next()?,
        level: cells.next()?,
        name: cells.next()?,
        result: cells.next()?,
        methods: cells.next()?.split(' ').collect(),
        note: cells.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULTS: [&str; 3] = ["conforms", "none", "fails"];
    const A: &str = "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 \
        2.4.3 2.4.4 3.1.1 3.2.1 3.2.2 3.3.1 3.3.2 4.1.1 4.1.2";
    const AA: &str = "1.2.4 1.2.5 1.4.3 1.4.4 1.4.5 2.4.5 2.4.6 2.4.7 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4";
    const LATER_A: &str = "2.1.4 2.5.1 2.5.2 2.5.3 2.5.4 3.2.6 3.3.7";
    const LATER_AA: &str = "1.3.4 1.3.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.11 2.5.7 2.5.8 3.3.8 4.1.3";

    fn numbers(table: &[Criterion], level: &str) -> String {
        let of_level = table.iter().filter(|it| it.level == level).map(|it| it.number);
        of_level.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn there_are_exactly_the_38_criteria_of_the_standard_25_of_level_a_and_13_of_aa() {
        assert_eq!(JIS.len(), 38);
        assert_eq!(numbers(&JIS, "A"), A);
        assert_eq!(numbers(&JIS, "AA"), AA);
        assert_eq!((A.split(' ').count(), AA.split(' ').count()), (25, 13));
    }

    #[test]
    fn there_are_exactly_the_18_that_came_later() {
        assert_eq!(LATER.len(), 18);
        let sorted = |text: &str| {
            let mut numbers: Vec<_> = text.split(' ').map(str::to_owned).collect();
            numbers.sort();
            numbers
        };
        assert_eq!(sorted(&numbers(&LATER, "A")), sorted(LATER_A));
        assert_eq!(sorted(&numbers(&LATER, "AA")), sorted(LATER_AA));
    }

    #[test]
    fn every_criterion_has_a_name_a_result_a_way_in_which_it_was_looked_at_and_what_was_found() {
        for it in JIS.iter().chain(LATER.iter()) {
            assert!(!it.name.is_empty() && RESULTS.contains(&it.result), "{it:?}");
            assert!(!it.methods.is_empty() && it.methods.iter().all(|way| METHODS.contains(way)), "{it:?}");
            assert!(it.note.ends_with('。'), "{it:?}");
        }
        for (table, text) in [(&JIS, include_str!("jis.txt")), (&LATER, include_str!("wcag.txt"))] {
            assert_eq!(
                table.len(),
                text.lines().filter(|it| !it.starts_with('#')).count(),
                "a row is not read"
            );
        }
    }
}
