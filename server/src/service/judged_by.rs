//! What a step of the way is judged by at this moment: policy, terms in force, seats, clock.
//!
//! For pages that show what the rules say before anything is sent. What counts is said by [`super::submit()`].

use std::sync::Arc;

use precheck_shared::calendar::Occupancy;
use precheck_shared::consent::TermsRef;
use precheck_shared::journey::Rules;
use precheck_shared::policy::Policy;
use precheck_shared::terms::Terms;
use precheck_shared::time::Instant;

use super::submit::taken;
use crate::error::ApiError;
use crate::office;
use crate::state::AppState;

/// One state of everything that a judgement depends on.
pub struct JudgedBy<'a> {
    /// The office's settings.
    pub policy: Arc<Policy>,
    /// The version in force.
    pub terms: &'a Terms,
    /// Seats taken.
    pub taken: Arc<Occupancy>,
    /// The moment.
    pub now: Instant,
    reference: TermsRef,
}

impl<'a> JudgedBy<'a> {
    /// As it is now. Where the store cannot say which seats are taken, all are shown as free: that one is full is told when the
    /// request is sent, and nobody loses what she has entered.
    ///
    /// # Errors
    /// `unavailable`: no version of the terms is in force.
    pub async fn now(app: &'a AppState) -> Result<Self, ApiError> {
        let (policy, now) = (app.office.policy(), app.clock.now());
        let terms = app
            .office
            .terms_in_force(now)
            .ok_or_else(|| ApiError::Unavailable("no version of the terms is in force".to_owned()))?;
        let taken = taken(app, &policy, now).await.unwrap_or_default();
        Ok(Self { policy, terms, taken, now, reference: office::reference(terms) })
    }

    /// For [`precheck_shared::journey`].
    pub fn rules(&self) -> Rules<'_> {
        Rules::new(&self.policy, &self.reference, &self.taken, self.now)
    }
}
