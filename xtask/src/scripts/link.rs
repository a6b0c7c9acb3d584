//! Puts a script and the modules that it imports into one module.
//!
//! By hand on Oxc's syntax tree: the one bundler there is as a crate (rolldown) brings twenty crates of its own and a second Oxc, for a
//! handful of modules that we write ourselves. The price is a narrow language, and everything outside it is a fault in words: imports
//! of relative files by name and unrenamed, exports at their declarations, no cycle, and no name twice at the top level of any two.
//! Dynamic imports are let alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use oxc_allocator::Allocator;
use oxc_ast::ast::{BindingPattern, Declaration, ImportDeclaration, ImportDeclarationSpecifier, Statement};
use oxc_span::{GetSpan, SourceType, Span};

use super::{parsed, scoping};

/// Gives a module's source by its path.
pub(crate) type Read<'a> = &'a dyn Fn(&str) -> Result<String>;

/// The entry with all that it imports, in the order in which they have to run. Paths are relative to one folder, without `./`.
pub(crate) fn linked(read: Read<'_>, entry: &str) -> Result<String> {
    let mut linker = Linker { read, modules: Vec::new(), begun: BTreeSet::new() };
    linker.add(entry, true)?;
    linker.check()?;
    let texts: Vec<String> = linker.modules.into_iter().map(|it| it.text).collect();
    Ok(texts.join("\n"))
}

/// A text with other words in some places, which are in order.
pub(super) fn edited(text: &str, edits: &[(Span, String)]) -> String {
    let (mut edited, mut from) = (String::new(), 0);
    for (place, words) in edits {
        edited.push_str(&text[from..place.start as usize]);
        edited.push_str(words);
        from = place.end as usize;
    }
    edited + &text[from..]
}

struct Linker<'a> {
    read: Read<'a>,
    /// Those that are done, what is imported before who imports it.
    modules: Vec<Module>,
    begun: BTreeSet<String>,
}

#[derive(Default)]
struct Module {
    path: String,
    text: String,
    /// Names that it gives away.
    exports: BTreeSet<String>,
    /// Names at its top level, those that it imports left out.
    declared: BTreeSet<String>,
    /// Names that it takes from nowhere, so from the browser.
    free: BTreeSet<String>,
    /// Names, and the modules that they come from.
    imports: Vec<(String, String)>,
}

impl Linker<'_> {
    fn add(&mut self, path: &str, is_entry: bool) -> Result<()> {
        if self.modules.iter().any(|it| it.path == path) {
            return Ok(());
        }
        if !self.begun.insert(path.to_owned()) {
            bail!("{path} imports itself by a detour");
        }
        let source = (self.read)(path)?;
        let (module, imported) = Module::parse(path, &source, is_entry).with_context(|| path.to_owned())?;
        for it in imported {
            self.add(&it, false)?;
        }
        self.modules.push(module);
        Ok(())
    }

    /// Whether every name still means in one file what it meant in its own.
    fn check(&self) -> Result<()> {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for module in &self.modules {
            for name in &module.declared {
                if let Some(other) = owners.insert(name, &module.path) {
                    bail!("{} and {other} both declare {name}: give one of them another name", module.path);
                }
            }
        }
        for module in &self.modules {
            for (name, from) in &module.imports {
                let there = self.modules.iter().any(|it| it.path == *from && it.exports.contains(name));
                if !there {
                    bail!("{} imports {name}, which {from} does not export", module.path);
                }
            }
            if let Some((name, owner)) =
                module.free.iter().find_map(|it| Some((it, owners.get(it.as_str())?)))
            {
                bail!(
                    "{} takes {name} from the browser, and {owner} declares it: import it, or give it another name",
                    module.path
                );
            }
        }
        Ok(())
    }
}

impl Module {
    /// The module without imports and, but for the entry's, without exports; and the paths that it imports, in order.
    fn parse(path: &str, source: &str, is_entry: bool) -> Result<(Self, Vec<String>)> {
        let allocator = Allocator::default();
        let program = parsed(&allocator, source, SourceType::mjs())?;
        let mut module = Self { path: path.to_owned(), ..Self::default() };
        let (mut edits, mut imported) = (Vec::new(), Vec::new());
        for statement in &program.body {
            match statement {
                Statement::ImportDeclaration(import) => {
                    let from = resolved(path, &import.source.value)?;
                    module.imports.extend(names(import)?.into_iter().map(|it| (it, from.clone())));
                    imported.push(from);
                    edits.push((import.span, String::new()));
                }
                Statement::ExportFromDeclaration(_) | Statement::ExportAllDeclaration(_) => {
                    bail!("passes on what another module exports: let them import it from there");
                }
                _ if is_entry => {}
                Statement::ExportDeclaration(export) => {
                    module.exports.extend(declared(&export.declaration)?);
                    let word = Span::new(export.span.start, export.declaration.span().start);
                    edits.push((word, String::new()));
                }
                Statement::ExportDefaultDeclaration(_) | Statement::ExportNamedDeclaration(_) => {
                    bail!("exports something elsewhere than at its declaration, by its name");
                }
                _ => {}
            }
        }
        let scoping = scoping(&program)?;
        for (name, symbol) in scoping.get_bindings(scoping.root_scope_id()) {
            if !scoping.symbol_flags(*symbol).is_import() {
                module.declared.insert(name.to_string());
            }
        }
        module.free = scoping.root_unresolved_references().keys().map(ToString::to_string).collect();
        module.text = edited(source, &edits);
        Ok((module, imported))
    }
}

/// The names that an import brings.
fn names(import: &ImportDeclaration<'_>) -> Result<Vec<String>> {
    if import.phase.is_some() || import.with_clause.is_some() {
        bail!("imports {} in a way that the linker does not know", import.source.value);
    }
    let mut names = Vec::new();
    for specifier in import.specifiers.iter().flatten() {
        match specifier {
            ImportDeclarationSpecifier::ImportSpecifier(it)
                if it.imported.name() == it.local.name.as_str() =>
            {
                names.push(it.local.name.to_string());
            }
            other => bail!(
                "imports {} renamed or as a whole: import what is needed, by its name",
                other.local().name
            ),
        }
    }
    Ok(names)
}

/// The names of a declaration.
fn declared(declaration: &Declaration<'_>) -> Result<Vec<String>> {
    let ids = match declaration {
        Declaration::VariableDeclaration(it) => {
            let ids = it.declarations.iter().map(|one| match &one.id {
                BindingPattern::BindingIdentifier(id) => Some(id.name.to_string()),
                _ => None,
            });
            ids.collect()
        }
        Declaration::FunctionDeclaration(it) => vec![it.id.as_ref().map(|id| id.name.to_string())],
        Declaration::ClassDeclaration(it) => vec![it.id.as_ref().map(|id| id.name.to_string())],
        _ => vec![None],
    };
    ids.into_iter().collect::<Option<_>>().context("exports parts of a value: export them one by one")
}

/// The path of what a module imports.
fn resolved(from: &str, import: &str) -> Result<String> {
    if !import.starts_with("./") && !import.starts_with("../") {
        bail!("imports {import}, which is no file beside it");
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop().with_context(|| format!("imports {import}, which lies outside the scripts"))?;
            }
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
