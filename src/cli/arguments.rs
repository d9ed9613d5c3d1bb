//! The command line's grammar. The doc comments are the help text that users see.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    not done, or not all of it
  2    wrong arguments
  3    not signed in, or not let in
  4    no such file
  5    no answer from the server or the storage
  6    a file is missing from the storage or was changed there; a token does not open
  130  stopped by ^C";

/// Your Frond vault from the command line.
///
/// Files become Fernet tokens on this machine before they leave it, and every byte that comes back
/// was verified. What the page shows is what this shows.
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
    /// Several accounts on this machine, each under a name.
    #[arg(
        long,
        global = true,
        env = "FROND_PROFILE",
        default_value = "default",
        value_name = "NAME"
    )]
    pub(super) profile: String,
    /// Where keys and unfinished work are kept, instead of `frond` in the XDG state folder
    /// (~/.local/state).
    #[arg(long, global = true, env = "FROND_STATE", value_name = "FOLDER")]
    pub(super) state: Option<PathBuf>,
}

/// How it is said.
#[derive(Args, Clone, Copy)]
pub(super) struct How {
    /// Say it in JSON, for scripts: the result on standard output, an error on standard error.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// No progress and no reports, only results and errors.
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Sign in, and stay signed in on this machine.
    Login(Login),
    /// Make an account, and sign in.
    Signup(Signup),
    /// Sign out: keys and all that is known of the account leave this machine.
    Logout(Logout),
    /// Who is signed in, and what waits on this machine.
    Status,
    /// List files.
    Ls(Ls),
    /// Put files and folders into the vault. Run again with the same file, it goes on where it was.
    Put(Put),
    /// Get files and folders out of the vault, verified.
    Get(Get),
    /// Move files to the trash, or delete them for ever.
    Rm(Rm),
    /// Take files back out of the trash.
    Restore(Restore),
    /// Give a file or a folder another name or place.
    Mv(Mv),
    /// Say that two histories which claim the same places are both yours, as after a copy or a
    /// backup of a browser's profile was used: the vault can be changed again.
    Merge,
    /// Read every byte of every file, or of some, and tell whether it is as it was put.
    Verify(Verify),
    /// Go on with uploads that were cut, whose files are still where they were.
    Resume(Patience),
    /// Give uploads up that were cut: what was sent of them leaves the storage.
    Cancel(Cancel),
    /// Look for what lies in the storage and belongs to nothing: what crashes and cancelled uploads
    /// left, thirty days ago or longer.
    Tidy(Tidy),
    /// Fernet tokens, as any Fernet library makes and opens them. Needs no account.
    Token {
        #[command(subcommand)]
        command: Token,
    },
    /// Print a completion script for a shell.
    Completions {
        /// For this shell.
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into a folder.
    Man {
        /// The folder.
        folder: Option<PathBuf>,
    },
}

/// Who, and where.
#[derive(Args)]
pub(super) struct Login {
    /// Where the page is, as https://files.example.org
    pub(super) address: String,
    /// The username; asked for where it is missing.
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
    /// The invite code, where one is needed.
    #[arg(long, value_name = "CODE")]
    pub(super) invite: Option<String>,
}

#[derive(Args)]
pub(super) struct Logout {
    /// Even if changes or uploads that only this machine has are lost.
    #[arg(long, short)]
    pub(super) force: bool,
}

#[derive(Args)]
pub(super) struct Ls {
    /// Files and folders; everything where nothing is named.
    pub(super) names: Vec<String>,
    /// With size and time of modification.
    #[arg(long, short)]
    pub(super) long: bool,
    /// Also what is in folders.
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// What is in the trash.
    #[arg(long)]
    pub(super) trash: bool,
}

#[derive(Args)]
pub(super) struct Put {
    /// Files and folders of this machine; `-` is standard input.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// The folder of the vault to put them into.
    #[arg(long, short, value_name = "FOLDER", default_value = "", hide_default_value = true)]
    pub(super) into: String,
    /// The name in the vault, of a single file or of standard input.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) patience: Patience,
}

/// How long to wait for somebody to answer.
#[derive(Args, Clone, Copy)]
pub(super) struct Patience {
    /// Where the server or the storage does not answer at the start, give up after so many seconds,
    /// with exit code 5. Else it waits for as long as it takes.
    #[arg(long, value_name = "SECONDS")]
    pub(super) wait: Option<u64>,
}

#[derive(Args)]
pub(super) struct Get {
    /// Files and folders of the vault. With `-` as the last name, the file goes to standard output.
    #[arg(required = true)]
    pub(super) names: Vec<String>,
    /// The folder to put them into, or for a single file the file to make.
    #[arg(long, short, value_name = "PATH")]
    pub(super) to: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long, short)]
    pub(super) force: bool,
}

#[derive(Args)]
pub(super) struct Rm {
    /// Files and folders.
    #[arg(required = true)]
    pub(super) names: Vec<String>,
    /// Folders too, with all that is in them.
    #[arg(long, short)]
    pub(super) recursive: bool,
    /// Delete for ever, also what is in the trash already. Nobody brings it back.
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
    /// Its new path; one that ends in `/` is the folder to move it into.
    pub(super) to: String,
}

#[derive(Args)]
pub(super) struct Verify {
    /// Files and folders; everything where nothing is named.
    pub(super) names: Vec<String>,
    /// What is in the trash, too.
    #[arg(long)]
    pub(super) trash: bool,
}

#[derive(Args)]
pub(super) struct Cancel {
    /// Names of files, as `frond status` shows them.
    #[arg(required_unless_present = "all")]
    pub(super) names: Vec<String>,
    /// All of them.
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Args)]
pub(super) struct Tidy {
    /// Remove it.
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
        /// Only if it is at most so many seconds old.
        #[arg(long, value_name = "SECONDS")]
        ttl: Option<u64>,
    },
}

#[derive(Args)]
pub(super) struct Key {
    /// Read the key from the first line of this file. Else it is the environment's
    /// FROND_FERNET_KEY: never an argument, which other users of this machine could see.
    #[arg(long, value_name = "FILE")]
    pub(super) key_file: Option<PathBuf>,
}
