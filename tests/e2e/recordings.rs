//! What cameras and microphones that do not work deliver: short files, made on the spot, that Chromium plays over and over.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::device::{Camera, Microphone};

/// A picture's sides, in pixels.
const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;
/// Samples a second; each recording lasts one second.
const RATE: u32 = 48_000;

/// What a camera delivers, where it is not the browser's own picture: YUV4MPEG2, 20 frames a second.
pub(crate) fn film(camera: Camera, home: &Path) -> Result<Option<PathBuf>> {
    let frames = match camera {
        Camera::Black => (0..6).map(|at| frame(|pixel| 16 + noise(pixel + at * 977) % 6)).collect(),
        Camera::Frozen => vec![frame(|pixel| 60 + noise(pixel)); 2],
        Camera::Blind => vec![frame(|_| 128)],
        // It ends in the middle of its first frame.
        Camera::PulledOut => vec![vec![128; 100]],
        Camera::Works | Camera::Missing | Camera::Two | Camera::Taken => return Ok(None),
    };
    let a_second = if camera == Camera::Blind { 0 } else { 20 };
    let mut film = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{a_second}:1 Ip A0:0 C420jpeg\n").into_bytes();
    for frame in frames {
        film.extend_from_slice(b"FRAME\n");
        film.extend(frame);
    }
    written(home.join("camera.y4m"), &film).map(Some)
}

/// Brightness by brightness, without colour.
fn frame(brightness: impl Fn(u32) -> u8) -> Vec<u8> {
    let colourless = std::iter::repeat_n(128, (WIDTH * HEIGHT / 2) as usize);
    (0..WIDTH * HEIGHT).map(brightness).chain(colourless).collect()
}

/// 0 to 127, with no order that can be seen.
fn noise(at: u32) -> u8 {
    at.wrapping_mul(2_654_435_761).to_be_bytes()[0] / 2
}

/// What a microphone delivers, where it is not the browser's own tone: WAVE, 16 bits, one channel.
pub(crate) fn sound(microphone: Microphone, home: &Path) -> Result<Option<PathBuf>> {
    let sample: fn(u32) -> i32 = match microphone {
        // Three syllables a second at a quarter of full scale, with pauses that any meter has the time to show.
        Microphone::Speaks => |at| if at % 16_000 < 8_000 { 80 * triangle(at) } else { 0 },
        Microphone::Silent => |_| 0,
        Microphone::TooLoud => |at| 800 * triangle(at),
        Microphone::Beeps | Microphone::Missing | Microphone::Taken => return Ok(None),
    };
    let samples = (0..RATE).flat_map(|at| {
        let within = sample(at).clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        let [low, high, ..] = within.to_le_bytes();
        [low, high]
    });
    let mut sound = Vec::new();
    for part in [b"RIFF".as_slice(), &(36 + 2 * RATE).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()] {
        sound.extend_from_slice(part);
    }
    // Plain samples, one channel; then bytes a second, bytes a sample, bits a sample.
    for part in [[1, 0, 1, 0], RATE.to_le_bytes(), (2 * RATE).to_le_bytes(), [2, 0, 16, 0]] {
        sound.extend(part);
    }
    sound.extend_from_slice(b"data");
    sound.extend((2 * RATE).to_le_bytes());
    sound.extend(samples);
    written(home.join("microphone.wav"), &sound).map(Some)
}

/// A tone of 240 Hz, from -100 to 100.
fn triangle(at: u32) -> i32 {
    let phase = i32::try_from(at % 200).unwrap_or(0);
    if phase < 100 { 2 * phase - 100 } else { 300 - 2 * phase }
}

fn written(file: PathBuf, bytes: &[u8]) -> Result<PathBuf> {
    fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}
