//! What the program needs of a PostgreSQL, asked once at the start: that texts are UTF-8, that a commit is on the disk when it is
//! answered, and that sessions are as they were asked for. A pooler in between drops that silently.

use tokio_postgres::{Client, Error};

use super::OpenFault;
use super::address::{Address, PROMISES};
use crate::store::opening::Refusal;

/// Of the server as a whole; a session cannot ask for them.
const DURABLE: [&str; 2] = ["fsync", "full_page_writes"];

/// Refuses a database that cannot keep what the program promises. `lossy`: except that it may forget it in a power cut.
pub(super) async fn judge(client: &Client, address: &Address, lossy: bool) -> Result<(), OpenFault> {
    let encoding = setting(client, "server_encoding").await?;
    if encoding != "UTF8" {
        return Err(Refusal::Encoding(encoding).into());
    }
    for (name, _) in PROMISES {
        let (found, asked) = (setting(client, name).await?, address.asked(name));
        if found != asked {
            return Err(Refusal::Setting { name, found, asked }.into());
        }
    }
    for name in DURABLE {
        if setting(client, name).await? == "on" {
            continue;
        }
        if !lossy {
            return Err(Refusal::Lossy(format!("PostgreSQL's `{name}` is off; turn it on")).into());
        }
        tracing::warn!("PostgreSQL's {name} IS OFF: A POWER CUT LOSES ACKNOWLEDGED REQUESTS; for tests only");
    }
    Ok(())
}

async fn setting(client: &Client, name: &str) -> Result<String, Error> {
    // Unprepared: whoever stands between may not keep statements.
    let sql = format!("select current_setting('{name}')");
    client.query_typed_one(&sql, &[]).await?.try_get(0)
}
