//! Article 2(2): what a camera shows, from small copies of its frames.
//!
//! A stream that runs says nothing: a closed shutter gives black, a broken driver the same frame for ever. Looked at
//! frame by frame, and kept no longer than until the next one. Getting the frames is the widget's; a frame that has
//! no size yet is none.

/// What was seen so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Not enough to say anything.
    Looking,
    /// Bright enough, and alive.
    Good,
    /// Hardly anything but black for two seconds: a shutter, a finger, a dark room.
    Black,
    /// The very same frame for three seconds.
    Frozen,
}

/// Up to here, of 255, a pixel is black: video's own black is 16, and a covered sensor has noise.
const BLACK: u32 = 28;
/// One pixel in so many may be brighter in a black picture: sensors have hot ones.
const BRIGHT_ONE_IN: usize = 50;
/// Black for so many milliseconds in a row is a black picture.
const BLACK_MS: u32 = 2_000;
/// Not one byte changed for so many milliseconds in a row is a frozen picture: a sensor at work always has noise.
const FROZEN_MS: u32 = 3_000;
/// Bright and alive for so many milliseconds altogether is a good picture.
const GOOD_MS: u32 = 1_000;

/// Looks, frame by frame.
#[derive(Debug, Clone, Default)]
pub struct Eye {
    /// The frame before.
    last: Vec<u8>,
    /// Milliseconds that it has been black, in a row.
    black: u32,
    /// Milliseconds that nothing has changed, in a row.
    still: u32,
    /// Milliseconds that it was bright and alive, since it was last black or frozen.
    good: u32,
}

impl Eye {
    /// Takes a frame, four bytes a pixel (red, green, blue, and one that is not looked at), and the milliseconds
    /// since the last one. Two frames may be the same: a page draws faster than a camera films.
    pub fn take(&mut self, rgba: &[u8], millis: u32) {
        if rgba.is_empty() {
            return;
        }
        let changed = self.last != rgba;
        let alive = changed && !self.last.is_empty();
        // That the picture was alive all the while shows only when it changes; darkness before it does not count.
        let waited = if self.black == 0 && self.still < FROZEN_MS { self.still } else { 0 };
        if is_black(rgba) {
            self.black = self.black.saturating_add(millis);
        } else {
            self.black = 0;
            if alive {
                self.good = self.good.saturating_add(waited).saturating_add(millis);
            }
        }
        if changed {
            self.still = 0;
            self.last.clear();
            self.last.extend_from_slice(rgba);
        } else {
            self.still = self.still.saturating_add(millis);
        }
        if BLACK_MS <= self.black || FROZEN_MS <= self.still {
            self.good = 0;
        }
    }

    /// What was seen so far. A good picture stays one until it has been black or still for long enough, and the other
    /// way round a black or frozen one becomes good again.
    pub fn sees(&self) -> Picture {
        if BLACK_MS <= self.black {
            Picture::Black
        } else if FROZEN_MS <= self.still {
            Picture::Frozen
        } else if GOOD_MS <= self.good {
            Picture::Good
        } else {
            Picture::Looking
        }
    }
}

