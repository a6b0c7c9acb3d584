//! The live preview, and small frames of it for the rules to look at.

use wasm_bindgen::JsValue;

use super::Stream;
use crate::browser::spawn;
use crate::js::{call, get, get_count, object, set, settle, window};

/// A video element that shows a stream, and a canvas to draw it small.
pub(crate) struct Lens {
    video: JsValue,
    context: JsValue,
}

/// Sides of a small frame, in pixels: enough to tell black from dark, little enough to look at four times a second.
const SIDES: [u32; 2] = [48, 36];

impl Lens {
    /// Shows a stream in a video element.
    pub(crate) fn new(video: JsValue, stream: &Stream) -> Option<Self> {
        set(&video, "srcObject", stream.value());
        // As properties: a browser may refuse to play by itself what is not known to be silent.
        set(&video, "muted", &JsValue::TRUE);
        let playing = call(&video, "play", &[]);
        // Stopped before the first frame it is refused: nobody is to be told of that.
        spawn(async move { drop(settle(playing).await) });
        let canvas = call(&get(&window(), "document")?, "createElement", &["canvas".into()])?;
        set(&canvas, "width", &SIDES[0].into());
        set(&canvas, "height", &SIDES[1].into());
        let read_often = object(&[("willReadFrequently", JsValue::TRUE)]);
        let context = call(&canvas, "getContext", &["2d".into(), read_often])?;
        Some(Self { video, context })
    }

    /// The present frame as red, green, blue and opacity of each pixel; `None` while there is none.
    pub(crate) fn frame(&self) -> Option<Vec<u8>> {
        if get_count(&self.video, "videoWidth") == 0 {
            return None;
        }
        let [width, height] = SIDES.map(JsValue::from);
        let zero = JsValue::from(0);
        let whole = [zero.clone(), zero, width, height];
        let drawn = [std::slice::from_ref(&self.video), whole.as_slice()].concat();
        call(&self.context, "drawImage", &drawn)?;
        let image = call(&self.context, "getImageData", &whole)?;
        Some(js_sys::Uint8Array::new(&get(&image, "data")?).to_vec())
    }
}

impl Drop for Lens {
    fn drop(&mut self) {
        set(&self.video, "srcObject", &JsValue::NULL);
    }
}
