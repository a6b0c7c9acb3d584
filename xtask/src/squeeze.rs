//! Makes files smaller: comments and white space out of CSS and JavaScript, then brotli and gzip.
//!
//! Both text squeezers are a few careful lines and no parser. They rest on how we write: JavaScript has its comments on lines of
//! their own and no template literal over several lines, addresses in CSS are quoted.

use std::io::Write;

use anyhow::{Context, Result, bail};
use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::build::Quality;

/// A style sheet without comments and needless white space; strings stay as they are.
pub(crate) fn css(source: &str) -> String {
    // White space around these says nothing; around others it can (a descendant's space, the spaces of `calc`).
    const TIGHT: [char; 4] = ['{', '}', ';', ','];
    let mut squeezed = String::with_capacity(source.len());
    let mut space = false;
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '/' && characters.peek() == Some(&'*') {
            let mut last = ' ';
            characters.next();
            for inside in characters.by_ref() {
                if last == '*' && inside == '/' {
                    break;
                }
                last = inside;
            }
            space = true;
            continue;
        }
        if character.is_ascii_whitespace() {
            space = true;
            continue;
        }
        if space && !TIGHT.contains(&character) && !squeezed.is_empty() && !squeezed.ends_with(TIGHT) {
            squeezed.push(' ');
        }
        space = false;
        if character == '}' && squeezed.ends_with(';') {
            squeezed.pop();
        }
        squeezed.push(character);
        if character == '"' || character == '\'' {
            let mut escaped = false;
            for inside in characters.by_ref() {
                squeezed.push(inside);
                if inside == character && !escaped {
                    break;
                }
                escaped = inside == '\\' && !escaped;
            }
        }
    }
    squeezed
}

/// JavaScript without comment lines, blank lines and indentation.
pub(crate) fn javascript(source: &str) -> Result<String> {
    let mut squeezed = String::with_capacity(source.len());
    let mut in_comment = false;
    for (number, line) in source.lines().enumerate() {
        let line = line.trim();
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
            continue;
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if !line.matches('`').count().is_multiple_of(2) {
            bail!("line {} opens a template literal and does not close it: keep it on one line", number + 1);
        }
        squeezed.push_str(line);
        squeezed.push('\n');
    }
    Ok(squeezed)
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
        assert_eq!(css(source), expected);
    }

    #[test]
    fn css_loses_comments_and_white_space_that_say_nothing() {
        check("/* a */\n.a ,\n.b {\n  color : red;\n}\n", ".a,.b{color : red}");
        check("a{}/* b */c{}", "a{}c{}");
    }

    #[test]
    fn css_keeps_the_white_space_that_means_something() {
        check(".a .b :hover{width:calc(1em + 2px)}", ".a .b :hover{width:calc(1em + 2px)}");
        check("@media (a) and (b) {x{y:z w}}", "@media (a) and (b){x{y:z w}}");
    }

    #[test]
    fn css_strings_stay_as_they_are() {
        check(r#"a{content:"/* \" ;  } */"; b : 'x  "'}"#, r#"a{content:"/* \" ;  } */";b : 'x  "'}"#);
        check(r#"a{content:"\\";  c:d}"#, r#"a{content:"\\";c:d}"#);
    }

    #[test]
    fn javascript_loses_comment_lines_and_indentation_alone() {
        let source = "/**\n * Doc.\n */\nfunction a() {\n    // Why.\n    return 'https://x'; // stays\n}\n/* one */\n";
        assert_eq!(javascript(source).unwrap(), "function a() {\nreturn 'https://x'; // stays\n}\n");
    }

    #[test]
    fn a_template_literal_over_two_lines_is_refused() {
        assert!(javascript("const a = `x\n  y`;").is_err());
    }
}
