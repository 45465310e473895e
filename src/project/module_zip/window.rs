//! A file as a zip is read: mostly forward, in small steps.

use std::io::{self, Read, Seek, SeekFrom};

const SIZE: usize = 64 << 10;

/// A file with a window on it. A seek to what the window shows costs nothing; with
/// [`std::io::BufReader`] each would read anew, and a zip reader seeks twice for every entry.
#[derive(Debug)]
pub(super) struct Window<F> {
    file: F,
    len: u64,
    buffer: Box<[u8]>,
    /// Where in the file the window starts, and how many bytes of it are filled.
    start: u64,
    filled: usize,
    /// The position in the file.
    at: u64,
    /// How much more may be read.
    budget: u64,
}

impl<F: Read + Seek> Window<F> {
    /// A window through which no more than `budget` bytes are read, until it is lifted.
    pub(super) fn new(mut file: F, budget: u64) -> io::Result<Window<F>> {
        // A directory has an end too, and says at the first byte only that it is none to be read.
        file.read_exact(&mut [0]).or_else(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Ok(()),
            _ => Err(error),
        })?;
        let len = file.seek(SeekFrom::End(0))?;
        let buffer = vec![0; SIZE].into();
        Ok(Window { file, len, buffer, start: 0, filled: 0, at: 0, budget })
    }

    pub(super) fn lift_budget(&mut self) {
        self.budget = u64::MAX;
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes from the position to the end of the window.
    fn shown(&self) -> &[u8] {
        let offset =
            self.at.checked_sub(self.start).and_then(|offset| usize::try_from(offset).ok());
        offset.and_then(|offset| self.buffer[..self.filled].get(offset..)).unwrap_or(&[])
    }

    fn move_here(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.at))?;
        self.filled = 0;
        self.start = self.at;
        self.filled = self.file.read(&mut self.buffer)?;
        Ok(())
    }
}

fn over_budget() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its directory is too large")
}

impl<F: Read + Seek> Read for Window<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.shown().is_empty() {
            self.move_here()?;
        }
        let read = self.shown().read(out)?;
        self.at += read as u64;
        self.budget = self.budget.checked_sub(read as u64).ok_or_else(over_budget)?;
        Ok(read)
    }
}

impl<F: Read + Seek> Seek for Window<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn it_shows_the_file_wherever_it_is_moved() {
        let bytes: Vec<u8> = (0..3 * SIZE + 5).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut window = Window::new(file, u64::MAX).unwrap();
        assert_eq!(window.len(), bytes.len() as u64);
        for at in [0, 5, SIZE - 1, SIZE, 2 * SIZE + 1, 3, bytes.len() - 1, bytes.len(), 7 * SIZE] {
            assert_eq!(window.seek(SeekFrom::Start(at as u64)).unwrap(), at as u64);
            let mut some = Vec::new();
            window.by_ref().take(SIZE as u64 + 9).read_to_end(&mut some).unwrap();
            let end = bytes.len().min(at + SIZE + 9);
            assert_eq!(some, bytes.get(at..end).unwrap_or(&[]), "{at}");
        }
        assert_eq!(window.seek(SeekFrom::End(-2)).unwrap(), bytes.len() as u64 - 2);
        assert_eq!(window.seek(SeekFrom::Current(-1)).unwrap(), bytes.len() as u64 - 3);
        assert!(window.seek(SeekFrom::End(i64::MIN)).is_err());
    }

    #[test]
    fn no_more_is_read_than_allowed() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"12345678").unwrap();
        let mut window = Window::new(file, 5).unwrap();
        let mut out = [0; 3];
        window.read_exact(&mut out).unwrap();
        window.rewind().unwrap();
        window.read_exact(&mut out).unwrap_err();
        window.lift_budget();
        window.read_exact(&mut out).unwrap();
    }
}
