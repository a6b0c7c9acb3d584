//! Article 5(1): the record of a visit.

use precheck_shared::records::UsageRecord;
use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// The place of a step in the order of the widget.
macro_rules! place {
    ($step:literal) => {
        concat!(
            "case ",
            $step,
            " when 'conditions' then 0 when 'consent' then 1 when 'check' then 2 when 'booking' then 3 \
             when 'review' then 4 else 5 end"
        )
    };
}

// The furthest step stays, and the last verdicts.
const NOTE: &str = concat!(
    "insert into visit (office, month, pseudonym, step, began_at, seen_at, os, browser, checks)
     values ($1, $2, $3, $4, $5, $5, $6, $7, $8)
     on conflict (office, month, pseudonym) do update
     set seen_at = excluded.seen_at,
         step = case when ",
    place!("excluded.step"),
    " < ",
    place!("visit.step"),
    " then visit.step else excluded.step end,
         checks = case when excluded.checks = '' then visit.checks else excluded.checks end"
);

const ANY: &str = "select 1 from visit where office = $1 and began_at < $2 limit 1";

const FORGET: &str = "delete from visit where id in (
        select id from visit where office = $1 and began_at < $2 order by began_at limit 2000
    ) returning 1";

/// Records a visit, or what is new of it.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn note(tx: &mut dyn Tx, month: &str, record: &UsageRecord) -> Result<(), StoreError> {
    let checks: Vec<_> = record.outcomes.iter().map(|(item, outcome)| format!("{item}={outcome}")).collect();
    let UsageRecord { pseudonym, step, at, os_family, browser, .. } = record;
    let values = values![tx.office(), month, *pseudonym, step, *at, os_family, browser, checks.join(",")];
    tx.rows(NOTE, values).await.map(drop)
}

/// Whether a visit began before a moment.
pub async fn is_any_before(tx: &mut dyn Tx, moment: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(ANY, values![tx.office(), moment]).await?.is_empty())
}

/// Deletes some of the visits that began before a moment, and tells how many: a writer must not wait for a million of them.
pub async fn forget(tx: &mut dyn Tx, moment: Instant) -> Result<usize, StoreError> {
    Ok(tx.rows(FORGET, values![tx.office(), moment]).await?.len())
}
