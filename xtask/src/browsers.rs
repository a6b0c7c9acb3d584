//! The oldest browsers that everything is made for: written here, once.
//!
//! What the widget's module needs (reference types, bulk memory) draws the line. Scripts and style sheets of the bundle are put into
//! words that these understand; what is served as it stands is held to them by `lint`, the functions that scripts call by `lib` in
//! `tsconfig.json`.

use anyhow::{Result, anyhow};
use lightningcss::targets::{Browsers, Targets};
use oxc_compat::{Engine, EngineTargets};

/// Major and minor version.
type Version = (u16, u16);

const CHROME: Version = (96, 0);
const FIREFOX: Version = (79, 0);
const SAFARI: Version = (15, 1);

/// The line for scripts.
pub(crate) fn for_scripts() -> Result<EngineTargets> {
    let named = |name: &str, (major, minor): Version| format!("{name}{major}.{minor}");
    let all = [
        named("chrome", CHROME),
        named("edge", CHROME),
        named("firefox", FIREFOX),
        named("ios", SAFARI),
        named("safari", SAFARI),
    ];
    let mut line = EngineTargets::from_target_list(&all).map_err(|fault| anyhow!(fault))?;
    // The list adds the newest edition of the language by itself, which would allow everything.
    line.remove(&Engine::Es);
    Ok(line)
}

/// The line for style sheets.
pub(crate) fn for_sheets() -> Targets {
    let packed = |(major, minor): Version| Some(u32::from(major) << 16 | u32::from(minor) << 8);
    Targets::from(Browsers {
        chrome: packed(CHROME),
        edge: packed(CHROME),
        firefox: packed(FIREFOX),
        ios_saf: packed(SAFARI),
        safari: packed(SAFARI),
        ..Browsers::default()
    })
}
