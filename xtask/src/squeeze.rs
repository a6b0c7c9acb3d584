//! Makes files smaller: style sheets by lightningcss, then everything by brotli and gzip.

use std::io::Write;

use anyhow::{Context, Result, anyhow};
use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, StyleSheet};

use crate::browsers;
use crate::build::Quality;

/// A style sheet for the oldest browsers, without comments and needless white space.
pub(crate) fn css(source: &str) -> Result<String> {
    let targets = browsers::for_sheets();
    let mut sheet =
        StyleSheet::parse(source, ParserOptions::default()).map_err(|fault| anyhow!("{fault}"))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|fault| anyhow!("{fault}"))?;
    let printed = sheet.to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() });
    Ok(printed.map_err(|fault| anyhow!("{fault}"))?.code)
}

/// The bytes as brotli sends them.
pub(crate) fn brotli(bytes: &[u8], quality: Quality) -> Result<Vec<u8>> {
    let level = match quality {
        Quality::Dev => 4,
        Quality::Release => 11,
    };
    // In blocks or as a whole: which is smaller differs from file to file, 0.3 kB of the module.
    let mut smallest: Option<Vec<u8>> = None;
    for lgblock in [0, 22] {
        let params = BrotliEncoderParams {
            quality: level,
            lgwin: 22,
            lgblock,
            size_hint: bytes.len(),
            ..Default::default()
        };
        let mut writer = CompressorWriter::with_params(Vec::new(), bytes.len().max(1), &params);
        writer.write_all(bytes).context("brotli could not pack the file")?;
        let packed = writer.into_inner();
        if smallest.as_ref().is_none_or(|it| packed.len() < it.len()) {
            smallest = Some(packed);
        }
    }
    smallest.context("brotli packed nothing")
}

/// The bytes as gzip sends them; no time and no name inside, so that equal files stay equal.
pub(crate) fn gzip(bytes: &[u8], quality: Quality) -> Result<Vec<u8>> {
    let level = match quality {
        Quality::Dev => Compression::fast(),
        Quality::Release => Compression::best(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).context("gzip could not pack the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(css(source).unwrap(), expected);
    }

    #[test]
    fn css_loses_comments_and_white_space_that_say_nothing() {
        check("/* a */\n.a ,\n.b {\n  color : red;\n}\n", ".a,.b{color:red}");
    }

    #[test]
    fn css_keeps_what_older_browsers_pass_over_and_newer_ones_live_by() {
        check(
            ":host([theme=dark]) .a:has(> .b) { margin-inline: 1px 2px; inset-inline-start: 0; --own: 1px  2px; }",
            ":host([theme=dark]) .a:has(>.b){--own:1px 2px;margin-inline:1px 2px;inset-inline-start:0}",
        );
        check(
            "@media (forced-colors: active) { a:focus-visible { outline: 2px solid CanvasText; text-wrap: pretty } }",
            "@media (forced-colors:active){a:focus-visible{text-wrap:pretty;outline:2px solid canvastext}}",
        );
        check(".a .b :hover{width:calc(1em + 2px)}", ".a .b :hover{width:calc(1em + 2px)}");
        check("a::after{content:\"/* ;  } ↗\"}", "a:after{content:\"/* ;  } ↗\"}");
    }

    #[test]
    fn css_gets_the_older_words_that_our_oldest_browsers_need() {
        check(".a{user-select:all}", ".a{-webkit-user-select:all;user-select:all}");
        check("@media (width >= 600px){.a{color:red}}", "@media (min-width:600px){.a{color:red}}");
    }

    #[test]
    fn css_is_refused_where_a_browser_would_pass_over_it() {
        assert!(css("a { color: red").is_ok());
        assert!(css("a { color: red } }").is_err());
        assert!(css("a::b:(c) { color: red }").is_err());
    }
}
