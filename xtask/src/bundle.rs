//! The widget's bundle: which files there are, under which names, and what they say of each other.
//!
//! All but the loader and the pages carry the hash of their content in their name and never change; the loader keeps its address
//! for good and knows the names. Templates name other files by placeholders such as `%WASM%`; one that nobody replaced stops the build.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use precheck_shared::texts::{ruby, spelling};
use sha2::{Digest, Sha256, Sha384};

use crate::build::Quality;
use crate::glue::Code;
use crate::project::Project;
use crate::{scripts, squeeze, words};

/// What a file is to a visitor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one file an office's page names itself.
    Loader,
    /// Loaded for everybody who uses the widget.
    Code,
    /// One language beside Japanese, loaded when it is chosen.
    Language,
    /// Loaded on our own pages only, or by the editor of another.
    Page,
}

struct Part {
    name: String,
    role: Role,
    bytes: Vec<u8>,
}

/// A file that was written, with its sizes in bytes.
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) raw: usize,
    pub(crate) brotli: usize,
}

/// All files of the bundle, named.
pub(crate) struct Bundle {
    parts: Vec<Part>,
    placeholders: Vec<(&'static str, String)>,
}

impl Bundle {
    /// Puts the bundle together from the widget's code and the checkout's style sheets, words, loader and pages.
    pub(crate) fn assemble(project: &Project, code: &Code) -> Result<Self> {
        let mut bundle =
            Self { parts: Vec::new(), placeholders: vec![("%LOADER%", "precheck.js".to_owned())] };
        bundle.name("%WASM%", "precheck", "wasm", Role::Code, code.wasm.clone());
        bundle.placeholders.push(("%WASM_INTEGRITY%", integrity(&code.wasm)));
        bundle.name("%GLUE%", "glue", "js", Role::Code, code.glue.clone().into_bytes());

        let tokens = source(project, "style/tokens.css")?;
        for (placeholder, stem, role) in [("%CSS%", "widget", Role::Code), ("%PAGE_CSS%", "page", Role::Page)]
        {
            let own = source(project, &format!("style/{stem}.css"))?;
            let sheet =
                squeeze::css(&format!("{tokens}\n{own}")).with_context(|| format!("style/{stem}.css"))?;
            bundle.name(placeholder, stem, "css", role, sheet.into_bytes());
        }
        // The sheet that the server puts into our own page, whose first step it draws.
        let mut first = tokens;
        for stem in ["widget", "page", "plain"] {
            first.push_str(&source(project, &format!("style/{stem}.css"))?);
        }
        let first = squeeze::css(&first).context("the sheet of our own page")?;
        bundle.hashed("first", "css", Role::Page, first.into_bytes());
        let icon = source(project, "app/pages/icon.svg")?;
        bundle.name("%ICON%", "icon", "svg", Role::Page, icon.into_bytes());
        bundle.languages(project)?;

        bundle.placeholders.push(("%WORDS%", words::of(project, "element")?));
        bundle.placeholders.push(("%SELF_TEST_WORDS%", words::of(project, "self-test")?));
        let self_test = bundle.script(project, "self-test.js")?;
        bundle.name("%SELF_TEST%", "self-test", "js", Role::Page, self_test.into_bytes());
        let begin = bundle.script(project, "begin.js")?;
        bundle.name("%BEGIN%", "begin", "js", Role::Code, begin.into_bytes());
        let loader = bundle.script(project, "element.js")?;
        bundle.add("precheck.js", Role::Loader, loader);
        // The server puts them into the page itself.
        for stem in ["at-once", "height"] {
            let inline = bundle.script(project, &format!("{stem}.js"))?;
            bundle.hashed(stem, "js", Role::Page, inline.into_bytes());
        }
        for page in ["check.html", "demo.html"] {
            let path = format!("app/pages/{page}");
            let filled = bundle.filled(&path, &source(project, &path)?)?;
            bundle.add(page, Role::Page, filled);
        }
        Ok(bundle)
    }

    /// Empties the folder, then writes every file, with its brotli and gzip form beside it.
    pub(crate) fn write(&self, folder: &Path, quality: Quality) -> Result<Vec<Written>> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        self.parts.iter().map(|part| part.write(folder, quality)).collect()
    }

