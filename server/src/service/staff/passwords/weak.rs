//! Which passwords are not taken, and why.

use unicode_normalization::UnicodeNormalization as _;

use super::known::{self, ENOUGH};
use super::{LONGEST, SHORTEST, normal};
use crate::office::Office;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Fewer than [`SHORTEST`] characters, of which a kanji or kana counts for one and a half.
    TooShort,
    /// More than [`LONGEST`] characters.
    TooLong,
    /// Her own login or name is in it.
    Own,
    /// The office is in it.
    Office,
    /// Words that everybody tries first, with little beside them.
    Known,
    /// Rows of keys, sequences, repetitions, dates, and little beside them.
    Pattern,
}

/// What must not be in somebody's password.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    own: Vec<String>,
    office: Vec<String>,
}

/// What every office is called.
const OFFICES: [&str; 9] = [
    "hellowork",
    "ハロワ",
    "harowaku",
    "haroowaaku",
    "ハローワーク",
    "公共職業安定所",
    "職業安定所",
    "職安",
    "shokuan",
];

impl Whose {
    /// Of somebody with a login and a name, in an office.
    pub fn new(login: &str, name: &str, office: &Office) -> Self {
        let policy = &office.policy().office;
        let mut words: Vec<_> = OFFICES.map(fold).into();
        for name in [office.id(), &policy.name, &policy.short_name, &policy.name_en] {
            let name = fold(name);
            let bare = OFFICES.iter().fold(name.clone(), |name, it| name.replace(&fold(it), ""));
            words.extend([name, bare]);
        }
        words.retain(|it| 2 <= it.chars().count());
        Self { own: parts(login, name), office: words }
    }
}

/// Login and name, and the parts that they are made of. A single letter is in everything.
fn parts(login: &str, name: &str) -> Vec<String> {
    let folded: Vec<_> = fold(name).chars().collect();
    // A Japanese name without a space between: mostly two letters each.
    let halves = match folded.as_slice() {
        [one, two, three, four] if !one.is_ascii() => vec![[*one, *two], [*three, *four]],
        _ => Vec::new(),
    };
    let halves = halves.iter().map(String::from_iter);
    let logins = login.split(['.', '_', '-']).chain([login]).map(fold);
    let names = name.split_whitespace().chain([name]).map(fold).chain(halves);
    let long = |it: &String| if it.is_ascii() { 3 } else { 2 } <= it.chars().count();
    let mut parts: Vec<_> = logins.chain(names).filter(long).collect();
    // A login of two letters is looked for as a word of its own.
    parts.extend(Some(fold(login)).filter(|it| it.len() == 2));
    parts
}

/// What is wrong with a new password of somebody.
pub fn weakness(password: &str, whose: &Whose) -> Option<Weak> {
    let plain = normal(password);
    let length = plain.chars().count();
    // There are thousands of the one kind and a hundred of the other.
    let wide = plain.chars().filter(|it| it.is_alphabetic() && u32::from(*it) >= 0x3040).count();
    if length + wide / 2 < SHORTEST {
        return Some(Weak::TooShort);
    }
    if LONGEST < length {
        return Some(Weak::TooLong);
    }
    let forms = [fold(&plain), fold(&undisguised(&plain))];
    let holds = |words: &[String]| {
        words.iter().any(|word| match word.len() {
            2 => stands_alone(&plain, word),
            _ => forms.iter().any(|it| it.contains(word.as_str())),
        })
    };
    if holds(&whose.own) {
        return Some(Weak::Own);
    }
    if holds(&whose.office) {
        return Some(Weak::Office);
    }
    let plain = spaceless(&plain);
    if known::cost(&plain, false) < ENOUGH {
        return Some(Weak::Pattern);
    }
    (known::cost(&plain, true) < ENOUGH).then_some(Weak::Known)
}

/// Small letters and hiragana, without what is neither letter nor digit.
fn fold(text: &str) -> String {
    let small = normal(text).to_lowercase();
    small.chars().filter(|it| it.is_alphanumeric() || *it == 'ー').map(hiragana).collect()
}

/// Small letters and hiragana, without spaces.
fn spaceless(text: &str) -> String {
    let small = text.nfkc().collect::<String>().to_lowercase();
    small.chars().filter(|it| !it.is_whitespace()).map(hiragana).collect()
}

fn hiragana(letter: char) -> char {
    match letter {
        'ァ'..='ヶ' => char::from_u32(u32::from(letter) - 0x60).unwrap_or(letter),
        it => it,
    }
}

/// With letters where digits and signs stand for them.
fn undisguised(text: &str) -> String {
    text.chars().map(known::letter_for).collect()
}

