//! Origins of pages, as browsers write them: scheme, host in small letters, the port unless it is the scheme's own.

use axum::http::Uri;

/// The origin of a page in a sandbox that gives it none of its own.
pub(crate) const SANDBOX: &str = "null";

/// The origin of an address; `None` where it is no page's.
pub(crate) fn of(address: &Uri) -> Option<String> {
    let scheme = address.scheme_str().filter(|it| matches!(*it, "http" | "https"))?;
    let authority = address.authority()?;
    let host = authority.host().to_ascii_lowercase();
    // Names before the host are for people to be taken in by.
    if host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    let usual = if scheme == "http" { 80 } else { 443 };
    Some(match authority.port_u16() {
        Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_in_one_way() {
        for (address, origin) in [
            ("https://Precheck.Example.jp/", Some("https://precheck.example.jp")),
            ("https://precheck.example.jp:443/a?b", Some("https://precheck.example.jp")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://localhost:443", Some("http://localhost:443")),
            ("http://[::1]:80/", Some("http://[::1]")),
            ("https://a@b.example/", None),
            ("ftp://b.example/", None),
            ("/a", None),
            ("b.example", None),
        ] {
            assert_eq!(of(&address.parse().unwrap()).as_deref(), origin, "{address}");
        }
    }
}
