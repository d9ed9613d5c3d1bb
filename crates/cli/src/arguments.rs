//! The command line's grammar. The doc comments are the help text that users see.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use frond::catalog::MAX_RETAINED;

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    failed, in whole or in part
  2    invalid arguments
  3    not signed in, or access denied
  4    no such file
  5    no answer from the server or the storage
  6    a file is missing from storage or was changed there; a token does not open
  130  interrupted by ^C";

/// Your Frond vault from the command line.
///
/// Files are encrypted on this machine, as Fernet tokens, before they leave it, and every byte is
/// verified when it comes back. The page and this program show the same vault.
#[derive(Parser)]
#[command(name = "frond", version, after_long_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) output: How,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Which account.
#[derive(Args)]
pub(super) struct Place {
    /// Profile to use. Each profile is one account on this machine.
    #[arg(
        long,
        global = true,
        env = "FROND_PROFILE",
        default_value = "default",
        value_name = "NAME"
    )]
    pub(super) profile: String,
    /// Folder for keys and unfinished work. Default: `frond` in the XDG state folder
    /// (~/.local/state).
    #[arg(long, global = true, env = "FROND_STATE", value_name = "FOLDER")]
    pub(super) state: Option<PathBuf>,
}

/// Output format.
#[derive(Args, Clone, Copy)]
pub(super) struct How {
    /// Print JSON, for scripts: the result on standard output, errors on standard error.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print only results and errors, no progress.
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Sign in, and stay signed in on this machine.
    Login(Login),
    /// Create an account and sign in.
    Signup(Signup),
    /// Sign out, and remove the account's keys and data from this machine.
    Logout(Logout),
    /// Change the password. Other devices are signed out; no file is touched.
    Password(Password),
    /// Delete the account with all files, for all devices. This cannot be undone.
    DeleteAccount(DeleteAccount),
    /// Show who is signed in, and what this machine has not uploaded yet.
    Status,
    /// List files.
    Ls(Ls),
    /// Search the names and paths of files, and their contents where they are indexed. A file is
    /// found if each word is in its path or in its contents.
    Find(Find),
    /// Index the contents of files, so that `find` finds words in them.
    Index,
    /// Upload files and folders to the vault. Run again with the same file, it resumes the upload.
    /// A file that is there already, with the same size and modification time, is not sent again;
    /// one that differs becomes a new version.
    Put(Put),
    /// Make a folder of the vault what a folder of this machine is, in that direction only: upload
    /// new and changed files.
    Sync(Sync),
    /// Make empty folders.
    Mkdir(Mkdir),
    /// Download files and folders from the vault, or those of a link, verified. Run again after it
    /// was stopped, it resumes the download.
    Get(Get),
    /// Make a link that opens files and folders without an account, and print it. Whoever has the
    /// link can read them until it ends or is revoked.
    Share(Share),
    /// List the links.
    Shares(Shares),
    /// Revoke links: they open nothing any more. What was opened before may have been saved.
    Unshare(Unshare),
    /// List the older versions of a file, or restore one.
    Versions(Versions),
    /// Move files to the trash, or delete them forever.
    Rm(Rm),
    /// Restore files from the trash.
    Restore(Restore),
    /// Rename or move a file or a folder.
    Mv(Mv),
    /// Merge two histories that claim the same places, as after a copy or a backup of a browser
    /// profile was used, if both are yours. The vault can then be changed again.
    Merge,
    /// Read every byte of all files, or of some, and check that they are as they were uploaded.
    Verify(Verify),
    /// Show what the vault deletes by itself, or set it, for all devices: older versions, and what
    /// has been in the trash for long. Without a limit, nothing is deleted by itself.
    Settings(Settings),
    /// Resume interrupted uploads whose files are still in place.
    Resume(WaitLimit),
    /// Cancel interrupted uploads, and remove from storage what was sent of them.
    Cancel(Cancel),
    /// Find data in storage that belongs to no file: leftovers of crashes and cancelled uploads,
    /// at least thirty days old.
    Tidy(Tidy),
    /// Make and open Fernet tokens, compatible with any Fernet library. Needs no account.
    Token {
        #[command(subcommand)]
        command: Token,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into a folder.
    Man {
        /// The folder.
        folder: Option<PathBuf>,
    },
}

/// Which server, and who signs in.
#[derive(Args)]
pub(super) struct Login {
    /// Address of the page, for example https://files.example.org
    pub(super) address: String,
    /// The username. Asked for if it is missing.
    #[arg(long, short, env = "FROND_USER", value_name = "NAME")]
    pub(super) user: Option<String>,
    /// Read the password from the first line of this file.
    #[arg(
        long,
        value_name = "FILE",
        env = "FROND_PASSWORD_FILE",
        conflicts_with = "password_stdin"
    )]
    pub(super) password_file: Option<PathBuf>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Args)]
pub(super) struct Signup {
    #[command(flatten)]
    pub(super) login: Login,
    /// The invite code, if the server requires one.
    #[arg(long, value_name = "CODE")]
    pub(super) invite: Option<String>,
}

