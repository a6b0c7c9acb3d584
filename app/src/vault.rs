//! What people enter about themselves, sealed for a reload of the same tab and unreadable once the tab is gone.
//!
//! The key is derived (HKDF) from a secret that only this tab has, in `sessionStorage`, and from a key in `IndexedDB`
//! that no script can read out; one without the other opens nothing. Sealed with AES-GCM. Where the browser refuses any
//! of this, memory holds what was entered while the page is open.
//!
//! A confirmed request that waits for the network outlives its tab: it and the tab's secret lie in `localStorage`, readable only
//! with the key that no script can read out, and for as long as that is kept: seven days.

use wasm_bindgen::JsValue;

use crate::browser;
use crate::js::{Waiting, array, bytes, call, get, object, once, set, settle, settled, window};

const TAB: &str = "precheck-tab-v1";
const SEALED: &str = "precheck-sealed-v1";
const STORE: &str = "keys";
/// A request that waits can use the key of its tab for so long: seven days.
const MOST_MILLIS: f64 = 604_800_000.0;

/// The key of this tab.
#[derive(Clone)]
pub(crate) struct Vault(JsValue);

impl Vault {
    /// Opens the tab's vault, or makes one.
    pub(crate) async fn open() -> Option<Self> {
        let known = browser::keep_read(TAB).and_then(|it| from_hex(&it)).filter(|it| it.len() == 48);
        let (tab, is_new) = match known {
            Some(tab) => (tab, false),
            None => (browser::random(48)?, true),
        };
        let (id, secret) = tab.split_at_checked(16)?;
        let database = settled(open_database()).await?;
        let name = to_hex(id);
        sweep(&database, &name);
        let held =
            if is_new { None } else { settled(in_store(&database, "get", &[name.as_str().into()])).await };
        let base = if let Some(base) = held.and_then(|it| get(&it, "key")) {
            base
        } else {
            // A key that can be used for deriving and never read out.
            let (material, uses) = (bytes(&browser::random(32)?), array(&["deriveKey".into()]));
            let arguments = ["raw".into(), material, "HKDF".into(), JsValue::FALSE, uses.into()];
            let key = crypto("importKey", &arguments).await?;
            let entry = object(&[("key", key.clone()), ("at", js_sys::Date::now().into())]);
            settled(in_store(&database, "put", &[entry, name.into()])).await?;
            key
        };
        if is_new && !browser::keep_write(TAB, &to_hex(&tab)) {
            return None;
        }
        derive(base, secret).await.map(Self)
    }

    /// Seals a text; for this tab alone, or for whatever tab comes next.
    pub(crate) async fn keep(&self, text: String, beyond: bool) -> Option<()> {
        let nonce = browser::random(12)?;
        let sealed = crypto("encrypt", &[algorithm(&nonce), self.0.clone(), bytes(text.as_bytes())]).await?;
        let sealed = to_hex(&nonce) + &to_hex(&js_sys::Uint8Array::new(&sealed).to_vec());
        if beyond {
            let kept =
                browser::note_write(TAB, &browser::keep_read(TAB)?) && browser::note_write(SEALED, &sealed);
            return kept.then_some(());
        }
        browser::keep_write(SEALED, &sealed).then_some(())
    }

    /// What this tab kept, or one before it, opened.
    pub(crate) async fn read(&self, beyond: bool) -> Option<String> {
        let kept = if beyond { browser::note_read(SEALED) } else { browser::keep_read(SEALED) };
        let kept = from_hex(&kept?)?;
        let (nonce, sealed) = kept.split_at_checked(12)?;
        let opened = crypto("decrypt", &[algorithm(nonce), self.0.clone(), bytes(sealed)]).await?;
        String::from_utf8(js_sys::Uint8Array::new(&opened).to_vec()).ok()
    }
}

/// Takes over the secret of a tab that left a request behind; false where none did.
pub(crate) fn take_over() -> bool {
    browser::note_read(TAB).is_some_and(|it| browser::keep_write(TAB, &it))
}

/// Forgets what was left for other tabs.
pub(crate) fn forget_waiting() {
    browser::notes_forget("precheck-tab");
    browser::notes_forget("precheck-sealed");
}

/// Forgets what was sealed, and the secret that opens it: the key that is left in `IndexedDB` opens nothing.
pub(crate) fn forget() {
    browser::keep_forget(SEALED);
    browser::keep_forget(TAB);
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
    let each = wasm_bindgen::prelude::Closure::<dyn FnMut()>::new(move || {
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
