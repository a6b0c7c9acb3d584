//! Bar charts as SVG, drawn on the server: no script, no styles of their own, and nothing that only a colour tells. Sizes are
//! those of a telephone's screen, so that the words stay readable there; behind each chart stands its table.

use std::fmt::Write as _;

/// A bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    /// What it counts.
    pub(crate) label: String,
    /// How long it is.
    pub(crate) value: u32,
    /// The same in words; empty where nothing is known.
    pub(crate) words: String,
}

/// What a chart shows, for people who do not see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// Unique on the page.
    pub(crate) id: &'a str,
    /// Its name.
    pub(crate) title: &'a str,
    /// What is to be seen.
    pub(crate) words: &'a str,
}

const WIDTH: u32 = 340;

/// Height of a line with its bar below.
const LINE: u32 = 40;

/// Height of the columns.
const HIGH: u32 = 120;

/// Bars below each other, with label and value above each.
pub(crate) fn bars(about: About<'_>, bars: &[Bar]) -> String {
    let most = bars.iter().map(|it| it.value).max().unwrap_or(0).max(1);
    let height = LINE * u32::try_from(bars.len()).unwrap_or(0).max(1);
    let mut svg = begin(about, height);
    for (top, bar) in (0..).step_by(LINE as usize).zip(bars) {
        let (label, words) = (escaped(&bar.label), escaped(&bar.words));
        let _ = write!(
            svg,
            r#"<text x="0" y="{y}" font-size="14" fill="currentColor">{label}</text><text x="{WIDTH}" y="{y}" font-size="14" text-anchor="end" fill="currentColor">{words}</text>"#,
            y = top + 16,
        );
        let _ = write!(
            svg,
            r#"<path d="M0 {base}h{WIDTH}" stroke="currentColor" stroke-width="1"/>"#,
            base = top + 34,
        );
        bar_of(&mut svg, [0, top + 22, part(bar.value, most, WIDTH), 12], bar.value);
    }
    svg.push_str("</svg>");
    svg
}

/// Columns beside each other, for a row of weeks; the labels of the first, the middle and the last one.
pub(crate) fn columns(about: About<'_>, bars: &[Bar]) -> String {
    let count = u32::try_from(bars.len()).unwrap_or(0).max(1);
    let most = bars.iter().map(|it| it.value).max().unwrap_or(0);
    let (top, base) = (20, 20 + HIGH);
    let mut svg = begin(about, base + 24);
    let _ = write!(
        svg,
        r#"<text x="0" y="14" font-size="12" fill="currentColor">{most}</text><path d="M0 {top}h{WIDTH}M0 {base}h{WIDTH}" stroke="currentColor" stroke-width="1" fill="none"/>"#,
    );
    for (at, bar) in (0..).zip(bars) {
        let (left, right) = (at * WIDTH / count, (at + 1) * WIDTH / count);
        let tall = part(bar.value, most.max(1), HIGH);
        let gap = if right - left < 8 { 1 } else { 4 };
        bar_of(&mut svg, [left + gap / 2, base - tall, right - left - gap, tall], bar.value);
        let place = match at {
            0 => Some((0, "start")),
            _ if at + 1 == count => Some((WIDTH, "end")),
            _ if at == count / 2 && 4 < count => Some((u32::midpoint(left, right), "middle")),
            _ => None,
        };
        if let Some((x, anchor)) = place {
            let _ = write!(
                svg,
                r#"<text x="{x}" y="{y}" font-size="12" text-anchor="{anchor}" fill="currentColor">{label}</text>"#,
                y = base + 16,
                label = escaped(&bar.label),
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn begin(about: About<'_>, height: u32) -> String {
    let (id, title, words) = (about.id, escaped(about.title), escaped(about.words));
    format!(
        r#"<svg class="d-chart" role="img" aria-labelledby="{id}-title {id}-words" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"><title id="{id}-title">{title}</title><desc id="{id}-words">{words}</desc>"#
    )
}

/// Left, top, width, height. Somebody is never drawn as nobody.
fn bar_of(svg: &mut String, [x, y, width, height]: [u32; 4], value: u32) {
    if 0 < value {
        let _ = write!(
            svg,
            r#"<rect class="d-chart__bar" x="{x}" y="{y}" width="{width}" height="{height}" fill="currentColor"/>"#
        );
    }
}

/// The part of a length, at least one.
fn part(value: u32, most: u32, length: u32) -> u32 {
    let part = u64::from(value) * u64::from(length) / u64::from(most);
    u32::try_from(part).unwrap_or(length).max(u32::from(0 < value))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About { id: "x", title: "<b>", words: "a & b" };

    fn bar(value: u32) -> Bar {
        Bar { label: format!("</svg><script>{value}"), value, words: "\"1\"".to_owned() }
    }

    /// The widths and heights of the bars that were drawn.
    fn sizes(svg: &str) -> Vec<(u32, u32)> {
        let number = |bar: &str, name: &str| {
            bar.split_once(name).unwrap().1.split('"').next().unwrap().parse().unwrap()
        };
        let drawn = svg.split("<rect").skip(1);
        drawn.map(|it| (number(it, " width=\""), number(it, " height=\""))).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_share_and_nobody_has_none() {
        let all: Vec<_> = [0, 1, 500, 1000].map(bar).into();
        assert_eq!(sizes(&bars(ABOUT, &all)), [(1, 12), (170, 12), (340, 12)]);
        assert_eq!(sizes(&columns(ABOUT, &all)), [(81, 1), (81, 60), (81, 120)]);
        assert!(sizes(&bars(ABOUT, &[bar(0)])).is_empty());
        assert!(sizes(&columns(ABOUT, &[])).is_empty());
        assert_eq!(sizes(&columns(ABOUT, &[bar(u32::MAX)])), [(336, 120)]);
    }

    #[test]
    fn fifty_two_weeks_fit_and_every_chart_has_a_name() {
        let all: Vec<_> = (1..=52).map(bar).collect();
        let svg = columns(ABOUT, &all);
        assert_eq!(sizes(&svg).len(), 52);
        assert!(sizes(&svg).iter().all(|it| 4 < it.0));
        assert!(svg.contains(r#"role="img" aria-labelledby="x-title x-words""#));
    }

    #[test]
    fn hostile_words_stay_words() {
        for svg in [bars(ABOUT, &[bar(1), bar(2)]), columns(ABOUT, &[bar(1), bar(2)])] {
            assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
            assert!(svg.contains("&lt;b&gt;") && svg.contains("a &amp; b"), "{svg}");
        }
    }
}
