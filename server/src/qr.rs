//! QR codes as drawings: the receipt's link, for whoever prints it or takes it to another device.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use precheck_shared::api::QrView;

/// Light modules that readers need on every side.
const QUIET: usize = 4;

/// Draws a text at level M, which bears 15 % of damage; `None` where it is longer than any code.
pub(crate) fn draw(text: &str) -> Option<QrView> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        let line = code[row].chunk_by(|one, other| one.value() == other.value());
        let mut column = 0;
        for run in line {
            if run[0].value() {
                let (x, y, wide) = (column + QUIET, row + QUIET, run.len());
                // Writing to memory cannot fail.
                let _ = write!(path, "M{x} {y}h{wide}v1h-{wide}z");
            }
            column += run.len();
        }
    }
    Some(QrView { size: u32::try_from(code.size + 2 * QUIET).ok()?, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dark modules of a drawing, read as any reader of SVG would.
    fn dark(view: &QrView) -> Vec<(usize, usize)> {
        let mut dark = Vec::new();
        for piece in view.path.split_terminator('z') {
            let (start, rest) = piece.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (wide, back) = rest.split_once("v1h-").unwrap();
            assert_eq!(wide, back, "{piece} closes");
            let (x, y, wide): (usize, usize, usize) =
                (x.parse().unwrap(), y.parse().unwrap(), wide.parse().unwrap());
            dark.extend((x..x + wide).map(|x| (x, y)));
        }
        dark
    }

    fn read(view: &QrView) -> String {
        const SCALE: usize = 4;
        let (size, dark) = (view.size as usize, dark(view));
        let modules: std::collections::HashSet<_> = dark.into_iter().collect();
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(size * SCALE, size * SCALE, |x, y| {
            if modules.contains(&(x / SCALE, y / SCALE)) { 0 } else { 255 }
        });
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn another_reader_finds_in_the_drawing_what_was_drawn() {
        let link = "https://precheck.example.jp/#/receipt/7K3M9QXD2/0123456789ABCDEFGHJKMNPQRS";
        assert_eq!(read(&draw(link).unwrap()), link);
        for length in (1..600).step_by(37) {
            let text: String = link.chars().cycle().take(length).collect();
            assert_eq!(read(&draw(&text).unwrap()), text);
        }
    }

    #[test]
    fn four_light_modules_surround_the_code() {
        let view = draw("https://precheck.example.jp/").unwrap();
        let size = view.size as usize;
        let all = dark(&view);
        let inside = |it: usize| (QUIET..size - QUIET).contains(&it);
        assert!(all.iter().all(|(x, y)| inside(*x) && inside(*y)));
        // The corner of a finder pattern stands at the edge of what is drawn.
        assert!(all.contains(&(QUIET, QUIET)) && all.contains(&(size - QUIET - 1, QUIET)));
    }

    #[test]
    fn what_no_code_can_hold_is_not_drawn() {
        assert!(draw(&"x".repeat(2331)).is_some());
        assert!(draw(&"x".repeat(2332)).is_none());
    }
}
