//! What a person sits in front of: the browser and its language, camera and microphone, what was permitted, and what the
//! browser says of itself. Told as a person would; here it becomes the switches of Chromium, the preferences of Firefox
//! and the settings of WebKitGTK.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use crate::recordings;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Engine {
    Chromium,
    /// It tells neither what was written to the console nor what went over the line.
    Firefox,
    /// WebKitGTK, the engine of Safari, in the small browser that comes with it. Likewise.
    WebKit,
}

/// All but the first two need Chromium.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Camera {
    Works,
    Missing,
    /// Two of them.
    Two,
    /// Something lies over the lens: black with the noise that every sensor has.
    Black,
    /// The same bytes over and over.
    Frozen,
    /// It is open, and no frame ever comes.
    Blind,
    /// Its plug comes out just after it was opened.
    PulledOut,
    /// Another program has it. No switch of Chromium's plays that: a script does, in Chromium's words.
    Taken,
}

/// All but the first two need Chromium.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Microphone {
    /// The browser's own: in Chromium 20 ms of a full tone twice a second, in Firefox one tone without end.
    Beeps,
    Missing,
    /// Like somebody who speaks: soft and loud, with pauses.
    Speaks,
    Silent,
    /// A tone cut off at full scale.
    TooLoud,
    /// Another program has it.
    Taken,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Permission {
    Given,
    /// The person says no when asked.
    Refused,
    /// The person has said no some day, and the browser remembers.
    RefusedBefore,
    /// The person does not answer. Firefox alone: headless Chromium answers its own questions.
    Unanswered,
}

#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) engine: Engine,
    pub(crate) language: &'static str,
    camera: Camera,
    microphone: Microphone,
    permission: Permission,
    has_sound: bool,
    is_narrow: bool,
    user_agent: &'static str,
    /// A name that leads to this machine.
    name: &'static str,
    scripts: Vec<&'static str>,
    /// Whether pages may run scripts.
    pub(crate) runs_scripts: bool,
}

/// Chromium's words for a camera that another program has.
const CAMERA_TAKEN: &str = "
    const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
        if (wanted.video) throw new DOMException('Could not start video source', 'NotReadableError');
        return ask(wanted);
    };
";
/// A person needs a moment to read the question and say no; headless Chromium says it for her at once.
const THINKS_FIRST: &str = "
    const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((said) => setTimeout(said, 500));
        return ask(wanted);
    };
";
/// Safari and the browsers inside apps on an iPhone have no such thing.
const NO_CLIENT_HINTS: &str =
    "Object.defineProperty(Navigator.prototype, 'userAgentData', { get: () => undefined });";

impl Device {
    /// A Chromium with everything in place and permitted.
    pub(crate) fn chromium(language: &'static str) -> Self {
        Self {
            engine: Engine::Chromium,
            language,
            camera: Camera::Works,
            microphone: Microphone::Beeps,
            permission: Permission::Given,
            has_sound: true,
            is_narrow: false,
            user_agent: "",
            name: "",
            scripts: Vec::new(),
            runs_scripts: true,
        }
    }

    /// A Firefox with everything in place and permitted.
    pub(crate) fn firefox(language: &'static str) -> Self {
        Self { engine: Engine::Firefox, ..Self::chromium(language) }
    }

    /// A WebKitGTK, with neither camera nor microphone.
    pub(crate) fn webkit(language: &'static str) -> Self {
        Self { engine: Engine::WebKit, ..Self::chromium(language).bare() }
    }

    pub(crate) fn with_camera(self, camera: Camera) -> Self {
        Self { camera, ..self }
    }

    pub(crate) fn with_microphone(self, microphone: Microphone) -> Self {
        Self { microphone, ..self }
    }

    /// Neither camera nor microphone.
    pub(crate) fn bare(self) -> Self {
        self.with_camera(Camera::Missing).with_microphone(Microphone::Missing)
    }

    pub(crate) fn permits(self, permission: Permission) -> Self {
        Self { permission, ..self }
    }

    /// Nothing in it plays sound: a Firefox there has no clock of sound.
    pub(crate) fn without_sound(self) -> Self {
        Self { has_sound: false, ..self }
    }

    /// A window as narrow as WebKitGTK's browser can have it, which is somewhat wider than a telephone.
    pub(crate) fn narrow(self) -> Self {
        Self { is_narrow: true, ..self }
    }

    /// Where WebKitGTK's window begins, and how wide it is, on a screen that nobody sees: the pointer rests in the middle of that,
    /// and the window below it has the focus.
    pub(crate) fn window(&self) -> (i64, u32) {
        if self.is_narrow { (420, 390) } else { (0, 1280) }
    }

    /// What the browser says of itself, as those without client hints do.
    pub(crate) fn says_it_is(mut self, user_agent: &'static str) -> Self {
        self.scripts.push(NO_CLIENT_HINTS);
        Self { user_agent, ..self }
    }

