//! `frond-endpoint check` and `frond-endpoint invite`: commands for operators, with plain-text
//! output.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use frond_config::Config;
use frond_endpoint::App;
use frond_endpoint::check::Report;
use frond_endpoint::invite::{self, State};
use frond_wire::InviteHash;

use crate::{Outcome, clock, env};

/// `frond-endpoint invite …`
#[derive(Subcommand)]
pub enum Invite {
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

/// Explains a configuration.
pub fn check(path: &Path) -> Outcome {
    let config = Config::load(path, env).map_err(|error| format!("{}: {error}", path.display()))?;
    write!(std::io::stdout(), "{}", Report::of(&config))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs an invite command.
pub fn invite(config: Result<&Path, &'static str>, command: &Invite) -> Outcome {
    if let Invite::New { count } = command {
        return new_invites(*count);
    }
    let app = App::new(Config::load(config?, env)?, clock())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        app.confirm().await?;
        match command {
            Invite::Revoke { code } => revoke(&app, code).await,
            _ => list(&app).await,
        }
    })
}

/// Prints codes for users and hashes for the configuration.
fn new_invites(count: u16) -> Outcome {
    let mut out = std::io::stdout();
    let mut hashes = Vec::new();
    for _ in 0..count {
        let code = invite::code()?;
        hashes.push(format!("    \"{}\",", InviteHash::of(&code)));
        writeln!(out, "{code}")?;
    }
    writeln!(
        out,
        "\nAdd to invites in [accounts], and start the endpoint anew:\n{}",
        hashes.join("\n")
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn revoke(app: &App, code: &str) -> Outcome {
    let invite = InviteHash::parse(code).unwrap_or_else(|_| InviteHash::of(code));
    let mut out = std::io::stdout();
    match invite::revoke(app, &invite).await? {
        State::Used(login) => writeln!(out, "{invite} was used by {login}; its account stays.")?,
        _ => {
            writeln!(out, "{invite} is worth nothing any more. Remove it from the configuration.")?
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App) -> Outcome {
    let mut out = std::io::stdout();
    for (invite, state) in invite::list(app).await? {
        let known =
            if app.config.accounts.invites.contains(&invite) { "" } else { "  (not configured)" };
        let state = match state {
            State::Unused => "unused".to_owned(),
            State::Used(login) => format!("used by {login}"),
            State::Revoked => "revoked".to_owned(),
        };
        writeln!(out, "{invite}  {state}{known}")?;
    }
    Ok(ExitCode::SUCCESS)
}