#[derive(Args)]
pub(super) struct Logout {
    /// Sign out even if that loses changes or uploads that only this machine has.
    #[arg(long, short)]
    pub(super) force: bool,
}

#[derive(Args)]
pub(super) struct Password {
    /// Read the current password from the first line of this file.
    #[arg(long, value_name = "FILE", requires = "new_password_file")]
    pub(super) password_file: Option<PathBuf>,
    /// Read the new password from the first line of this file.
    #[arg(long, value_name = "FILE", requires = "password_file")]
    pub(super) new_password_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct DeleteAccount {
    /// Read the password from the first line of this file.
    #[arg(long, value_name = "FILE", requires = "confirm")]
    pub(super) password_file: Option<PathBuf>,
    /// The username, instead of typing it to confirm.
    #[arg(long, value_name = "NAME")]
    pub(super) confirm: Option<String>,
}

#[derive(Args)]
pub(super) struct Ls {
    /// Files and folders. Default: everything.
    pub(super) names: Vec<String>,
    /// Show size and modification time.
    #[arg(long, short)]
    pub(super) long: bool,
    /// List the content of folders too.
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// List the trash.
    #[arg(long)]
    pub(super) trash: bool,
}

#[derive(Args)]
pub(super) struct Find {
    /// Words or phrases of the path or of the contents, without regard to case and accents; also
    /// `type:pdf`, `in:FOLDER`, `before:2025-03`, `after:2024`.
    #[arg(required = true)]
    pub(super) terms: Vec<String>,
    /// Show size and modification time.
    #[arg(long, short)]
    pub(super) long: bool,
    /// Search the trash; names only.
    #[arg(long)]
    pub(super) trash: bool,
    /// Show the line around each hit in contents. Reads these files from storage.
    #[arg(long)]
    pub(super) lines: bool,
}

#[derive(Args)]
pub(super) struct Put {
    /// Files and folders of this machine; `-` is standard input.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Folder of the vault to upload into.
    #[arg(long, short, value_name = "FOLDER", default_value = "", hide_default_value = true)]
    pub(super) into: String,
    /// Name in the vault, for a single file or for standard input.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Add a file that differs from the one that has its path beside that one, with a number in
    /// its name, instead of as a new version of it.
    #[arg(long, conflicts_with = "skip_existing")]
    pub(super) keep_both: bool,
    /// Skip every file whose path another file has.
    #[arg(long)]
    pub(super) skip_existing: bool,
    #[command(flatten)]
    pub(super) wait_limit: WaitLimit,
}

#[derive(Args)]
pub(super) struct Sync {
    /// Folder of this machine.
    pub(super) folder: PathBuf,
    /// Folder of the vault, `/` for its top. Default: the name of the folder.
    #[arg(long, short, value_name = "FOLDER")]
    pub(super) into: Option<String>,
    /// Move to the trash what is in the folder of the vault and not in that of this machine.
    #[arg(long)]
    pub(super) delete: bool,
    /// Only print what would be done.
    #[arg(long, short = 'n')]
    pub(super) dry_run: bool,
    /// Compare the content of files of equal size, which downloads them, instead of their times.
    #[arg(long)]
    pub(super) checksum: bool,
    #[command(flatten)]
    pub(super) wait_limit: WaitLimit,
}

#[derive(Args)]
pub(super) struct Mkdir {
    /// Folders of the vault. Those above them are made as well.
    #[arg(required = true)]
    pub(super) folders: Vec<String>,
}

#[derive(Args)]
pub(super) struct Versions {
    /// The file.
    pub(super) name: String,
    /// Make the version with this id the current one.
    #[arg(long, value_name = "ID")]
    pub(super) restore: Option<String>,
}

/// How long to wait for an answer.
#[derive(Args, Clone, Copy)]
pub(super) struct WaitLimit {
    /// If the server or the storage does not answer at the start, give up after this many seconds,
    /// with exit code 5. Default: wait as long as it takes.
    #[arg(long = "wait", value_name = "SECONDS")]
    pub(super) seconds: Option<u64>,
}

#[derive(Args)]
pub(super) struct Get {
    /// Files and folders of the vault. With `-` as the last name, the file goes to standard output.
    /// If the first name is a link, it is opened, without an account; the others are files and
    /// folders in it, all if there are none.
    #[arg(required_unless_present = "link_file")]
    pub(super) names: Vec<String>,
    /// Read a link from the first line of this file: other users of this machine can see arguments.
    #[arg(long, value_name = "FILE")]
    pub(super) link_file: Option<PathBuf>,
    /// Read the link password from the first line of this file. Asked for if it is missing.
    #[arg(long, value_name = "FILE")]
    pub(super) link_password_file: Option<PathBuf>,
    /// Folder to save them in, or for a single file the path to save it under.
    #[arg(long, short, value_name = "PATH")]
    pub(super) to: Option<PathBuf>,
    /// Save them as one zip archive under this path.
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    pub(super) zip: Option<PathBuf>,
    /// Replace existing files.
    #[arg(long, short)]
    pub(super) force: bool,
    /// Skip every file that is there with the same size and modification time.
    #[arg(long, conflicts_with = "zip")]
    pub(super) skip_existing: bool,
}

#[derive(Args)]
pub(super) struct Share {
    /// Files and folders of the vault.
    #[arg(required_unless_present = "update")]
    pub(super) names: Vec<String>,
    /// When the link ends: a number with `m`, `h`, `d` or `w`, or `never`. Default: 30d.
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    pub(super) expires: Option<Lifetime>,
    /// Ask for a link password, without which the link opens nothing.
    #[arg(long)]
    pub(super) password: bool,
    /// Read the link password from the first line of this file.
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
    /// What to call it in the list of links. Default: the name of what is shared.
    #[arg(long, value_name = "LABEL")]
    pub(super) label: Option<String>,
    /// Bring the link with this label or id up to date: it opens what its files and folders are
    /// now, and ends when --expires says, if that is given.
    #[arg(
        long,
        value_name = "LABEL",
        conflicts_with_all = ["names", "password", "password_file", "label"]
    )]
    pub(super) update: Option<String>,
}

