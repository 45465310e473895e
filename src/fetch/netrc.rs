//! The user's netrc file, as go's GOAUTH=netrc reads it: `cmd/go/internal/auth/netrc.go`.

/// An entry that is complete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct NetrcLine {
    machine: String,
    login: String,
    password: String,
}

impl NetrcLine {
    /// What a URL has to begin with: auth.go `storeCredential`.
    fn prefix(&self) -> &str {
        let machine = self.machine.strip_prefix("https://").unwrap_or(&self.machine);
        machine.strip_suffix('/').unwrap_or(machine)
    }
}

/// The entries, in their order: `parseNetrc`, line by line.
pub(super) fn parse_netrc(text: &str) -> Vec<NetrcLine> {
    let mut entries = Vec::new();
    let mut entry = NetrcLine::default();
    let mut in_macro = false;
    for line in text.split('\n') {
        if in_macro {
            in_macro = !line.is_empty();
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut pairs = words.chunks_exact(2);
        for pair in &mut pairs {
            let value = pair[1].to_owned();
            match pair[0] {
                "machine" => entry = NetrcLine { machine: value, ..NetrcLine::default() },
                "login" => entry.login = value,
                "password" => entry.password = value,
                "macdef" => in_macro = true,
                _ => {}
            }
            let NetrcLine { machine, login, password } = &entry;
            if ![machine, login, password].into_iter().any(String::is_empty) {
                entries.push(std::mem::take(&mut entry));
            }
        }
        // There is one default at most, behind all machines.
        if pairs.remainder() == ["default"] {
            break;
        }
    }
    entries
}

/// `login:password` of the first entry for a URL, given without its `https://`: for the longest of its
/// beginnings, down to the host with its port (`cmd/go/internal/auth/auth.go` `loadCredential`).
pub(super) fn credential(entries: &[NetrcLine], url: &str) -> Option<String> {
    let mut prefix = url.trim_end_matches('/');
    loop {
        let is_for = |entry: &&NetrcLine| entry.prefix() == prefix;
        if let Some(NetrcLine { login, password, .. }) = entries.iter().find(is_for) {
            return Some(format!("{login}:{password}"));
        }
        prefix = &prefix[..prefix.rfind('/')?];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `testNetrc` of netrc_test.go.
    const GOS: &str = "
machine incomplete
password none

machine api.github.com
  login user
  password pwd

machine incomlete.host
  login justlogin

machine test.host
login user2
password pwd2

machine oneline login user3 password pwd3

machine ignore.host macdef ignore
  login nobody
  password nothing

machine hasmacro.too macdef ignore-next-lines login user4 password pwd4
  login nobody
  password nothing

default
login anonymous
password gopher@golang.org

machine after.default
login oops
password too-late-in-file
";

    #[test]
    fn a_file_is_read_as_go_reads_it() {
        let entries = parse_netrc(GOS);
        let got: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.machine, &*entry.login, &*entry.password))
            .collect();
        assert_eq!(
            got,
            [
                ("api.github.com", "user", "pwd"),
                ("test.host", "user2", "pwd2"),
                ("oneline", "user3", "pwd3"),
                ("hasmacro.too", "user4", "pwd4"),
            ]
        );
    }

    #[test]
    fn the_entry_of_the_host_counts() {
        let line =
            |machine: &str, login: &str| format!("machine {machine} login {login} password p\n");
        let text = line("a.test", "one")
            + &line("a.test", "two")
            + &line("b.test:8443", "three")
            + &line("https://a.test/deep/", "four");
        let entries = parse_netrc(&text);
        for (url, expected) in [
            ("a.test", Some("one:p")),
            ("a.test/sumdb/x", Some("one:p")),
            ("a.test/deep/er/", Some("four:p")),
            ("a.test/deeper", Some("one:p")),
            ("a.test:8443/x", None),
            ("b.test:8443/x", Some("three:p")),
            ("b.test/x", None),
            ("c.a.test", None),
        ] {
            assert_eq!(credential(&entries, url).as_deref(), expected, "{url}");
        }
    }
}
