//! What we print and write is kept and passed around, so the passwords of URLs are left out of it.

use std::borrow::Cow;

/// The text with the user part of each URL (`scheme://user:password@host`) replaced.
pub fn without_passwords(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, authority) = rest.split_at(at + 3);
        let end = authority.find(ends_authority).unwrap_or(authority.len());
        out.push_str(before);
        match authority[..end].rfind('@') {
            Some(user) => {
                out.push_str("xxxxx");
                rest = &authority[user..];
            }
            None => rest = authority,
        }
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the host of a URL ends, or the URL in a shell's line or a list.
fn ends_authority(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '?' | '#' | ',' | '|' | '"' | '\'' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_url_is_left_out() {
        for (text, want) in [
            ("https://u:p@h/x", "https://xxxxx@h/x"),
            ("a https://u:p@h,https://v@i|direct", "a https://xxxxx@h,https://xxxxx@i|direct"),
            ("https://u:p@ss@h", "https://xxxxx@h"),
            ("`curl https://u:p@h`", "`curl https://xxxxx@h`"),
            (
                "{\"GOPROXY\":[\"http://a:b@h\",\"http://a:b@h:1/p\"]}",
                "{\"GOPROXY\":[\"http://xxxxx@h\",\"http://xxxxx@h:1/p\"]}",
            ),
            ("--url=https://token@h", "--url=https://xxxxx@h"),
            ("https://h/a@b", "https://h/a@b"),
            ("curl https://h\nmail a@b", "curl https://h\nmail a@b"),
            ("example.com/m@v1.2.3", "example.com/m@v1.2.3"),
            ("://", "://"),
        ] {
            assert_eq!(without_passwords(text), want);
        }
    }
}
