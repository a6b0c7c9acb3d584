//! The one module that touches camera, microphone and loudspeaker.
//!
//! Nothing is recorded or sent. A stream that is let go is stopped, so that the camera's light goes out whatever way a
//! step is left. Why a device could not be opened is judged by `shared::checklist::media`.

use precheck_shared::checklist::media::Cause;
use precheck_shared::checklist::media::{Circumstances, cause};
use wasm_bindgen::JsValue;

use crate::browser::{self, navigator};
use crate::js::{call, get, get_count, get_text, object, outcome, race, set, settle, wait, window};
use crate::state::App;

pub(crate) mod picture;
pub(crate) mod sound;

/// Camera or microphone, asked for apart: one that is missing must not fail the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Camera,
    Microphone,
}

impl Kind {
    /// The browser's names: of its devices, and of what is asked for.
    fn names(self) -> (&'static str, &'static str) {
        if self == Self::Camera { ("videoinput", "video") } else { ("audioinput", "audio") }
    }
}

/// A running stream; stopped when it is let go.
pub(crate) struct Stream(JsValue);

impl Drop for Stream {
    fn drop(&mut self) {
        for track in self.tracks() {
            call(&track, "stop", &[]);
        }
    }
}

impl Stream {
    pub(crate) fn value(&self) -> &JsValue {
        &self.0
    }

    fn tracks(&self) -> Vec<JsValue> {
        call(&self.0, "getTracks", &[]).map_or_else(Vec::new, |it| list(&it))
    }

    /// Whether the device was pulled out, or taken away by the system.
    pub(crate) fn has_ended(&self) -> bool {
        self.tracks().iter().all(|it| get_text(it, "readyState") == "ended")
    }

    /// The id of the device in use.
    pub(crate) fn device(&self) -> String {
        let settings = self.tracks().first().and_then(|it| call(it, "getSettings", &[]));
        settings.map_or_else(String::new, |it| get_text(&it, "deviceId"))
    }

    /// What a camera delivers, "1280×720".
    pub(crate) fn size(&self) -> String {
        let Some(settings) = self.tracks().first().and_then(|it| call(it, "getSettings", &[])) else {
            return String::new();
        };
        let side = |name| get_count(&settings, name).to_string();
        [&side("width"), "×", &side("height")].concat()
    }
}

/// A question put to browser and person; they may take their time, or never answer.
pub(crate) struct Asking {
    kind: Kind,
    answer: Option<JsValue>,
    before: String,
    since: f64,
}

/// What came of it within some time.
pub(crate) enum Answer {
    Open(Stream),
    Refused(Cause),
    /// Nothing yet: the question may still stand on the screen.
    Nothing,
}

/// The browser is left this long, in milliseconds, before the person is told to look for its question.
pub(crate) const PATIENCE_MILLIS: u32 = 15_000;

/// Asks for a device: for any, or for the one with this id. Only ever on a press.
pub(crate) async fn ask(kind: Kind, device: &str) -> Asking {
    let before = permission(kind).await;
    let since = browser::ticks();
    let mut answer = open(kind, device);
    if let Some(asked) = answer.as_ref().filter(|_| !device.is_empty()) {
        let first = race(asked, PATIENCE_MILLIS).unwrap_or_default();
        if outcome(first).await.is_err() {
            // Gone since it was listed: any other is better than none.
            answer = open(kind, "");
        }
    }
    Asking { kind, answer, before, since }
}

fn open(kind: Kind, device: &str) -> Option<JsValue> {
    let wanted = object(&[]);
    if !device.is_empty() {
        // The one demand: a browser takes a mere wish for another device as none.
        set(&wanted, "deviceId", &object(&[("exact", device.into())]));
    }
    if kind == Kind::Microphone {
        // As it is: gain control makes a soft voice loud and hides a voice that is cut off.
        for treatment in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
            set(&wanted, treatment, &JsValue::FALSE);
        }
    }
    let wanted = object(&[(kind.names().1, wanted)]);
    call(&get(&navigator(), "mediaDevices")?, "getUserMedia", &[wanted])
}

impl Asking {
    /// Waits for the answer, at most so long; `None` waits for good.
    pub(crate) async fn answered(&self, app: App, within_millis: Option<u32>) -> Answer {
        let Some(promise) = &self.answer else { return Answer::Refused(self.cause(app, "", "").await) };
        let awaited = match within_millis {
            None => promise.clone(),
            Some(millis) => race(promise, millis).unwrap_or_else(|| promise.clone()),
        };
        match outcome(awaited).await {
            Ok(stream) if stream.is_object() => Answer::Open(Stream(stream)),
            Ok(_) => Answer::Nothing,
            Err(error) => Answer::Refused(
                self.cause(app, &get_text(&error, "name"), &get_text(&error, "message")).await,
            ),
        }
    }

    /// Lets go of an answer that may still come.
    pub(crate) fn abandon(self) {
        browser::spawn(async move {
            drop(settle(self.answer).await.map(Stream));
        });
    }

    async fn cause(&self, app: App, error: &str, message: &str) -> Cause {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
        let millis = (browser::ticks() - self.since) as u32;
        let after = permission(self.kind).await;
        let document = get(&window(), "document").unwrap_or_default();
        let name = permission_name(self.kind);
        let allows = ["permissionsPolicy", "featurePolicy"]
            .iter()
            .find_map(|it| call(&get(&document, it)?, "allowsFeature", &[name.into()])?.as_bool());
        cause(&Circumstances {
            error,
            message,
            secure: browser::is_secure(),
            has_devices: self.answer.is_some(),
            in_app: app.in_app().is_some(),
            framed: browser::is_framed(),
            allows,
            before: &self.before,
            after: &after,
            millis,
        })
    }
}

fn permission_name(kind: Kind) -> &'static str {
    if kind == Kind::Camera { "camera" } else { "microphone" }
}

/// What the browser says of the permission; empty where it cannot be asked.
async fn permission(kind: Kind) -> String {
    let Some(permissions) = get(&navigator(), "permissions") else { return String::new() };
    let state = wait(&permissions, "query", &[object(&[("name", permission_name(kind).into())])]).await;
    state.map_or_else(String::new, |it| get_text(&it, "state"))
}

/// Id and name of each device of a kind; names are told only while one of them is open.
pub(crate) async fn devices(kind: Kind) -> Vec<(String, String)> {
    let Some(media) = get(&navigator(), "mediaDevices") else { return Vec::new() };
    let all = wait(&media, "enumerateDevices", &[]).await.map_or_else(Vec::new, |it| list(&it));
    let mut devices = Vec::new();
    for it in all {
        if get_text(&it, "kind") == kind.names().0 {
            devices.push((get_text(&it, "deviceId"), get_text(&it, "label")));
        }
    }
    devices
}

fn list(value: &JsValue) -> Vec<JsValue> {
    js_sys::Array::from(value).to_vec()
}
