//! What only PostgreSQL shows: several processes, lost connections, unknown outcomes.

use super::*;
use crate::store::contract::{Two, now};
use private_postgres::Postgres;

/// As one process opens it.
fn open(url: &str, queue: usize) -> PostgresStore {
    let options = Options { address: Address::read(url).unwrap(), office: "otaru".to_owned(), queue };
    Opened::open(options, now()).unwrap().start("key").unwrap()
}

/// Two handles on a database of its own, for the contract.
pub(crate) fn two() -> Two {
    let url = Postgres::shared().database();
    Two { stores: [Arc::new(open(&url, 1024)), Arc::new(open(&url, 1024))], _folder: None }
}
