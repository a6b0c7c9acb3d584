//! Keeps one trouble that many requests meet from filling the log: each text is written at once, and then once a minute with how
//! many were left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// From one line to the next of the same text.
const EVERY: Duration = Duration::from_mins(1);

/// Texts that are told apart; of more, those that were silent longest give way.
const TEXTS: usize = 32;

/// The texts of one place in the program.
pub(crate) struct Folded(Mutex<Vec<Told>>);

struct Told {
    text: String,
    at: Instant,
    left_out: u64,
}

impl Folded {
    /// Nothing was told yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// How many lines of this text were left out since the last one, where it is to be written now.
    pub(crate) fn admit(&self, text: &str) -> Option<u64> {
        self.admit_at(text, Instant::now())
    }

    fn admit_at(&self, text: &str, now: Instant) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = told.iter_mut().find(|it| it.text == text) {
            if now.saturating_duration_since(known.at) < EVERY {
                known.left_out += 1;
                return None;
            }
            known.at = now;
            return Some(std::mem::take(&mut known.left_out));
        }
        if TEXTS <= told.len() {
            let oldest = told.iter().enumerate().min_by_key(|(_, it)| it.at).map(|(place, _)| place);
            if let Some(place) = oldest {
                told.swap_remove(place);
            }
        }
        told.push(Told { text: text.to_owned(), at: now, left_out: 0 });
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_at_once_and_then_once_a_minute_with_how_many_were_left_out() {
        let (folded, began) = (Folded::new(), Instant::now());
        let told: Vec<_> =
            (0..130).map(|s| folded.admit_at("full", began + Duration::from_secs(s))).collect();
        let lines: Vec<_> = told.iter().enumerate().filter_map(|(s, it)| it.map(|left| (s, left))).collect();
        assert_eq!(lines, [(0, 0), (60, 59), (120, 59)]);
        assert_eq!(folded.admit_at("locked", began + Duration::from_secs(61)), Some(0), "another trouble");
    }

    #[test]
    fn texts_without_end_take_no_room_without_end() {
        let (folded, began) = (Folded::new(), Instant::now());
        for number in 0..1000 {
            assert_eq!(folded.admit_at(&number.to_string(), began), Some(0));
        }
        assert!(folded.0.lock().unwrap().len() <= TEXTS);
    }
}
