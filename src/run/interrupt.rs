//! ^C while a bundle is being written: what was begun goes, as after any other failure.

use crate::bundle::{FileEntry, LinkEntry, Manifest, Sink};
use crate::gotool::ignored_signals;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

const ENDING: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// The signal that has come; 0 for none.
static CAME: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// From now on the first signal that asks this process to end makes the writing of a bundle fail, and
/// [`interrupted()`] tells of it. The second does what it always does.
pub fn note_signals() {
    let came = CAME.get_or_init(Arc::default);
    let ignored = ignored_signals();
    for signal in ENDING.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
        let is_second = Arc::new(AtomicBool::new(false));
        // What cannot be caught ends us as ever.
        let _ = flag::register_conditional_default(signal, Arc::clone(&is_second))
            .and_then(|_| flag::register(signal, is_second))
            .and_then(|_| flag::register_usize(signal, Arc::clone(came), signal as usize));
    }
}

/// The signal that was noted.
pub fn interrupted() -> Option<i32> {
    let came = CAME.get()?.load(Ordering::Relaxed);
    i32::try_from(came).ok().filter(|signal| *signal != 0)
}

/// Goes on unless a signal was noted.
///
/// # Errors
/// One was. It is not [`io::ErrorKind::Interrupted`], after which one reads on.
pub(super) fn go_on() -> io::Result<()> {
    match interrupted() {
        None => Ok(()),
        Some(signal) => Err(io::Error::other(format!("ended by signal {signal}"))),
    }
}

/// Hands all on to another sink until a signal is noted.
pub(super) struct Interruptible<'a>(pub(super) &'a dyn Sink);

impl Sink for Interruptible<'_> {
    fn manifest(&self, manifest: &Manifest) -> io::Result<()> {
        go_on()?;
        self.0.manifest(manifest)
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        self.0.file(file, &mut Content(content))
    }

    fn link(&self, link: &LinkEntry) -> io::Result<()> {
        go_on()?;
        self.0.link(link)
    }
}

struct Content<'a>(&'a mut dyn Read);

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        go_on()?;
        self.0.read(buffer)
    }
}
