//! The program: settings, log, runtime, and the signals that stop it.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use precheck_server::config::{Args, Config};
use precheck_server::serve::{Deadlines, serve};
use precheck_server::state::AppState;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Exit code for settings that do not hold, as clap has it for flags that it does not know.
const BAD_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let config = match Config::read(&Args::parse()) {
        Ok(config) => config,
        Err(faults) => {
            for fault in faults {
                eprintln!("precheck-server: {fault}");
            }
            return BAD_SETTINGS.into();
        }
    };
    log_to_stderr();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    // The writer has a thread of its own; two more keep two cores busy.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ran = match runtime {
        Ok(runtime) => runtime.block_on(run(config)),
        Err(error) => Err(format!("no runtime: {error}")),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("precheck-server: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), String> {
    let bind = config.bind;
    let stop = stop_signal().map_err(|error| format!("no signals: {error}"))?;
    let state = Arc::new(AppState::open(config)?);
    let listener =
        TcpListener::bind(bind).await.map_err(|error| format!("cannot listen on {bind}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    announce(&format!("Listening on http://{address}"));
    serve(listener, precheck_server::router(Arc::clone(&state)), Deadlines::default(), stop).await;
    state.store.close().await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

/// Told on standard output, for people and programs that wait for it; a closed output is no reason not to serve.
fn announce(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("PRECHECK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
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