#[derive(Args)]
pub(super) struct Shares {
    /// Show the links themselves too.
    #[arg(long, short)]
    pub(super) long: bool,
}

#[derive(Args)]
pub(super) struct Unshare {
    /// Labels or ids of links.
    #[arg(required = true)]
    pub(super) names: Vec<String>,
}

/// After how many seconds a link ends, if it does.
#[derive(Clone, Copy)]
pub(super) struct Lifetime(pub(super) Option<u64>);

impl Default for Lifetime {
    fn default() -> Self {
        Self(Some(30 * 86_400))
    }
}

fn lifetime(text: &str) -> Result<Lifetime, String> {
    if text == "never" {
        return Ok(Lifetime(None));
    }
    let wrong = || "a number with m, h, d or w, such as 30d, or never".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    Ok(Lifetime(Some(u64::from(number) * unit)))
}

#[derive(Args)]
pub(super) struct Rm {
    /// Files and folders.
    #[arg(required = true)]
    pub(super) names: Vec<String>,
    /// Remove folders and their content too.
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// Delete forever, also from the trash. This cannot be undone.
    #[arg(long)]
    pub(super) forever: bool,
}

#[derive(Args)]
pub(super) struct Restore {
    /// Files and folders in the trash.
    #[arg(required = true)]
    pub(super) names: Vec<String>,
}

#[derive(Args)]
pub(super) struct Mv {
    /// A file or a folder.
    pub(super) from: String,
    /// Its new path. A path that ends in `/` is the folder to move it into.
    pub(super) to: String,
}

#[derive(Args)]
pub(super) struct Verify {
    /// Files and folders. Default: everything.
    pub(super) names: Vec<String>,
    /// Check the trash too.
    #[arg(long)]
    pub(super) trash: bool,
}

#[derive(Args)]
pub(super) struct Cancel {
    /// Names of files, as `frond status` shows them.
    #[arg(required_unless_present = "all")]
    pub(super) names: Vec<String>,
    /// Cancel all of them.
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Args)]
pub(super) struct Settings {
    /// How many older versions each file keeps; `all` for no limit.
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    pub(super) versions: Option<Limit>,
    /// How many days an older version is kept; `always` for no limit.
    #[arg(long, value_name = "DAYS", value_parser = limit)]
    pub(super) version_days: Option<Limit>,
    /// After how many days what is in the trash is deleted; `never` for no limit.
    #[arg(long, value_name = "DAYS", value_parser = limit)]
    pub(super) trash_days: Option<Limit>,
    /// Set limits that delete something now. This cannot be undone.
    #[arg(long, short)]
    pub(super) force: bool,
}

/// A limit, or none.
#[derive(Clone, Copy)]
pub(super) struct Limit(pub(super) Option<u32>);

fn limit(text: &str) -> Result<Limit, String> {
    if ["all", "always", "never"].contains(&text) {
        return Ok(Limit(None));
    }
    let limit = text.parse().ok().filter(|limit| (1..=MAX_RETAINED).contains(limit));
    let limit = limit.ok_or_else(|| format!("a number from 1 to {MAX_RETAINED}, or no limit"))?;
    Ok(Limit(Some(limit)))
}

#[derive(Args)]
pub(super) struct Tidy {
    /// Remove what was found.
    #[arg(long)]
    pub(super) remove: bool,
}

#[derive(Subcommand)]
pub(super) enum Token {
    /// Make a new key and print it.
    Key,
    /// Encrypt standard input into one token.
    Encrypt {
        #[command(flatten)]
        key: Key,
    },
    /// Open the token on standard input.
    Decrypt {
        #[command(flatten)]
        key: Key,
        /// Only if it is at most this many seconds old.
        #[arg(long, value_name = "SECONDS")]
        ttl: Option<u64>,
    },
}

#[derive(Args)]
pub(super) struct Key {
    /// Read the key from the first line of this file. Default: the environment variable
    /// FROND_FERNET_KEY. The key is never an argument: other users of this machine could see it.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
}
