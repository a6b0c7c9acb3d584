//! What the database says of the head files beside its servers' keys: how far each had come. A head file that says less is an older
//! copy of itself.

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const ALL: &str = "select name, value from desk_setting where office = $1 and substr(name, 1, 8) = 'log_head' order by name";
const SET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
    on conflict (office, name) do update set value = excluded.value
    where cast(desk_setting.value as bigint) < cast(excluded.value as bigint)";
const RESET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
    on conflict (office, name) do update set value = excluded.value";

/// The memos.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memos(Vec<(String, i64)>);

impl Memos {
    /// Whether any server has bound this log as it was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How far a server's file had come.
    pub fn of(&self, server: Option<&str>) -> Option<i64> {
        self.0.iter().find(|it| it.0 == name(server)).map(|it| it.1)
    }

    /// How far any of them had come.
    pub fn most(&self) -> Option<i64> {
        self.0.iter().map(|it| it.1).max()
    }
}

/// All of them.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn all(tx: &mut dyn Tx) -> Result<Memos, StoreError> {
    let rows = tx.rows(ALL, values![tx.office()]).await?;
    let memo = |row: &crate::store::sql::Row| {
        let value: String = row.get(1)?;
        Ok((row.get(0)?, value.parse().unwrap_or_default()))
    };
    rows.iter().map(memo).collect::<Result<_, StoreError>>().map(Memos)
}

/// Says how far a server's file has come.
pub async fn keep(tx: &mut dyn Tx, server: Option<&str>, place: i64) -> Result<(), StoreError> {
    tx.rows(SET, values![tx.office(), name(server), place.to_string()]).await.map(drop)
}

/// The same where it begins anew.
pub async fn reset(tx: &mut dyn Tx, server: Option<&str>, place: i64) -> Result<(), StoreError> {
    tx.rows(RESET, values![tx.office(), name(server), place.to_string()]).await.map(drop)
}

fn name(server: Option<&str>) -> String {
    server.map_or_else(|| "log_head".to_owned(), |it| format!("log_head {it}"))
}
