//! Article 2(2): what a microphone hears, from the samples of its stream.
//!
//! Looked at window by window while the person speaks, and kept nowhere. Getting the samples, and showing the level,
//! is the widget's.

/// What was heard so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Not enough to say anything.
    Listening,
    /// Something as long as a spoken word: the microphone works.
    Voice,
    /// Nothing for three seconds in a row.
    Silence,
    /// At full scale again and again: a voice could hardly be understood.
    Clipping,
}

/// Under this share of full scale it is quiet.
const QUIET: f32 = 0.01;
/// From this share of full scale on the microphone can go no higher.
const FULL: f32 = 0.99;
/// A window in which one sample of so many is at full scale is cut off. A short loud sound in it is not: a pure tone that just
/// reaches full scale has one in eleven there, and only while it lasts.
const CUT_OFF_ONE_IN: usize = 20;
/// Quiet for so many milliseconds in a row is silence.
const SILENCE_MS: u32 = 3_000;
/// So many milliseconds of sound altogether are a voice.
const VOICE_MS: u32 = 300;
/// So many milliseconds at full scale are clipping; a tap on the microphone is shorter.
const CLIPPING_MS: u32 = 200;
/// The most that is remembered of clipping, so that it passes some seconds after the microphone was set lower.
const CLIPPING_MOST_MS: u32 = 700;
/// The most that one window counts for: after a pause of the page a single window stands for seconds.
const WINDOW_MOST_MS: u32 = 100;

/// Listens, window by window.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ear {
    /// Milliseconds that it has been quiet, in a row.
    quiet: u32,
    /// Milliseconds of sound since the last silence.
    sound: u32,
    /// Milliseconds at full scale, running out while it is not.
    full: u32,
    /// It was so for long enough, and that has not run out: what is said does not change to and fro.
    clips: bool,
}

impl Ear {
    /// Takes a window of samples, from -1 to 1, and the milliseconds since the last one.
    ///
    /// Answers the level for a meter, 0 to 100: the square root of the highest sample, so that quiet is up to 10,
    /// speech about 20 to 70.
    pub fn take(&mut self, samples: &[f32], millis: u32) -> u8 {
        let peak = samples.iter().fold(0.0_f32, |peak, it| peak.max(it.abs())).min(1.0);
        let counted = millis.min(WINDOW_MOST_MS);
        if peak < QUIET {
            self.quiet = self.quiet.saturating_add(millis);
        } else {
            self.quiet = 0;
            self.sound = self.sound.saturating_add(counted);
        }
        let cut_off = samples.iter().filter(|it| FULL <= it.abs()).count();
        if cut_off * CUT_OFF_ONE_IN < samples.len() || cut_off == 0 {
            self.full = self.full.saturating_sub(counted / 4);
        } else {
            self.full = (self.full + counted).min(CLIPPING_MOST_MS);
        }
        if SILENCE_MS <= self.quiet {
            (self.sound, self.full) = (0, 0);
        }
        self.clips = CLIPPING_MS <= self.full || (self.clips && 0 < self.full);
        percent(peak.sqrt())
    }

