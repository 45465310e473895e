//! The entries of GOPROXY: `cmd/go/internal/modfetch/proxy.go` `proxyList`.

use anyhow::bail;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed<P> {
    Proxy {
        proxy: P,
        /// Whether the next is asked after any failure, and not only where there is no such file.
        is_any: bool,
    },
    Direct,
    Off,
}

/// The entries, each made a proxy of by `proxy`. Nothing counts behind `direct` and `off`.
///
/// # Errors
/// There is no entry, or one of which no proxy can be made.
pub(super) fn proxy_list<P>(
    goproxy: &str,
    proxy: impl Fn(&str) -> anyhow::Result<P>,
) -> anyhow::Result<Vec<Listed<P>>> {
    let mut list = Vec::new();
    for entry in goproxy.split_inclusive([',', '|']) {
        let is_any = entry.ends_with('|');
        let url = entry.trim_end_matches([',', '|']).trim();
        match url {
            "" => continue,
            "off" => list.push(Listed::Off),
            "direct" => list.push(Listed::Direct),
            _ => {
                list.push(Listed::Proxy { proxy: proxy(&with_scheme(url))?, is_any });
                continue;
            }
        }
        break;
    }
    if list.is_empty() {
        bail!("the list contains no entries");
    }
    Ok(list)
}

/// A word alone is kept for what go may make of it; what looks like a host is one.
fn with_scheme(url: &str) -> String {
    let is_host = url.contains(['.', ':', '/']) && !url.contains(":/") && !url.starts_with('/');
    if is_host { format!("https://{url}") } else { url.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(goproxy: &str) -> String {
        let list = proxy_list(goproxy, |url| Ok(url.to_owned())).unwrap();
        let words = list.into_iter().map(|listed| match listed {
            Listed::Proxy { proxy, is_any } => format!("{proxy}{}", if is_any { "|" } else { "" }),
            Listed::Direct => "direct".to_owned(),
            Listed::Off => "off".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn entries_are_read_as_go_reads_them() {
        for (goproxy, expected) in [
            ("https://a", "https://a"),
            ("a.example", "https://a.example"),
            ("a.example/b", "https://a.example/b"),
            ("localhost:3000", "https://localhost:3000"),
            ("word", "word"),
            ("/dir", "/dir"),
            ("http:/x", "http:/x"),
            (" https://a , http://b | c.d,", "https://a http://b| https://c.d"),
            (",,https://a|direct,https://b", "https://a| direct"),
            ("https://a,off|https://b", "https://a off"),
            ("direct", "direct"),
        ] {
            assert_eq!(list(goproxy), expected, "{goproxy}");
        }
        for goproxy in ["", " ", ",|", " , "] {
            assert!(proxy_list(goproxy, |url| Ok(url.to_owned())).is_err(), "{goproxy}");
        }
        assert!(
            proxy_list("https://a,word", |url| {
                anyhow::ensure!(url.contains("://"), "no URL");
                Ok(())
            })
            .is_err()
        );
    }
}
