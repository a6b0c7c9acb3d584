//! Pages' headers and what is said of them: each refusal beside the nearest header that is good.

use super::*;

fn wish(unframed: bool) -> Wish {
    Wish {
        server: Address::of_origin("https://precheck.example.jp").unwrap(),
        host: Address::of_page("https://www.city.example.jp/work.html"),
        unframed,
    }
}

fn bad(wish: &Wish, pasted: &str) -> Vec<&'static str> {
    let judgement = judge(wish, &Pasted::read(pasted));
    let bad = judgement.findings.iter().filter(|it| it.grade == Grade::Bad).map(|it| it.code).collect();
    // What is told to be written really mends it: a nonce apart, which no header can give.
    let written: Vec<_> =
        judgement.corrected.iter().map(|it| format!("{}: {}", it.header, it.value)).collect();
    let again = judge(
        wish,
        &Pasted::read(
            &written
                .join("\n")
                .replace("<meta http-equiv=\"Content-Security-Policy\">", "Content-Security-Policy"),
        ),
    );
    let left: Vec<_> =
        again.findings.iter().filter(|it| it.grade == Grade::Bad && it.code != "nonce").collect();
    assert!(left.is_empty(), "{pasted}: still {left:#?} after {written:#?}");
    bad
}

#[test]
fn in_a_frame_loader_and_frame_have_to_be_allowed_and_nothing_else() {
    const S: &str = "https://precheck.example.jp";
    for (pasted, expected) in [
        (format!("default-src 'none'; script-src {S}; frame-src {S}"), vec![]),
        (format!("default-src {S}"), vec![]),
        (format!("default-src 'none'; script-src {S}"), vec!["frame"]),
        (format!("default-src 'none'; frame-src {S}"), vec!["script"]),
        (format!("script-src {S}; child-src {S}"), vec![]),
        (format!("script-src {S}; child-src 'self'"), vec!["frame"]),
        (format!("script-src {S}/embed/v1/; frame-src {S}/"), vec![]),
        (format!("script-src {S}/embed/v1/; frame-src {S}/check"), vec!["frame"]),
        ("default-src 'self'".to_owned(), vec!["script", "frame"]),
        ("script-src 'self' 'unsafe-inline'".to_owned(), vec!["script"]),
        ("script-src 'nonce-abc'".to_owned(), vec!["script"]),
        (format!("script-src 'nonce-abc' 'strict-dynamic' {S}"), vec!["nonce"]),
        ("img-src 'self'; frame-ancestors 'none'; upgrade-insecure-requests".to_owned(), vec![]),
        ("require-trusted-types-for 'script'; trusted-types 'none'".to_owned(), vec![]),
        ("Content-Security-Policy: default-src *, frame-src 'self'".to_owned(), vec!["frame"]),
        (
            r#"<meta http-equiv="Content-Security-Policy" content="frame-src 'self'">"#.to_owned(),
            vec!["frame"],
        ),
        ("Content-Security-Policy-Report-Only: default-src 'none'".to_owned(), vec![]),
        ("Cross-Origin-Embedder-Policy: require-corp".to_owned(), vec!["embedder"]),
        ("Cross-Origin-Embedder-Policy: unsafe-none".to_owned(), vec![]),
        ("server: nginx".to_owned(), vec![]),
    ] {
        assert_eq!(bad(&wish(false), &pasted), expected, "{pasted}");
    }
}

