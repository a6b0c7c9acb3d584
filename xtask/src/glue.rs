//! From the compiler's wasm to what a browser loads: the glue by wasm-bindgen's library, and wasm-opt where there is one.
//!
//! The library is used in place of the tool of the same name, so that nothing has to be downloaded and the version cannot differ
//! from the crate's: both are pinned side by side in the workspace.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walrus::passes::gc;
use walrus::{ElementItems, Function, Module};
use wasm_bindgen_cli_support::Bindgen;

use crate::build::Quality;
use crate::project::{Project, run, which};
use crate::{alike, order, panics, scripts, squeeze};

/// The widget's code as it is delivered.
pub(crate) struct Code {
    /// The WebAssembly module.
    pub(crate) wasm: Vec<u8>,
    /// The module of JavaScript that loads it and exports `mount`.
    pub(crate) glue: String,
}

/// Makes glue and module out of the compiler's file.
pub(crate) fn generate(project: &Project, compiled: &Path, quality: Quality) -> Result<Code> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("glue")
        .web(true)?
        .typescript(false)
        // The loader hands over the module: the glue need not know under which name it is served.
        .omit_default_module_path(true);
    if quality == Quality::Release {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    let mut output = bindgen.generate_output().with_context(|| {
        format!("wasm-bindgen could not read {}: delete that file and build again", compiled.display())
    })?;
    let scripts: Vec<&String> = output
        .local_modules()
        .keys()
        .chain(output.snippets().iter().filter(|it| !it.1.is_empty()).map(|it| it.0))
        .collect();
    if !scripts.is_empty() {
        bail!(
            "a dependency of the widget brings JavaScript files of its own, the bundle has no place for them: {scripts:?}"
        );
    }
    let mut glue = output.js().to_owned();
    if quality == Quality::Release {
        let module = output.wasm_mut();
        // Ways into closures, which only descriptions of other libraries' functions name: JavaScript calls its own by their exports.
        drop_entries(module, |it| it.starts_with("wasm_bindgen::convert::closures::_::invoke"));
        panics::silence(module);
        alike::make(module);
        let imports = module.imports.iter_mut().map(|it| &mut it.name);
        let exports = module.exports.iter_mut().map(|it| &mut it.name);
        glue = shortened(&loading_what_is_compiled(&glue)?, imports.chain(exports));
        glue = scripts::finished(&glue).context("the glue")?;
    }
    if glue.contains("glue_bg.wasm") || glue.contains("import.meta") {
        bail!("the glue names a file of its own choice: look at the options of Bindgen in xtask/src/glue.rs");
    }
    let mut wasm = output.wasm_mut().emit_wasm();
    if quality == Quality::Release {
        wasm = order::by_likeness(&wasm)?;
    }
    match (quality, which("wasm-opt")) {
        (Quality::Release, Some(tool)) => Ok(Code { wasm: optimised(project, &tool, wasm)?, glue }),
        _ => Ok(Code { wasm, glue }),
    }
}

/// Takes functions of these names out of the module's table, and with them what nothing else calls: a table's entries are never left
/// out by themselves. For functions that nothing calls by the table.
pub(crate) fn drop_entries(module: &mut Module, is_named: impl Fn(&str) -> bool) {
    let named = |it: &&Function| it.name.as_deref().is_some_and(&is_named);
    let dropped: HashSet<_> = module.funcs.iter().filter(named).map(Function::id).collect();
    for element in module.elements.iter_mut() {
        if let ElementItems::Functions(entries) = &mut element.items
            && let Some(other) = entries.iter().copied().find(|it| !dropped.contains(it))
        {
            entries.iter_mut().filter(|it| dropped.contains(it)).for_each(|it| *it = other);
        }
    }
    gc::run(module);
}

/// The glue with a way in for the one that comes here: a module that the loader has compiled. The generator's own ways, for
/// addresses and answers and bytes as well, are a sixth of the glue.
fn loading_what_is_compiled(glue: &str) -> Result<String> {
    let own = "async function __wbg_load(";
    let (kept, _) = glue.split_once(own).with_context(|| format!("the glue has no `{own}` any more"))?;
    Ok(kept.to_owned()
        + "export default async (module) =>\n\
           __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module);\n")
}

/// Gives what module and glue call each other by short names: those of the generator end in hashes, which nothing makes smaller, and
/// stand in both files.
fn shortened<'a>(glue: &str, names: impl Iterator<Item = &'a mut String>) -> String {
    let mut short = HashMap::new();
    for name in names.filter(|it| it.starts_with("__wb") || it.contains("__h")) {
        let next = format!("${}", short.len());
        let chosen = short.entry(name.clone()).or_insert(next);
        name.clone_from(chosen);
    }
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '$';
    let mut shortened = String::new();
    let mut rest = glue;
    while let Some(start) = rest.find(is_of_name) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|it| !is_of_name(it)).unwrap_or(word.len()));
        shortened.extend([before, short.get(word).map_or(word, String::as_str)]);
        rest = after;
    }
    shortened + rest
}

/// What wasm-opt makes of it, where that is smaller on the line: brotli finds less in code that was squeezed before.
fn optimised(project: &Project, tool: &Path, wasm: Vec<u8>) -> Result<Vec<u8>> {
    let (before, after) = (project.target("before-wasm-opt.wasm"), project.target("after-wasm-opt.wasm"));
    fs::write(&before, &wasm).with_context(|| format!("cannot write {}", before.display()))?;
    // Exactly what the compiler itself switches on, so that no older browser is lost here.
    let features = [
        "bulk-memory",
        "multivalue",
        "mutable-globals",
        "nontrapping-float-to-int",
        "reference-types",
        "sign-ext",
    ];
    let mut command = project.command(tool);
    command.arg("-Oz").args(features.map(|it| format!("--enable-{it}"))).arg(&before).arg("-o").arg(&after);
    match run(&mut command, "an old wasm-opt may not know the module's features") {
        Ok(()) => {
            let tried = fs::read(&after).with_context(|| format!("wasm-opt left no {}", after.display()))?;
            let (with, without) = (packed(&tried)?, packed(&wasm)?);
            let better = with < without;
            let word = if better { "used" } else { "tried and left out" };
            println!("wasm-opt: {word} ({}; brotli bytes {with} with, {without} without)", tool.display());
            Ok(if better { tried } else { wasm })
        }
        Err(error) => {
            println!("wasm-opt: left out, {error:#}");
            Ok(wasm)
        }
    }
}

fn packed(wasm: &[u8]) -> Result<usize> {
    Ok(squeeze::brotli(wasm, Quality::Release)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glue_loads_what_is_compiled_and_nothing_else() {
        let glue = "let wasm;\nasync function __wbg_load(module) {\n}\nexport { __wbg_init as default };\n";
        let own = loading_what_is_compiled(glue).unwrap();
        assert!(own.starts_with("let wasm;\nexport default async (module) =>"), "{own}");
        assert!(!own.contains("__wbg_load"));
        assert!(loading_what_is_compiled("export {};").is_err());
    }

    #[test]
    fn module_and_glue_call_each_other_by_the_same_short_names() {
        let mut names = ["__wbg_get_4f1b", "memory", "invoke__h77", "__wbg_get_4f1b"].map(str::to_owned);
        let glue = "const a={__wbg_get_4f1b:function(b){}};wasm.invoke__h77(__wbg_get_4f1bx);wasm.memory";
        let short = shortened(glue, names.iter_mut());
        assert_eq!(short, "const a={$0:function(b){}};wasm.$1(__wbg_get_4f1bx);wasm.memory");
        assert_eq!(names, ["$0", "memory", "$1", "$0"]);
    }
}
