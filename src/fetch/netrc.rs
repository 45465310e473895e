//! The user's netrc file, as go's GOAUTH=netrc reads it: `cmd/go/internal/auth/netrc.go`.

/// `login:password` for a host, of the first entry for it. Macros end the file, and `default` does not
/// count, as for go.
pub(super) fn password_for(netrc: &str, host: &str) -> Option<String> {
    let mut words = netrc.split_whitespace();
    let (mut is_host, mut login, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word {
            "machine" => {
                is_host = words.next() == Some(host);
                (login, password) = (None, None);
            }
            "macdef" | "default" => return None,
            "login" => login = words.next(),
            "password" => password = words.next(),
            _ => {}
        }
        if let (true, Some(login), Some(password)) = (is_host, login, password) {
            return Some(format!("{login}:{password}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::password_for;

    #[test]
    fn the_entry_of_the_host_counts() {
        let text = "machine a.test login one password 1\nmachine b.test\n  login two\n  password 2\n\
                    default login three password 3\nmachine c.test login four password 4\n";
        assert_eq!(password_for(text, "a.test").as_deref(), Some("one:1"));
        assert_eq!(password_for(text, "b.test").as_deref(), Some("two:2"));
        assert_eq!(password_for(text, "c.test"), None);
        assert_eq!(password_for(text, "d.test"), None);
        assert_eq!(password_for("machine a.test login x", "a.test"), None);
    }
}
