//! The request is sent, under the key that its form has had from the beginning: pressed twice, loaded anew or sent again after no
//! answer came, it is one request with one receipt.
//!
//! What tells two sendings apart is what was entered; the language in which it was sent and when are not.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::response::Response;
use precheck_shared::api::Accepted;
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use precheck_shared::eligibility::Answer;
use precheck_shared::journey::{Draft, Step};
use serde_json::{Value, json};
use uuid::Uuid;

use super::entry::Entry;
use super::page::Reader;
use super::{Told, receipt, show};
use crate::error::ApiError;
use crate::ids;
use crate::limits::Limited;
use crate::service::{self, RequestAsEntered, Submission};
use crate::state::AppState;

/// Sends it; the answer is the receipt, or the page that can mend what is wrong, with everything entered.
pub(super) async fn send(
    app: &AppState,
    reader: Reader,
    headers: &HeaderMap,
    peer: IpAddr,
    mut entry: Entry,
) -> Response {
    match submit(app, reader, peer, &entry).await {
        Ok((number, code)) => receipt::received(app, reader, headers, peer, number, code).await,
        Err(ApiError::Refused { violations, .. }) => {
            let step =
                violations.iter().map(|it| Step::of_pointer(&it.pointer)).min().unwrap_or(Step::Review);
            entry.set("returning", "yes");
            show(app, reader, step, entry, Told::Faults(violations)).await
        }
        Err(error) => {
            if matches!(error, ApiError::KeyReused | ApiError::KeyMissing) {
                // Sent again it is a request of its own; the page says what became of the other one.
                match ids::form_key() {
                    Ok(key) => entry.set("key", &key.to_string()),
                    Err(none) => {
                        return show(app, reader, Step::Review, entry, Told::Refusal(none.into())).await;
                    }
                }
            }
            show(app, reader, Step::Review, entry, Told::Refusal(error)).await
        }
    }
}

async fn submit(
    app: &AppState,
    reader: Reader,
    peer: IpAddr,
    entry: &Entry,
) -> Result<(ReceptionNumber, ReceiptCode), ApiError> {
    app.limits.count(Limited::Submit, peer).map_err(|wait| ApiError::RateLimited { wait })?;
    let key = Uuid::try_parse(entry.get("key")).map_err(|_| ApiError::KeyMissing)?;
    let draft = entry.draft();
    let submission = Submission {
        key,
        fingerprint: app.vault.fingerprint(&what_is_sent(&draft)),
        entered: Ok(RequestAsEntered {
            draft,
            language: reader.words.language().to_owned(),
            entered_at: app.clock.now(),
        }),
    };
    let answered = service::submit(app, submission).await?;
    let unreadable = || ApiError::Unavailable("an answer of our own cannot be read".to_owned());
    let accepted: Accepted = serde_json::from_slice(&answered.body).map_err(|_| unreadable())?;
    let code = ReceiptCode::parse(&accepted.receipt_code).ok_or_else(unreadable)?;
    Ok((answered.number, code))
}

fn what_is_sent(draft: &Draft) -> Value {
    let attendant =
        |it: &precheck_shared::person::AttendantEntry| json!([it.kind, it.language, it.count, it.note]);
    let checks = draft.checklist.iter().map(|it| json!([it.id, it.outcome]));
    json!({
        "form": "plain",
        "terms": [draft.terms.id, draft.terms.sha256],
        "eligibility": draft.eligibility.map(|it| it.map(Answer::as_str)),
        "agreed": draft.consents.agreed,
        "acknowledged": draft.consents.acknowledged,
        "own_device": draft.own_device,
        "checklist": checks.collect::<Vec<_>>(),
        "person": [draft.person.name, draft.person.birth_date, draft.person.job_seeker_number],
        "wishes": draft.wishes,
        "attendants": draft.attendants.iter().map(attendant).collect::<Vec<_>>(),
    })
}
