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

/// What a browser sends for a page at an address as people write it; `None` where that is no address of a page. A path says
/// nothing of an origin, and names before the host are for people to be taken in by.
pub(crate) fn as_sent(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = ["http", "https"].into_iter().find(|it| scheme.eq_ignore_ascii_case(it))?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    let host = host_as_sent(&host.to_ascii_lowercase())?;
    let usual = if scheme == "http" { 80 } else { 443 };
    let digits = port.bytes().all(|it| it.is_ascii_digit());
    match port.parse::<u16>() {
        _ if port.is_empty() => Some(format!("{scheme}://{host}")),
        Ok(port) if digits && port == usual => Some(format!("{scheme}://{host}")),
        Ok(port) if digits => Some(format!("{scheme}://{host}:{port}")),
        _ => None,
    }
}

/// A name, or an address in the one form that browsers give it.
fn host_as_sent(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: std::net::Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        let in_hex = address.to_ipv4_mapped().map(|it| {
            let [a, b, c, d] = it.octets().map(u16::from);
            format!("[::ffff:{:x}:{:x}]", a << 8 | b, c << 8 | d)
        });
        return Some(in_hex.unwrap_or_else(|| format!("[{address}]")));
    }
    let plain = |it: &str| {
        it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'_'))
    };
    let labels = host.strip_suffix('.').unwrap_or(host);
    let holds = labels.split('.').all(|it| !it.is_empty() && plain(it));
    // What ends in a number is an address to a browser, and there is one way to send it.
    let last = labels.rsplit('.').next()?;
    let is_number = last.bytes().all(|it| it.is_ascii_digit()) || last.starts_with("0x");
    if is_number {
        return labels.parse::<std::net::Ipv4Addr>().ok().map(|it| it.to_string());
    }
    holds.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_as_people_write_it_is_told_as_browsers_send_it() {
        for (written, sent) in [
            ("https://www.example.jp", Some("https://www.example.jp")),
            ("HTTPS://WWW.Example.jp/soudan/", Some("https://www.example.jp")),
            ("https://www.example.jp/", Some("https://www.example.jp")),
            ("https://www.example.jp?a", Some("https://www.example.jp")),
            ("https://www.example.jp:443", Some("https://www.example.jp")),
            ("http://www.example.jp:80", Some("http://www.example.jp")),
            ("http://www.example.jp:443", Some("http://www.example.jp:443")),
            ("https://www.example.jp:08443", Some("https://www.example.jp:8443")),
            ("https://www.example.jp:", Some("https://www.example.jp")),
            ("https://[0:0:0:0:0:0:0:1]:8443", Some("https://[::1]:8443")),
            ("https://[::FFFF:192.0.2.1]", Some("https://[::ffff:c000:201]")),
            ("http://192.0.2.1:8080", Some("http://192.0.2.1:8080")),
            ("http://192.0.2", None),
            ("http://0x7f.1", None),
            ("https://me@www.example.jp", None),
            ("https://ハローワーク.jp", None),
            ("https://a..jp", None),
            ("https://*.example.jp", None),
            ("https://a.jp:x", None),
            ("https://a.jp:+80", None),
            ("https://a.jp:99999", None),
            ("https://", None),
            ("https://a b", None),
            ("a.jp", None),
            ("*", None),
            ("file:///a", None),
        ] {
            assert_eq!(as_sent(written).as_deref(), sent, "{written}");
        }
    }

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
