//! `Permissions-Policy`, and `Feature-Policy` before it: to whom a page lends camera and microphone.
//!
//! Not said, a page may use them itself and lend them to a frame that is allowed them (`allow=`). Said, a frame gets them only if the
//! page's own origin and the frame's are both named: looked at in Chromium.

use super::address::Address;

/// What a page says of one feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing, or nothing that a browser reads.
    Nothing,
    /// For everybody.
    Everybody,
    /// For these: `self`, origins.
    These(Vec<String>),
}

/// A header, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permissions {
    items: Vec<(String, Said)>,
}

impl Permissions {
    /// Reads `Permissions-Policy`; `None` where it breaks the grammar, so that browsers ignore all of it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut items: Vec<(String, Said)> = Vec::new();
        for item in split(text) {
            let (name, value) = item.split_once('=').unwrap_or((&item, ""));
            let name = name.trim();
            let is_name = !name.is_empty()
                && name
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_.*".contains(&it));
            if !is_name {
                return None;
            }
            let said = read_value(value.trim())?;
            // The last of a name counts.
            items.retain(|it| it.0 != name);
            items.push((name.to_owned(), said));
        }
        Some(Self { items })
    }

    /// Reads `Feature-Policy`: `camera 'self' https://…; microphone 'none'`.
    pub(crate) fn read_older(text: &str) -> Self {
        let mut items: Vec<(String, Said)> = Vec::new();
        for item in text.split([';', ',']) {
            let mut words = item.split_ascii_whitespace();
            let Some(name) = words.next() else { continue };
            let quoted = |it: &str| if it.contains("://") { format!("\"{it}\"") } else { it.to_owned() };
            let named: Vec<String> = words.map(|it| quoted(it.trim_matches('\''))).collect();
            let said = match named.as_slice() {
                [] => Said::These(vec!["self".to_owned()]),
                list if list.iter().any(|it| it == "*") => Said::Everybody,
                list => Said::These(list.iter().filter(|it| *it != "none").cloned().collect()),
            };
            if items.iter().all(|it| it.0 != name) {
                items.push((name.to_owned(), said));
            }
        }
        Self { items }
    }

    /// What it says of a feature.
    pub(crate) fn of(&self, feature: &str) -> Said {
        self.items.iter().find(|it| it.0 == feature).map_or(Said::Nothing, |it| it.1.clone())
    }

    /// The same with a feature lent to a server's frame, or used by the page itself.
    #[must_use]
    pub(crate) fn lent(&self, features: &[&str], server: Option<&Address>) -> Self {
        let mut lent = self.clone();
        for (_, said) in lent.items.iter_mut().filter(|it| features.contains(&it.0.as_str())) {
            let Said::These(named) = said else { continue };
            // What is no origin was a slip of the pen, and is what is written anew here.
            named.retain(|it| it != "self" && it.contains("://") && it.contains('"'));
            let mut list = vec!["self".to_owned()];
            list.append(named);
            if let Some(server) = server.map(|it| format!("\"{}\"", it.origin()))
                && !list.contains(&server)
            {
                list.push(server);
            }
            *said = Said::These(list);
        }
        lent
    }
}

impl Said {
    /// Whether the page may use it itself and, where there is a server, lend it to that one's frame.
    pub(crate) fn lends(&self, host: Option<&Address>, server: Option<&Address>) -> bool {
        match self {
            Self::Nothing | Self::Everybody => true,
            Self::These(named) => {
                let fits = |it: &Address| named.iter().any(|name| names(name, it));
                let itself = named.iter().any(|it| it == "self") || host.is_some_and(fits);
                itself && server.is_none_or(fits)
            }
        }
    }
}

/// `"https://precheck.example.jp"`, `"https://*.example.jp"`; without its quotes it is a word that means nobody.
fn names(name: &str, wanted: &Address) -> bool {
    let Some(origin) = name.strip_prefix('"').and_then(|it| it.strip_suffix('"')) else { return false };
    if let Some((scheme, below)) = origin.split_once("://*.") {
        let below = below.trim_end_matches('/');
        return scheme == wanted.scheme
            && wanted.host.strip_suffix(below).is_some_and(|it| it.ends_with('.'));
    }
    Address::of_page(origin).is_some_and(|it| it.origin() == wanted.origin())
}

