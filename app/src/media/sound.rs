//! Sound in and out: samples of a microphone, and a tone made on the spot.

use wasm_bindgen::JsValue;

use crate::js::{call, get, get_text, make, race, set, settle, window};

/// A graph of sound; closed when it is let go.
pub(crate) struct Sound {
    context: JsValue,
    analyser: Option<(JsValue, js_sys::Float32Array)>,
}

/// A sound card is left this long to start, in milliseconds; some take more than a second.
const START_MILLIS: u32 = 3000;

/// Samples looked at in one go: 85 ms at 48 kHz.
const SAMPLES: u32 = 4096;

impl Sound {
    async fn start() -> Option<Self> {
        // Older Safaris know it by another name.
        let context =
            ["AudioContext", "webkitAudioContext"].iter().find_map(|it| make(&window(), it, &[]))?;
        let sound = Self { context, analyser: None };
        // Without a sound card the answer never comes.
        let resumed = call(&sound.context, "resume", &[])?;
        settle(race(&resumed, START_MILLIS)).await;
        // One that stands still hears nothing, and would call that silence.
        (get_text(&sound.context, "state") == "running").then_some(sound)
    }

    /// Listens to a stream.
    pub(crate) async fn listen(stream: &JsValue) -> Option<Self> {
        let mut sound = Self::start().await?;
        let source = call(&sound.context, "createMediaStreamSource", std::slice::from_ref(stream))?;
        let analyser = call(&sound.context, "createAnalyser", &[])?;
        set(&analyser, "fftSize", &SAMPLES.into());
        call(&source, "connect", std::slice::from_ref(&analyser))?;
        sound.analyser = Some((analyser, js_sys::Float32Array::new_with_length(SAMPLES)));
        Some(sound)
    }

    /// The latest samples, between -1 and 1.
    pub(crate) fn samples(&self) -> Vec<f32> {
        let Some((analyser, samples)) = &self.analyser else { return Vec::new() };
        call(analyser, "getFloatTimeDomainData", &[samples.into()]);
        samples.to_vec()
    }

    /// Plays two short notes, one after the other, soft at both ends; 1.4 seconds in all.
    pub(crate) async fn play() -> Option<Self> {
        let sound = Self::start().await?;
        let now = get(&sound.context, "currentTime")?.as_f64()? + 0.05;
        let end = get(&sound.context, "destination")?;
        for (pitch, start) in [(523.25, now), (659.25, now + 0.7)] {
            let source = call(&sound.context, "createOscillator", &[])?;
            let volume = call(&sound.context, "createGain", &[])?;
            set(&get(&source, "frequency")?, "value", &JsValue::from(pitch));
            let gain = get(&volume, "gain")?;
            for (level, at) in [(0.0, 0.0), (0.4, 0.05), (0.4, 0.5), (0.0, 0.65)] {
                call(&gain, "linearRampToValueAtTime", &[level, start + at].map(JsValue::from));
            }
            call(&source, "connect", std::slice::from_ref(&volume))?;
            call(&volume, "connect", std::slice::from_ref(&end))?;
            call(&source, "start", &[JsValue::from(start)]);
            call(&source, "stop", &[JsValue::from(start + 0.7)]);
        }
        Some(sound)
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        call(&self.context, "close", &[]);
    }
}