    /// One file for every language beside Japanese, which the widget carries itself.
    fn languages(&mut self, project: &Project) -> Result<()> {
        let folder = project.path("shared/texts");
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Some(language) = name.strip_suffix(".txt").filter(|&it| it != "ja") {
                names.push(language.to_owned());
            }
        }
        // The order of a folder is the file system's; the scripts' bytes shall not be. People choose in this order: plain
        // Japanese stands beside Japanese.
        names.sort_by_key(|it| (!it.starts_with("ja"), it.clone()));
        let own = words::languages(project, "element")?;
        if let Some(language) = names.iter().find(|&it| !own.contains(it)) {
            bail!(
                "shared/texts/element has no {language}.txt, which the element speaks before the widget has come"
            );
        }
        if let Some(language) = own.iter().find(|&it| it != "ja" && !names.contains(it)) {
            bail!("shared/texts has no {language}.txt, and shared/texts/element has one");
        }
        let mut listed = Vec::new();
        for language in names {
            let words = words_alone(project, &language)?;
            let spelled = spelling::spell(&words)
                .with_context(|| format!("shared/texts/{language}.txt has letters without a place"))?;
            let file = self.hashed(&language, "words", Role::Language, spelled);
            listed.push(format!("\"{language}\":\"{file}\""));
        }
        self.placeholders.push(("%TEXTS%", format!("{{{}}}", listed.join(","))));
        Ok(())
    }

    fn name(&mut self, placeholder: &'static str, stem: &str, suffix: &str, role: Role, bytes: Vec<u8>) {
        let name = self.hashed(stem, suffix, role, bytes);
        self.placeholders.push((placeholder, name));
    }

    fn hashed(&mut self, stem: &str, suffix: &str, role: Role, bytes: Vec<u8>) -> String {
        let name = format!("{stem}-{}.{suffix}", hash(&bytes));
        self.parts.push(Part { name: name.clone(), role, bytes });
        name
    }

    fn add(&mut self, name: &str, role: Role, text: String) {
        self.parts.push(Part { name: name.to_owned(), role, bytes: text.into_bytes() });
    }

    /// One of `app/scripts` with the modules that it imports.
    fn script(&self, project: &Project, entry: &str) -> Result<String> {
        let path = format!("app/scripts/{entry}");
        let read = |module: &str| source(project, &format!("app/scripts/{module}"));
        let mut linked = scripts::linked(&read, entry).with_context(|| path.clone())?;
        // Checkers and tests see a text that is parsed when the script runs; here it is what it stands for.
        for (placeholder, value) in self.placeholders.iter().filter(|it| it.1.starts_with('{')) {
            linked = linked.replace(&format!("JSON.parse('{placeholder}')"), &format!("({value})"));
        }
        let filled = self.filled(&path, &linked)?;
        scripts::finished(&filled).context(path)
    }

    fn filled(&self, path: &str, template: &str) -> Result<String> {
        let mut filled = template.to_owned();
        for (placeholder, value) in &self.placeholders {
            filled = filled.replace(placeholder, value);
        }
        match unreplaced(&filled) {
            Some(placeholder) => bail!("{path} names {placeholder}, which xtask/src/bundle.rs does not know"),
            None => Ok(filled),
        }
    }
}

impl Part {
    fn write(&self, folder: &Path, quality: Quality) -> Result<Written> {
        let brotli = squeeze::brotli(&self.bytes, quality)?;
        let gzip = squeeze::gzip(&self.bytes, quality)?;
        for (suffix, bytes) in [("", &self.bytes), (".br", &brotli), (".gz", &gzip)] {
            let path = folder.join(format!("{}{suffix}", self.name));
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Written { name: self.name.clone(), role: self.role, raw: self.bytes.len(), brotli: brotli.len() })
    }
}

fn source(project: &Project, path: &str) -> Result<String> {
    fs::read_to_string(project.path(path)).with_context(|| format!("the bundle needs {path}"))
}

/// A language's words without their keys, in the order of the Japanese file that the widget carries; readings in the widget's form.
fn words_alone(project: &Project, language: &str) -> Result<String> {
    let (japanese, other) =
        (source(project, "shared/texts/ja.txt")?, source(project, &format!("shared/texts/{language}.txt"))?);
    let pairs = |text: &str| -> Vec<(String, String)> {
        let lines = text.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once(" = "));
        lines.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
    };
    let other: HashMap<_, _> = pairs(&other).into_iter().collect();
    let mut words = Vec::new();
    for (key, _) in pairs(&japanese) {
        let value =
            other.get(&key).with_context(|| format!("shared/texts/{language}.txt has no words for {key}"))?;
        // Elsewhere these brackets are brackets.
        words.push(if language == "ja-easy" { ruby::annotated(value) } else { value.clone() });
    }
    Ok(words.join("\n"))
}

/// The first `%NAME%` that is still in the text.
fn unreplaced(text: &str) -> Option<&str> {
    let is_name = |it: &str| it.len() > 1 && it.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let marks: Vec<usize> = text.match_indices('%').map(|(at, _)| at).collect();
    let found = marks.windows(2).find(|pair| is_name(&text[pair[0] + 1..pair[1]]))?;
    Some(&text[found[0]..=found[1]])
}

/// The first 12 hexadecimal digits of the SHA-256: long enough that two versions never share a name.
fn hash(bytes: &[u8]) -> String {
    let mut start = [0; 8];
    start[2..].copy_from_slice(&Sha256::digest(bytes)[..6]);
    format!("{:012x}", u64::from_be_bytes(start))
}

/// Subresource integrity. SHA-384 has 48 bytes, a multiple of three, so that base 64 needs no filling here.
fn integrity(bytes: &[u8]) -> String {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = "sha384-".to_owned();
    for three in Sha384::digest(bytes).chunks_exact(3) {
        let group = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for shift in [18, 12, 6, 0] {
            value.push(char::from(SYMBOLS[(group >> shift) as usize & 63]));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_that_nobody_replaced_is_found() {
        assert_eq!(unreplaced("a %B_C% d"), Some("%B_C%"));
        assert_eq!(unreplaced("width: 100%; 50% x %b% %% %"), None);
    }

    #[test]
    fn the_hash_is_the_start_of_the_digest() {
        assert_eq!(hash(b"abc"), "ba7816bf8f01");
    }

    #[test]
    fn integrity_is_that_of_the_specification() {
        // The example of the W3C's recommendation.
        assert_eq!(
            integrity(b"alert('Hello, world.');"),
            "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        );
    }
}
