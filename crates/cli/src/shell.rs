//! `completions` and `man`.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::Failure;
use super::message::visible;
use super::output::Output;

/// Prints a completion script.
pub(super) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "frond", &mut script);
    io::stdout().lock().write_all(&script).map_err(unwritable)
}

/// Prints the manual page of `frond`, or writes one for each command into a folder.
pub(super) fn man(output: &Output, folder: Option<&Path>) -> Result<(), Failure> {
    match folder {
        None => clap_mangen::Man::new(Arguments::command())
            .render(&mut io::stdout().lock())
            .map_err(unwritable),
        Some(folder) => {
            let made = std::fs::create_dir_all(folder);
            made.and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
                .map_err(unwritable)?;
            output.report(&format!(
                "The manual pages are in {}.",
                visible(&folder.display().to_string())
            ));
            Ok(())
        }
    }
}

fn unwritable(error: io::Error) -> Failure {
    Failure::other(format!("The output could not be written: {error}."))
}
