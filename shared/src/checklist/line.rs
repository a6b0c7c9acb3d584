//! Article 10(4): whether the line carries a video call between two, measured against the office's server.
//!
//! The widget sends the probes and takes the times; here is how much it may send, what follows from the times, and
//! what they mean by the office's thresholds. "The test failed" is not "the line is poor". Not every trouble of a
//! line can be seen in some seconds, and the call itself goes elsewhere than to this server.

use crate::policy::{ConferencingApp, LineRules};

/// Probes of the round trip, one after the other.
pub const PROBES: u32 = 10;
/// Bytes of the downloads, one after the other: the first is small enough for a poor line, the last long enough to
/// tell a good one.
pub const ROUNDS: [u32; 3] = [32_768, 131_072, 524_288];
/// Bytes of the uploads, one after the other.
pub const UPLOADS: [u32; 3] = [32_768, 131_072, 262_144];
/// A probe that has no answer after so many milliseconds is lost.
pub const PROBE_LIMIT_MS: u32 = 1_500;
/// After so many milliseconds no further probe is sent; one that is cut short by this, and not by its own limit, says nothing.
pub const PROBES_LIMIT_MS: u32 = 3_000;
/// After so many milliseconds the download under way is cut off.
pub const DOWN_LIMIT_MS: u32 = 4_000;
/// After so many milliseconds the upload under way is cut off.
pub const UP_LIMIT_MS: u32 = 4_000;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Milliseconds there and back: the median, since the first probe may have to open a connection.
    pub round_trip_ms: u32,
    /// Milliseconds: mean difference of one answered probe from the next.
    pub jitter_ms: u32,
    /// Percent of the probes sent that had no answer in time. Coarse: with ten probes, one of them is 10. And rare:
    /// what is lost on the way is sent again underneath, so that it shows as jitter first.
    pub loss_percent: u32,
    /// To this device, kbit/s.
    pub down_kbps: u32,
    /// From this device, kbit/s.
    pub up_kbps: u32,
}

/// What the figures mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Good for a video call.
    Good,
    /// Enough to talk; picture or sound may falter.
    Fair,
    /// Too little to talk, or the picture freezes.
    Poor,
}

/// What follows from the times; `None` where the test failed: no probe was answered, or a direction gave nothing to
/// judge by.
///
/// `latencies` are milliseconds, one for each probe that was sent, `None` where no answer came in time. `down` and
/// `up` are the rounds that were begun: bytes asked for, milliseconds, and whether it finished; a round that broke
/// off before its time is left out. A round counts as its bytes over its time without the round trip (1 ms at least).
/// The largest one that finished says most; one that was cut off for its time says that the line is slower than that,
/// whatever the smaller ones said, and is all that there is when none finished.
pub fn figures(
    latencies: &[Option<u32>],
    down: &[(u32, u32, bool)],
    up: &[(u32, u32, bool)],
) -> Option<Figures> {
    let answered: Vec<u32> = latencies.iter().copied().flatten().collect();
    let round_trip_ms = median(answered.clone())?;
    let steps = answered.windows(2).map(|pair| u64::from(pair[0].abs_diff(pair[1])));
    let lost = latencies.len() - answered.len();
    Some(Figures {
        round_trip_ms,
        jitter_ms: whole(steps.sum::<u64>() / (answered.len() as u64 - 1).max(1)),
        loss_percent: whole(lost as u64 * 100 / latencies.len() as u64),
        down_kbps: kbps(down, round_trip_ms)?,
        up_kbps: kbps(up, round_trip_ms)?,
    })
}

/// The upper of the two in the middle, where there are two.
fn median(mut times: Vec<u32>) -> Option<u32> {
    // By insertion: the standard library's sort is some kilobytes of the widget.
    for at in 1..times.len() {
        let mut place = at;
        while 0 < place && times[place] < times[place - 1] {
            times.swap(place, place - 1);
            place -= 1;
        }
    }
    times.get(times.len() / 2).copied()
}

