//! Differences between two versions of the terms, article by article (article 11).
//!
//! Articles are paired by their number; within an article the lines are compared as a longest common subsequence,
//! so that an inserted paragraph does not make all after it look changed.

use super::Terms;
use crate::clause::Place;

/// What a revision changes in one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleChange<P> {
    /// The article.
    pub place: P,
    /// The lines as they stood, in order, where they are no longer so.
    pub removed: Vec<String>,
    /// The lines that are new, in order.
    pub added: Vec<String>,
}

/// Everything that differs from `old` to `new`; unchanged articles are left out.
pub fn changes(old: &Terms, new: &Terms) -> Vec<ArticleChange<Place>> {
    let lines = |terms: &Terms| -> Vec<(Place, String)> {
        let words = terms.lines.iter().map(|it| (it.clause.place, it.words().to_owned()));
        words.filter(|it| !it.1.is_empty()).collect()
    };
    changed_lines(&lines(old), &lines(new))
}

/// The same for lines that name their article in any way, in the order in which the new version has the articles;
/// those that are gone come last.
pub fn changed_lines<P: PartialEq + Clone>(
    old: &[(P, String)],
    new: &[(P, String)],
) -> Vec<ArticleChange<P>> {
    let mut places: Vec<&P> = Vec::new();
    for (place, _) in new.iter().chain(old) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let words = |lines: &[(P, String)], at: &P| -> Vec<String> {
        lines.iter().filter(|it| it.0 == *at).map(|it| it.1.clone()).collect()
    };
    let changed = |place: &P| {
        let (removed, added) = difference(&words(old, place), &words(new, place));
        let differs = !removed.is_empty() || !added.is_empty();
        differs.then(|| ArticleChange { place: place.clone(), removed, added })
    };
    places.into_iter().filter_map(changed).collect()
}

/// The lines that only the one and only the other has.
fn difference(old: &[String], new: &[String]) -> (Vec<String>, Vec<String>) {
    // common[i][j]: length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i][j + 1] <= common[i + 1][j]) {
            removed.push(old[i].clone());
            i += 1;
        } else {
            added.push(new[j].clone());
            j += 1;
        }
    }
    (removed, added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::otaru;
    use crate::time::parse_date;

    fn versions(revise: impl Fn(&str) -> String) -> Vec<ArticleChange<Place>> {
        let (file, text) = otaru::TERMS;
        let old = Terms::from_file("otaru", file, text).unwrap();
        let new = Terms::parse("otaru", parse_date("2027-04-01").unwrap(), &revise(text));
        changes(&old, &new)
    }

    #[test]
    fn article_11_the_same_text_changes_nothing() {
        assert_eq!(versions(str::to_owned), Vec::new());
    }

    #[test]
    fn article_11_a_changed_number_is_one_line_out_and_one_in() {
        let found = versions(|text| text.replace("1回当たり30分", "1回当たり45分"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, Place::Article(4));
        assert!(found[0].removed.len() == 1 && found[0].removed[0].contains("30分"));
        assert!(found[0].added.len() == 1 && found[0].added[0].contains("45分"));
    }

    #[test]
    fn article_11_an_inserted_and_a_dropped_paragraph_leave_their_neighbours_alone() {
        let inserted = versions(|text| {
            text.replace(
                "- （2）オンライン職業相談の録画",
                "- （2）新しい項\n- （2）オンライン職業相談の録画",
            )
        });
        assert_eq!(inserted.len(), 1);
        assert_eq!(
            (inserted[0].removed.len(), inserted[0].added.as_slice()),
            (0, &["（2）新しい項".to_owned()][..])
        );
        let dropped = versions(|text| {
            text.replace("第9条（法令等の遵守）", "").replace("利用者は、オンライン職業相談の利用にあたって、本規約に加え、関連する法律、政令、省令、条例、規則及び命令等を遵守するものとします。", "")
        });
        assert_eq!(dropped.iter().map(|it| it.place).collect::<Vec<_>>(), vec![Place::Article(9)]);
    }
}
