//! What survives a reload of the tab: conditions, consents and checks as they are, what people enter about themselves only
//! sealed. What survives the tab: a confirmed request that waits for the network, sealed whole, and ticks of what is prepared.
//! What goes to another browser by an address: the answers that tell nothing of who somebody is. On a shared device nothing
//! is kept at all.

use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::journey::Step;
use precheck_shared::texts::{cut, replaced};
use precheck_shared::wire::Wire;
use precheck_shared::wire_fields;

use crate::browser::{self, spawn};
use crate::form::{Form, Personal, Plain};
use crate::js::{call, window};
use crate::state::App;
use crate::ui::run_on_change;
use crate::vault::{self, Left, Shut, Vault};

const PLAIN: &str = "precheck-v1";
const PREPARED: &str = "precheck-prepared-";
/// Receipts that the tab has shown, as `App::receipts` has them.
const RECEIPTS: &str = "precheck-receipts-v1";
/// Keys of requests that no tab is to send any more.
const SETTLED: &str = "precheck-settled-v1";
/// The first part of an address that carries answers.
pub(crate) const CARRIED: &str = "carry";

/// The impersonal part as kept; what another build kept in another shape is not read.
struct Kept {
    language: String,
    shared_device: bool,
    plain: Plain,
}

wire_fields!(Kept { language, shared_device, plain });

/// A confirmed request with all that was entered for it, so that a refusal costs nobody a word.
struct Waiting {
    plain: Plain,
    personal: Personal,
}

wire_fields!(Waiting { plain, personal });

/// How another tab has brought a request to its end, without a receipt.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Elsewhere {
    /// It shows the refusal, and has everything that was entered.
    Refused,
    /// Everything was erased.
    Erased,
}

/// Seals the request that is about to be sent, where the device keeps anything at all.
pub(crate) async fn keep_waiting(app: App) {
    if app.shared_device.get_now() {
        return;
    }
    let (plain, personal) = app.form.peek(|it| (it.plain.clone(), it.personal.clone()));
    let waiting = Waiting { plain, personal }.to_json();
    let kept = match Vault::open(true).await {
        Some(vault) => vault.keep(waiting, true).await,
        None => None,
    };
    app.waits_here.set(kept.is_some());
}

/// Tells the other tabs that a request is not to be sent any more. Its key is a random number and stays: a tab that sleeps may
/// wake much later.
pub(crate) fn settle(key: &str, end: Elsewhere) {
    let mark = if end == Elsewhere::Erased { "!" } else { "" };
    let before = browser::note_read(SETTLED).unwrap_or_default();
    // The last ten.
    let before = before.get(..333).unwrap_or(&before);
    // Where nothing can be kept there is nothing that other tabs could have taken up.
    let _kept = browser::note_write(SETTLED, &[mark, key, " ", before].concat());
}

/// Whether another tab has brought a request to its end, and how.
pub(crate) fn settled(key: &str) -> Option<Elsewhere> {
    let settled = browser::note_read(SETTLED)?;
    let (before, _) = cut(&settled, key)?;
    Some(if before.ends_with('!') { Elsewhere::Erased } else { Elsewhere::Refused })
}

/// Opens what a tab has left. Its key is gone where it has waited too long; what nobody can read is as good as that.
pub(crate) async fn open_left(left: Left) -> Result<Form, Shut> {
    let opened = Vault::open_left(&left.tab).await?.unseal(&left.sealed).await;
    let waiting = opened.and_then(|it| crate::json::read::<Waiting>(&it)).ok_or(Shut::KeyGone)?;
    Ok(Form { plain: waiting.plain, personal: waiting.personal })
}

/// The language chosen before the reload.
pub(crate) fn language() -> Option<String> {
    read().map(|it| it.language).filter(|it| !it.is_empty())
}