fn kbps(rounds: &[(u32, u32, bool)], round_trip_ms: u32) -> Option<u32> {
    // Bits in a millisecond are kilobits in a second.
    let speed = |(bytes, millis, _): &(u32, u32, bool)| {
        whole(u64::from(*bytes) * 8 / u64::from(millis.saturating_sub(round_trip_ms).max(1)))
    };
    let largest = rounds.iter().filter(|it| it.2).max_by_key(|it| it.0).map(speed);
    let at_most = rounds.iter().filter(|it| !it.2).map(speed).min();
    match (largest, at_most) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Article 10(4): what the figures mean, and which of them are below good: `round_trip`, `jitter`, `loss`, `down`,
/// `up`.
pub fn grade(rules: &LineRules, it: &Figures) -> (Grade, Vec<&'static str>) {
    let least = u32::from(rules.least_kbps);
    let good = u32::from(rules.good_kbps);
    let mut below = Vec::new();
    for (is_below, name) in [
        (u32::from(rules.good_round_trip_ms) < it.round_trip_ms, "round_trip"),
        (u32::from(rules.good_jitter_ms) < it.jitter_ms, "jitter"),
        (u32::from(rules.good_loss_percent) < it.loss_percent, "loss"),
        (it.down_kbps < good, "down"),
        (it.up_kbps < good, "up"),
    ] {
        if is_below {
            below.push(name);
        }
    }
    let poor =
        it.down_kbps < least || it.up_kbps < least || u32::from(rules.least_loss_percent) < it.loss_percent;
    let grade = match (poor, below.is_empty()) {
        (true, _) => Grade::Poor,
        (false, true) => Grade::Good,
        (false, false) => Grade::Fair,
    };
    (grade, below)
}

/// Article 10(5): what a counselling takes of a line that is billed by volume, in megabytes (of a million bytes),
/// both ways together, rounded up.
pub fn megabytes(app: &ConferencingApp, minutes: u16) -> u32 {
    let kilobits = u64::from(app.video_kbps) * 2 * 60 * u64::from(minutes);
    whole(kilobits.div_ceil(8_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    const GOOD: Figures =
        Figures { round_trip_ms: 300, jitter_ms: 50, loss_percent: 5, down_kbps: 750, up_kbps: 750 };

    #[test]
    fn article_10_5_the_test_itself_stays_small_and_short() {
        let bytes = ROUNDS.iter().chain(&UPLOADS).sum::<u32>();
        assert!(bytes < 2_000_000, "{bytes}");
        const { assert!(PROBES_LIMIT_MS + DOWN_LIMIT_MS + UP_LIMIT_MS < 12_000) };
        const { assert!(PROBE_LIMIT_MS < PROBES_LIMIT_MS) };
        assert!(UPLOADS.iter().all(|it| *it <= 262_144));
    }

    #[test]
    fn article_10_4_round_trip_jitter_and_loss() {
        let round = [(32_768, 100, true)];
        for (latencies, expected) in [
            (vec![Some(40)], (40, 0, 0)),
            (vec![Some(200), Some(40), Some(42), Some(38), Some(40)], (40, (160 + 2 + 4 + 2) / 4, 0)),
            (vec![Some(10), Some(30)], (30, 20, 0)),
            (vec![Some(50), None, Some(60), None], (60, 10, 50)),
            ([Some(20); 9].into_iter().chain([None]).collect(), (20, 0, 10)),
        ] {
            let found = figures(&latencies, &round, &round).unwrap();
            assert_eq!((found.round_trip_ms, found.jitter_ms, found.loss_percent), expected, "{latencies:?}");
        }
    }

    #[test]
    fn article_10_4_the_speed_is_that_of_the_largest_round_and_no_more_than_one_cut_off_allows() {
        let speed = |rounds: &[(u32, u32, bool)]| {
            let found = figures(&[Some(20)], rounds, &[(32_768, 100, true)])?;
            assert_eq!(found.up_kbps, 32_768 * 8 / 80);
            Some(found.down_kbps)
        };
        for (rounds, expected) in [
            (vec![(32_768, 120, true)], Some(32_768 * 8 / 100)),
            (vec![(32_768, 120, true), (131_072, 220, true)], Some(131_072 * 8 / 200)),
            (vec![(131_072, 220, true), (32_768, 25, true)], Some(131_072 * 8 / 200)),
            // Nothing is faster than a millisecond.
            (vec![(32_768, 20, true)], Some(32_768 * 8)),
            (vec![(32_768, 3, true)], Some(32_768 * 8)),
            // Cut off in the first round: at most so much.
            (vec![(32_768, 4_000, false)], Some(32_768 * 8 / 3_980)),
            // A quick beginning on a line that then stood.
            (vec![(32_768, 30, true), (131_072, 3_970, false)], Some(131_072 * 8 / 3_950)),
            // Hardly any time was left for the last round: the one before says more.
            (vec![(131_072, 2_020, true), (524_288, 520, false)], Some(131_072 * 8 / 2_000)),
            (vec![], None),
        ] {
            assert_eq!(speed(&rounds), expected, "{rounds:?}");
        }
    }

    #[test]
    fn article_10_4_a_test_that_failed_has_no_figures() {
        let round = [(32_768, 100, true)];
        assert!(figures(&[Some(20)], &round, &round).is_some());
        assert_eq!(figures(&[], &round, &round), None);
        assert_eq!(figures(&[None; 10], &round, &round), None);
        assert_eq!(figures(&[Some(20)], &[], &round), None);
        assert_eq!(figures(&[Some(20)], &round, &[]), None);
    }

    #[test]
    fn article_10_4_a_line_is_good_up_to_the_thresholds_themselves() {
        let rules = otaru_policy().checklist.line;
        for (figures, expected, below) in [
            (GOOD, Grade::Good, vec![]),
            (Figures { round_trip_ms: 301, ..GOOD }, Grade::Fair, vec!["round_trip"]),
            (Figures { jitter_ms: 51, ..GOOD }, Grade::Fair, vec!["jitter"]),
            (Figures { loss_percent: 6, ..GOOD }, Grade::Fair, vec!["loss"]),
            (Figures { loss_percent: 10, ..GOOD }, Grade::Fair, vec!["loss"]),
            (Figures { loss_percent: 11, ..GOOD }, Grade::Poor, vec!["loss"]),
            (Figures { down_kbps: 749, ..GOOD }, Grade::Fair, vec!["down"]),
            (Figures { up_kbps: 749, ..GOOD }, Grade::Fair, vec!["up"]),
            (Figures { up_kbps: 80, ..GOOD }, Grade::Fair, vec!["up"]),
            (Figures { down_kbps: 80, ..GOOD }, Grade::Fair, vec!["down"]),
            (Figures { up_kbps: 79, ..GOOD }, Grade::Poor, vec!["up"]),
            (Figures { down_kbps: 79, jitter_ms: 51, ..GOOD }, Grade::Poor, vec!["jitter", "down"]),
            // Far away is slow to talk, and still a talk.
            (
                Figures { round_trip_ms: 5_000, jitter_ms: 5_000, ..GOOD },
                Grade::Fair,
                vec!["round_trip", "jitter"],
            ),
        ] {
            assert_eq!(grade(&rules, &figures), (expected, below), "{figures:?}");
        }
    }

    #[test]
    fn article_10_5_half_an_hour_is_270_megabytes() {
        let mut app = otaru_policy().app;
        assert_eq!(megabytes(&app, 30), 270);
        assert_eq!((megabytes(&app, 0), megabytes(&app, 1)), (0, 9));
        app.video_kbps = 1_200;
        assert_eq!(megabytes(&app, 30), 540);
        app.video_kbps = u16::MAX;
        assert_eq!(megabytes(&app, u16::MAX), 64_422_544);
    }

    #[test]
    fn figures_that_are_too_large_stay_numbers() {
        let huge = [(u32::MAX, 0, true)];
        let found = figures(&[Some(u32::MAX), Some(0)], &huge, &huge).unwrap();
        assert_eq!((found.round_trip_ms, found.jitter_ms, found.down_kbps), (u32::MAX, u32::MAX, u32::MAX));
    }
}