    /// A name that leads to this machine; unlike `127.0.0.1` it is not trusted with a camera.
    pub(crate) fn knows_as(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Somebody has switched scripts off; Firefox and WebKitGTK. Chromium is told by its driver (`plain.rs`).
    pub(crate) fn without_script(self) -> Self {
        Self { runs_scripts: false, ..self }
    }

    /// Runs before each page's own scripts; Chromium alone.
    pub(crate) fn with_script(mut self, script: &'static str) -> Self {
        self.scripts.push(script);
        self
    }

    /// Whether a sound card is there; Firefox takes a card's own output for a microphone.
    pub(crate) fn has_sound(&self) -> bool {
        self.has_sound && self.microphone != Microphone::Missing
    }

    /// What runs before each page's own scripts.
    pub(crate) fn scripts(&self) -> Vec<&'static str> {
        let taken = (self.camera == Camera::Taken).then_some(CAMERA_TAKEN);
        let thinks = (self.permission == Permission::Refused).then_some(THINKS_FIRST);
        self.scripts.iter().copied().chain(taken).chain(thinks).collect()
    }

    /// Chromium's switches; recordings are made in a folder.
    pub(crate) fn switches(&self, home: &Path) -> Result<Vec<String>> {
        let mut switches = vec![format!("--lang={}", self.language)];
        if (self.camera, self.microphone) != (Camera::Missing, Microphone::Missing) {
            ensure!(
                self.microphone != Microphone::Missing,
                "Chromium's fake devices always have a microphone"
            );
            let count = match self.camera {
                Camera::Missing => "=device-count=0",
                Camera::Two => "=device-count=2",
                _ => "",
            };
            switches.push(format!("--use-fake-device-for-media-stream{count}"));
        }
        match self.permission {
            Permission::Given => switches.push("--use-fake-ui-for-media-stream".to_owned()),
            Permission::Refused => switches.push("--deny-permission-prompts".to_owned()),
            Permission::RefusedBefore | Permission::Unanswered => {}
        }
        if let Some(file) = recordings::film(self.camera, home)? {
            switches.push(format!("--use-file-for-fake-video-capture={}", file.display()));
        }
        if let Some(file) = recordings::sound(self.microphone, home)? {
            switches.push(format!("--use-file-for-fake-audio-capture={}", file.display()));
        }
        if self.microphone == Microphone::Taken {
            switches.push("--fail-audio-stream-creation".to_owned());
        }
        if !self.user_agent.is_empty() {
            switches.push(format!("--user-agent={}", self.user_agent));
        }
        if !self.name.is_empty() {
            switches.push(format!("--host-resolver-rules=MAP {} 127.0.0.1", self.name));
        }
        Ok(switches)
    }

    /// What WebKitGTK's browser is started with.
    pub(crate) fn settings(&self) -> Vec<&'static str> {
        let there = (self.camera != Camera::Missing)
            .then_some(["--enable-media-stream=true", "--enable-mock-capture-devices=true"]);
        let scripts = (!self.runs_scripts).then_some("--enable-javascript=false");
        ["--automation"].into_iter().chain(there.into_iter().flatten()).chain(scripts).collect()
    }

    /// The preferences of Chromium or Firefox.
    pub(crate) fn preferences(&self) -> Value {
        let mut all = Map::new();
        all.insert("intl.accept_languages".to_owned(), json!(self.language));
        let refused = matches!(self.permission, Permission::Refused | Permission::RefusedBefore);
        match self.engine {
            Engine::Chromium => {
                all.insert("session.restore_on_startup".to_owned(), json!(4));
                all.insert("session.startup_urls".to_owned(), json!(["about:blank"]));
                if self.permission == Permission::RefusedBefore {
                    for device in ["camera", "mic"] {
                        let name = format!("profile.default_content_setting_values.media_stream_{device}");
                        all.insert(name, json!(2));
                    }
                }
            }
            Engine::WebKit => {}
            Engine::Firefox => {
                all.insert("javascript.enabled".to_owned(), json!(self.runs_scripts));
                let there = self.camera != Camera::Missing;
                all.insert("media.navigator.streams.fake".to_owned(), json!(there));
                let given = self.permission == Permission::Given;
                all.insert("media.navigator.permission.disabled".to_owned(), json!(given));
                if refused {
                    all.insert("permissions.default.camera".to_owned(), json!(2));
                    all.insert("permissions.default.microphone".to_owned(), json!(2));
                }
                if !self.name.is_empty() {
                    all.insert("network.dns.localDomains".to_owned(), json!(self.name));
                }
                if !self.user_agent.is_empty() {
                    all.insert("general.useragent.override".to_owned(), json!(self.user_agent));
                }
            }
        }
        Value::Object(all)
    }
}
