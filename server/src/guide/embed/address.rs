//! Origins of the web: scheme, host, port.

use axum::http::Uri;

/// Where a page comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Reads what somebody pasted out of a browser: only what makes the origin is looked at, since a path may hold anything. `None`
    /// where that is no page's.
    pub(super) fn of_page(text: &str) -> Option<Self> {
        let text = text.trim();
        let start = text.find("://")? + 3;
        let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |it| start + it);
        let address: Uri = text[..end].parse().ok()?;
        Self::of_origin(&crate::origin::of(&address)?)
    }

    /// An origin as browsers write it.
    pub(super) fn of_origin(origin: &str) -> Option<Self> {
        let (scheme, rest) = origin.split_once("://")?;
        let usual = usual_port(scheme)?;
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, usual),
        };
        Some(Self { scheme: scheme.to_owned(), host: host.to_owned(), port })
    }

    /// The origin as browsers write it.
    pub(super) fn origin(&self) -> String {
        if usual_port(&self.scheme) == Some(self.port) {
            format!("{}://{}", self.scheme, self.host)
        } else {
            format!("{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_pasted_address_the_origin_is_read_and_the_rest_left_alone() {
        for (pasted, origin) in [
            ("https://www.city.example.jp/就職/ページ.html?a=b#c", Some("https://www.city.example.jp")),
            (" https://WWW.City.example.jp:443 ", Some("https://www.city.example.jp")),
            ("http://localhost:8080/", Some("http://localhost:8080")),
            ("https://[::1]:8443/", Some("https://[::1]:8443")),
            ("www.city.example.jp", None),
            ("https://", None),
            ("https://a@b.example/", None),
            ("https://小樽.example.jp/", None),
            ("javascript://www.example.jp/%0aalert(1)", None),
            ("file:///C:/index.html", None),
            ("", None),
        ] {
            assert_eq!(Address::of_page(pasted).map(|it| it.origin()).as_deref(), origin, "{pasted}");
        }
    }
}