impl std::fmt::Display for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, said)) in self.items.iter().enumerate() {
            let gap = if at == 0 { "" } else { ", " };
            match said {
                Said::Nothing => write!(f, "{gap}{name}")?,
                Said::Everybody => write!(f, "{gap}{name}=*")?,
                Said::These(named) => write!(f, "{gap}{name}=({})", named.join(" "))?,
            }
        }
        Ok(())
    }
}

fn read_value(value: &str) -> Option<Said> {
    // Parameters such as `;report-to=…` say nothing of who.
    let value = match value.rfind(')') {
        Some(end) => &value[..=end],
        None => value.split(';').next().unwrap_or_default(),
    };
    if value.is_empty() {
        return Some(Said::Nothing);
    }
    let inside = match value.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')')?,
        None if value.contains(char::is_whitespace) => return None,
        None => value,
    };
    let named: Vec<String> = inside.split_ascii_whitespace().map(str::to_owned).collect();
    // A single quote begins nothing in this grammar.
    if named.iter().any(|it| it.starts_with('\'') || it.matches('"').count() == 1) {
        return None;
    }
    Some(if named.iter().any(|it| it == "*") { Said::Everybody } else { Said::These(named) })
}

/// At the commas that stand in no brackets and no quotes.
fn split(text: &str) -> Vec<String> {
    let (mut items, mut item, mut depth, mut quoted) = (Vec::new(), String::new(), 0_u32, false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter == ',' && depth == 0 && !quoted {
            items.push(std::mem::take(&mut item));
        } else {
            item.push(letter);
        }
    }
    items.push(item);
    items.into_iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Address {
        Address::of_origin("https://precheck.example.jp").unwrap()
    }

    fn host() -> Address {
        Address::of_origin("https://www.city.example.jp").unwrap()
    }

    #[test]
    fn a_frame_gets_the_camera_where_page_and_server_are_both_named() {
        for (header, lent, own) in [
            ("", true, true),
            ("geolocation=()", true, true),
            ("camera=*", true, true),
            ("camera=()", false, false),
            ("camera=(self)", false, true),
            ("camera=self", false, true),
            ("camera=(self \"https://precheck.example.jp\")", true, true),
            ("camera=(self \"https://precheck.example.jp/\")", true, true),
            ("camera=(\"https://precheck.example.jp\")", false, false),
            ("camera=(\"https://www.city.example.jp\" \"https://precheck.example.jp\")", true, true),
            ("camera=(self https://precheck.example.jp)", false, true),
            ("camera=(self \"https://*.example.jp\")", true, true),
            ("camera=(self \"https://*.precheck.example.jp\")", false, true),
            ("camera=(self \"http://precheck.example.jp\")", false, true),
            ("camera=(*)", true, true),
            ("camera=(), camera=*", true, true),
            ("camera=();report-to=\"a\"", false, false),
        ] {
            let said = Permissions::read(header).unwrap().of("camera");
            assert_eq!(said.lends(Some(&host()), Some(&server())), lent, "{header}");
            assert_eq!(said.lends(Some(&host()), None), own, "{header}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_ignored_as_a_whole() {
        for header in ["camera 'none'", "camera='none'", "Camera=()", "camera=(self", "camera=(\"https://a)"]
        {
            assert_eq!(Permissions::read(header), None, "{header}");
        }
    }

    #[test]
    fn the_older_header_is_read_too() {
        for (header, lent) in [
            ("camera 'none'", false),
            ("camera 'self'", false),
            ("camera *", true),
            ("camera 'self' https://precheck.example.jp", true),
            ("microphone 'none'", true),
        ] {
            let said = Permissions::read_older(header).of("camera");
            assert_eq!(said.lends(Some(&host()), Some(&server())), lent, "{header}");
        }
    }

    #[test]
    fn a_correction_lends_to_the_server_and_leaves_the_rest_as_it_is() {
        for (before, after) in [
            ("camera=()", "camera=(self \"https://precheck.example.jp\")"),
            (
                "geolocation=(), camera=(self \"https://a.example\"), fullscreen=*",
                "geolocation=(), camera=(self \"https://a.example\" \"https://precheck.example.jp\"), fullscreen=*",
            ),
            ("camera=(self https://precheck.example.jp)", "camera=(self \"https://precheck.example.jp\")"),
        ] {
            let corrected = Permissions::read(before).unwrap().lent(&["camera"], Some(&server()));
            assert_eq!(corrected.to_string(), after);
            assert!(corrected.of("camera").lends(None, Some(&server())), "{before}");
        }
    }
}
