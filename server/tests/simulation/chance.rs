//! Chance out of one seed. Whatever needs chance has a stream of its own, so that leaving one thing out of a run changes as
//! little as possible of the others: that is what makes a failing run shrink.

/// A stream of chance (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream of one thing: `"seeker"`, the seventh.
    pub(crate) fn of(seed: u64, name: &str, number: u64) -> Self {
        let mut stream = Self(seed ^ 0x9E37_79B9_7F4A_7C15);
        for byte in name.bytes() {
            stream.0 = stream.0.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte);
        }
        stream.0 = stream.bits() ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        stream.bits();
        stream
    }

    /// 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// A whole number from `from` up to, and not including, `to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = to.saturating_sub(from).max(1).unsigned_abs();
        from.saturating_add_unsigned(self.bits() % width)
    }

    /// An index into something that is not empty.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.between(0, i64::try_from(length).unwrap_or(i64::MAX))).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// True so many times in a thousand.
    pub(crate) fn hits(&mut self, of_a_thousand: u64) -> bool {
        self.bits() % 1000 < of_a_thousand
    }

    /// From 0 to 1, without 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }
}

#[test]
fn the_same_seed_gives_the_same_chance_and_another_stream_another_one() {
    let drawn = |seed, name, number| {
        let mut stream = Chance::of(seed, name, number);
        [stream.bits(), stream.bits(), stream.bits()]
    };
    assert_eq!(drawn(1, "seeker", 7), drawn(1, "seeker", 7));
    for other in [drawn(2, "seeker", 7), drawn(1, "seeker", 8), drawn(1, "tab", 7)] {
        assert_ne!(drawn(1, "seeker", 7), other);
    }
    let mut stream = Chance::of(1, "bounds", 0);
    assert!((0..1000).all(|_| (3..9).contains(&stream.between(3, 9))));
    assert!((0..1000).all(|_| (0.0..1.0).contains(&stream.fraction())));
}
