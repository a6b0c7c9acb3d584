//! What a page that embeds the element has to allow, and whether its headers do: pure, nothing is fetched.
//!
//! | what | where |
//! |---|---|
//! | addresses and origins, as policies compare them | [`address`] |
//! | one Content-Security-Policy | [`csp`] |
//! | Permissions-Policy and its older form | [`permissions`] |
//! | the headers out of what somebody pasted | [`headers`] |
//! | what the element needs, and what is missing | [`judge`] |

pub(super) mod address;
pub(super) mod csp;
pub(super) mod headers;
pub(super) mod judge;
pub(super) mod permissions;
