//! `precheck-server staff …`, `clock accept` and `audit verify`: the desk's accounts, the clock and the log, from a shell, while the
//! server runs or not; and the link that a first start prints.
//!
//! Whoever can read the data folder can do this; there is nobody else to ask when the only manager has lost her password.

use std::sync::Arc;

use crate::config::{AuditAct, ClockAct, Config, StaffAct};
use crate::error::ApiError;
use crate::service;
use crate::service::audit::{start, watch};
use crate::service::staff::fault::Fault;
use crate::service::staff::{Role, invitations};
use crate::state::AppState;

/// Who acts, in the log.
const SHELL: &str = "shell";

/// The database, opened beside a server.
pub struct Shell {
    state: Arc<AppState>,
    base: String,
}

impl Shell {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// A line that says what is wrong and what to do.
    pub async fn open(config: Config) -> Result<Self, String> {
        let base = config.public_origin.clone().unwrap_or_else(|| format!("http://{}", config.bind));
        Ok(Self { state: Arc::new(AppState::open(config).await?), base })
    }
}

/// Does it and says what was done.
///
/// # Errors
/// A line that says what is wrong.
pub async fn staff(shell: Shell, act: &StaffAct) -> Result<String, String> {
    let Shell { state, base } = shell;
    let found = start::begin(&state).await.map_err(told)?;
    if let Some(found) = found {
        eprintln!("precheck-server: {found}");
    }
    let said = match act {
        StaffAct::Add { login, name, role } => add(&state, login, name, role).await,
        StaffAct::Link { login, without_codes } => link(&state, login, *without_codes).await,
    };
    watch::finish(&state).await;
    state.store.close().await.map_err(|error| error.to_string())?;
    said.map(|secret| invitation(&base, &secret))
}

async fn add(state: &AppState, login: &str, name: &str, role: &str) -> Result<String, String> {
    let role = Role::parse(role).ok_or_else(|| format!("--role: `{role}` is not officer or manager"))?;
    let added = invitations::invite(state, SHELL, login, name, role).await.map_err(told)?;
    added.map_err(|faults| faults.iter().map(|it| line(*it)).collect::<Vec<_>>().join("; "))
}

async fn link(state: &AppState, login: &str, without_codes: bool) -> Result<String, String> {
    let made = invitations::new_link_of(state, login, without_codes).await.map_err(told)?;
    made.ok_or_else(|| "--login: nobody who works here has it".to_owned())
}

fn line(fault: Fault) -> &'static str {
    match fault {
        Fault::LoginForm => "--login: 2 to 40 of a-z 0-9 . _ -",
        Fault::LoginTaken => "--login: it is taken; `staff link` makes a new link for whoever has it",
        Fault::NameForm => "--name: 1 to 40 characters",
        _ => "the account cannot be added",
    }
}

/// Accepts the clock as it stands.
///
/// # Errors
/// A line that says what is wrong.
pub async fn clock(shell: Shell, act: ClockAct) -> Result<String, String> {
    let ClockAct::Accept = act;
    let accepted = service::clock::accept(&shell.state, SHELL).await.map_err(told);
    shell.state.store.close().await.map_err(|error| error.to_string())?;
    Ok(accepted?.to_string())
}

/// Verifies the log.
///
/// # Errors
/// A line that says where it breaks.
pub async fn audit(shell: Shell, act: AuditAct) -> Result<String, String> {
    let AuditAct::Verify = act;
    let verified = start::verify(&shell.state).await.map_err(told);
    shell.state.store.close().await.map_err(|error| error.to_string())?;
    let verified = verified?;
    if verified.is_intact() { Ok(verified.to_string()) } else { Err(verified.to_string()) }
}

/// The line of a start without staff; none where there is somebody.
///
/// # Errors
/// `unavailable`.
pub async fn first_link(state: &AppState, address: &str) -> Result<Option<String>, ApiError> {
    let base = state.public_origin.as_deref().unwrap_or(address);
    let secret = invitations::first_link(state).await?;
    Ok(secret.map(|it| {
        format!("Nobody works at the desk yet. The first manager begins here:\n{}", invitation(base, &it))
    }))
}

fn invitation(base: &str, secret: &str) -> String {
    format!("{base}/desk/invitation/{secret}\nThis link can be used once, in the next 24 hours.")
}

/// An error in a line.
pub fn told(error: ApiError) -> String {
    match error {
        ApiError::Unavailable(why) | ApiError::NotReady(why) => why,
        error => format!("{error:?}"),
    }
}
