//! What becomes of scripts.

use super::*;

/// Links files of a folder, the first of which is the entry.
fn link(files: &[(&str, &str)]) -> Result<String> {
    let read = |path: &str| {
        let found = files.iter().find(|it| it.0 == path).with_context(|| format!("no {path}"))?;
        Ok(found.1.to_owned())
    };
    linked(&read, files[0].0)
}

#[track_caller]
fn refused(files: &[(&str, &str)], because: &str) {
    let fault = format!("{:#}", link(files).expect_err("linked"));
    assert!(fault.contains(because), "{fault}");
}

#[test]
fn what_is_imported_stands_once_and_before_whoever_imports_it() {
    let text = link(&[
        ("a.js", "import { b } from './b.js';\nimport { c } from './inner/c.js';\nexport const a = b + c;\n"),
        ("b.js", "import { c } from './inner/c.js';\nexport const b = c;\n"),
        ("inner/c.js", "import { d } from '../d.js';\nexport function c() { return d; }\n"),
        ("d.js", "export class d {}\n"),
    ])
    .unwrap();
    let squeezed: Vec<&str> = text.lines().filter(|it| !it.is_empty()).collect();
    let whole = ["class d {}", "function c() { return d; }", "const b = c;", "export const a = b + c;"];
    assert_eq!(squeezed, whole);
}

#[test]
fn a_dynamic_import_is_let_alone_and_the_entry_keeps_its_default() {
    let source = "export default async () => import(new URL('%GLUE%', import.meta.url));";
    assert_eq!(link(&[("a.js", source)]).unwrap(), source);
}

#[test]
fn names_that_would_mean_something_else_in_one_file_are_refused() {
    let entry = ("a.js", "import { b } from './b.js'; const make = 1; b(make);");
    refused(&[entry, ("b.js", "const make = 2; export const b = () => make;")], "both declare make");
    let entry = ("a.js", "import { b } from './b.js'; b(status);");
    refused(
        &[entry, ("b.js", "const status = 2; export const b = () => status;")],
        "takes status from the browser",
    );
    // A name inside a function is its own.
    let entry = ("a.js", "import { b } from './b.js'; b((status) => status);");
    assert!(link(&[entry, ("b.js", "const status = 2; export const b = () => status;")]).is_ok());
}

#[test]
fn what_the_linker_does_not_know_is_refused_in_words() {
    let b = ("b.js", "export const b = 1; const hidden = 2; b(hidden);");
    refused(&[("a.js", "import { b as c } from './b.js';"), b], "renamed");
    refused(&[("a.js", "import * as c from './b.js';"), b], "renamed or as a whole");
    refused(&[("a.js", "import c from './b.js';"), b], "renamed or as a whole");
    refused(&[("a.js", "import { hidden } from './b.js';"), b], "does not export");
    refused(&[("a.js", "import { b } from 'b';"), b], "no file beside it");
    refused(&[("a.js", "import { b } from '../b.js';"), b], "outside");
    refused(&[("a.js", "export { b } from './b.js';"), b], "passes on");
    refused(
        &[("a.js", "import './b.js';"), ("b.js", "export default 1;")],
        "elsewhere than at its declaration",
    );
    refused(&[("a.js", "import './b.js';"), ("b.js", "const c = 1; export { c };")], "elsewhere than at its");
    refused(&[("a.js", "import './b.js';"), ("b.js", "export const { c } = window;")], "one by one");
    refused(&[("a.js", "import './b.js';"), ("b.js", "import './a.js';")], "imports itself");
    refused(&[("a.js", "import './c.js';"), b], "no c.js");
}

#[test]
fn javascript_keeps_what_it_does_and_what_it_gives_away_in_fewer_letters() {
    let source = "/**\n * Doc.\n */\nconst address = 'https://x'; // why\nexport function open(name) {\n    return `${address}/${name}`;\n}\nfunction never() {}\n";
    assert_eq!(finished(source).unwrap(), "export function open(e){return`https://x/${e}`}");
}

#[test]
fn nothing_newer_than_the_oldest_browsers_is_made_by_squeezing() {
    // Chrome 96, Firefox 79 and Safari 15.1 know `??=`; of `a && a.b` they may get `a?.b`.
    let made = finished("export const a = (x) => { x.y = x.y ?? 1; return x && x.z; };").unwrap();
    assert_eq!(too_new(&made, SourceType::mjs()).unwrap(), None);
}

/// Private names came with Firefox 90, class fields that hold them likewise, blocks in classes with 93.
const NEW: &str = "export class A extends Array { static kept = [1]; own = 2; #a = 3; static { A.b = 4; } \
    #m(x) { this.#a += x; return this.#a; } n() { return this.#m(1) + this.own; } static is(x) { return #a in x; } }";

#[test]
fn what_the_oldest_browsers_do_not_know_is_written_in_older_words() {
    let made = finished(NEW).unwrap();
    assert!(!made.contains('#') && !made.contains("static{") && !made.contains("import"), "{made}");
    assert_eq!(too_new(&made, SourceType::mjs()).unwrap(), None);
}

#[test]
fn a_script_that_is_too_new_to_be_served_as_it_stands_is_named_by_its_line() {
    let named = too_new(NEW, SourceType::mjs()).unwrap().expect("too new");
    assert!(!named.is_empty());
    let old = "'use strict'; (() => { const a = document.body?.dataset ?? {}; a.b ||= '1_0'; })();";
    assert_eq!(too_new(old, SourceType::script()).unwrap(), None);
}

#[test]
fn a_helper_that_we_do_not_have_is_asked_for_by_name() {
    let fault =
        with_helpers("import x from \"@oxc-project/runtime/helpers/other\";\nx();").expect_err("taken");
    assert!(format!("{fault:#}").contains("helper other"));
}

#[test]
fn what_is_no_javascript_is_refused() {
    assert!(finished("const a = `x\n  y;").is_err());
    assert!(finished("let a; let a;").is_err());
}
