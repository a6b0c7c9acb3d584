//! What a seeker holds in the hand: a number to say on the telephone, and a code that opens the receipt.
//!
//! The *reception number* is short and has no power: eight symbols and a check symbol. The *receipt code* is long,
//! secret, and stored only as a hash. Both are Crockford base 32 and are read forgivingly: any width and case, O for
//! 0, I and L for 1, hyphens and spaces anywhere.

use std::fmt;

use crate::person::{half_width, has_no_width, is_hyphen};

const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `7K3M-9QXD-2`: spoken on the telephone, printed on the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceptionNumber(String);

/// At least 128 random bits, carried by link, QR or print.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptCode(String);

const NUMBER_LENGTH: usize = 8;
const CODE_LENGTH: usize = 26;

impl ReceptionNumber {
    /// From 40 random bits; higher bits are ignored.
    pub fn from_bits(bits: u64) -> Self {
        let mut values = symbols_of(NUMBER_LENGTH, |at| u8::try_from(bits >> (5 * at) & 31).unwrap_or(0));
        values.push(check_value(&values));
        Self(values.iter().map(|it| char::from(SYMBOLS[usize::from(*it)])).collect())
    }

    /// Reads a number as typed or heard; `None` when the check symbol does not fit.
    ///
    /// ```
    /// use precheck_shared::booking::ReceptionNumber;
    /// let number = ReceptionNumber::from_bits(123_456_789);
    /// assert_eq!(ReceptionNumber::parse(&number.to_string().to_lowercase()), Some(number));
    /// ```
    pub fn parse(typed: &str) -> Option<Self> {
        let values = read(typed, NUMBER_LENGTH + 1)?;
        let (body, check) = values.split_at(NUMBER_LENGTH);
        (check == [check_value(body)])
            .then(|| Self(values.iter().map(|it| char::from(SYMBOLS[usize::from(*it)])).collect()))
    }

    /// Without hyphens, for addresses and the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReceptionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

impl ReceiptCode {
    /// From random bytes, five bits of each: 130 bits.
    pub fn from_bytes(bytes: [u8; CODE_LENGTH]) -> Self {
        Self(bytes.iter().map(|it| char::from(SYMBOLS[usize::from(it & 31)])).collect())
    }

    /// Reads a code as typed, pasted or linked.
    pub fn parse(typed: &str) -> Option<Self> {
        let values = read(typed, CODE_LENGTH)?;
        Some(Self(values.iter().map(|it| char::from(SYMBOLS[usize::from(*it)])).collect()))
    }

    /// The plain code: for the answer to its owner, and for hashing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptCode(..)")
    }
}

fn symbols_of(length: usize, value: impl Fn(usize) -> u8) -> Vec<u8> {
    (0..length).rev().map(value).collect()
}

fn read(typed: &str, length: usize) -> Option<Vec<u8>> {
    let mut values = Vec::with_capacity(length);
    for symbol in typed.chars().map(half_width) {
        if symbol.is_whitespace() || is_hyphen(symbol) || has_no_width(symbol) {
            continue;
        }
        if values.len() == length {
            return None;
        }
        let symbol = match symbol.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = SYMBOLS.iter().position(|it| char::from(*it) == symbol)?;
        values.push(u8::try_from(value).ok()?);
    }
    (values.len() == length).then_some(values)
}

/// A weighted sum in GF(32): the weight of each place is a different power of a generator, so every single error and
/// every swap of neighbours changes it.
fn check_value(body: &[u8]) -> u8 {
    body.iter().fold(0, |sum, value| double(sum ^ value))
}

/// Multiplication by x in GF(32) with x^5 + x^2 + 1.
fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_codes_are_read_forgivingly() {
        let number = ReceptionNumber::from_bits(0x01_0203_0405);
        let printed = number.to_string();
        let wide: String = printed
            .chars()
            .map(|it| if it == '-' { 'ー' } else { char::from_u32(u32::from(it) + 0xFEE0).unwrap() })
            .collect();
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            wide,
            printed.replace('0', "o").replace('1', "l"),
            format!(" {} ", printed.replace('-', " ")),
        ] {
            assert_eq!(ReceptionNumber::parse(&typed), Some(number.clone()), "{typed}");
        }
        for typed in ["", "U", "7K3M", "7K3M-9QXD-2-2", "../../etc", "7K3M 9QXD !"] {
            assert_eq!(ReceptionNumber::parse(typed), None, "{typed}");
        }
        assert_eq!(ReceiptCode::from_bytes([7; CODE_LENGTH]).as_str().len(), 26);
    }

    proptest! {
        #[test]
        fn every_single_error_and_every_swap_of_neighbours_is_caught(bits: u64, at in 0_usize..9, other in 0_u8..32) {
            let number = ReceptionNumber::from_bits(bits);
            let mut symbols = number.as_str().as_bytes().to_vec();
            let replaced = SYMBOLS[usize::from(other)];
            if symbols[at] != replaced {
                symbols[at] = replaced;
                prop_assert_eq!(ReceptionNumber::parse(std::str::from_utf8(&symbols).unwrap()), None);
            }
            let mut symbols = number.as_str().as_bytes().to_vec();
            if at < 8 && symbols[at] != symbols[at + 1] {
                symbols.swap(at, at + 1);
                prop_assert_eq!(ReceptionNumber::parse(std::str::from_utf8(&symbols).unwrap()), None);
            }
        }

        #[test]
        fn what_was_printed_is_read(bits: u64) {
            let number = ReceptionNumber::from_bits(bits);
            prop_assert_eq!(ReceptionNumber::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn no_text_panics(typed in "\\PC{0,40}") {
            let _ = (ReceptionNumber::parse(&typed), ReceiptCode::parse(&typed));
        }
    }
}
