//! A list of the first screen, in full.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::paging::{Pages, number};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::Signed;
use crate::desk::today::Section;
use crate::desk::words::{fill1, t, t2};
use crate::error::ApiError;
use crate::service::day;
use crate::state::AppState;
use crate::store::desk::day::List;

#[derive(Template)]
#[template(path = "desk/list.html")]
struct Listing {
    page: Frame,
    list: &'static str,
    section: Section,
    pages: Pages,
}

/// Shows a page of it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failed> {
    let asked = Fields::of_query(uri.query());
    let list = match asked.get("list") {
        "" => List::Waiting,
        name => List::parse(name).ok_or(ApiError::NotFound)?,
    };
    let number = number(asked.get("page"));
    let now = app.clock.now();
    let found = day::list(&app, list, number, now).await?;
    if found.pages() < number {
        return Err(ApiError::NotFound.into());
    }
    let title = t2("desk.day.", list.as_str());
    let page = Frame { live: true, ..Frame::new(&app, &who, title, "today") };
    let section = Section::of(now, &found);
    let listing = Listing { page, list: list.as_str(), section, pages: Pages::of(&found) };
    Ok(page::live(&headers, &listing))
}
