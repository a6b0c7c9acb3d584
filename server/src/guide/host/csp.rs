//! One Content-Security-Policy: its directives, which of them counts for what, and whether its sources allow an address.
//!
//! As Content Security Policy Level 3 has it, for the parts that embedding the element meets.

use super::address::Address;

/// The directives of a policy in order; of two with one name the first counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    directives: Vec<Directive>,
}

/// A name in small letters, and its sources as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) name: String,
    pub(crate) sources: Vec<String>,
}

/// Scripts that the page's own markup names.
pub(crate) const SCRIPTS: &[&str] = &["script-src-elem", "script-src", "default-src"];
/// Compiling WebAssembly.
pub(crate) const COMPILING: &[&str] = &["script-src", "default-src"];
/// Frames.
pub(crate) const FRAMES: &[&str] = &["frame-src", "child-src", "default-src"];
/// What a script fetches.
pub(crate) const FETCHES: &[&str] = &["connect-src", "default-src"];
/// Style sheets that a `<link>` names.
pub(crate) const SHEETS: &[&str] = &["style-src-elem", "style-src", "default-src"];

impl Policy {
    /// Reads a policy; `None` where it has no directive.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut directives: Vec<Directive> = Vec::new();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace().map(str::to_owned);
            let Some(name) = words.next() else { continue };
            let name = name.to_ascii_lowercase();
            if directives.iter().all(|it| it.name != name) {
                directives.push(Directive { name, sources: words.collect() });
            }
        }
        (!directives.is_empty()).then_some(Self { directives })
    }

    /// The directive of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|it| it.name == name)
    }

    /// The first of these names that the policy has: what counts for a kind of request.
    pub(crate) fn effective(&self, names: &[&str]) -> Option<&Directive> {
        names.iter().find_map(|it| self.named(it))
    }

    /// Without a directive: those that a `<meta>` cannot set.
    pub(crate) fn without(mut self, names: &[&str]) -> Option<Self> {
        self.directives.retain(|it| !names.contains(&it.name.as_str()));
        (!self.directives.is_empty()).then_some(self)
    }

    /// Adds sources to the directive that counts. Where that is `default-src`, the more particular one is made out of it, so that
    /// nothing else is opened. Without any of them, nothing is forbidden and nothing is added.
    pub(crate) fn add(&mut self, names: &[&str], added: &[String]) {
        let Some(effective) = self.effective(names).cloned() else { return };
        let is_default = effective.name == "default-src";
        let mut sources = effective.sources;
        sources.retain(|it| !it.eq_ignore_ascii_case("'none'"));
        for source in added {
            if sources.iter().all(|it| it != source) {
                sources.push(source.clone());
            }
        }
        if is_default {
            // The broader of the particular ones: `script-src` rather than `script-src-elem`.
            let particular: Vec<_> = names.iter().filter(|it| !it.ends_with("-elem")).collect();
            let name = particular.first().map_or("default-src", |it| **it);
            self.directives.push(Directive { name: name.to_owned(), sources });
        } else if let Some(directive) = self.directives.iter_mut().find(|it| it.name == effective.name) {
            directive.sources = sources;
        }
    }

    /// Sets one directive's words.
    pub(crate) fn allow_in(&mut self, name: &str, added: &[&str]) {
        if let Some(directive) = self.directives.iter_mut().find(|it| it.name == name) {
            directive.sources.extend(added.iter().map(|it| (*it).to_owned()));
        }
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, directive) in self.directives.iter().enumerate() {
            let gap = if at == 0 { "" } else { "; " };
            write!(f, "{gap}{}", directive.name)?;
            directive.sources.iter().try_for_each(|it| write!(f, " {it}"))?;
        }
        Ok(())
    }
}

impl Directive {
    /// Whether a source such as `'strict-dynamic'` is among them.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.sources.iter().any(|it| it.eq_ignore_ascii_case(keyword))
    }

    /// Whether a page of the origin `own` may load the address.
    pub(crate) fn allows(&self, wanted: &Address, own: Option<&Address>) -> bool {
        self.sources.iter().any(|it| allows(it, wanted, own))
    }
}

/// One source. Without the page's own address, what depends on it is taken not to allow.
fn allows(source: &str, wanted: &Address, own: Option<&Address>) -> bool {
    let source = source.to_ascii_lowercase_but_path();
    if source == "*" {
        return true;
    }
    if source == "'self'" {
        return own.is_some_and(|own| is_self(own, wanted));
    }
    if source.starts_with('\'') {
        return false;
    }
    if let Some(scheme) = source.strip_suffix(':').filter(|it| is_scheme(it)) {
        return scheme_fits(scheme, &wanted.scheme);
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, source.as_str()),
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let scheme = scheme.or(own.map(|it| it.scheme.as_str()));
    scheme.is_none_or(|it| scheme_fits(it, &wanted.scheme))
        && host_fits(host, &wanted.host)
        && port_fits(port, wanted)
        && path_fits(path, &wanted.path)
}

fn is_self(own: &Address, wanted: &Address) -> bool {
    let is_upgraded =
        own.has_usual_port() && wanted.has_usual_port() && scheme_fits(&own.scheme, &wanted.scheme);
    own.host == wanted.host && ((own.scheme == wanted.scheme && own.port == wanted.port) || is_upgraded)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'))
}

/// `http` stands for `https` as well, never the other way round.
fn scheme_fits(source: &str, wanted: &str) -> bool {
    source == wanted || (source == "http" && wanted == "https")
}

/// `*.example.jp` stands for what is below it, not for itself.
fn host_fits(source: &str, wanted: &str) -> bool {
    match source.strip_prefix('*') {
        Some("") => true,
        Some(below) => below.starts_with('.') && wanted.len() > below.len() && wanted.ends_with(below),
        None => source == wanted,
    }
}

fn port_fits(source: Option<&str>, wanted: &Address) -> bool {
    match source {
        None => wanted.has_usual_port(),
        Some("*") => true,
        Some(port) => port.parse() == Ok(wanted.port),
    }
}

/// One that ends in a slash stands for what is below it, any other for itself; none for all.
fn path_fits(source: &str, wanted: &str) -> bool {
    match source {
        "" | "/" => true,
        folder if folder.ends_with('/') => wanted.starts_with(folder),
        file => wanted == file,
    }
}

trait Lowered {
    fn to_ascii_lowercase_but_path(&self) -> String;
}

impl Lowered for str {
    /// Scheme and host do not tell large from small, a path does.
    fn to_ascii_lowercase_but_path(&self) -> String {
        let after_scheme = self.find("://").map_or(0, |it| it + 3);
        let path = self[after_scheme..].find('/').map_or(self.len(), |it| after_scheme + it);
        [&self[..path].to_ascii_lowercase(), &self[path..]].concat()
    }
}

#[cfg(test)]
mod tests;