#[test]
fn without_a_frame_it_takes_scripts_webassembly_and_fetching() {
    const S: &str = "https://precheck.example.jp";
    for (pasted, expected) in [
        (
            format!("default-src 'none'; script-src {S} 'wasm-unsafe-eval'; connect-src {S}; style-src {S}"),
            vec![],
        ),
        (format!("default-src {S} 'unsafe-eval'"), vec![]),
        (format!("default-src {S}"), vec!["compile"]),
        (format!("script-src {S} 'wasm-unsafe-eval'; connect-src 'self'"), vec!["fetch"]),
        (format!("script-src-elem {S}; script-src 'self'"), vec!["compile"]),
        (format!("script-src {S}/embed/v1/precheck.js 'wasm-unsafe-eval'"), vec!["script"]),
        ("default-src 'self'; frame-src 'none'".to_owned(), vec!["script", "compile", "fetch"]),
        ("Cross-Origin-Embedder-Policy: require-corp".to_owned(), vec![]),
    ] {
        assert_eq!(bad(&wish(true), &pasted), expected, "{pasted}");
    }
    // A sheet is a matter of old browsers alone.
    let judgement = judge(&wish(true), &Pasted::read("style-src 'self'"));
    assert!(
        judgement.is_good()
            && judgement.findings.iter().any(|it| it.code == "sheet" && it.grade == Grade::Caution)
    );
}

#[test]
fn on_the_servers_own_origin_self_is_enough_and_there_is_no_frame() {
    let own = Wish { host: Address::of_page("https://precheck.example.jp/a"), ..wish(false) };
    assert_eq!(bad(&own, "default-src 'self' 'wasm-unsafe-eval'; frame-src 'none'"), Vec::<&str>::new());
    assert_eq!(bad(&own, "default-src 'self'"), ["compile"]);
}

#[test]
fn a_sandbox_has_to_give_back_what_the_element_lives_on() {
    for (pasted, expected) in [
        ("sandbox allow-scripts allow-same-origin allow-forms allow-popups", vec![]),
        ("sandbox allow-scripts allow-forms allow-popups", vec!["sandbox"]),
        ("sandbox", vec!["sandbox"]),
    ] {
        assert_eq!(bad(&wish(false), pasted), expected, "{pasted}");
    }
}

#[test]
fn camera_and_microphone_have_to_be_lent_to_the_frame() {
    for (pasted, framed, unframed) in [
        ("Permissions-Policy: camera=(), microphone=()", vec!["permission"], vec!["permission"]),
        ("Permissions-Policy: camera=(self), microphone=(self)", vec!["permission"], vec![]),
        ("Permissions-Policy: camera=(self \"https://precheck.example.jp\"), microphone=*", vec![], vec![]),
        ("Permissions-Policy: geolocation=()", vec![], vec![]),
        ("Permissions-Policy: camera 'none'", vec![], vec![]),
        ("Feature-Policy: microphone 'none'", vec!["permission"], vec!["permission"]),
    ] {
        assert_eq!(bad(&wish(false), pasted), framed, "{pasted}");
        assert_eq!(bad(&wish(true), pasted), unframed, "{pasted}");
    }
    let said = judge(&wish(false), &Pasted::read("Permissions-Policy: camera 'none'"));
    assert!(said.findings.iter().any(|it| it.code == "permission_unread"));
}

#[test]
fn a_page_over_https_loads_nothing_from_a_server_without() {
    let server = Address::of_origin("http://precheck.example.jp").unwrap();
    let judgement = judge(&Wish { server, ..wish(false) }, &Pasted::read("server: nginx"));
    assert!(judgement.findings.iter().any(|it| it.code == "mixed" && it.grade == Grade::Bad));
}

#[test]
fn the_clauses_that_are_told_are_found_good() {
    for unframed in [false, true] {
        let wish = wish(unframed);
        let policy = format!("default-src 'none'; {}", wish.clauses().join("; "));
        let pasted = format!("Content-Security-Policy: {policy}\nPermissions-Policy: {}", wish.permissions());
        let judgement = judge(&wish, &Pasted::read(&pasted));
        assert!(judgement.findings.iter().all(|it| it.grade == Grade::Good), "{judgement:#?}");
        assert_eq!(judgement.corrected, []);
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let judgement = judge(&wish(false), &Pasted::read("こんにちは"));
    assert_eq!(judgement.findings.iter().map(|it| it.code).collect::<Vec<_>>(), ["unread"]);
}
