//! What the element needs of the page around it, and what of that its headers refuse.
//!
//! What is needed was looked at in Chromium, one policy at a time: in a frame the page's own policy has to allow the loader and the
//! frame, and nothing else; without one, loader, WebAssembly and fetching as well. A sheet of ours is only fetched as a `<link>` by
//! Safari before 16.4.

use super::address::Address;
use super::csp::{COMPILING, FETCHES, FRAMES, Policy, SCRIPTS, SHEETS};
use super::headers::{Pasted, Place, Written};
use super::permissions::Permissions;

/// What somebody wants to embed, and where.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// This server.
    pub(crate) server: Address,
    /// The page, if she named it.
    pub(crate) host: Option<Address>,
    /// Whether the element was asked to do without a frame.
    pub(crate) unframed: bool,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    Good,
    /// Works, or works for most.
    Caution,
    /// Does not work.
    Bad,
}

/// One finding: `code` is where its words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) grade: Grade,
    pub(crate) code: &'static str,
    /// The header that it is about; empty for none.
    pub(crate) header: &'static str,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// A header as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Corrected {
    pub(crate) header: &'static str,
    pub(crate) value: String,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) findings: Vec<Finding>,
    pub(crate) corrected: Vec<Corrected>,
}

/// What a page in a sandbox has to be given back.
const FREEDOMS: [&str; 4] = ["allow-scripts", "allow-same-origin", "allow-forms", "allow-popups"];

const PERMISSIONS: &str = "Permissions-Policy";
const FEATURES: &str = "Feature-Policy";
const EMBEDDER: &str = "Cross-Origin-Embedder-Policy";

/// Camera and microphone.
pub(crate) const DEVICES: [&str; 2] = ["camera", "microphone"];

impl Wish {
    /// Whether the element will stand in a frame: not on the server's own pages.
    pub(crate) fn is_framed(&self) -> bool {
        !self.unframed && self.host.as_ref().is_none_or(|it| it.origin() != self.server.origin())
    }

