//! Scripts: from modules that import each other to one small file each, in words that the oldest browsers understand.
//!
//! Linking is `link`; lowering and squeezing are the Oxc project's.

mod link;

use std::path::Path;

use anyhow::{Context, Result, bail};
use oxc_allocator::Allocator;
use oxc_ast::ast::{ImportDeclarationSpecifier, Program, Statement};
use oxc_codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc_minifier::{CompressOptions, MangleOptions, Minifier, MinifierOptions};
use oxc_parser::Parser;
use oxc_semantic::{Scoping, SemanticBuilder};
use oxc_span::SourceType;
use oxc_transformer::{EnvOptions, TransformOptions, Transformer};

use crate::browsers;
pub(crate) use link::linked;

/// Where the lowerer expects its helpers.
const HELPERS_FOLDER: &str = "@oxc-project/runtime/helpers/";

/// The helpers that newer words become calls of. Oxc's own are modules of an npm package and check at run time what the type checker
/// has checked already.
const HELPERS: [(&str, &str); 7] = [
    ("assertClassBrand", "(brand, object, own = object) => own"),
    ("checkInRHS", "(object) => object"),
    ("classPrivateFieldGet2", "(fields, object) => fields.get(object)"),
    ("classPrivateFieldInitSpec", "(fields, object, value) => fields.set(object, value)"),
    ("classPrivateFieldSet2", "(fields, object, value) => (fields.set(object, value), value)"),
    ("classPrivateMethodInitSpec", "(object, brand) => brand.add(object)"),
    (
        "defineProperty",
        "(object, name, value) => Object.defineProperty(object, name, \
         { value, configurable: true, enumerable: true, writable: true })",
    ),
];

/// A module in no newer words than the oldest browsers understand, with short names, without comments, white space and what nothing
/// reaches.
pub(crate) fn finished(source: &str) -> Result<String> {
    minified(&lowered(source)?)
}

/// What of a script is too new for the oldest browsers to be served as it stands, as its first such line.
pub(crate) fn too_new(source: &str, kind: SourceType) -> Result<Option<String>> {
    let allocator = Allocator::default();
    let mut program = parsed(&allocator, source, kind)?;
    let before = printed(&program);
    lower(&allocator, &mut program)?;
    let after = printed(&program);
    let mut lines = before.lines().zip(after.lines());
    Ok((before != after).then(|| lines.find(|(a, b)| a != b).map_or("", |(a, _)| a.trim()).to_owned()))
}

fn parsed<'a>(allocator: &'a Allocator, source: &'a str, kind: SourceType) -> Result<Program<'a>> {
    let parsed = Parser::new(allocator, source, kind).parse();
    match parsed.diagnostics.first() {
        Some(fault) => bail!("{fault}"),
        None => Ok(parsed.program),
    }
}

fn scoping(program: &Program<'_>) -> Result<Scoping> {
    let built = SemanticBuilder::new().with_check_syntax_error(true).build(program);
    match built.diagnostics.first() {
        Some(fault) => bail!("{fault}"),
        None => Ok(built.semantic.into_scoping()),
    }
}

fn printed(program: &Program<'_>) -> String {
    let options = CodegenOptions { comments: CommentOptions::disabled(), ..CodegenOptions::default() };
    Codegen::new().with_options(options).build(program).code
}

fn lower<'a>(allocator: &'a Allocator, program: &mut Program<'a>) -> Result<()> {
    let scoping = scoping(program)?;
    let env = EnvOptions::from(browsers::for_scripts()?);
    let options = TransformOptions { env, ..TransformOptions::default() };
    let lowered =
        Transformer::new(allocator, Path::new("script.js"), &options).build_with_scoping(scoping, program);
    match lowered.diagnostics.first() {
        Some(fault) => bail!("{fault}"),
        None => Ok(()),
    }
}

fn lowered(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let mut program = parsed(&allocator, source, SourceType::mjs())?;
    lower(&allocator, &mut program)?;
    with_helpers(&printed(&program))
}

/// The module with our helpers in place of those that it imports.
fn with_helpers(module: &str) -> Result<String> {
    let allocator = Allocator::default();
    let program = parsed(&allocator, module, SourceType::mjs())?;
    let mut edits = Vec::new();
    for statement in &program.body {
        let Statement::ImportDeclaration(import) = statement else { continue };
        let Some(name) = import.source.value.strip_prefix(HELPERS_FOLDER) else { continue };
        let (_, helper) = HELPERS.iter().find(|it| it.0 == name).with_context(|| {
            format!(
                "the oldest browsers (xtask/src/browsers.rs) need the helper {name} for what is written here: write it in \
                 older words, or add the helper to xtask/src/scripts.rs"
            )
        })?;
        let Some([ImportDeclarationSpecifier::ImportDefaultSpecifier(own)]) =
            import.specifiers.as_ref().map(|it| it.as_slice())
        else {
            bail!("the helper {name} is imported in an unknown way");
        };
        edits.push((import.span, format!("const {} = {helper};", own.local.name)));
    }
    Ok(link::edited(module, &edits))
}

fn minified(source: &str) -> Result<String> {
    let allocator = Allocator::default();
    let mut program = parsed(&allocator, source, SourceType::mjs())?;
    let options = MinifierOptions {
        mangle: Some(MangleOptions::default()),
        compress: Some(CompressOptions { target: browsers::for_scripts()?, ..CompressOptions::smallest() }),
        ..MinifierOptions::default()
    };
    let scoping = Minifier::new(options).minify(&allocator, &mut program).scoping;
    let options = CodegenOptions { comments: CommentOptions::disabled(), ..CodegenOptions::minify() };
    Ok(Codegen::new().with_options(options).with_scoping(scoping).build(&program).code)
}

#[cfg(test)]
mod tests;
