//! Random names: reception numbers and receipt codes.
//!
//! A trait, so that tests can predict them and bring about the collision that happens once in a million years.

use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use uuid::Uuid;

/// Makes what a seeker holds in the hand.
pub trait Ids: Send + Sync {
    /// Short, public, without power; may be taken already.
    fn reception_number(&self) -> Result<ReceptionNumber, getrandom::Error>;
    /// 130 random bits that open the receipt.
    fn receipt_code(&self) -> Result<ReceiptCode, getrandom::Error>;
}

/// From the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn reception_number(&self) -> Result<ReceptionNumber, getrandom::Error> {
        getrandom::u64().map(ReceptionNumber::from_bits)
    }

    fn receipt_code(&self) -> Result<ReceiptCode, getrandom::Error> {
        let mut bytes = [0; 26];
        getrandom::fill(&mut bytes)?;
        Ok(ReceiptCode::from_bytes(bytes))
    }
}

/// A key for a form of the desk: sent twice, it is known again.
pub(crate) fn form_key() -> Result<Uuid, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
