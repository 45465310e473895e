//! What notes and records have in common: text in UTF-8, without control characters but the line
//! feed; note.go `Open`, tlog/note.go `isValidRecordText`.

/// Reads such a text; the error says what else is in it.
pub(super) fn plain(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("line {} is not UTF-8", line(bytes, error.valid_up_to())))?;
    match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        None => Ok(text),
        Some(at) if bytes[at] == b'\r' => Err(format!(
            "line {} has a carriage return: its line ends were changed on the way, as git does on Windows",
            line(bytes, at)
        )),
        Some(at) => {
            Err(format!("line {} has the control character {:#04x}", line(bytes, at), bytes[at]))
        }
    }
}

/// The number of the line that holds a byte.
pub(super) fn line(text: &[u8], at: usize) -> usize {
    1 + text[..at].iter().filter(|byte| **byte == b'\n').count()
}
