//! Family of browser and system, for the list of sessions: what a browser says of itself is not kept.

/// `Firefox, Windows`; what is not known is left out, and nothing known is `-`.
pub(super) fn of(agent: &str) -> String {
    // The special ones first: they name the others as well.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |all: &[(&str, &'static str)]| all.iter().find(|it| agent.contains(it.0)).map(|it| it.1);
    let known: Vec<_> = [named(&browsers), named(&systems)].into_iter().flatten().collect();
    if known.is_empty() { "-".to_owned() } else { known.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn of_a_browser_its_family_and_system_are_kept_and_nothing_else() {
        for (agent, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
                "Edge, Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            ("<script>alert(1)</script>", "-"),
            ("", "-"),
        ] {
            assert_eq!(of(agent), device, "{agent}");
        }
    }
}
