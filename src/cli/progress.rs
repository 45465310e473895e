//! How far a long job is, for people who watch it: on a terminal, and nowhere else.

use crate::fetch::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A line that is drawn over, and gone in the end.
pub(super) struct Watch(ProgressBar);

impl Watch {
    /// Nothing is drawn where nobody watches or nobody wants it.
    pub(super) fn new(is_quiet: bool) -> Watch {
        let is_watched = !is_quiet && std::io::stderr().is_terminal();
        let target = match is_watched {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {pos}/{len} {wide_msg}");
        bar.set_style(style.expect("the template is sound").progress_chars("=> "));
        Watch(bar)
    }

    /// Shows how far it is.
    pub(super) fn tell(&self, progress: Progress<'_>) {
        let (prefix, done, all, message) = match progress {
            Progress::Looked(done, all) => ("verifying", done, all, String::new()),
            Progress::Fetched(done, all, module) => ("fetching", done, all, module.to_string()),
        };
        self.show(prefix, done, all, message);
    }

    /// The same in words.
    pub(super) fn show(&self, prefix: &'static str, done: usize, all: usize, message: String) {
        self.0.set_prefix(prefix);
        self.0.set_length(all as u64);
        self.0.set_position(done as u64);
        self.0.set_message(message);
    }

    /// Takes the line away.
    pub(super) fn end(self) {
        self.0.finish_and_clear();
    }
}
