//! Progress bars of active transfers, at a terminal; reports transfers that have ended since the
//! last call.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use frond::session::{TransferRow, TransferState, Verified, View};
use frond::text::words;
use frond::transfer::TransferError;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::message;
use super::output::Output;

/// Columns for a name.
const NAME: usize = 32;
/// Interval at which a bar is drawn again.
const TICK: Duration = Duration::from_millis(500);

pub(super) struct Progress {
    bars: Option<(MultiProgress, BTreeMap<u64, ProgressBar>)>,
    ended: BTreeSet<u64>,
}

impl Progress {
    pub(super) fn new(output: &Output) -> Self {
        let bars = output.shows().then(|| (MultiProgress::new(), BTreeMap::new()));
        Self { bars, ended: BTreeSet::new() }
    }

    /// Shows the current progress; `ended` is called once for each transfer that ended.
    pub(super) fn show(&mut self, view: &View, ended: &mut impl FnMut(&TransferRow)) {
        for row in &view.transfers {
            let over = matches!(row.state, TransferState::Done | TransferState::Failed(_));
            if let Some((all, bars)) = &mut self.bars {
                if over {
                    if let Some(bar) = bars.remove(&row.id) {
                        bar.finish_and_clear();
                    }
                } else if matches!(row.state, TransferState::Running | TransferState::Waiting(_)) {
                    let bar = bars.entry(row.id).or_insert_with(|| all.add(bar(row)));
                    bar.set_position(row.done);
                    bar.set_message(text(row));
                }
            }
            if over && self.ended.insert(row.id) {
                match &self.bars {
                    Some((all, _)) => all.suspend(|| ended(row)),
                    None => ended(row),
                }
            }
        }
    }
}

/// What goes on, at a terminal, until dropped.
pub(super) struct Activity(Option<ProgressBar>);

impl Activity {
    /// Work whose end is not known.
    pub(super) fn new(output: &Output, what: &'static str) -> Self {
        Self(output.shows().then(|| ticking(ProgressBar::new_spinner().with_message(what))))
    }

    /// A verification of so many bytes: one bar for all files.
    pub(super) fn verifying(output: &Output, bytes: u64) -> Self {
        Self(output.shows().then(|| styled(bytes, "Verifying".to_owned())))
    }

    /// Downloads of so many bytes: one bar for all files.
    pub(super) fn downloading(output: &Output, bytes: u64) -> Self {
        Self(output.shows().then(|| styled(bytes, "Downloading".to_owned())))
    }

    /// So many bytes arrived.
    pub(super) fn moved(&self, bytes: u64) {
        let Some(bar) = &self.0 else { return };
        bar.set_position(bytes);
        bar.set_message(words::part(bytes, bar.length().unwrap_or_default()));
    }

    /// Says why nothing arrives.
    pub(super) fn waits(&self, error: TransferError) {
        if let Some(bar) = &self.0 {
            bar.set_message(message::waiting(error));
        }
    }

    /// Shows the current progress.
    pub(super) fn show(&self, progress: &Verified) {
        let Some(bar) = &self.0 else { return };
        bar.set_position(progress.bytes);
        bar.set_message(match progress.waiting {
            Some(error) => message::waiting(error).to_owned(),
            None => format!("{} of {}", progress.files, words::count(progress.of_files, "file")),
        });
    }

    /// Runs `print` while the bar is hidden.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((all, _)) = &self.bars {
            // A terminal that cannot be written to shows no bars either.
            let _ = all.clear();
        }
    }
}

fn bar(row: &TransferRow) -> ProgressBar {
    styled(row.total, words::cut(&message::visible(&row.name), NAME))
}

/// A bar of so many bytes, with its name.
fn styled(bytes: u64, name: String) -> ProgressBar {
    let bar = ProgressBar::new(bytes).with_prefix(name);
    if let Ok(style) = ProgressStyle::with_template("{prefix:32} {bar:24} {percent:>3} % {msg}") {
        bar.set_style(style.progress_chars("━━─"));
    }
    ticking(bar)
}

fn ticking(bar: ProgressBar) -> ProgressBar {
    bar.enable_steady_tick(TICK);
    bar
}

fn text(row: &TransferRow) -> String {
    match row.state {
        TransferState::Waiting(error) => message::waiting(error).to_owned(),
        _ => {
            let left = row.left.map(|left| format!(", {}", words::left(left))).unwrap_or_default();
            format!("{}, {}{left}", words::part(row.done, row.total), words::rate(row.rate))
        }
    }
}
