//! The database's files are moved, removed, replaced or overwritten under load, and the key as well: nothing is promised that is
//! not in the file that lies there when the server is started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use crate::ledger::{Ledger, Tally};
use crate::load::{FEW, Load};
use crate::outage::{until_promised, until_ready};
use crate::pause;
use crate::site::Site;

const DATABASE: &str = "precheck.db";
const FILES: [&str; 3] = [DATABASE, "precheck.db-wal", "precheck.db-shm"];

/// What happens to the files.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// One is moved away while people send, and put back.
    Moved(&'static str),
    /// All go, and nothing comes.
    Removed,
    /// A copy takes the place of the file.
    Exchanged,
    /// All go, and a copy comes.
    PutBack,
    /// A copy is written into the file.
    Overwritten,
}

const ALL: [Damage; 7] = [
    Damage::Moved(DATABASE),
    Damage::Removed,
    Damage::Exchanged,
    Damage::Moved("keys"),
    Damage::PutBack,
    Damage::Overwritten,
    Damage::Moved("precheck.db-wal"),
];

/// So many rounds, each with a damage of its own.
pub(crate) async fn under_load(site: &Site, rounds: usize) -> Tally {
    let ledger = Arc::<Ledger>::default();
    let aside = site.path().join("aside");
    fs::create_dir_all(&aside).unwrap();
    for damage in ALL.iter().copied().cycle().take(rounds) {
        match damage {
            Damage::Moved(name) => moved(site, &ledger, &aside.join(name), name).await,
            _ => replaced(site, &ledger, &aside, damage).await,
        }
    }
    let program = site.start();
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();
    let (told, _) = ledger.told_to_come_back();
    tally.note = format!("{rounds} times moved, removed, replaced or overwritten, {told} told to come back");
    tally
}

/// The same file comes back: the server heals, and all that it promised before and after is in it.
async fn moved(site: &Site, ledger: &Arc<Ledger>, aside: &Path, name: &str) {
    let program = site.start();
    let load = Load::start(ledger, &[program.address], FEW);
    until_promised(ledger).await;
    fs::rename(site.data().join(name), aside).unwrap();
    until_ready(&program, false).await;
    // Whatever was under way is answered by now.
    pause(Duration::from_millis(300)).await;
    nothing_promised(ledger, "while it was away").await;
    fs::rename(aside, site.data().join(name)).unwrap();
    until_ready(&program, true).await;
    until_promised(ledger).await;
    drop(program);
    load.stop().await;
}

/// Between two breaths of the senders a copy takes the file's place, or nothing does. The server that is started afterwards has
/// the copy: what was promised in between would not be in it.
async fn replaced(site: &Site, ledger: &Arc<Ledger>, aside: &Path, damage: Damage) {
    let program = site.start();
    let load = Load::start(ledger, &[program.address], FEW);
    until_promised(ledger).await;
    load.stop().await;
    let copy = copy(site, aside);
    let there = |name: &str| site.data().join(name);
    let remove = || FILES.iter().for_each(|it| fs::remove_file(there(it)).unwrap());
    let in_place = || {
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(there(DATABASE)).unwrap();
        std::io::copy(&mut fs::File::open(&copy).unwrap(), &mut file).unwrap();
    };
    match damage {
        Damage::Exchanged => {
            let other = aside.join("other");
            fs::copy(&copy, &other).unwrap();
            fs::rename(&other, there(DATABASE)).unwrap();
        }
        Damage::Overwritten => in_place(),
        Damage::PutBack => {
            remove();
            fs::copy(&copy, there(DATABASE)).unwrap();
        }
        Damage::Removed | Damage::Moved(_) => remove(),
    }
    let load = Load::start(ledger, &[program.address], FEW);
    until_ready(&program, false).await;
    nothing_promised(ledger, "after it was replaced").await;
    drop(program);
    load.stop().await;
    // As README says, whatever lies there by now.
    for name in FILES {
        let _ = fs::remove_file(there(name));
    }
    fs::rename(&copy, there(DATABASE)).unwrap();
}

async fn nothing_promised(ledger: &Ledger, when: &str) {
    let (before, (told, _)) = (ledger.acknowledged(), ledger.told_to_come_back());
    for _ in 0..100 {
        pause(Duration::from_millis(20)).await;
        if told + 10 < ledger.told_to_come_back().0 {
            break;
        }
    }
    if before != ledger.acknowledged() {
        ledger.wrong(format!("{} were promised {when}", ledger.acknowledged() - before));
    }
}

/// Everything that is committed, in a file of its own.
fn copy(site: &Site, aside: &Path) -> PathBuf {
    let copy = aside.join("copy");
    let _ = fs::remove_file(&copy);
    let database = Connection::open(site.data().join(DATABASE)).unwrap();
    database.busy_timeout(Duration::from_secs(20)).unwrap();
    database.execute("vacuum into ?1", [copy.to_str().unwrap()]).unwrap();
    Connection::open(&copy).unwrap().pragma_update(None, "user_version", 0).unwrap();
    copy
}
