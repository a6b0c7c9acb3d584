//! What the headers come to, in words.

use precheck_shared::texts::Texts;

use crate::guide::host::headers::Place;
use crate::guide::host::judge::{Corrected, Finding, Grade, Judgement, Wish, header_of};

/// The whole answer.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) is_good: bool,
    /// For which way of embedding.
    pub(super) about: String,
    pub(super) findings: Vec<Line>,
    pub(super) corrected: String,
}

/// One finding.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) grade: &'static str,
    pub(super) mark: &'static str,
    pub(super) header: &'static str,
    pub(super) what: String,
    pub(super) why: Option<String>,
    pub(super) cure: Option<String>,
    /// What is only reported is no fault yet.
    pub(super) note: Option<&'static str>,
}

impl Told {
    pub(super) fn new(words: &'static Texts, wish: &Wish, judgement: &Judgement) -> Self {
        let isolation = if wish.is_framed() { "embed.isolation.frame" } else { "embed.isolation.none" };
        let line = |it: &Corrected| format!("{}: {}", it.header, it.value);
        Self {
            is_good: judgement.is_good(),
            about: words.fill("embed.judged.for", &[("isolation", words.get(isolation))]),
            findings: judgement.findings.iter().map(|it| told(words, it)).collect(),
            corrected: judgement.corrected.iter().map(line).collect::<Vec<_>>().join("\n\n"),
        }
    }
}

fn told(words: &'static Texts, finding: &Finding) -> Line {
    let values: Vec<(&str, &str)> = finding.values.iter().map(|it| (it.0, it.1.as_str())).collect();
    let say = |part: &str| words.fill(&format!("embed.judge.{}.{part}", finding.code), &values);
    let (grade, mark) = match finding.grade {
        Grade::Good => ("good", "embed.grade.good"),
        Grade::Caution => ("caution", "embed.grade.caution"),
        Grade::Bad => ("bad", "embed.grade.bad"),
    };
    let is_good = finding.grade == Grade::Good;
    let is_reported = !is_good && finding.header == header_of(Place::ReportOnly);
    Line {
        grade,
        mark: words.get(mark),
        header: finding.header,
        what: say(if is_good { "good" } else { "bad" }),
        why: (!is_good).then(|| say("why")),
        cure: (!is_good).then(|| say("cure")),
        note: is_reported.then(|| words.get("embed.judge.reported")),
    }
}