    /// Sources that a policy needs, by what they are for.
    pub(crate) fn needs(&self) -> Vec<(&'static str, &'static [&'static str], Vec<String>)> {
        let server = || vec![self.server.origin()];
        if self.is_framed() {
            return vec![("script", SCRIPTS, server()), ("frame", FRAMES, server())];
        }
        vec![
            ("script", SCRIPTS, server()),
            ("compile", COMPILING, vec!["'wasm-unsafe-eval'".to_owned()]),
            ("fetch", FETCHES, server()),
            ("sheet", SHEETS, server()),
        ]
    }

    /// The clauses to write where a page has a policy of its own: `script-src …`.
    pub(crate) fn clauses(&self) -> Vec<String> {
        let server = self.server.origin();
        if self.is_framed() {
            return vec![format!("script-src {server}"), format!("frame-src {server}")];
        }
        vec![
            format!("script-src {server} 'wasm-unsafe-eval'"),
            format!("connect-src {server}"),
            format!("style-src {server}"),
        ]
    }

    /// The header to write where a page has one: both are lent, or used by the page itself.
    pub(crate) fn permissions(&self) -> String {
        let to = if self.is_framed() {
            format!("(self \"{}\")", self.server.origin())
        } else {
            "(self)".to_owned()
        };
        DEVICES.map(|it| format!("{it}={to}")).join(", ")
    }
}

/// Judges what somebody pasted.
pub(crate) fn judge(wish: &Wish, pasted: &Pasted) -> Judgement {
    let mut judgement = Judgement::default();
    if !pasted.is_read {
        judgement.say(Grade::Caution, "unread", "", Vec::new());
        return judgement;
    }
    if wish.host.as_ref().is_some_and(|it| it.scheme == "https") && wish.server.scheme == "http" {
        judgement.say(Grade::Bad, "mixed", "", vec![("server", wish.server.origin())]);
    }
    if pasted.policies.is_empty() {
        judgement.say(Grade::Good, "no_policy", header_of(Place::Header), Vec::new());
    }
    for written in &pasted.policies {
        judge_policy(wish, written, &mut judgement);
    }
    judge_permissions(wish, pasted, &mut judgement);
    let embedder = pasted.embedder.as_deref().map(|it| it.split(';').next().unwrap_or_default().trim());
    if wish.is_framed() && matches!(embedder, Some("require-corp" | "credentialless")) {
        let value = embedder.unwrap_or_default().to_owned();
        judgement.say(Grade::Bad, "embedder", EMBEDDER, vec![("value", value)]);
    }
    judgement
}

impl Judgement {
    fn say(
        &mut self,
        grade: Grade,
        code: &'static str,
        header: &'static str,
        values: Vec<(&'static str, String)>,
    ) {
        self.findings.push(Finding { grade, code, header, values });
    }

    /// Whether nothing stands in the way.
    pub(crate) fn is_good(&self) -> bool {
        self.findings.iter().all(|it| it.grade != Grade::Bad)
    }
}

/// A header by its name, or where else a policy stands.
pub(crate) fn header_of(place: Place) -> &'static str {
    match place {
        Place::Header => "Content-Security-Policy",
        Place::ReportOnly => "Content-Security-Policy-Report-Only",
        Place::Meta => "<meta http-equiv=\"Content-Security-Policy\">",
    }
}

fn judge_policy(wish: &Wish, written: &Written, judgement: &mut Judgement) {
    let header = header_of(written.place);
    // What is only reported stops nothing yet.
    let bad = if written.place == Place::ReportOnly { Grade::Caution } else { Grade::Bad };
    let mut corrected = written.policy.clone();
    for (code, names, sources) in wish.needs() {
        let Some(directive) = written.policy.effective(names) else {
            judgement.say(Grade::Good, code, header, Vec::new());
            continue;
        };
        let values = || vec![("directive", directive.name.clone()), ("source", sources.join(" "))];
        let is_strict = code == "script" && directive.has("'strict-dynamic'");
        if !is_strict && is_allowed(wish, &written.policy, code, names) {
            judgement.say(Grade::Good, code, header, Vec::new());
        } else if is_strict {
            // Nothing in the header mends it: each page's answer has another nonce, which the line has to carry.
            judgement.say(bad, "nonce", header, values());
        } else {
            let grade = if code == "sheet" { Grade::Caution } else { bad };
            judgement.say(grade, code, header, values());
            corrected.add(names, &sources);
        }
    }
    judge_sandbox(&written.policy, header, bad, &mut corrected, judgement);
    if corrected != written.policy {
        judgement.corrected.push(Corrected { header, value: corrected.to_string() });
    }
}

fn is_allowed(wish: &Wish, policy: &Policy, code: &str, names: &[&str]) -> bool {
    let Some(directive) = policy.effective(names) else { return true };
    if code == "compile" {
        return directive.has("'wasm-unsafe-eval'") || directive.has("'unsafe-eval'");
    }
    // The addresses that are really asked for: a policy may name a folder or a file.
    let paths: &[&str] = match code {
        "script" => &["/embed/v1/precheck.js", "/embed/v1/glue.js"],
        "frame" => &["/", "/check", "/plain"],
        "fetch" => &["/embed/v1/precheck.wasm", "/api/v1/office"],
        _ => &["/embed/v1/widget.css"],
    };
    paths.iter().all(|path| directive.allows(&wish.server.at(path), wish.host.as_ref()))
}

fn judge_sandbox(
    policy: &Policy,
    header: &'static str,
    bad: Grade,
    corrected: &mut Policy,
    judgement: &mut Judgement,
) {
    let Some(sandbox) = policy.named("sandbox") else { return };
    let missing: Vec<&str> = FREEDOMS.into_iter().filter(|it| !sandbox.has(it)).collect();
    if missing.is_empty() {
        judgement.say(Grade::Good, "sandbox", header, Vec::new());
    } else {
        judgement.say(bad, "sandbox", header, vec![("missing", missing.join(" "))]);
        corrected.allow_in("sandbox", &missing);
    }
}

fn judge_permissions(wish: &Wish, pasted: &Pasted, judgement: &mut Judgement) {
    let server = wish.is_framed().then_some(&wish.server);
    let newer = pasted.permissions.as_deref().map(|it| (PERMISSIONS, Permissions::read(it)));
    let older = pasted.features.as_deref().map(|it| (FEATURES, Some(Permissions::read_older(it))));
    if newer.is_none() && older.is_none() {
        judgement.say(Grade::Good, "permission", PERMISSIONS, Vec::new());
    }
    for (header, said) in [newer, older].into_iter().flatten() {
        let Some(said) = said else {
            judgement.say(Grade::Caution, "permission_unread", header, Vec::new());
            continue;
        };
        let refused: Vec<&str> =
            DEVICES.into_iter().filter(|it| !said.of(it).lends(wish.host.as_ref(), server)).collect();
        if refused.is_empty() {
            judgement.say(Grade::Good, "permission", header, Vec::new());
            continue;
        }
        judgement.say(Grade::Bad, "permission", header, vec![("features", refused.join(", "))]);
        // The older one is better left out than mended: the newer one takes its place.
        let value =
            if header == PERMISSIONS { said.lent(&refused, server).to_string() } else { wish.permissions() };
        judgement.corrected.push(Corrected { header: PERMISSIONS, value });
    }
}

#[cfg(test)]
mod tests;
