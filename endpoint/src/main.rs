//! `frond-endpoint`: with `--config` the endpoint of a bucket; without, page, endpoint and store on this machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use frond_endpoint::check::Report;
use frond_endpoint::config::Config;
use frond_endpoint::config::default::{BUCKET, Embedded, REGION};
use frond_endpoint::invite::{self, State};
use frond_endpoint::keys::InviteHash;
use frond_endpoint::serve::{Bounds, serve, signal};
use frond_endpoint::{App, Clock, ConfirmError, embedded, log, page};
use tokio::net::TcpListener;
use tracing::{info, warn};

/// Longest pause between two tries to reach the bucket at the start.
const MAX_PAUSE: Duration = Duration::from_secs(10);

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Signs S3 URLs for Frond's tabs and serves the page. Without a configuration it is the store as well, on this
/// machine only: FROND_LISTEN, FROND_STORE_LISTEN and FROND_DATA say where.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration, see frond.example.toml.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write index.html and config.json for a page that another static host serves.
    Page {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Say in plain sentences what a configuration means, and what in it is risky.
    Check {
        /// The configuration, as --config.
        file: Option<PathBuf>,
    },
    /// Make, list and take back invite codes.
    #[command(subcommand)]
    Invite(Invite),
}

#[derive(Subcommand)]
enum Invite {
    /// Make codes. Each is shown once; the configuration holds its hash.
    New {
        /// How many.
        #[arg(default_value_t = 1)]
        count: u16,
    },
    /// Say which codes were used, and by which login.
    List,
    /// Take a code back, at once and on all instances.
    Revoke {
        /// The code, or its hash.
        code: String,
    },
}

fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let level = env("FROND_LOG").unwrap_or_default();
    let outcome = tracing::subscriber::set_global_default(log::subscriber(std::io::stderr, &level))
        .map_err(Into::into)
        .and_then(|()| run(config.as_deref(), command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // To people as well as to the log: most errors here are in a configuration that somebody just wrote.
            let _ = writeln!(std::io::stderr(), "frond-endpoint: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Option<&Path>, command: Option<Command>) -> Outcome {
    let path = || config.ok_or("this command needs --config");
    match command {
        None => {}
        Some(Command::Page { out }) => return Ok(page::export(&Config::load(path()?, env)?, &out)?),
        Some(Command::Check { file }) => {
            let path = file.as_deref().map_or_else(path, Ok)?;
            let report = Report::of(&Config::load(path, env)?);
            return Ok(write!(std::io::stdout(), "{report}")?);
        }
        Some(Command::Invite(Invite::New { count })) => return new_invites(count),
        Some(Command::Invite(command)) => {
            let app = App::new(Config::load(path()?, env)?, clock())?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            return runtime.block_on(invites(&app, &command));
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match config {
            Some(path) => configured(Config::load(path, env)?).await,
            None => default(&Embedded::from_env(env)?).await,
        }
    })
}

/// Prints codes for people and hashes for the configuration.
fn new_invites(count: u16) -> Outcome {
    let mut out = std::io::stdout();
    let mut hashes = Vec::new();
    for _ in 0..count {
        let code = invite::code()?;
        hashes.push(format!("    \"{}\",", InviteHash::of(&code)));
        writeln!(out, "{code}")?;
    }
    writeln!(out, "\nAdd to invites in [accounts], and start the endpoint anew:\n{}", hashes.join("\n"))?;
    Ok(())
}

/// What the bucket says about invites.
async fn invites(app: &App, command: &Invite) -> Outcome {
    let mut out = std::io::stdout();
    app.confirm().await?;
    if let Invite::Revoke { code } = command {
        let invite = InviteHash::parse(code).unwrap_or_else(|| InviteHash::of(code));
        match invite::revoke(app, &invite).await? {
            State::Used(login) => writeln!(out, "{invite} was used by {login}; its account stays.")?,
            _ => writeln!(out, "{invite} is worth nothing any more. Remove it from the configuration.")?,
        }
        return Ok(());
    }
    for (invite, state) in invite::list(app).await? {
        let known = if app.config.accounts.invites.contains(&invite) { "" } else { "  (not configured)" };
        let state = match state {
            State::Unused => "unused".to_owned(),
            State::Used(login) => format!("used by {login}"),
            State::Revoked => "revoked".to_owned(),
        };
        writeln!(out, "{invite}  {state}{known}")?;
    }
    Ok(())
}

/// The endpoint of a bucket that is elsewhere.
async fn configured(config: Config) -> Outcome {
    let app = App::new(config, clock())?;
    let waiting = match app.confirm().await {
        Err(ConfirmError::Store(error)) => {
            warn!(%error, "waiting for the store");
            true
        }
        other => other.map(|()| false)?,
    };
    let listener = TcpListener::bind(app.config.listen).await?;
    info!(address = %listener.local_addr()?, "listening");
    let served = serve(listener, app.router(), Bounds::default(), signal());
    if !waiting {
        served.await;
        return Ok(());
    }
    // It serves the page, and answers 503 to all else, until the bucket says whose it is.
    let confirmed = async {
        match confirm(&app).await {
            Ok(()) => std::future::pending().await,
            Err(error) => error,
        }
    };
    tokio::select! {
        () = served => Ok(()),
        error = confirmed => Err(error.into()),
    }
}

/// Asks until the bucket answers. What it may then say is that it belongs to another deployment.
async fn confirm(app: &App) -> Result<(), ConfirmError> {
    let mut pause = Duration::from_millis(500);
    loop {
        tokio::time::sleep(pause).await;
        match app.confirm().await {
            Err(ConfirmError::Store(error)) => warn!(%error, "waiting for the store"),
            Ok(()) => {
                info!("the store is there");
                return Ok(());
            }
            other => return other,
        }
        pause = pause.saturating_mul(2).min(MAX_PAUSE);
    }
}

/// Page, endpoint and store on this machine.
async fn default(place: &Embedded) -> Outcome {
    let kept = place.kept()?;
    let listener = TcpListener::bind(place.listen).await?;
    let address = listener.local_addr()?;
    let store = embedded::serve(embedded::Options {
        listen: place.store_listen,
        data: place.data.clone(),
        region: REGION.to_owned(),
        bucket: BUCKET.to_owned(),
        access_key: kept.access_key.clone(),
        secret_key: kept.secret_key.clone(),
        allowed_origins: Embedded::origins(address),
    })
    .await?;
    let app = App::new(place.config(&kept, address, store.addr())?, clock())?;
    app.confirm().await?;
    if !app.config.page.join("index.html").is_file() {
        warn!(folder = %app.config.page.display(), "there is no built page; `make serve` builds one");
    }
    info!(%address, store = %store.addr(), deployment = app.config.deployment, "listening");
    let mut out = std::io::stdout();
    writeln!(out, "Frond is at http://localhost:{}", address.port())?;
    out.flush()?;
    serve(listener, app.router(), Bounds::default(), signal()).await;
    store.shutdown().await;
    Ok(())
}

/// The one place where this program asks what time it is.
fn clock() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "the adapter that everything else gets its time from")]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    })
}

/// A variable that is set and not empty.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
