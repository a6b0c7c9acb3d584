//! The program's environment beside its settings: variables that look like settings and are none, and what the log is asked for.

use std::ffi::{OsStr, OsString};

use clap::CommandFactory as _;
use tracing_subscriber::EnvFilter;

use crate::config::Args;

/// What the log shows is asked for by this one.
const LOG: &str = "PRECHECK_LOG";

/// All of ours begin so.
const PREFIX: &str = "PRECHECK_";

/// A line for each variable that nobody reads: most likely its name is mistyped, and what it should do is not done.
pub fn unknown_variables(names: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let command = Args::command();
    let known = |name: &OsStr| name == LOG || command.get_arguments().any(|it| it.get_env() == Some(name));
    let mut unknown: Vec<_> = names.into_iter().filter(|it| !known(it)).collect();
    unknown.sort();
    let names = unknown.iter().filter_map(|it| it.to_str()).filter(|it| it.starts_with(PREFIX));
    names.map(|it| format!("{it}: no setting has this name, and it does nothing")).collect()
}

/// What the log shows, and a line where that is not what was asked for.
pub fn log_filter() -> (EnvFilter, Option<String>) {
    read_filter(std::env::var_os(LOG).as_deref())
}

fn read_filter(asked: Option<&OsStr>) -> (EnvFilter, Option<String>) {
    let usual = || EnvFilter::new("info");
    let Some(asked) = asked.filter(|it| !it.is_empty()) else { return (usual(), None) };
    let text = asked.to_str().filter(|it| it.split(',').all(|directive| !is_mistyped(directive.trim())));
    if let Some(Ok(filter)) = text.map(EnvFilter::try_new) {
        return (filter, None);
    }
    let asked = asked.to_string_lossy();
    let line =
        format!("{LOG}: `{asked}` is not understood; it is a level such as info or debug: info is used");
    (usual(), Some(line))
}

/// A word alone is a level; the filter itself would take it for a module and be silent about everything else.
fn is_mistyped(directive: &str) -> bool {
    let is_level = ["off", "error", "warn", "info", "debug", "trace"]
        .iter()
        .any(|it| directive.eq_ignore_ascii_case(it));
    let is_module = directive.contains(['=', ':', '[']) || directive.starts_with("precheck");
    !(directive.is_empty() || is_level || is_module || directive.parse::<u8>().is_ok_and(|it| it <= 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_no_setting_has_is_named_and_no_other() {
        let names = ["PRECHECK_TELEFONE", "PRECHECK_TELEPHONE", "PRECHECK_LOG", "PATH", "PRECHECK_DATABASE"];
        let lines = unknown_variables(names.map(OsString::from));
        let [one, other] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(
            one.starts_with("PRECHECK_DATABASE: ") && other.starts_with("PRECHECK_TELEFONE: "),
            "{lines:?}"
        );
    }

    #[test]
    fn a_log_that_cannot_be_as_asked_shows_what_it_usually_shows_and_says_so() {
        let told = |text: &str| read_filter(Some(OsStr::new(text))).1;
        for good in [
            "debug",
            "INFO",
            "",
            "2",
            "warn,precheck_server=debug",
            "precheck_server::serve=trace",
            "hyper=off",
        ] {
            assert_eq!(told(good), None, "{good}");
        }
        for bad in ["verbose", "inof", "debug,al", "precheck_server=loud"] {
            assert!(told(bad).is_some_and(|it| it.contains(LOG) && it.contains("info is used")), "{bad}");
        }
        assert_eq!(read_filter(Some(OsStr::new("verbose"))).0.to_string(), "info");
    }
}
