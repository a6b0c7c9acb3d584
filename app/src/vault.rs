//! What people enter about themselves, sealed for a reload of the same tab and unreadable once the tab is gone.
//!
//! The key is derived (HKDF) from a secret that only this tab has, in `sessionStorage`, and from a key in `IndexedDB`
//! that no script can read out; one without the other opens nothing. Sealed with AES-GCM. Where the browser refuses any
//! of this, memory holds what was entered while the page is open.
//! A duplicated tab has the secret of the other one: it opens what was copied, and takes a new one.
//!
//! A confirmed request that waits for the network outlives its tab: it and the tab's secret lie in `localStorage`, each under a
//! name of its own, readable only with the key that no script can read out, and for as long as that is kept: seven days.

use precheck_shared::texts::cut;
use precheck_shared::wire::Node;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::browser;
use crate::js::{
    Waiting, array, bytes, call, get, get_text, object, once, set, settle, settled, wait, window,
};
use crate::json::Parsed;

const TAB: &str = "precheck-tab-v1";
const SEALED: &str = "precheck-sealed-v1";
/// Requests that wait, each under the name of its tab.
pub(crate) const WAITS: &str = "precheck-waits-";
const STORE: &str = "keys";
/// A request that waits can use the key of its tab for so long: seven days.
const MOST_MILLIS: f64 = 604_800_000.0;

/// The key of a tab, and the name and secret that it was made with.
pub(crate) struct Vault {
    key: JsValue,
    tab: String,
}

/// A request that a tab has left on the device.
pub(crate) struct Left {
    /// Where it lies.
    pub(crate) name: String,
    /// Name and secret of the tab.
    pub(crate) tab: String,
    pub(crate) sealed: String,
}

/// Why a vault stays shut.
pub(crate) enum Shut {
    /// Its key is there no more.
    KeyGone,
    /// The browser refuses, or does not answer now; another time it may.
    ForNow,
}

impl Vault {
    /// Opens this tab's own vault, made where there is none. `renew` lets its key live for seven days from now.
    pub(crate) async fn open(renew: bool) -> Option<Self> {
        Self::open_of("", renew).await.unwrap_or_default()
    }

    /// Opens the vault of a tab that has left something.
    pub(crate) async fn open_left(of: &str) -> Result<Self, Shut> {
        match Self::open_of(of, false).await {
            Some(Some(vault)) => Ok(vault),
            Some(None) => Err(Shut::KeyGone),
            None => Err(Shut::ForNow),
        }
    }

    /// This tab's own where `of` is empty; without a vault where another tab's key is gone.
    async fn open_of(of: &str, renew: bool) -> Option<Option<Self>> {
        let is_own = of.is_empty();
        let known =
            if is_own { browser::keep_read(TAB).filter(|it| it.len() == 96) } else { Some(of.to_owned()) };
        let is_new = known.is_none();
        let tab = match known {
            Some(tab) => tab,
            None => to_hex(&browser::random(48)?),
        };
        let database = settled(open_database()).await?;
        let name = name_of(&tab);
        if is_own {
            sweep(&database, name);
        }
        let held = get(&settled(in_store(&database, "get", &[name.into()])).await?, "key");
        let is_held = held.is_some();
        let base = if let Some(base) = held {
            base
        } else if is_own {
            // A key that can be used for deriving and never read out.
            let (material, uses) = (bytes(&browser::random(32)?), array(&["deriveKey".into()]));
            let arguments = ["raw".into(), material, "HKDF".into(), JsValue::FALSE, uses.into()];
            crypto("importKey", &arguments).await?
        } else {
            return Some(None);
        };
        if renew || !is_held {
            let entry = object(&[("key", base.clone()), ("at", js_sys::Date::now().into())]);
            settled(in_store(&database, "put", &[entry, name.into()])).await?;
        }
        if is_new {
            if !browser::keep_write(TAB, &tab) {
                return None;
            }
            hold(name);
        }
        let key = derive(base, &from_hex(tab.get(32..)?)?).await?;
        Some(Some(Self { key, tab }))
    }

    /// Seals a text; for this tab alone, or for whatever tab comes next.
    pub(crate) async fn keep(&self, text: String, beyond: bool) -> Option<()> {
        let nonce = browser::random(12)?;
        let sealed =
            crypto("encrypt", &[algorithm(&nonce), self.key.clone(), bytes(text.as_bytes())]).await?;
        let sealed = to_hex(&nonce) + &to_hex(&js_sys::Uint8Array::new(&sealed).to_vec());
        let kept = if beyond {
            browser::note_write(&note_of(&self.tab), &[&*self.tab, &sealed].concat())
        } else {
            browser::keep_write(SEALED, &sealed)
        };
        kept.then_some(())
    }

    /// Opens what was sealed.
    pub(crate) async fn unseal(&self, sealed: &str) -> Option<String> {
        let sealed = from_hex(sealed)?;
        let (nonce, sealed) = sealed.split_at_checked(12)?;
        let opened = crypto("decrypt", &[algorithm(nonce), self.key.clone(), bytes(sealed)]).await?;
        String::from_utf8(js_sys::Uint8Array::new(&opened).to_vec()).ok()
    }
}