/// Brings back what the tab kept, or the request that a closed one left; false where that has waited too long.
pub(crate) async fn restore(app: App) -> bool {
    let kept = read();
    let had_any = kept.is_some();
    if let Some(kept) = kept {
        app.shared_device.set(kept.shared_device);
        app.form.update(|form| form.plain = kept.plain);
        if kept.shared_device {
            return true;
        }
    }
    // A tab with answers of its own, or with a receipt, goes on with those: it sends what waits beside them.
    let is_fresh = !app.setup.alone
        && app.step.get_now() != Step::Receipt
        && app.form.peek(|it| it.plain.is_untouched());
    // The browser copies what a tab keeps into its duplicate. That goes on with the same answers, and keeps them for itself.
    let is_copy = vault::is_open_elsewhere().await && vault::left(true, "").is_none();
    let waiting = if is_fresh { vault::take_over() } else { vault::left(true, "") };
    if !had_any && waiting.is_none() {
        return true;
    }
    if let Some(waiting) = waiting {
        return match open_left(waiting).await {
            Ok(form) => {
                app.form.set(form);
                app.waits_here.set(true);
                true
            }
            Err(Shut::KeyGone) => {
                vault::forget_waiting();
                false
            }
            Err(Shut::ForNow) => {
                // It stays where it is, as one that another tab left: this tab goes on without it, under another name.
                vault::forget();
                true
            }
        };
    }
    let sealed = match Vault::open(false).await {
        Some(vault) => vault.unseal(&vault::kept()).await,
        None => None,
    };
    if let Some(personal) = sealed.and_then(|it| crate::json::read(&it)) {
        app.form.update(|form| form.personal = personal);
    }
    if is_copy {
        vault::forget();
    }
    true
}

/// Keeps every change from now on.
pub(crate) fn follow(app: App) {
    run_on_change(move || {
        let shared_device = app.shared_device.get();
        app.texts.track();
        let language = app.chosen.get_now();
        let plain = app.form.with(|it| it.plain.clone());
        if shared_device {
            forget();
            return;
        }
        // Refused storage is no fault of the person's: memory holds it while the page is open.
        let _kept = browser::keep_write(PLAIN, &Kept { language, shared_device, plain }.to_json());
        app.unsealed.update(|it| *it += 1);
    });
    if app.setup.standalone && app.in_app().is_some() {
        run_on_change(move || {
            let step = app.step.get();
            if step < Step::Receipt {
                browser::set_fragment(&address(app, step), true);
            }
        });
    }
    run_on_change(move || {
        // One sealing at a time; what was changed meanwhile is sealed next.
        let changes = app.unsealed.get();
        if changes == 1 {
            spawn(seal(app));
        }
    });
}

/// Seals what was entered until nothing has changed meanwhile.
async fn seal(app: App) {
    let vault = Vault::open(false).await;
    loop {
        let changes = app.unsealed.get_now();
        let personal = app.form.peek(|it| it.personal.to_json());
        if let Some(vault) = vault.as_ref().filter(|_| !app.shared_device.get_now()) {
            // As above: what cannot be kept stays in memory.
            let _kept = vault.keep(personal, false).await;
            if app.shared_device.get_now() {
                forget();
            }
        }
        if app.unsealed.get_now() == changes {
            app.unsealed.set(0);
            return;
        }
    }
}

/// The address of a step behind `#`. In the browser inside an app it carries the answers, so that they are there wherever its
/// menu opens the page.
pub(crate) fn address(app: App, step: Step) -> String {
    if app.in_app().is_some() && !app.shared_device.get() {
        carried(app, step)
    } else {
        step.as_str().to_owned()
    }
}

/// Conditions, consents and attested checks as a part of an address; nothing that tells who somebody is or how she
/// communicates, and nothing that was found out about a browser that is being left.
pub(crate) fn carried(app: App, step: Step) -> String {
    let mut plain = app.form.with(|it| it.plain.clone());
    if plain.is_untouched() {
        return step.as_str().to_owned();
    }
    plain.keep_only_told();
    for item in [Item::Microphone, Item::Speaker] {
        if plain.checks[item as usize] == Outcome::NotApplicable.as_str() {
            plain.checks[item as usize].clear();
        }
    }
    let encoded = call(&window(), "btoa", &[plain.to_json().into()]).and_then(|it| it.as_string());
    let mut carried = [CARRIED, "/", step.as_str(), "/"].concat();
    for symbol in encoded.unwrap_or_default().chars() {
        match symbol {
            '+' => carried.push('-'),
            '/' => carried.push('_'),
            '=' => {}
            _ => carried.push(symbol),
        }
    }
    carried
}

