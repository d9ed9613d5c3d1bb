//! `frond-endpoint`: with `--config`, the endpoint of a bucket; without it, page, endpoint and
//! store on this machine.

mod command;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use frond_config::Clock;
use frond_config::Config;
use frond_doctor as doctor;
use frond_endpoint::embedded::{BUCKET, Embedded, REGION};
use frond_endpoint::serve::{Bounds, serve, signal};
use frond_endpoint::{App, ConfirmError, log, page};
use tokio::net::TcpListener;
use tracing::{info, warn};

use crate::command::Invite;

/// Longest backoff between attempts to reach the bucket at startup.
const MAX_PAUSE: Duration = Duration::from_secs(10);

type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Signs S3 URLs for Frond's tabs and serves the page. Without a configuration it is the store as
/// well, on this machine only: FROND_LISTEN, FROND_STORE_LISTEN and FROND_DATA say where.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration, see frond.example.toml. FROND_CONFIG may name it instead.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the built page, with the origins and the name of this deployment in it, for another
    /// static host.
    Page {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Say in plain sentences what a configuration means, and what in it is risky.
    Check {
        /// The configuration; the same as --config.
        file: Option<PathBuf>,
    },
    /// Make, list and take back invite codes.
    #[command(subcommand)]
    Invite(Invite),
    /// Test the bucket of a configuration as the tab will use it. Ends with 0, with 1 for warnings,
    /// with 2 for errors.
    ///
    /// With the key of the bucket's owner in FROND_OWNER_ACCESS_KEY and FROND_OWNER_SECRET_KEY it
    /// looks at the bucket's settings too.
    Doctor {
        /// The configuration; the same as --config.
        file: Option<PathBuf>,
        /// With the owner's key, set what can be set; then look again.
        #[arg(long)]
        fix: bool,
        /// For programs.
        #[arg(long)]
        json: bool,
        /// Besides, write the report as a page for the owner.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Which store it is, where its address does not tell.
        #[arg(long)]
        store: Option<doctor::Kind>,
    },
}

fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let config = config.or_else(|| env("FROND_CONFIG").map(PathBuf::from));
    let level = env("FROND_LOG").unwrap_or_default();
    let outcome = tracing::subscriber::set_global_default(log::subscriber(std::io::stderr, &level))
        .map_err(Into::into)
        .and_then(|()| run(config.as_deref(), command));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // To stderr as well as to the log: most errors here come from a configuration that was
            // just written.
            let _ = writeln!(std::io::stderr(), "frond-endpoint: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Option<&Path>, command: Option<Command>) -> Outcome {
    let path = || config.ok_or("this command needs --config");
    match &command {
        Some(Command::Page { out }) => {
            page::export(&Config::load(path()?, env)?, out)?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Check { file }) => {
            return command::check(file.as_deref().map_or_else(path, Ok)?);
        }
        Some(Command::Invite(asked)) => return command::invite(path(), asked),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match (command, config) {
            (Some(Command::Doctor { file, fix, json, html, store }), _) => {
                let path = file.as_deref().or(config).ok_or("`doctor` needs a configuration")?;
                examined(&Config::load(path, env)?, fix, json, html.as_deref(), store).await
            }
            (_, Some(path)) => configured(Config::load(path, env)?).await,
            (_, None) => default(&Embedded::from_env(env)?).await,
        }
    })
}

/// Runs the doctor on a bucket.
async fn examined(
    config: &Config,
    fix: bool,
    json: bool,
    html: Option<&Path>,
    store: Option<doctor::Kind>,
) -> Outcome {
    let owner = doctor::Owner::from_env(env);
    if fix && owner.is_none() {
        return Err(
            "--fix needs the owner's key: FROND_OWNER_ACCESS_KEY and FROND_OWNER_SECRET_KEY".into(),
        );
    }
    let probe = doctor::Probe::new(config.store.clone(), owner, store, clock())?;
    let mut report = doctor::examine(config, &probe).await;
    if fix {
        let done = doctor::fix(config, &probe, &report).await;
        report = doctor::examine(config, &probe).await.after(done);
    }
    if let Some(file) = html {
        std::fs::write(file, report.html())?;
    }
    let text = if json { format!("{:#}\n", report.json()) } else { report.text() };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::from(report.exit_code()))
}

/// Runs the endpoint of an external bucket.
async fn configured(config: Config) -> Outcome {
    let app = App::new(config, clock())?;
    #[cfg(feature = "lambda")]
    if env(frond_endpoint::lambda::RUNTIME_API).is_some() {
        frond_endpoint::lambda::run(&app).await?;
        return Ok(ExitCode::SUCCESS);
    }
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
        return Ok(ExitCode::SUCCESS);
    }
    // Serves the page, and 503 for everything else, until the bucket confirms the deployment.
    let confirmed = async {
        match confirm(&app).await {
            Ok(()) => std::future::pending().await,
            Err(error) => error,
        }
    };
    tokio::select! {
        () = served => Ok(ExitCode::SUCCESS),
        error = confirmed => Err(error.into()),
    }
}

/// Retries until the bucket answers. It may then turn out to belong to another deployment.
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

/// Runs page, endpoint and store on this machine.
async fn default(place: &Embedded) -> Outcome {
    let kept = place.kept()?;
    let listener = TcpListener::bind(place.listen).await?;
    let address = listener.local_addr()?;
    let store = frond_store::serve(frond_store::Options {
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
        let folder = app.config.page.display();
        warn!(%folder, "there is no built page; `make serve` builds one");
    }
    info!(%address, store = %store.addr(), deployment = app.config.deployment, "listening");
    let mut out = std::io::stdout();
    writeln!(out, "Frond is at http://localhost:{}", address.port())?;
    out.flush()?;
    serve(listener, app.router(), Bounds::default(), signal()).await;
    store.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// The only place in this program that reads the system clock.
fn clock() -> Clock {
    Arc::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the adapter that everything else gets its time from"
        )]
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    })
}

/// An environment variable that is set and not empty.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
