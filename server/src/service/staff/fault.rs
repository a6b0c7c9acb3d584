//! What is wrong with what was entered for an account.

use unicode_normalization::UnicodeNormalization as _;

use super::passwords::Weak;

/// What is wrong, each with its field and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not 2 to 40 of `a-z 0-9 . _ -`.
    LoginForm,
    /// Somebody has it, or had it.
    LoginTaken,
    /// Not 1 to 40 characters of a name.
    NameForm,
    /// No such role.
    RoleForm,
    /// Not taken as a password.
    Password(Weak),
    /// The two are not the same.
    PasswordsDiffer,
    /// Not the password that she has.
    PasswordWrong,
    /// It counts for nothing for so many seconds.
    PasswordWaits(u64),
    /// Not the code that the device shows.
    CodeWrong,
    /// Without her nobody could invite anybody.
    LastManager,
    /// A manager requires one-time passwords of her.
    CodesRequired,
    /// Nobody has taken her coming counsellings.
    Counsellings,
}

impl Fault {
    /// Its field's name and id; empty where no field can mend it.
    pub fn field(self) -> &'static str {
        match self {
            Self::LoginForm | Self::LoginTaken => "login",
            Self::NameForm => "name",
            Self::RoleForm => "role",
            Self::Password(_) => "password",
            Self::PasswordsDiffer => "again",
            Self::PasswordWrong | Self::PasswordWaits(_) => "old",
            Self::CodeWrong => "code",
            Self::LastManager | Self::CodesRequired | Self::Counsellings => "",
        }
    }

    /// How long she has to wait, where that is it.
    pub fn seconds(self) -> Option<u64> {
        if let Self::PasswordWaits(seconds) = self { Some(seconds) } else { None }
    }

    /// Names its words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginForm => "login_form",
            Self::LoginTaken => "login_taken",
            Self::NameForm => "name_form",
            Self::RoleForm => "role_form",
            Self::Password(Weak::TooShort) => "password_short",
            Self::Password(Weak::TooLong) => "password_long",
            Self::Password(Weak::Own) => "password_own",
            Self::Password(Weak::Office) => "password_office",
            Self::Password(Weak::Known) => "password_common",
            Self::Password(Weak::Pattern) => "password_pattern",
            Self::PasswordsDiffer => "passwords_differ",
            Self::PasswordWrong => "password_wrong",
            Self::PasswordWaits(_) => "password_waits",
            Self::CodeWrong => "code_wrong",
            Self::LastManager => "last_manager",
            Self::CodesRequired => "codes_required",
            Self::Counsellings => "counsellings",
        }
    }
}

/// A login as it is kept, whatever keyboard it was typed on.
pub fn login_of(typed: &str) -> Option<String> {
    let login = folded(typed);
    let fits = login.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it));
    (fits && (2..=40).contains(&login.len())).then_some(login)
}

/// The same of a login that is only looked for.
pub(super) fn folded(typed: &str) -> String {
    typed.trim().nfkc().collect::<String>().to_lowercase()
}

/// A name as it is kept: no line breaks, and nothing that turns the direction of the text around it.
pub fn name_of(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let turns = |it: char| matches!(it, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    let fits = !name.chars().any(|it| it.is_control() || turns(it));
    (fits && (1..=40).contains(&name.chars().count())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_narrow_and_small_and_nothing_else() {
        for (typed, kept) in [
            (" Kyoko.O ", Some("kyoko.o")),
            ("ＫＹＯＫＯ", Some("kyoko")),
            ("k", None),
            ("京子", None),
            ("a b", None),
            ("\"><script>", None),
            ("", None),
        ] {
            assert_eq!(login_of(typed).as_deref(), kept, "{typed}");
        }
        assert!(login_of(&"a".repeat(40)).is_some() && login_of(&"a".repeat(41)).is_none());
    }

    #[test]
    fn a_name_is_one_line_that_turns_nothing_around() {
        for (typed, kept) in [
            (" 小樽　京子 ", Some("小樽 京子")),
            ("O'Hara \"><script>", Some("O'Hara \"><script>")),
            ("a\nb", Some("a b")),
            ("a\u{0}b", None),
            ("\u{202E}abc", None),
            ("abc\u{200F}", None),
            (" ", None),
        ] {
            assert_eq!(name_of(typed).as_deref(), kept, "{typed:?}");
        }
        assert!(name_of(&"あ".repeat(40)).is_some() && name_of(&"あ".repeat(41)).is_none());
    }
}
