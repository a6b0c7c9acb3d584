//! The fields of a form, as entered. Whatever is missing is empty; whatever is too much is ignored.

use axum::body::Body;
use axum::http::HeaderMap;

use crate::api::read_body;
use crate::error::ApiError;
use crate::state::AppState;

/// Names and values, in the order of the form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body of a form that was sent (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// `malformed`: too long, too slow, broken off.
    pub(crate) async fn read(app: &AppState, headers: &HeaderMap, body: Body) -> Result<Self, ApiError> {
        let bytes = read_body::read(headers, body, app.body_deadline).await?;
        Ok(Self::parse(&bytes))
    }

    /// Reads the part of an address behind its `?`.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    /// Reads what has arrived.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The value of a field, as typed; empty where it is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    /// The values of a field that stands several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |it| it.0 == name).map(|it| it.1.as_str())
    }

    /// Names and values, in the order of the form.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|it| (it.0.as_str(), it.1.as_str()))
    }

    /// Whether a box was ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.0 == name)
    }
}
