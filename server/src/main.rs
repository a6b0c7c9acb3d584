//! The program: settings, what is to be done by them, log, runtime, and the signals that stop it.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use precheck_server::backup;
use precheck_server::config::{Act, Args, Config, Place};
use precheck_server::environment;
use precheck_server::jobs;
use precheck_server::log;
use precheck_server::serve::{Deadlines, listen, serve};
use precheck_server::service::{self, audit};
use precheck_server::staff_command::{self, Shell};
use precheck_server::state::AppState;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Exit code for settings that do not hold, as clap has it for flags that it does not know.
const BAD_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.act {
        Some(Act::Backup { file }) => back_up(&args, file),
        Some(Act::Staff { act }) => at_the_desk(&args, |state| staff_command::staff(state, act)),
        Some(Act::Clock { act }) => at_the_desk(&args, |state| staff_command::clock(state, *act)),
        Some(Act::Audit { act }) => at_the_desk(&args, |state| staff_command::audit(state, *act)),
        None => start(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, faults)) => {
            for fault in faults {
                eprintln!("precheck-server: {fault}");
            }
            code
        }
    }
}

/// What went wrong, a line each, and the code to end with.
type Ended = (ExitCode, Vec<String>);

fn bad_settings(faults: Vec<String>) -> Ended {
    (BAD_SETTINGS.into(), faults)
}

fn failed(fault: &dyn Display) -> Ended {
    (ExitCode::FAILURE, vec![fault.to_string()])
}

fn back_up(args: &Args, file: &Path) -> Result<(), Ended> {
    let place = Place::read(args).map_err(bad_settings)?;
    let backup = backup::write(&place, file).map_err(|it| failed(&it))?;
    announce(&backup.to_string());
    Ok(())
}

/// Does something beside a server that may be running.
fn at_the_desk<F>(args: &Args, act: impl FnOnce(Shell) -> F) -> Result<(), Ended>
where
    F: Future<Output = Result<String, String>>,
{
    let config = Config::read(args).map_err(bad_settings)?;
    for line in environment::unknown_variables(std::env::vars_os().map(|(name, _)| name)) {
        eprintln!("precheck-server: warning: {line}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(&format!("no runtime: {error}")))?;
    let shell = runtime.block_on(Shell::open(config)).map_err(|it| failed(&it))?;
    let said = runtime.block_on(act(shell)).map_err(|it| failed(&it))?;
    announce(&said);
    Ok(())
}

fn start(args: &Args) -> Result<(), Ended> {
    let config = Config::read(args).map_err(bad_settings)?;
    let misread = log_to_stderr();
    let unknown = environment::unknown_variables(std::env::vars_os().map(|(name, _)| name));
    for warning in misread.iter().chain(&unknown).chain(&config.warnings) {
        tracing::warn!("{warning}");
    }
    // The writer has a thread of its own; two more keep two cores busy.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| failed(&format!("no runtime: {error}")))?;
    runtime.block_on(run(config)).map_err(|it| failed(&it))
}

async fn run(config: Config) -> Result<(), String> {
    let bind = config.bind;
    let stop = stop_signal().map_err(|error| format!("no signals: {error}"))?;
    let state = Arc::new(AppState::open(config).await?);
    let looked = service::clock::begin(&state).await;
    looked.map_err(|error| format!("cannot read what the database has seen of time: {error}"))?;
    if let Some(found) = audit::start::begin(&state).await.map_err(staff_command::told)? {
        tracing::error!("{found}");
    }
    jobs::releases::begin(&state).await;
    let listener = listen(bind).map_err(|error| format!("cannot listen on {bind}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    announce(&format!("Listening on http://{address}"));
    let jobs = tokio::spawn(jobs::run(Arc::clone(&state)));
    let following = tokio::spawn(watch_log(Arc::clone(&state)));
    let watch = tokio::spawn(jobs::ground::watch(Arc::clone(&state)));
    let telling = tokio::spawn(log::tell_every_minute());
    let first = tokio::spawn(invite_first_manager(Arc::clone(&state), format!("http://{address}")));
    let (router, counting) = (precheck_server::router(Arc::clone(&state)), Arc::clone(&state));
    serve(listener, router, move |peer| counting.limits.counted(peer), Deadlines::default(), stop).await;
    // What it has begun is a transaction of its own; the store finishes that.
    jobs.abort();
    watch.abort();
    telling.abort();
    log::tell();
    first.abort();
    following.abort();
    audit::watch::finish(&state).await;
    state.store.close().await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

/// Reads the staff's log through once, and follows its end.
async fn watch_log(state: Arc<AppState>) {
    let whole = async {
        match audit::start::look_through(&state).await {
            Ok(None) => {}
            Ok(Some(found)) => tracing::error!("{found}"),
            Err(_) if state.store.standing().is_err() => {}
            Err(error) => tracing::error!(?error, "the staff's log was not read through"),
        }
    };
    tokio::join!(whole, audit::watch::run(&state));
}

/// Where nobody works at the desk yet, whoever started the server does so first.
async fn invite_first_manager(state: Arc<AppState>, address: String) {
    match staff_command::first_link(&state, &address).await {
        Ok(Some(line)) => announce(&line),
        Ok(None) => {}
        // What lies beneath was lost meanwhile: that has been said.
        Err(_) if state.store.standing().is_err() => {}
        Err(error) => tracing::error!(?error, "the link to the first manager's account cannot be made"),
    }
}

/// Told on standard output, for people and programs that wait for it; a closed output is no reason not to serve.
fn announce(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Begins the log; a line where it is not what was asked for.
fn log_to_stderr() -> Option<String> {
    let (filter, misread) = environment::log_filter();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(log::Folding).with(lines).init();
    misread
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
