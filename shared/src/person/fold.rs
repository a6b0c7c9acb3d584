//! Letters that look alike told apart from what they stand for: width, hyphens, signs without width, radicals.
//!
//! Dates and numbers are folded as NFKC would fold what can stand in them; names never are. The tables of NFKC themselves
//! would be a tenth of what the widget's visitors download.

/// The characters that the Kangxi radicals, U+2F00 to U+2FD5, stand for (EquivalentUnifiedIdeograph.txt of Unicode 14).
const KANGXI: &str = "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠";

/// The characters that the CJK radicals, U+2E80 to U+2EF3, stand for, from the same file; a blank where there is none.
const RADICALS: &str = "　厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵　旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟";

/// Half-width ASCII for the full-width forms of it; everything else as it is.
pub(crate) fn half_width(symbol: char) -> char {
    match symbol {
        '！'..='～' => char::from_u32(u32::from(symbol) - 0xFEE0).unwrap_or(symbol),
        '\u{3000}' => ' ',
        _ => symbol,
    }
}

/// Characters without width, which come along when a number is copied from a page, and marks that choose a form.
pub(crate) fn has_no_width(symbol: char) -> bool {
    matches!(symbol,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Every hyphen that Japanese keyboards give.
pub(crate) fn is_hyphen(symbol: char) -> bool {
    "-－−ー-ｰ‐‑‒–—―─━﹣﹘⁃⁻⎯⏤".chars().any(|it| it == symbol)
}

/// The character for a radical that came out of a printed page instead of it.
pub fn character_of_radical(symbol: char) -> Option<char> {
    let (table, first) = match symbol {
        '\u{2E80}'..='\u{2EF3}' => (RADICALS, 0x2E80),
        '\u{2F00}'..='\u{2FD5}' => (KANGXI, 0x2F00),
        _ => return None,
    };
    table.chars().nth((u32::from(symbol) - first) as usize).filter(|it| *it != '\u{3000}')
}

/// A date or a number with every sign that can stand in one in its plain form.
pub(super) fn folded(typed: &str) -> String {
    const WEEKDAYS: &str = "月火水木金土日";
    let mut plain = String::with_capacity(typed.len());
    let number = |plain: &mut String, value: u32| plain.push_str(&value.to_string());
    for symbol in typed.chars().filter(|it| !has_no_width(*it)) {
        let behind = |first: char| u32::from(symbol) - u32::from(first);
        let weekday = |first: char| WEEKDAYS.chars().nth(behind(first) as usize).unwrap_or(symbol);
        match symbol {
            '⁰' | '⁴'..='⁹' => number(&mut plain, behind('⁰')),
            '₀'..='₉' => number(&mut plain, behind('₀')),
            '²' | '³' => number(&mut plain, behind('²') + 2),
            '¹' => plain.push('1'),
            '①'..='⑳' => number(&mut plain, behind('①') + 1),
            '⓪' => plain.push('0'),
            '𝟎'..='𝟿' => number(&mut plain, behind('𝟎') % 10),
            '🯰'..='🯹' => number(&mut plain, behind('🯰')),
            '㋀'..='㋋' => {
                number(&mut plain, behind('㋀') + 1);
                plain.push('月');
            }
            '㏠'..='㏾' => {
                number(&mut plain, behind('㏠') + 1);
                plain.push('日');
            }
            '㊊'..='㊐' => plain.push(weekday('㊊')),
            '㈪'..='㈰' => plain.extend(['(', weekday('㈪'), ')']),
            '\u{F98E}' => plain.push('年'),
            '\u{F9A8}' => plain.push('令'),
            _ => plain.push(character_of_radical(symbol).unwrap_or_else(|| half_width(symbol))),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radical_stands_for_its_character() {
        for (radical, character) in [
            ('\u{2F00}', '一'),
            ('\u{2FBC}', '高'),
            ('\u{2F49}', '月'),
            ('\u{2F47}', '日'),
            ('\u{2FD5}', '龠'),
            ('\u{2E81}', '厂'),
            ('\u{2ED1}', '長'),
            ('\u{2EF3}', '龟'),
        ] {
            assert_eq!(character_of_radical(radical), Some(character));
        }
        for other in ['高', '\u{2E80}', '\u{2E9A}', '\u{2EF4}', '\u{2FD6}', '\u{FA19}', 'a'] {
            assert_eq!(character_of_radical(other), None);
        }
    }

    #[test]
    fn signs_of_dates_and_numbers_have_one_form() {
        for (typed, plain) in [
            ("１９８５年\u{FF14}\u{2F49}①\u{2F47}（月）", "1985年4月1日(月)"),
            ("１９８５年㋃㏠㈪", "1985年4月1日(月)"),
            ("12⁰⁹₀₉²³¹𝟎𝟗𝟿🯰🯹⑩⑳⓪㊊㊐", "1209092310990910200月日"),
            ("1\u{200B}2\u{FE0F}\u{FEFF}　3", "12 3"),
        ] {
            assert_eq!(folded(typed), plain);
        }
    }
}
