//! The words on the screens. Tests name them by the keys that the widget has them under, so that a sentence may be put better
//! without a test to change; what is no key stands for itself, as dates and typed text do.

use precheck_shared::texts::{self, Texts, carried};
use precheck_shared::time::parse_instant;

use crate::page::Page;

impl Page {
    /// The words at a key, in the language of the page.
    pub(crate) fn word(&self, key: &str) -> String {
        self.texts().get(key).to_owned()
    }

    /// The words at a key with `{name}` filled in.
    pub(crate) fn filled(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.texts().fill(key, values)
    }

    /// A day and a time of day, as the page shows it.
    pub(crate) fn date_time(&self, rfc3339: &str) -> String {
        parse_instant(rfc3339).map_or_else(|| rfc3339.to_owned(), |it| self.texts().date_time(it))
    }

    /// Names the language that the page is in from now on.
    pub(crate) fn is_now_in(&self, language: &'static str) {
        self.language.set(language);
    }

    /// The words at a key of the staff's pages.
    pub(crate) fn desk_word(key: &str) -> String {
        texts::desk().get(key).to_owned()
    }

    fn texts(&self) -> &'static Texts {
        let language = self.language.get();
        carried().iter().find(|it| it.language() == language).unwrap_or(&carried()[0])
    }
}
