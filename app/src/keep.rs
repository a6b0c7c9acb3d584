//! What survives a reload of the tab, and nothing longer. Conditions, consents and checks are kept as they are, what
//! people enter about themselves only sealed. On a shared device nothing is kept at all.

use leptos::reactive::effect::Effect;
use precheck_shared::wire::Wire;
use precheck_shared::wire_fields;

use crate::browser::{self, spawn};
use crate::form::{Personal, Plain};
use crate::state::App;
use crate::vault::{self, Vault};

const PLAIN: &str = "precheck-v1";

/// The impersonal part as kept; what another build kept in another shape is not read.
struct Kept {
    language: String,
    shared_device: bool,
    plain: Plain,
}

wire_fields!(Kept { language, shared_device, plain });

/// The language chosen before the reload.
pub(crate) fn language() -> Option<String> {
    read().map(|it| it.language)
}

/// Brings back what the tab kept.
pub(crate) async fn restore(app: App) {
    let Some(kept) = read() else { return };
    app.shared_device.set(kept.shared_device);
    app.form.update(|form| form.plain = kept.plain);
    if kept.shared_device {
        return;
    }
    let Some(vault) = Vault::open().await else { return };
    if let Some(personal) = vault.read().await.and_then(|it| crate::json::read::<Personal>(&it)) {
        app.form.update(|form| form.personal = personal);
    }
}

/// Keeps every change from now on.
pub(crate) fn follow(app: App) {
    run_on_change(move || {
        let shared_device = app.shared_device.get();
        let language = app.texts.with(|it| it.language().to_owned());
        let plain = app.form.with(|it| it.plain.clone());
        if shared_device {
            forget_all();
            return;
        }
        // Refused storage is no fault of the person's: memory holds it while the page is open.
        let _kept = browser::keep_write(PLAIN, &Kept { language, shared_device, plain }.to_json());
        app.unsealed.update(|it| *it += 1);
    });
    run_on_change(move || {
        // One sealing at a time; what was changed meanwhile is sealed next.
        let changes = app.unsealed.get();
        if changes == 1 {
            spawn(seal(app));
        }
    });
}

/// Runs something now, and again whenever a state that it reads has changed.
fn run_on_change(act: impl Fn() + 'static) {
    let act: Box<dyn Fn()> = Box::new(act);
    Effect::new(move |_| act());
}

/// Seals what was entered until nothing has changed meanwhile.
async fn seal(app: App) {
    let vault = Vault::open().await;
    loop {
        let changes = app.unsealed.get_now();
        let personal = app.form.peek(|it| it.personal.to_json());
        if let Some(vault) = vault.as_ref().filter(|_| !app.shared_device.get_now()) {
            // As above: what cannot be kept stays in memory.
            let _kept = vault.keep(&personal).await;
            if app.shared_device.get_now() {
                forget_all();
            }
        }
        if app.unsealed.get_now() == changes {
            app.unsealed.set(0);
            return;
        }
    }
}

/// Forgets everything on this device.
pub(crate) fn forget_all() {
    browser::keep_forget(PLAIN);
    vault::forget();
}

fn read() -> Option<Kept> {
    crate::json::read(&browser::keep_read(PLAIN)?)
}
