//! What the element needs of the page around it.
//!
//! It was looked at in Chromium, one policy at a time: in a frame the page's own policy has to allow the loader and the frame, and
//! nothing else; without one, loader, WebAssembly and fetching as well. A sheet of ours is only fetched as a `<link>` by Safari
//! before 16.4. Whether a page allows it is found out on that page, by the self-test (`app/scripts/self-test.js`).

use super::address::Address;

/// What somebody wants to embed, and where.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// This server.
    pub(super) server: Address,
    /// The page, if she named it.
    pub(super) host: Option<Address>,
    /// Whether the element was asked to do without a frame.
    pub(super) unframed: bool,
}

impl Wish {
    /// Whether the element will stand in a frame: not on the server's own pages.
    pub(super) fn is_framed(&self) -> bool {
        !self.unframed && self.host.as_ref().is_none_or(|it| it.origin() != self.server.origin())
    }

    /// The clauses to write where a page has a policy of its own: `script-src …`.
    pub(super) fn clauses(&self) -> Vec<String> {
        let server = self.server.origin();
        if self.is_framed() {
            return vec![format!("script-src {server}"), format!("frame-src {server}")];
        }
        vec![
            format!("script-src {server} 'wasm-unsafe-eval'"),
            format!("connect-src {server}"),
            format!("style-src {server}"),
        ]
    }

    /// The header to write where a page has one: both are lent, or used by the page itself.
    pub(super) fn permissions(&self) -> String {
        let to = if self.is_framed() {
            format!("(self \"{}\")", self.server.origin())
        } else {
            "(self)".to_owned()
        };
        ["camera", "microphone"].map(|it| format!("{it}={to}")).join(", ")
    }
}
