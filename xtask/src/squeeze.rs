//! Makes files smaller: comments and white space out of CSS and JavaScript, then brotli and gzip.
//!
//! The one for CSS is a few careful lines and no parser. It rests on how we write: addresses in CSS are quoted.

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use oxc_allocator::Allocator;
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_compat::EngineTargets;
use oxc_minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_span::SourceType;

use crate::build::Quality;

/// The oldest browsers with what the widget's module needs (reference types, bulk memory).
const OLDEST: &str = "chrome96,firefox79,safari15.1";

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

/// A module of JavaScript with short names, without comments, white space and what nothing reaches; in no newer words than the oldest
/// browsers in reach understand.
pub(crate) fn javascript(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    if let Some(fault) = parsed.diagnostics.first() {
        bail!("{fault}");
    }
    let mut program = parsed.program;
    let target = EngineTargets::from_target(OLDEST).map_err(|fault| anyhow!(fault))?;
    let options = MinifierOptions {
        mangle: Some(MangleOptions::default()),
        compress: Some(CompressOptions { target, ..CompressOptions::smallest() }),
        ..MinifierOptions::default()
    };
    let scoping = Minifier::new(options).minify(&allocator, &mut program).scoping;
    let options = CodegenOptions { comments: CommentOptions::disabled(), ..CodegenOptions::minify() };
    Ok(Codegen::new().with_options(options).with_scoping(scoping).build(&program).code)
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
    fn javascript_keeps_what_it_does_and_what_it_gives_away_in_fewer_letters() {
        let source = "/**\n * Doc.\n */\nconst address = 'https://x'; // why\nexport function open(name) {\n    return `${address}/${name}`;\n}\nfunction never() {}\n";
        assert_eq!(javascript(source).unwrap(), "export function open(e){return`https://x/${e}`}");
    }

    #[test]
    fn javascript_says_nothing_that_the_oldest_browsers_do_not_understand() {
        // Firefox 79 knows `??=` and no private methods: what is written newer stays as written, nothing newer is made of it.
        let made = javascript("export const a = (x) => { x.y = x.y || 1; return x?.z; };").unwrap();
        assert!(!made.contains("||=") || made.contains("?."), "{made}");
    }

    #[test]
    fn what_is_no_javascript_is_refused() {
        assert!(javascript("const a = `x\n  y;").is_err());
    }
}