fn is_black(rgba: &[u8]) -> bool {
    let (pixels, _) = rgba.as_chunks::<4>();
    let brightness =
        |[red, green, blue, _]: [u8; 4]| (u32::from(red) + 2 * u32::from(green) + u32::from(blue)) / 4;
    let bright = pixels.iter().filter(|it| BLACK < brightness(**it)).count();
    bright * BRIGHT_ONE_IN < pixels.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: usize = 300;
    /// Milliseconds from one frame to the next.
    const STEP: u32 = 50;

    /// A frame whose pixels each are this bright, and up to `noise` brighter, differently in every frame.
    fn frame(at: u32, bright: u8, noise: u8) -> Vec<u8> {
        let mut seed = at.wrapping_mul(2_654_435_761).wrapping_add(12_345);
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(seed >> 24).unwrap() % (noise + 1)
        };
        (0..PIXELS).flat_map(|_| [bright + random(), bright + random(), bright + random(), 255]).collect()
    }

    /// Shows frames for so long.
    fn show(eye: &mut Eye, millis: u32, frame: impl Fn(u32) -> Vec<u8>) {
        for at in 0..millis / STEP {
            eye.take(&frame(at), STEP);
        }
    }

    #[track_caller]
    fn check(millis: u32, frame: impl Fn(u32) -> Vec<u8>, expected: Picture) {
        let mut eye = Eye::default();
        show(&mut eye, millis, frame);
        assert_eq!(eye.sees(), expected);
    }

    #[test]
    fn article_2_2_two_seconds_without_light_are_black() {
        check(1_950, |_| frame(0, 0, 0), Picture::Looking);
        check(2_000, |_| frame(0, 0, 0), Picture::Black);
        check(10_000, |_| frame(0, 0, 0), Picture::Black);
        // Video's black, and the noise of a covered sensor.
        check(2_000, |_| frame(0, 16, 0), Picture::Black);
        check(2_000, |at| frame(at, 4, 22), Picture::Black);
        check(2_000, |at| frame(at, 16, 12), Picture::Black);
    }

    #[test]
    fn article_2_2_dim_and_plain_pictures_are_not_black() {
        check(2_000, |at| frame(at, 32, 4), Picture::Good);
        check(2_000, |at| frame(at, 240, 2), Picture::Good);
        // A dark room with a little light: of 300 pixels 6 are one in fifty.
        for (lit, expected) in [(5, Picture::Black), (6, Picture::Good)] {
            let room = |at| {
                let mut room = frame(at, 8, 8);
                room[..lit * 4].fill(120);
                room
            };
            check(2_000, room, expected);
        }
        // All in one colour: a blue wall is dark to the eye and yet a picture.
        let blue = |at: u32| [10, 10, 180 + u8::try_from(at % 3).unwrap(), 255].repeat(PIXELS);
        check(2_000, blue, Picture::Good);
    }

    #[test]
    fn article_2_2_three_seconds_without_a_change_are_frozen() {
        // The first frame is the one that the others are compared with.
        check(STEP + 2_950, |_| frame(1, 100, 20), Picture::Looking);
        check(STEP + 3_000, |_| frame(1, 100, 20), Picture::Frozen);
        // One byte is a change.
        let nearly_still = |at: u32| {
            let mut still = frame(1, 100, 20);
            still[7] = u8::try_from(at / 50 % 2).unwrap();
            still
        };
        check(10_000, nearly_still, Picture::Good);
    }

    #[test]
    fn a_good_picture_takes_a_second_and_a_page_may_draw_faster_than_a_camera_films() {
        check(STEP + 950, |at| frame(at, 100, 20), Picture::Looking);
        check(STEP + 1_000, |at| frame(at, 100, 20), Picture::Good);
        check(STEP + 1_200, |at| frame(at / 4, 100, 20), Picture::Good);
    }

    #[test]
    fn a_picture_becomes_good_and_bad_again() {
        let mut eye = Eye::default();
        let good = |at| frame(at, 100, 20);
        let mut then = |millis, frame: &dyn Fn(u32) -> Vec<u8>, expected: Picture| {
            show(&mut eye, millis, frame);
            assert_eq!(eye.sees(), expected);
        };
        then(2_000, &|_| frame(0, 0, 0), Picture::Black);
        then(500, &good, Picture::Looking);
        then(600, &good, Picture::Good);
        // A hand before the lens for a moment.
        then(1_900, &|at| frame(at, 2, 4), Picture::Good);
        then(100, &|at| frame(at, 2, 5), Picture::Black);
        then(100, &good, Picture::Looking);
        then(1_100, &good, Picture::Good);
        then(3_100, &|_| frame(7, 100, 20), Picture::Frozen);
        then(100, &good, Picture::Looking);
        then(1_100, &good, Picture::Good);
    }

    #[test]
    fn a_frame_without_size_is_none() {
        check(10_000, |_| Vec::new(), Picture::Looking);
    }
}
