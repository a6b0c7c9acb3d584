//! Files of earlier releases, for whoever has a loader, a page or a tab of them: what is kept ([`crate::releases`]) is sent as it was
//! when it was the present one.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::{FILES, FOR_EVER, find, for_everybody, packed, takes};
use crate::etag;
use crate::releases::{Content, Form, HashedName, OwnFile};
use crate::state::AppState;

/// The forms in the order in which they are sent: the smallest that the client takes.
const SMALLEST_FIRST: [Form; 3] = [Form::Brotli, Form::Gzip, Form::Plain];

/// What belongs to this release under a name that says its content.
pub(crate) fn own() -> Vec<OwnFile> {
    let own = FILES.iter().filter_map(|file| {
        let forms = [(Form::Plain, Some(file.bytes)), (Form::Brotli, file.brotli), (Form::Gzip, file.gzip)];
        let forms = forms.into_iter().filter_map(|(form, bytes)| Some((form, bytes?)));
        Some(OwnFile { name: HashedName::parse(file.name)?, forms: forms.collect() })
    });
    own.collect()
}

/// A file that this release does not have.
pub(super) async fn answer(app: &AppState, name: &str, asked: &HeaderMap) -> Option<Response> {
    let name = HashedName::parse(name)?;
    let wanted = SMALLEST_FIRST.into_iter().filter(|it| it.encoding().is_none_or(|it| takes(asked, it)));
    let wanted = wanted.collect();
    let present = present_for(&name);
    let kind = super::content_type(name.as_str());
    let Some((form, content)) = app.releases.find(name, wanted).await else {
        return present.map(|it| in_its_place(it, asked));
    };
    let tag = etag::of_digest(&content.digest);
    let body = Body::from(Bytes::from_owner(Shared(content)));
    Some(for_everybody(packed(asked, &tag, form.encoding(), kind, body), FOR_EVER))
}

/// What is sent for a file of a release that was never kept here, as that of a loader out of somebody else's cache: of the second
/// stage the present one, which understands every loader there has been and names what else is needed by itself. Nothing else has
/// such a stand-in. Other words would stand at other places than the old widget looks for them, another module would call functions
/// that the old glue does not have, and both would be wrong on the screen rather than missing.
fn present_for(name: &HashedName) -> Option<&'static super::Asset> {
    const STAGE: (&str, &str) = ("begin", "js");
    let is_stage = |it: &HashedName| (it.stem(), it.suffix()) == STAGE;
    let mut present = FILES.iter().filter(|it| HashedName::parse(it.name).as_ref().is_some_and(is_stage));
    find(present.next()?.name).filter(|_| is_stage(name))
}

/// It is not what its name says: nobody may keep it under that name.
fn in_its_place(present: &super::Asset, asked: &HeaderMap) -> Response {
    let mut asked = asked.clone();
    asked.remove(header::IF_NONE_MATCH);
    let mut response = for_everybody(super::asset_response(present, &asked), "no-store");
    response.headers_mut().remove(header::ETAG);
    response
}

/// One copy in memory for all who are being sent it.
struct Shared(Arc<Content>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LOADER, has_extension};
    use super::*;

    #[test]
    fn everything_but_pages_and_the_loader_is_kept() {
        let kept: Vec<_> = own().iter().map(|it| it.name.to_string()).collect();
        let hashed = FILES.iter().map(|it| it.name).filter(|it| *it != LOADER && !has_extension(it, "html"));
        assert_eq!(kept, hashed.collect::<Vec<_>>());
    }
}
