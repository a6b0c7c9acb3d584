//! What survives a reload of the tab, and nothing longer: conditions, consents and checks.
//!
//! On a shared device nothing is kept at all.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser;
use crate::form::Plain;
use crate::state::App;

const PLAIN: &str = "precheck-v1";

/// The impersonal part as kept; a version that this build does not know is left alone.
#[derive(Serialize, Deserialize)]
struct Kept {
    language: String,
    shared_device: bool,
    plain: Plain,
}

/// The language chosen before the reload.
pub(crate) fn language() -> Option<String> {
    read().map(|it| it.language)
}

/// Brings back what the tab kept.
pub(crate) async fn restore(app: App) {
    if let Some(kept) = read() {
        app.shared_device.set(kept.shared_device);
        app.form.update(|form| form.plain = kept.plain);
    }
}

/// Keeps every change from now on.
pub(crate) fn follow(app: App) {
    Effect::new(move |_| {
        let shared_device = app.shared_device.get();
        let language = app.texts.with(|it| it.language().to_owned());
        let plain = app.form.with(|it| it.plain.clone());
        if shared_device {
            forget_all();
            return;
        }
        if let Ok(text) = serde_json::to_string(&Kept { language, shared_device, plain }) {
            // Refused storage is no fault of the person's: memory holds it while the page is open.
            let _kept = browser::keep_write(PLAIN, &text);
        }
    });
}

/// Forgets everything on this device.
pub(crate) fn forget_all() {
    browser::keep_forget(PLAIN);
}

fn read() -> Option<Kept> {
    serde_json::from_str(&browser::keep_read(PLAIN)?).ok()
}
