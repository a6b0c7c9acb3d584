//! Embeds the widget's bundle: the folder `PRECHECK_WIDGET_DIR`, or `target/widget` of the checkout.
//!
//! `cargo xtask build` writes it. Without a bundle the server is built without the widget: `/` is the form alone, `/check` and `/demo` say how to get one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=PRECHECK_WIDGET_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = match env::var_os("PRECHECK_WIDGET_DIR").filter(|it| !it.is_empty()) {
        Some(named) => PathBuf::from(named).canonicalize()?,
        None => default_folder()?,
    };
    // cargo looks at the whole folder: a file that appears, changes or takes another name builds the table anew.
    println!("cargo::rerun-if-changed={}", folder.display());
    let table = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("widget.rs");
    fs::write(table, write_table(&folder)?)
}

/// Made where it is missing: a folder that does not exist would make cargo run this script each time.
fn default_folder() -> io::Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let folder = Path::new(&manifest).join("../target/widget");
    fs::create_dir_all(&folder)?;
    folder.canonicalize()
}

fn write_table(folder: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !matches!(Path::new(&name).extension().and_then(|it| it.to_str()), Some("br" | "gz")) {
            names.push(name);
        }
    }
    names.sort();
    let mut table = String::from("static FILES: &[Embedded] = &[\n");
    for name in names {
        let form = |suffix: &str| {
            let path = folder.join(format!("{name}{suffix}"));
            path.exists().then(|| format!("include_bytes!({:?})", path.display().to_string()))
        };
        let optional = |it: Option<String>| it.map_or_else(|| "None".to_owned(), |it| format!("Some({it})"));
        let (plain, brotli, gzip) =
            (form("").unwrap_or_default(), optional(form(".br")), optional(form(".gz")));
        let _ = writeln!(
            table,
            "    Embedded {{ name: {name:?}, bytes: {plain}, brotli: {brotli}, gzip: {gzip} }},"
        );
    }
    table.push_str("];\n");
    Ok(table)
}
