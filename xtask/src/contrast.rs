//! Whether the colours of `style/tokens.css` can be told apart, in each theme and on each surface: WCAG 2.2, 1.4.3 (words: 4.5:1) and
//! 1.4.11 (what shows where a field or a state is, and the focus: 3:1). axe sees what is on a screen; this sees what may come onto it.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

/// What stands behind words and lines.
const SURFACES: [&str; 6] = ["surface", "surface-soft", "key-soft", "danger-soft", "good-soft", "warn-soft"];
/// Colours of words.
const WORDS: [&str; 7] = ["text", "text-soft", "key", "key-dark", "danger", "good", "warn"];
/// Colours of lines that say something: borders of fields, kinds of notices, the focus.
const LINES: [&str; 7] = ["border", "key", "danger-line", "good", "warn", "focus", "text"];
/// Words on a button that is filled, and on one with the pointer over it.
const FILLED: [&str; 2] = ["key", "key-dark"];

type Theme = BTreeMap<&'static str, &'static str>;

/// The tokens of every block that sets colours, in the order of the file: light, dark by the device, dark by wish.
fn themes() -> Vec<Theme> {
    let mut themes: Vec<Theme> = Vec::new();
    for line in TOKENS.lines().map(str::trim) {
        if line.starts_with("--oc-scheme:") {
            themes.push(Theme::new());
        }
        let token = line.strip_prefix("--oc-").and_then(|it| it.strip_suffix(';'));
        if let (Some((name, value)), Some(theme)) =
            (token.and_then(|it| it.split_once(": ")), themes.last_mut())
            && !value.starts_with("var(")
        {
            theme.insert(name, value);
        }
    }
    themes
}

/// WCAG's relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126f64.mul_add(part(1), 0.7152f64.mul_add(part(3), 0.0722 * part(5)))
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Pairs that are closer to each other than they may be.
fn too_close(theme: &Theme, least: f64, front: &[&str], behind: &[&str]) -> Vec<String> {
    let pairs = front.iter().flat_map(|front| behind.iter().map(move |behind| (*front, *behind)));
    pairs
        .map(|(front, behind)| (front, behind, contrast(theme[front], theme[behind])))
        .filter(|(_, _, found)| *found < least)
        .map(|(front, behind, found)| {
            format!("{} theme: {front} on {behind}: {found:.2}, not {least}", theme["scheme"])
        })
        .collect()
}

#[test]
fn contrast_of_1_4_3_and_1_4_11_holds_on_every_surface_of_every_theme() {
    let themes = themes();
    assert_eq!(themes.iter().map(|it| it["scheme"]).collect::<Vec<_>>(), ["light", "dark", "dark"]);
    let mut found = Vec::new();
    for theme in &themes {
        found.extend(too_close(theme, 4.5, &WORDS, &SURFACES));
        found.extend(too_close(theme, 3.0, &LINES, &SURFACES));
        found.extend(too_close(theme, 4.5, &["surface"], &FILLED));
        // The ring lies between the outline and what has the focus.
        found.extend(too_close(theme, 3.0, &["focus"], &["focus-ring"]));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn dark_by_wish_is_dark_by_the_device_and_leaves_no_colour_light() {
    let [light, by_device, by_wish] = themes().try_into().unwrap();
    assert_eq!(by_device, by_wish);
    let same_in_both = ["paper", "ink"];
    let colours = light.iter().filter(|(_, value)| value.starts_with('#')).map(|it| *it.0);
    let forgotten: Vec<_> =
        colours.filter(|it| !same_in_both.contains(it) && !by_device.contains_key(it)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn raw_colours_stand_in_the_tokens_alone() {
    for (file, sheet) in [
        ("widget.css", include_str!("../../style/widget.css")),
        ("page.css", include_str!("../../style/page.css")),
        ("desk.css", include_str!("../../style/desk.css")),
        ("guide.css", include_str!("../../style/guide.css")),
        ("plain.css", include_str!("../../style/plain.css")),
    ] {
        let raw = sheet.lines().filter(|line| {
            line.match_indices('#').any(|(at, _)| {
                line[at + 1..].chars().take_while(char::is_ascii_hexdigit).count() >= 3
                    && line[..at].contains('{')
            })
        });
        assert_eq!(raw.collect::<Vec<_>>(), Vec::<&str>::new(), "{file}");
    }
}
