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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::host::address::Address;
    use crate::guide::host::headers::Pasted;
    use crate::guide::host::judge::judge;
    use crate::guide::page::words_for;

    /// Headers that bring up every finding there is, good or bad, in one way of embedding or the other.
    const HEADERS: [&str; 6] = [
        "",
        "server: nginx",
        "Content-Security-Policy: default-src 'none'; sandbox\nPermissions-Policy: camera=()\n\
         Cross-Origin-Embedder-Policy: require-corp",
        "Content-Security-Policy: default-src *; script-src * 'unsafe-eval'; sandbox allow-scripts allow-same-origin \
         allow-forms allow-popups\nPermissions-Policy: camera",
        "Content-Security-Policy: script-src 'nonce-a' 'strict-dynamic'\nPermissions-Policy: camera 'none'",
        "Content-Security-Policy-Report-Only: default-src 'none'\nFeature-Policy: camera 'none'",
    ];

    #[test]
    fn every_finding_is_told_in_words_in_both_languages() {
        let mut codes = std::collections::BTreeSet::new();
        for (headers, unframed, language) in HEADERS
            .iter()
            .flat_map(|it| [(it, false), (it, true)])
            .flat_map(|(it, unframed)| [(it, unframed, "ja"), (it, unframed, "en")])
        {
            let server = Address::of_origin("http://precheck.example.jp").unwrap();
            let wish = Wish { server, host: Address::of_page("https://a.example/"), unframed };
            let judgement = judge(&wish, &Pasted::read(headers));
            codes.extend(judgement.findings.iter().map(|it| (it.code, it.grade == Grade::Good)));
            for line in Told::new(words_for(language), &wish, &judgement).findings {
                let all = [Some(line.what), line.why, line.cure].into_iter().flatten();
                for words in all {
                    assert!(!words.starts_with("embed.") && !words.contains(['{', '}']), "{words}");
                }
            }
        }
        let good = ["script", "frame", "compile", "fetch", "sheet", "sandbox", "permission", "no_policy"];
        let bad = [
            "script",
            "frame",
            "compile",
            "fetch",
            "sheet",
            "sandbox",
            "permission",
            "nonce",
            "mixed",
            "embedder",
            "unread",
            "permission_unread",
        ];
        let expected =
            good.into_iter().map(|it| (it, true)).chain(bad.into_iter().map(|it| (it, false))).collect();
        assert_eq!(codes, expected);
    }
}