/// Takes what an address carries over, where nothing has been answered here yet. Anybody can write an address: what only a
/// program can find is left out of it, and so is whatever is no answer.
pub(crate) fn take_carried(app: App, encoded: &str) -> bool {
    let encoded = replaced(&replaced(encoded, "-", "+"), "_", "/");
    let json = call(&window(), "atob", &[encoded.into()]).and_then(|it| it.as_string());
    let Some(mut plain) = json.and_then(|it| crate::json::read::<Plain>(&it)) else { return false };
    plain.keep_only_told();
    app.form.update(|form| {
        let is_new = form.plain.is_untouched() && !plain.is_untouched();
        if is_new {
            form.plain = plain;
        }
        is_new
    })
}

/// Forgets everything on this device.
pub(crate) fn forget_all() {
    browser::notes_forget(vault::WAITS);
    forget();
}

/// Forgets what was entered in this tab. What others have left is theirs.
fn forget() {
    browser::notes_forget(PREPARED);
    forget_tab();
}

/// Forgets the same but for what is prepared of a receipt.
pub(crate) fn forget_tab() {
    browser::keep_forget(PLAIN);
    browser::keep_forget(RECEIPTS);
    vault::forget_waiting();
    vault::forget();
}

/// Whether a page that comes back as it was left is not to show what it held: on a shared device, and where everything has been
/// sent or erased in this tab meanwhile.
pub(crate) fn is_outdated(app: App) -> bool {
    let is_empty = |it: &Plain| it.is_untouched();
    !app.frozen.get_now()
        && (app.shared_device.get_now()
            || read().is_some_and(|it| is_empty(&it.plain)) && !app.form.peek(|it| is_empty(&it.plain)))
}

/// What is prepared of a receipt, kept on this device under a name that tells nothing of it.
pub(crate) fn prepared(code: &str) -> String {
    // FNV-1a: the code has 128 random bits, and 32 lead nowhere.
    let hash =
        code.bytes().fold(0x811C_9DC5_u32, |hash, it| (hash ^ u32::from(it)).wrapping_mul(0x0100_0193));
    [PREPARED, &hash.to_string()].concat()
}

/// The receipts that this tab has shown before a reload.
pub(crate) fn receipts() -> String {
    browser::keep_read(RECEIPTS).unwrap_or_default()
}

/// Remembers the receipt that is shown, so that a reload and Back lead to it though its address does not name it: for this tab
/// alone, and on a shared device in memory alone.
pub(crate) fn keep_receipt(app: App) {
    let Some(shown) = app.receipt.peek(|it| it.as_ref().map(|it| [&it.number, "/", &it.code].concat()))
    else {
        return;
    };
    if !app.setup.standalone {
        // Without an address of its own there is no way back.
        return;
    }
    let at = app.receipts.reach(|all| {
        let known = all.split('\n').position(|it| it == shown);
        known.unwrap_or_else(|| {
            all.push_str(&shown);
            all.push('\n');
            all.bytes().filter(|it| *it == b'\n').count() - 1
        })
    });
    if !app.shared_device.get_now() {
        // Where nothing can be kept, memory remembers it until a reload.
        app.receipts.peek(|it| browser::keep_write(RECEIPTS, it));
    }
    browser::set_numbered_fragment(Step::Receipt.as_str(), u32::try_from(at).unwrap_or_default());
}

/// Number and code of the receipt with this number among those that the tab has shown; of the last one where the address was typed.
pub(crate) fn receipt_at(app: App, number: Option<u32>) -> Option<(String, String)> {
    app.receipts.peek(|all| {
        let all: Vec<_> = all.split_terminator('\n').collect();
        let at = number.map_or(all.len().checked_sub(1)?, |it| it as usize);
        let (number, code) = cut(all.get(at)?, "/")?;
        Some((number.to_owned(), code.to_owned()))
    })
}

fn read() -> Option<Kept> {
    crate::json::read(&browser::keep_read(PLAIN)?)
}