/// Whether two letters stand there with no other letter beside them.
fn stands_alone(text: &str, word: &str) -> bool {
    text.to_lowercase().split(|it: char| !it.is_alphabetic()).any(|it| it == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whose(login: &str, name: &str) -> Whose {
        Whose::new(login, name, &Office::otaru().unwrap())
    }

    #[test]
    fn a_password_counts_by_its_length_and_not_by_what_it_is_made_of() {
        let long = "いろはに".repeat(49) + "海沿いの";
        for (password, weak) in [
            ("abcdefghijk", Some(Weak::TooShort)),
            ("すみれの花が咲いた頃でし", None),
            ("correct horse", None),
            ("海沿いの朝ごはん三杯目", None),
            ("海沿いの朝ごは", Some(Weak::TooShort)),
            (long.as_str(), None),
            (&format!("{long}あ"), Some(Weak::TooLong)),
            ("otaru-kyoko-1", Some(Weak::Own)),
            ("ＯＴＡＲＵ－Ｋｙｏｋｏ－１", Some(Weak::Own)),
            ("小樽京子職業安定所相談員", Some(Weak::Own)),
            ("Password1234", Some(Weak::Known)),
            ("aaaaaaaaaaaaaaaa", Some(Weak::Pattern)),
            ("123123123123", Some(Weak::Pattern)),
            ("", Some(Weak::TooShort)),
        ] {
            let found = weakness(password, &whose("otaru-kyoko-1", "小樽 京子 職業安定所 相談員"));
            assert_eq!(found, weak, "{password}");
        }
    }

    #[test]
    fn what_is_tried_first_is_not_taken_however_it_is_dressed_up() {
        let kyoko = whose("kyoko", "佐藤 京子");
        let known = [
            "password123!",
            "Password123!",
            "P@ssw0rd2024!",
            "drowssap12345",
            "iloveyou12345",
            "letmein12345",
            "welcome12345",
            "Welcome2026!!",
            "changeme2024",
            "adminadmin123",
            "administrator1",
            "superman12345",
            "footballfootball",
            "monkeydragon12",
            "passwordqwerty",
            "trustno1trustno1",
            "letmeinplease",
            "spring2026!!!",
            "Summer-2026-11",
            "polniypizdec0211",
            "ghjcnjgfhjkm",
            "パスワードパスワード",
            "パスワード１２３４５",
            "おはようございます！",
            "よろしくおねがいします",
            "sapporo20261124",
        ];
        let patterns = [
            "qwertyuiopasdfgh",
            "1qaz2wsx3edc4rfv",
            "1qaz2wsx3edc4rfv5tgb6yhn",
            "!QAZ2wsx#EDC",
            "zaq12wsxcde3",
            "qazwsxedcrfv",
            "q1w2e3r4t5y6",
            "1a2s3d4f5g6h",
            "a1b2c3d4e5f6",
            "zxcvbnm,./123",
            "poiuytrewq12",
            "aaaabbbbcccc",
            "aabbccddeeff",
            "112233445566",
            "147258369147",
            "abcdefghijkl",
            "123412341234",
            "1985040119850401",
            "xyxyxyxyxyxyxy",
            "あいうえおかきくけこさし",
            "いろはにほへとちりぬるを",
        ];
        for (passwords, weak) in [(&known[..], Weak::Known), (&patterns, Weak::Pattern)] {
            for password in passwords {
                assert_eq!(weakness(password, &kyoko), Some(weak), "{password}");
            }
        }
    }

    #[test]
    fn login_name_and_office_are_in_no_password() {
        for (login, name, password, weak) in [
            ("boss", "山田 太郎", "bosslogin1234", Weak::Own),
            ("boss", "山田 太郎", "the b0$$ is here", Weak::Own),
            ("kyoko.sato", "佐藤 京子", "breakfast with Kyoko", Weak::Own),
            ("k.s", "佐藤 京子", "京子の朝ごはんは三杯", Weak::Own),
            ("k.s", "佐藤　京子", "海沿いの佐藤さんの家", Weak::Own),
            ("k.s", "佐藤京子", "海沿いの佐藤さんの家", Weak::Own),
            ("k.s", "スズキ キョウコ", "きょうこの朝ごはん三杯目", Weak::Own),
            ("ai", "林 花", "so says ai to us all", Weak::Own),
            ("kyoko", "佐藤 京子", "hellowork-otaru", Weak::Office),
            ("kyoko", "佐藤 京子", "Hello Work, every day", Weak::Office),
            ("kyoko", "佐藤 京子", "h3ll0w0rk h3ll0w0rk", Weak::Office),
            ("kyoko", "佐藤 京子", "otaru canal at night", Weak::Office),
            ("kyoko", "佐藤 京子", "小樽運河の夜はきれいだ", Weak::Office),
            ("kyoko", "佐藤 京子", "はろーわーくの朝は早い", Weak::Office),
            ("kyoko", "佐藤 京子", "職業安定所の朝は早いです", Weak::Office),
        ] {
            assert_eq!(weakness(password, &whose(login, name)), Some(weak), "{login} {name} {password}");
        }
        // A single letter or a short login inside a word is no reason.
        assert_eq!(weakness("the chair of my aunt", &whose("ai", "林 花")), None);
        assert_eq!(weakness("海沿いの朝ごはん三杯目", &whose("kyoko", "林 花")), None);
    }

    #[test]
    fn what_nobody_tries_is_taken() {
        for password in [
            "correct horse battery staple",
            "correct horse 12",
            "correct horse 13",
            "すみれの花が咲いた頃でした",
            "xK9#mQ2$vL7p",
            "839274650183",
            "winter is coming to us",
            "tanuki-no-hon-3",
            "yuki ga furu yoru 2",
            "u7wqzn4kd0xh",
            "猫と三日月と古い時計台",
            "Wagen Fenster Birke 7",
        ] {
            assert_eq!(weakness(password, &whose("kyoko", "佐藤 京子")), None, "{password}");
        }
    }
}
