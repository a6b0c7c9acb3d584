//! Names of the bundle's files that say which content they have: `begin-0123456789ab.js`, with its forms `….br` and `….gz`.
//!
//! `xtask/src/bundle.rs` makes them. Nothing else is taken as a name, so that no address leads out of the folder.

use std::fmt;

/// What a file of the bundle may be. Pages and lists of names are never kept.
const SUFFIXES: [&str; 8] = ["css", "js", "png", "svg", "txt", "wasm", "woff2", "words"];

/// Hexadecimal digits of the SHA-256 in a name.
const DIGITS: usize = 12;

const LONGEST: usize = 80;

/// `stem-HASH.suffix`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HashedName(String);

impl HashedName {
    /// Takes nothing but such a name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, suffix) = text.rsplit_once('.')?;
        let (stem, hash) = start.rsplit_once('-')?;
        let is_stem = !stem.is_empty()
            && !stem.starts_with('-')
            && stem.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
        let is_hash = hash.len() == DIGITS && hash.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        let fits = text.len() <= LONGEST && is_stem && is_hash && SUFFIXES.contains(&suffix);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as a whole.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the file is for, `begin`.
    pub(crate) fn stem(&self) -> &str {
        self.0.rsplit_once('-').map_or("", |it| it.0)
    }

    /// What the file is, `js`.
    pub(crate) fn suffix(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |it| it.1)
    }

    /// The digits that the content has to have.
    pub(crate) fn hash(&self) -> &str {
        self.0.rsplit_once('-').and_then(|it| it.1.split_once('.')).map_or("", |it| it.0)
    }

    /// The file that holds it in a form.
    pub(crate) fn file(&self, form: Form) -> String {
        [self.as_str(), form.ending()].concat()
    }

    /// Which file this is, and in which form.
    pub(crate) fn of_file(file: &str) -> Option<(Self, Form)> {
        let (name, form) = match file.rsplit_once('.') {
            Some((name, "br")) => (name, Form::Brotli),
            Some((name, "gz")) => (name, Form::Gzip),
            _ => (file, Form::Plain),
        };
        Some((Self::parse(name)?, form))
    }
}

impl fmt::Display for HashedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Form {
    /// Not at all.
    Plain,
    /// By brotli.
    Brotli,
    /// By gzip.
    Gzip,
}

impl Form {
    /// What `Content-Encoding` calls it.
    pub(crate) fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_into_what_it_says() {
        for (text, stem, hash, suffix) in [
            ("begin-0123456789ab.js", "begin", "0123456789ab", "js"),
            ("self-test-a0d0158ee502.js", "self-test", "a0d0158ee502", "js"),
            ("ja-easy-26954feb731b.words", "ja-easy", "26954feb731b", "words"),
            ("zh-Hans_1-26954feb731b.wasm", "zh-Hans_1", "26954feb731b", "wasm"),
        ] {
            let name = HashedName::parse(text).unwrap();
            assert_eq!((name.stem(), name.hash(), name.suffix()), (stem, hash, suffix));
            for form in [Form::Plain, Form::Brotli, Form::Gzip] {
                assert_eq!(HashedName::of_file(&name.file(form)), Some((name.clone(), form)));
            }
        }
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in [
            "",
            "precheck.js",
            "index.html",
            "index-0123456789ab.html",
            "names-0123456789ab.json",
            "begin-0123456789ab",
            "begin-0123456789ab.",
            "begin-0123456789ab.JS",
            "begin-0123456789ab.js.br",
            "begin-0123456789AB.js",
            "begin-0123456789a.js",
            "begin-0123456789abc.js",
            "begin-0123456789ag.js",
            "-0123456789ab.js",
            "--0123456789ab.js",
            "0123456789ab.js",
            ".-0123456789ab.js",
            "../begin-0123456789ab.js",
            "a/begin-0123456789ab.js",
            "a\\begin-0123456789ab.js",
            "a:begin-0123456789ab.js",
            "a.b-0123456789ab.js",
            "a b-0123456789ab.js",
            "a%2fb-0123456789ab.js",
            "\0-0123456789ab.js",
            "あ-0123456789ab.js",
            "begin-0123456789ab.js\n",
        ] {
            assert_eq!(HashedName::parse(text), None, "{text:?}");
        }
        assert_eq!(HashedName::parse(&format!("{}-0123456789ab.js", "a".repeat(65))), None);
        for file in ["begin-0123456789ab.js.br.br", "begin-0123456789ab.js.zst", "precheck.js.br"] {
            assert_eq!(HashedName::of_file(file), None, "{file}");
        }
    }
}
