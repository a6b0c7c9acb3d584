use super::*;

/// From a line of flags; nothing comes from the environment of whoever runs the test.
fn args(line: &str) -> Args {
    let mut args = Args::default();
    let mut words = line.split('|').map(str::trim).filter(|it| !it.is_empty());
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        let place = match name {
            "bind" => &mut args.bind,
            "data" => &mut args.data,
            "database-url" => &mut args.database_url,
            "office" => &mut args.office,
            "public-url" => &mut args.public_url,
            "allowed-origins" => &mut args.allowed_origins,
            "clock" => &mut args.clock,
            "limits" => &mut args.limits,
            "limit-exempt" => &mut args.limit_exempt,
            "durability" => &mut args.durability,
            "telephone" => &mut args.telephone,
            "mail" => &mut args.mail,
            "address" => &mut args.address,
            other => panic!("{other}"),
        };
        *place = Some(value.to_owned());
    }
    args
}

#[track_caller]
fn check(line: &str, expected: &[&str]) {
    let faults = Config::read(&args(line)).map(|_| ()).unwrap_err();
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, part) in faults.iter().zip(expected) {
        assert!(fault.contains(part) && !fault.contains('\n'), "{fault}");
    }
}

#[test]
fn the_command_line_is_well_formed() {
    <Args as clap::CommandFactory>::command().debug_assert();
}

#[test]
fn every_flag_and_its_variable_stand_in_the_readme() {
    let readme = include_str!("../../../README.md");
    let rows: Vec<_> = readme.lines().filter(|it| it.starts_with("| `--")).collect();
    let command = <Args as clap::CommandFactory>::command();
    for arg in command.get_arguments() {
        // What a person says for one start is no setting: a variable would say it at every start.
        if matches!(arg.get_action(), clap::ArgAction::SetTrue) {
            assert!(arg.get_env().is_none(), "{arg}");
            assert!(readme.contains(&format!("`--{}`", arg.get_long().unwrap())), "{arg}");
            continue;
        }
        let (Some(flag), Some(variable)) = (arg.get_long(), arg.get_env()) else { panic!("{arg}") };
        let (flag, variable) = (format!("`--{flag}`"), format!("`{}`", variable.to_str().unwrap()));
        assert!(rows.iter().any(|it| it.contains(&flag) && it.contains(&variable)), "{flag} {variable}");
    }
}

#[test]
fn without_any_setting_the_server_starts_locally_and_warns_of_the_missing_telephone() {
    let config = Config::read(&args("clock | 2026-11-24T09:00:00+09:00")).unwrap();
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(file(&config), Some("data/precheck.db"));
    assert_eq!(config.office.id(), "otaru");
    assert!(config.limits.on && config.allowed_origins.is_empty());
    assert!(config.warnings.iter().any(|it| it.contains("--telephone")), "{:?}", config.warnings);
}

#[test]
fn article_4_3_a_public_start_needs_the_telephone() {
    check("bind | 0.0.0.0:80", &["--telephone"]);
    check("public-url | https://precheck.example.jp", &["--telephone"]);
    check("bind | [::]:80 | telephone |  ", &["--telephone"]);
    for line in ["bind | 0.0.0.0:80", "public-url | https://a.example"] {
        assert!(Config::read(&args(&format!("{line} | telephone | 0134-00-0000"))).is_ok());
    }
    assert!(Config::read(&args("bind | [::1]:0")).is_ok());
}

#[test]
fn every_fault_has_its_line() {
    check(
        "bind | here | database-url | mysql:x | public-url | ftp://x | allowed-origins | https://a.jp/, *\
         | clock | now | limits | maybe | limit-exempt | 1.2.3 | telephone | x | mail | y | office | /does/not/exist",
        &[
            "--bind",
            "--database-url",
            "--public-url",
            "--allowed-origins",
            "--clock",
            "--limits",
            "--limit-exempt",
            "--telephone",
            "--mail",
            "/does/not/exist",
        ],
    );
}

fn file(config: &Config) -> Option<&str> {
    match &config.database {
        Database::Sqlite(path) => path.to_str(),
        Database::Postgres(_) => None,
    }
}

#[test]
fn a_database_url_may_name_postgresql_and_its_password_is_not_repeated() {
    for scheme in ["postgres", "postgresql"] {
        let config =
            Config::read(&args(&format!("database-url | {scheme}://me:secret@localhost/db"))).unwrap();
        assert!(file(&config).is_none() && !format!("{config:?}").contains("secret"), "{config:?}");
        let elsewhere = format!("database-url | {scheme}://me:secret@db.example.jp/db");
        check(&elsewhere, &["not encrypted"]);
        assert!(!Config::read(&args(&elsewhere)).unwrap_err()[0].contains("secret"));
    }
}

#[test]
fn a_database_url_names_a_file() {
    for (url, name) in [("sqlite:a.db", "a.db"), ("sqlite://a/b.db", "a/b.db"), ("sqlite:///a.db", "/a.db")] {
        let config = Config::read(&args(&format!("database-url | {url}"))).unwrap();
        assert_eq!(file(&config), Some(name), "{url}");
    }
    for url in ["sqlite:", "sqlite::memory:", "a.db", "sqlite:a.db?mode=ro"] {
        assert!(Config::read(&args(&format!("database-url | {url}"))).is_err(), "{url}");
    }
}

#[test]
fn origins_are_exactly_what_browsers_send() {
    let origins = |text: &str| {
        Config::read(&args(&format!("allowed-origins | {text}"))).map(|it| it.allowed_origins.len())
    };
    assert_eq!(origins("https://a.jp, http://localhost:3000 ,https://[::1]:8443"), Ok(3));
    // Of a page in a sandbox; any other word is none.
    assert_eq!(origins("https://a.jp,null"), Ok(2));
    for wrong in ["https://a.jp/", "https://A.jp", "a.jp", "*", "https://a.jp:x", "https://", "https://a b"] {
        assert!(origins(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn supplement_a_start_before_the_first_terms_is_refused() {
    check("clock | 2023-09-30T23:59:59+09:00", &["no version of the terms is in force"]);
    assert!(Config::read(&args("clock | 2023-10-01T00:00:00+09:00")).is_ok());
}

#[test]
fn a_shifted_clock_and_missing_limits_are_shouted() {
    let config = Config::read(&args("clock | 2026-11-24T00:00:00Z | limits | off")).unwrap();
    assert_eq!(
        config.warnings.iter().filter(|it| it.contains("--clock") || it.contains("--limits")).count(),
        2
    );
    assert!(!config.limits.on);
}
