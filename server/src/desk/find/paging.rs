//! Pages of a list.

use crate::desk::words::fill;
use crate::service::day::Page;

/// Where one is in a list.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::desk) struct Pages {
    pub(in crate::desk) number: u32,
    pub(in crate::desk) of: u32,
    pub(in crate::desk) before: Option<u32>,
    pub(in crate::desk) after: Option<u32>,
}

impl Pages {
    pub(in crate::desk) fn of(page: &Page) -> Self {
        let (number, of) = (page.number, page.pages());
        Self {
            number,
            of,
            before: (1 < number).then(|| number - 1),
            after: (number < of).then_some(number + 1),
        }
    }

    /// In words.
    pub(in crate::desk) fn words(self) -> String {
        fill("desk.pages.at", &[("number", &self.number.to_string()), ("of", &self.of.to_string())])
    }
}

/// The number of a page in an address; the first one where there is none.
pub(super) fn number(text: &str) -> u32 {
    text.parse().unwrap_or(1).max(1)
}