/// Whether the secret of this tab is that of another one too, which is open: a duplicate has it. From now on it is known to be open
/// here. Where the browser has no locks, both keep the same, each for itself.
pub(crate) async fn is_open_elsewhere() -> bool {
    let Some(tab) = browser::keep_read(TAB) else { return false };
    let name = name_of(&tab);
    let known = wait(&locks(), "query", &[]).await.and_then(|it| get(&it, "held"));
    let held = known.and_then(|it| Parsed(it).items()).unwrap_or_default();
    let is_held = held.iter().any(|it| get_text(&it.0, "name") == name);
    if !is_held {
        hold(name);
    }
    is_held
}

/// Holds a lock for as long as this page is there.
fn hold(name: &str) {
    let never = || JsValue::from(js_sys::Promise::new(&mut |_, _| {}));
    call(&locks(), "request", &[name.into(), Closure::once(never).into_js_value()]);
}

fn locks() -> JsValue {
    get(&browser::navigator(), "locks").unwrap_or_default()
}

/// What this tab sealed for itself; empty where there is nothing, which cannot be opened.
pub(crate) fn kept() -> String {
    browser::keep_read(SEALED).unwrap_or_default()
}

/// A request that waits on this device: this tab's own, or the first of others that is not named in `but`.
pub(crate) fn left(own: bool, but: &str) -> Option<Left> {
    let own_name = own_note();
    let name = browser::notes(WAITS).into_iter().find(|name| {
        let is_own = *name == own_name;
        is_own == own && cut(but, name).is_none()
    })?;
    let mut tab = browser::note_read(&name)?;
    // A note that was cut off cannot be opened: its key is unknown.
    let sealed = tab.split_off(tab.len().min(96));
    Some(Left { name, tab, sealed })
}

/// The request of this tab, or else one that another tab left: with its secret this tab goes on in its place.
pub(crate) fn take_over() -> Option<Left> {
    let left = left(true, "").or_else(|| left(false, ""))?;
    browser::keep_write(TAB, &left.tab).then_some(left)
}

/// Forgets the request of this tab.
pub(crate) fn forget_waiting() {
    browser::note_forget(&own_note());
}

/// Forgets what was sealed, and the secret that opens it: the key that is left in `IndexedDB` opens nothing.
pub(crate) fn forget() {
    browser::keep_forget(SEALED);
    browser::keep_forget(TAB);
}

/// The part of a tab's secret that is none: the name of its key and of what it leaves.
fn name_of(tab: &str) -> &str {
    tab.get(..32).unwrap_or_default()
}

fn note_of(tab: &str) -> String {
    [WAITS, name_of(tab)].concat()
}

fn own_note() -> String {
    note_of(&browser::keep_read(TAB).unwrap_or_default())
}

fn crypto(method: &str, arguments: &[JsValue]) -> Waiting {
    let subtle = get(&window(), "crypto").and_then(|it| get(&it, "subtle"));
    settle(subtle.and_then(|it| call(&it, method, arguments)))
}

fn algorithm(nonce: &[u8]) -> JsValue {
    object(&[("name", "AES-GCM".into()), ("iv", bytes(nonce))])
}

fn derive(base: JsValue, secret: &[u8]) -> Waiting {
    let by = object(&[
        ("name", "HKDF".into()),
        ("hash", "SHA-256".into()),
        ("salt", bytes(secret)),
        ("info", bytes(b"precheck draft v1")),
    ]);
    let to = object(&[("name", "AES-GCM".into()), ("length", 256.into())]);
    let uses = array(&["encrypt".into(), "decrypt".into()]);
    crypto("deriveKey", &[by, base, to, JsValue::FALSE, uses.into()])
}

fn open_database() -> Option<JsValue> {
    let request = call(&get(&window(), "indexedDB")?, "open", &["precheck".into(), 1.into()])?;
    let made = request.clone();
    let make_store = once(move || {
        if let Some(database) = get(&made, "result") {
            call(&database, "createObjectStore", &[STORE.into()]);
        }
    });
    set(&request, "onupgradeneeded", &make_store);
    Some(request)
}

/// Asks the database's one store.
fn in_store(database: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let transaction = call(database, "transaction", &[STORE.into(), "readwrite".into()])?;
    call(&call(&transaction, "objectStore", &[STORE.into()])?, method, arguments)
}

/// Deletes the keys of tabs that were opened more than seven days ago, and with them what they sealed.
fn sweep(database: &JsValue, own: &str) {
    let Some(request) = in_store(database, "openCursor", &[]) else { return };
    let (cursor_of, own) = (request.clone(), own.to_owned());
    let each = Closure::<dyn FnMut()>::new(move || {
        let Some(cursor) = get(&cursor_of, "result") else { return };
        let made = get(&cursor, "value").and_then(|it| get(&it, "at")).and_then(|it| it.as_f64());
        let is_own = get(&cursor, "key").and_then(|it| it.as_string()).as_ref() == Some(&own);
        if !is_own && made.is_none_or(|it| it + MOST_MILLIS < js_sys::Date::now()) {
            call(&cursor, "delete", &[]);
        }
        call(&cursor, "continue", &[]);
    });
    // Lives as long as the request that calls it, which is once at each load.
    set(&request, "onsuccess", &each.into_js_value());
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        browser::push_hex(&mut text, *byte);
    }
    text
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = Vec::new();
    for pair in pairs {
        let [high, low] = pair.map(|it| char::from(it).to_digit(16));
        bytes.push(u8::try_from(high? << 4 | low?).ok()?);
    }
    rest.is_empty().then_some(bytes)
}
