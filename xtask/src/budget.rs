//! What a visitor downloads, as a table, and the budgets that a release build must keep.
//!
//! Bytes are those of brotli, which every browser in reach asks for.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::build::Quality;
use crate::bundle::{Role, Written};
use crate::project::Project;
use crate::squeeze;

/// Everything needed to use the widget, the device check and two languages included.
const WIDGET: Limit = Limit { budget: 200_000, aim: 160_000 };
/// The loader, which an office's page carries whether anybody uses the widget or not.
const LOADER: Limit = Limit { budget: 4_000, aim: 3_000 };
/// What there is until the first step answers: our page with its style sheet inside, and the loader.
const FIRST_STEP: Limit = Limit { budget: 14_000, aim: 10_000 };

/// Bytes of brotli.
struct Limit {
    budget: usize,
    aim: usize,
}

/// What it comes to, in bytes of brotli.
pub(crate) struct Totals {
    loader: usize,
    widget: usize,
    /// Known where the server was built as well.
    first_step: Option<usize>,
}

/// Prints the table, with the totals beside their budgets. `page` is our own page as the server sends it.
pub(crate) fn print(project: &Project, files: &[Written], page: Option<usize>) -> Result<Totals> {
    println!("\n{:<32}{:>12}{:>12}", "file", "raw", "brotli");
    for file in files {
        println!("{:<32}{:>12}{:>12}", file.name, file.raw, file.brotli);
    }

    // The terms come from the API, but they are downloaded all the same.
    let terms = terms(project)?;
    let sum = |role| files.iter().filter(|it| it.role == role).map(|it| it.brotli).sum::<usize>();
    let second_language =
        files.iter().filter(|it| it.role == Role::Language).map(|it| it.brotli).max().unwrap_or(0);
    let loader = sum(Role::Loader);
    let widget = loader + sum(Role::Code) + second_language + terms;
    println!("{:<44}{terms:>12}", "the terms, from the API");
    println!("{:<44}{:>12}", "our own pages add", sum(Role::Page));
    let first_step = page.map(|it| it + loader);
    let first = first_step.map(|it| ("until the first step answers", it, &FIRST_STEP));
    let always = [("loader", loader, &LOADER), ("widget, two languages and terms", widget, &WIDGET)];
    for (what, brotli, limit) in first.into_iter().chain(always) {
        println!(
            "{what:<44}{brotli:>12}  of {} (aim {}): {}",
            limit.budget,
            limit.aim,
            limit.verdict(brotli)
        );
    }
    println!();
    Ok(Totals { loader, widget, first_step })
}

impl Totals {
    /// Over budget is a failure.
    pub(crate) fn hold(&self) -> Result<()> {
        let first_step = self.first_step.unwrap_or_default();
        if self.loader <= LOADER.budget && self.widget <= WIDGET.budget && first_step <= FIRST_STEP.budget {
            return Ok(());
        }
        bail!(
            "over budget: the table above shows what grew; cut it, or argue for another budget in xtask/src/budget.rs"
        )
    }
}

impl Limit {
    fn verdict(&self, brotli: usize) -> &'static str {
        match brotli {
            it if it <= self.aim => "kept",
            it if it <= self.budget => "kept, over the aim",
            _ => "EXCEEDED",
        }
    }
}

/// The largest of the published terms, packed.
fn terms(project: &Project) -> Result<usize> {
    let folder = project.path("shared/offices/otaru");
    let mut largest = 0;
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let published =
            path.file_name().and_then(|it| it.to_str()).is_some_and(|it| it.starts_with("terms-"));
        if published {
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            largest = largest.max(squeeze::brotli(&text, Quality::Release)?.len());
        }
    }
    Ok(largest)
}
