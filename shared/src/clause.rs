//! Citation of a place in the terms of use, such as 「第4条(1)④」.
//!
//! Every rule, refusal and consent names the clause it stands on. Where the terms mark items with circled
//! digits or with bullets, both are counted from 1.

use std::fmt;

/// The large part of the terms that a clause lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The title and the sentences before article 1 (前文).
    Preamble,
    /// An article (条), 1 to 12 at Otaru.
    Article(u8),
    /// The supplementary provision with the effective date (附則).
    Supplement,
}

/// A citation: article, paragraph, item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clause {
    /// Article, preamble or supplement.
    pub place: Place,
    /// The number in brackets, `(1)`.
    pub paragraph: Option<u8>,
    /// The circled digit or the bullet below a paragraph.
    pub item: Option<u8>,
}

/// The sentences before article 1.
pub const PREAMBLE: Clause = Clause { place: Place::Preamble, paragraph: None, item: None };
/// The supplementary provision.
pub const SUPPLEMENT: Clause = Clause { place: Place::Supplement, paragraph: None, item: None };

/// A whole article, `article(3)`.
pub const fn article(number: u8) -> Clause {
    Clause { place: Place::Article(number), paragraph: None, item: None }
}

/// A paragraph of an article, `paragraph(4, 1)` for 4(1).
pub const fn paragraph(article: u8, paragraph: u8) -> Clause {
    Clause { place: Place::Article(article), paragraph: Some(paragraph), item: None }
}

/// An item of a paragraph, `item(4, 1, 4)` for 4(1)④.
pub const fn item(article: u8, paragraph: u8, item: u8) -> Clause {
    Clause { place: Place::Article(article), paragraph: Some(paragraph), item: Some(item) }
}

impl Clause {
    /// The article's number, if the clause lies in one.
    pub fn article_number(self) -> Option<u8> {
        match self.place {
            Place::Article(number) => Some(number),
            Place::Preamble | Place::Supplement => None,
        }
    }

    /// The form in Japanese sentences: 「第4条(1)④」, 「前文」, 「附則」.
    pub fn in_japanese(self) -> String {
        match self.place {
            Place::Preamble => "前文".to_owned(),
            Place::Supplement => "附則".to_owned(),
            Place::Article(number) => format!("第{number}条{}", self.below_article()),
        }
    }

    /// The anchor of the clause's article on a page, `article-4`.
    pub fn anchor(self) -> String {
        match self.place {
            Place::Preamble => "preamble".to_owned(),
            Place::Supplement => "supplement".to_owned(),
            Place::Article(number) => format!("article-{number}"),
        }
    }

    fn below_article(self) -> String {
        let paragraph = self.paragraph.map(|number| format!("({number})")).unwrap_or_default();
        let item = self.item.map(circled).map(String::from).unwrap_or_default();
        paragraph + &item
    }
}

/// `4(1)④`, `preamble`, `supplement`: the form on the wire.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Preamble => f.write_str("preamble"),
            Place::Supplement => f.write_str("supplement"),
            Place::Article(number) => write!(f, "{number}{}", self.below_article()),
        }
    }
}

/// ① to ⑳.
fn circled(number: u8) -> char {
    char::from_u32(0x2460 + u32::from(number.clamp(1, 20)) - 1).unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_reads_as_lawyers_cite_it() {
        assert_eq!(paragraph(4, 1).to_string(), "4(1)");
        assert_eq!(item(4, 1, 4).to_string(), "4(1)④");
        assert_eq!(item(4, 1, 4).in_japanese(), "第4条(1)④");
        assert_eq!(article(3).in_japanese(), "第3条");
        assert_eq!(PREAMBLE.to_string(), "preamble");
        assert_eq!(SUPPLEMENT.in_japanese(), "附則");
    }
}
