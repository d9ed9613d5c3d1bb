//! The command line, `frond`: the vault of the crate `frond`, natively. One file per command;
//! docs/CLI.md is the user documentation.
//!
//! Each command opens the vault from this device's state, refreshes the list, does one thing and
//! exits. `vault` builds it from the adapters in `native`. Text for people comes from `message`,
//! output for scripts (`--json`, the exit code) from `output` and `failure`.

mod arguments;
mod failure;
mod find;
mod get;
mod index;
mod link;
mod list;
mod merge;
mod message;
pub mod native;
mod output;
mod progress;
mod put;
mod select;
mod session;
mod settings;
mod share;
mod shell;
mod sync;
mod tidy;
mod token;
mod trash;
mod unfinished;
mod vault;
mod verify;
mod versions;

use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, Command};
use self::failure::Failure;
use self::output::Output;

/// Threads besides the vault's own: they run connections and their TLS.
const THREADS: usize = 2;

/// Open files that the process asks for, as far as the system's hard limit goes.
const MOST_OPEN: u64 = 1 << 20;

/// Runs the command given by the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let Arguments { place, output, command } = Arguments::parse();
    let output = Output::new(output);
    // An upload that waits holds its lock, a file: a folder may have more than the usual limit of
    // 1,024 open files. Without a higher limit, those beyond it fail one by one.
    let _ = rlimit::increase_nofile_limit(MOST_OPEN);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(run(&place, &output, command)),
        Err(error) => {
            Err(Failure::other(format!("The process could not start its threads: {error}.")))
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}

async fn run(place: &arguments::Place, output: &Output, command: Command) -> Result<(), Failure> {
    match command {
        Command::Login(login) => session::login(place, output, login).await,
        Command::Signup(signup) => session::signup(place, output, signup).await,
        Command::Logout(logout) => session::logout(place, output, logout).await,
        Command::Password(change) => session::password(place, output, &change).await,
        Command::DeleteAccount(delete) => session::delete(place, output, &delete).await,
        Command::Status => session::status(place, output).await,
        Command::Ls(ls) => list::list(place, output, &ls).await,
        Command::Find(find) => find::find(place, output, &find).await,
        Command::Index => index::index(place, output).await,
        Command::Put(put) => put::put(place, output, &put).await,
        Command::Sync(sync) => sync::sync(place, output, &sync).await,
        Command::Mkdir(mkdir) => trash::mkdir(place, output, &mkdir).await,
        Command::Versions(versions) => versions::versions(place, output, &versions).await,
        Command::Get(get) => get::get(place, output, &get).await,
        Command::Share(share) => share::share(place, output, &share).await,
        Command::Shares(shares) => share::shares(place, output, &shares).await,
        Command::Unshare(unshare) => share::unshare(place, output, &unshare).await,
        Command::Rm(rm) => trash::remove(place, output, &rm).await,
        Command::Restore(restore) => trash::restore(place, output, &restore).await,
        Command::Mv(mv) => trash::rename(place, output, &mv).await,
        Command::Merge => merge::merge(place, output).await,
        Command::Verify(verify) => verify::verify(place, output, &verify).await,
        Command::Settings(settings) => settings::settings(place, output, &settings).await,
        Command::Resume(wait_limit) => unfinished::resume(place, output, wait_limit).await,
        Command::Cancel(cancel) => unfinished::cancel(place, output, &cancel).await,
        Command::Tidy(tidy) => tidy::tidy(place, output, &tidy).await,
        Command::Token { command } => token::token(&command),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(output, folder.as_deref()),
    }
}