    /// What was heard so far. A voice stays one until it has been quiet for three seconds.
    pub fn heard(&self) -> Heard {
        if SILENCE_MS <= self.quiet {
            Heard::Silence
        } else if self.clips {
            Heard::Clipping
        } else if VOICE_MS <= self.sound {
            Heard::Voice
        } else {
            Heard::Listening
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1, and 100 at most")]
fn percent(share: f32) -> u8 {
    (share * 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of this height for so long, in windows of 20 ms.
    fn play(ear: &mut Ear, height: f32, millis: u32) {
        for _ in 0..millis / 20 {
            ear.take(&[0.0, height, 0.0, -height], 20);
        }
    }

    #[track_caller]
    fn check(tones: &[(f32, u32)], expected: Heard) {
        let mut ear = Ear::default();
        for (height, millis) in tones {
            play(&mut ear, *height, *millis);
        }
        assert_eq!(ear.heard(), expected, "{tones:?}");
    }

    #[test]
    fn article_2_2_three_seconds_under_one_percent_are_silence() {
        check(&[], Heard::Listening);
        check(&[(0.0, 2_980)], Heard::Listening);
        check(&[(0.0, 3_000)], Heard::Silence);
        check(&[(0.009, 2_980)], Heard::Listening);
        check(&[(0.009, 3_000)], Heard::Silence);
        check(&[(0.011, 3_000)], Heard::Voice);
        check(&[(0.009, 2_980), (0.011, 20), (0.009, 2_980)], Heard::Listening);
        check(&[(0.009, 2_980), (0.011, 20), (0.009, 3_000)], Heard::Silence);
    }

    #[test]
    fn article_2_2_a_voice_is_longer_than_a_click_and_lasts_until_the_next_silence() {
        check(&[(0.2, 20)], Heard::Listening);
        check(&[(0.2, 280)], Heard::Listening);
        check(&[(0.2, 300)], Heard::Voice);
        check(&[(0.2, 160), (0.0, 1_000), (0.2, 140)], Heard::Voice);
        check(&[(0.2, 300), (0.0, 2_980)], Heard::Voice);
        check(&[(0.2, 300), (0.0, 3_000)], Heard::Silence);
        check(&[(0.2, 300), (0.0, 3_000), (0.2, 20)], Heard::Listening);
        check(&[(0.0, 10_000), (0.2, 300)], Heard::Voice);
    }

    #[test]
    fn a_click_is_neither_a_voice_nor_clipping() {
        check(&[(1.0, 20), (0.0, 1_000)], Heard::Listening);
        let mut ear = Ear::default();
        // A window after a long pause of the page stands for 100 ms at most.
        ear.take(&[1.0], 60_000);
        assert_eq!(ear.heard(), Heard::Listening);
    }

    #[test]
    fn several_windows_at_full_scale_are_clipping_and_it_passes() {
        check(&[(1.0, 180)], Heard::Listening);
        check(&[(1.0, 200)], Heard::Clipping);
        check(&[(0.98, 1_000)], Heard::Voice);
        // Said once, it stays said until it has run out: not to and fro with every word.
        check(&[(1.0, 200), (0.5, 780)], Heard::Clipping);
        check(&[(1.0, 200), (0.5, 800)], Heard::Voice);
        // Speech reaches full scale only now and then.
        check(&[(1.0, 100), (0.5, 80), (1.0, 100), (0.5, 80), (1.0, 100)], Heard::Clipping);
        check(&[(1.0, 10_000), (0.5, 1_000)], Heard::Clipping);
        check(&[(1.0, 10_000), (0.5, 3_000)], Heard::Voice);
        check(&[(1.0, 10_000), (0.0, 3_000)], Heard::Silence);
        // Also where one window stands for the whole silence.
        let mut ear = Ear::default();
        play(&mut ear, 1.0, 10_000);
        ear.take(&[0.0], 3_000);
        play(&mut ear, 0.2, 20);
        assert_eq!(ear.heard(), Heard::Listening);
    }

    #[test]
    fn a_short_loud_sound_in_a_window_is_not_cut_off() {
        let window = |full: usize| [vec![1.0; full], vec![0.3; 100 - full]].concat();
        for (full, expected) in [(4, Heard::Voice), (5, Heard::Clipping)] {
            let mut ear = Ear::default();
            for _ in 0..5 {
                ear.take(&window(full), 100);
            }
            assert_eq!(ear.heard(), expected, "{full} in 100");
        }
    }

    #[test]
    fn the_meter_shows_speech_between_quiet_and_full() {
        for (height, expected) in
            [(0.0, 0), (0.0025, 5), (0.009, 9), (0.04, 20), (0.25, 50), (-0.49, 70), (1.0, 100), (7.0, 100)]
        {
            let level = Ear::default().take(&[0.0, height], 20);
            assert!(level.abs_diff(expected) <= 1, "{height}: {level}");
        }
        assert_eq!(Ear::default().take(&[], 20), 0);
        assert_eq!(Ear::default().take(&[f32::NAN], 20), 0);
    }
}
