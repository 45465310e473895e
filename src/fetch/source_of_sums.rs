//! Where the go command would read the checksum database: `cmd/go/internal/modfetch/sumdb.go`.

use super::proxy_list::{Listed, proxy_list};
use super::{Access, Remote};
use crate::sumdb::Key;
use anyhow::{Context, anyhow, bail};
use std::sync::OnceLock;

/// The largest answer that only says that there is one.
const LONGEST: u64 = 1 << 20;

/// What the user's variables say of the checksum database.
#[derive(Debug, Clone)]
pub struct SumdbSettings<'a> {
    /// GOSUMDB.
    pub gosumdb: &'a str,
    /// GOPROXY.
    pub goproxy: &'a str,
    /// How the places are reached that they name.
    pub access: &'a Access,
}

impl SumdbSettings<'_> {
    /// The database's key, and its URL where GOSUMDB names one; `None` if it is off: `dbDial`.
    ///
    /// # Errors
    /// GOSUMDB has too many words, names a database whose key nobody knows, or has a key that is none
    /// or of a name that is none.
    pub fn key(&self) -> anyhow::Result<Option<(Key, Option<String>)>> {
        let gosumdb = self.gosumdb;
        let words: Vec<&str> = match gosumdb {
            "off" => return Ok(None),
            // The same database at another host.
            "sum.golang.google.cn" => vec!["sum.golang.org", "https://sum.golang.google.cn"],
            _ => gosumdb.split_whitespace().collect(),
        };
        let (name, url) = match words.as_slice() {
            [] => bail!("GOSUMDB is empty: unset it, or set `GOSUMDB=sum.golang.org`"),
            [name] => (*name, None),
            [name, url] => (*name, Some((*url).to_owned())),
            _ => bail!("GOSUMDB={gosumdb}: too many fields: it is `NAME+KEY` or `NAME+KEY URL`"),
        };
        let key = match name {
            "sum.golang.org" => Key::golang(),
            _ => Key::parse(name).with_context(|| {
                format!("GOSUMDB={gosumdb}: it is `NAME+KEY` with the database's key, and may be followed by a URL")
            })?,
        };
        if !is_database_name(key.name()) {
            bail!("GOSUMDB={gosumdb}: invalid sumdb name (must be host[/path]): {}", key.name());
        }
        Ok(Some((key, url)))
    }

    /// Where the database is read: the URL of GOSUMDB, else through the first proxy of GOPROXY that
    /// serves it, else at its own name. Which of them is found out when something is read first.
    /// `None` where GOPROXY is off, and nothing else: go would ask the database itself, but whoever
    /// writes that wants nobody to be asked.
    ///
    /// # Errors
    /// A URL or a GOPROXY that go refuses.
    pub fn source(&self, key: &Key, url: Option<&str>) -> anyhow::Result<Option<SumdbSource>> {
        let name = key.name();
        if let Some(url) = url {
            let remote = Remote::new(url, self.access).context("the URL in GOSUMDB")?;
            return Ok(Some(SumdbSource::at(remote)));
        }
        if self.goproxy.trim() == "off" {
            return Ok(None);
        }
        let list = proxy_list(self.goproxy, |url| {
            Ok(Remote::new(url, self.access)?.below(&format!("sumdb/{name}")))
        });
        let list = list.with_context(|| format!("GOPROXY={}", self.goproxy))?;
        let own = Remote::new(&format!("https://{name}"), self.access)?;
        Ok(Some(SumdbSource { list, own, found: OnceLock::new() }))
    }
}

/// The database, or a proxy for it.
#[derive(Debug)]
pub struct SumdbSource {
    list: Vec<Listed<Remote>>,
    /// The database itself.
    own: Remote,
    /// Who is asked, or why nobody can be.
    found: OnceLock<Result<Remote, String>>,
}

impl SumdbSource {
    /// The database, at a place that is known.
    pub fn at(remote: Remote) -> SumdbSource {
        let found = OnceLock::from(Ok(remote.clone()));
        SumdbSource { list: Vec::new(), own: remote, found }
    }

    /// Reads a file of at most so many bytes; `None` if there is none. The first time it looks for
    /// whom to ask.
    ///
    /// # Errors
    /// The database cannot be reached, refuses, or sends more; or nobody says whom to ask.
    pub fn get(&self, name: &str, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let found = self.found.get_or_init(|| self.find().map_err(|error| format!("{error:#}")));
        match found {
            Ok(remote) => remote.get(name, most),
            Err(why) => Err(anyhow!("{why}")),
        }
    }

    /// Looks for a proxy that serves the database: `initBase`.
    fn find(&self) -> anyhow::Result<Remote> {
        let mut failed = None;
        for listed in &self.list {
            match listed {
                Listed::Direct => return Ok(self.own.clone()),
                Listed::Off => break,
                Listed::Proxy { proxy, is_any } => match proxy.get("supported", LONGEST) {
                    Ok(Some(_)) => return Ok(proxy.clone()),
                    Ok(None) => {}
                    Err(error) => {
                        failed = Some(error);
                        if !is_any {
                            break;
                        }
                    }
                },
            }
        }
        failed.map_or_else(|| Ok(self.own.clone()), Err)
    }
}

impl std::fmt::Display for SumdbSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.found.get() {
            Some(Ok(remote)) => remote.fmt(f),
            _ => self.own.fmt(f),
        }
    }
}

/// Whether it is `host[/path]`, and no more, as `dbDial` has it. It is the name of a directory as well,
/// so that it must not lead anywhere else; and what go would have to escape is refused.
fn is_database_name(name: &str) -> bool {
    let (host, path) = name.split_once('/').map_or((name, None), |(host, path)| (host, Some(path)));
    let port = host.rfind(':').filter(|at| host.rfind(']').is_none_or(|end| end < *at));
    let (host, port) = host.split_at(port.unwrap_or(host.len()));
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-_.~[]:".contains(c);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&,:;=@".contains(c);
    let leads_on = |segment: &str| !matches!(segment, "" | "." | "..");
    leads_on(host)
        && host.chars().all(is_host)
        && port.chars().skip(1).all(|c| c.is_ascii_digit())
        && path
            .is_none_or(|path| path.split('/').all(|it| leads_on(it) && it.chars().all(is_plain)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sumdb::Key;
    use std::sync::LazyLock;

    const KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    fn settings<'a>(gosumdb: &'a str, goproxy: &'a str) -> SumdbSettings<'a> {
        static ACCESS: LazyLock<Access> = LazyLock::new(Access::default);
        SumdbSettings { gosumdb, goproxy, access: &ACCESS }
    }

    #[test]
    fn gosumdb_is_a_key_and_a_url() {
        let url = |gosumdb: &str| settings(gosumdb, "").key().unwrap().unwrap().1;
        assert_eq!(url("sum.golang.org"), None);
        assert_eq!(url(KEY), None);
        assert_eq!(url("sum.golang.google.cn").as_deref(), Some("https://sum.golang.google.cn"));
        assert_eq!(url(" sum.golang.org  http://x ").as_deref(), Some("http://x"));
        assert!(settings("off", "").key().unwrap().is_none());
        for (gosumdb, why) in [
            ("", "empty"),
            ("sum.golang.org http://x http://y", "too many fields"),
            ("off off off", "too many fields"),
            ("off x", "NAME+KEY"),
            ("sum.golang.google.cn http://x", "NAME+KEY"),
            ("sum.example.net", "NAME+KEY"),
        ] {
            let error = format!("{:#}", settings(gosumdb, "").key().unwrap_err());
            assert!(error.contains(why), "{gosumdb}: {error}");
        }
    }

    /// `dbDial`: "No funny business in the database name".
    #[test]
    fn a_database_has_the_name_of_a_host() {
        for name in ["sum.golang.org", "localhost", "h:8080", "[::1]:80", "h/a/b.c", "h:/x", "a..b"]
        {
            assert!(is_database_name(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "/etc",
            "../../x",
            "h/",
            "h/..",
            "h/../../x",
            "h/./x",
            "h//x",
            "h?x",
            "h#x",
            "u@h",
            "h:x",
            ":80",
            "h%41",
            "h\\..",
            "h/a%2e",
            "h/a!b",
            "h\u{7f}",
            "https://h",
        ] {
            assert!(!is_database_name(name), "{name}");
        }
    }

    fn asked(goproxy: &str) -> anyhow::Result<String> {
        let source = settings("", goproxy).source(&Key::golang(), None)?;
        let source = source.ok_or_else(|| anyhow!("nobody"))?;
        source.find().map(|remote| remote.to_string())
    }

    /// `initBase` and `TryProxies`; a file in place of a proxy's directory cannot be read.
    #[test]
    fn the_first_proxy_that_serves_it_is_asked() {
        let temp = tempfile::tempdir().unwrap();
        let serving = temp.path().join("serving/sumdb/sum.golang.org");
        std::fs::create_dir_all(&serving).unwrap();
        std::fs::write(serving.join("supported"), "").unwrap();
        let broken = temp.path().join("broken/sumdb/sum.golang.org/supported");
        std::fs::create_dir_all(&broken).unwrap();
        let proxy = |name: &str| format!("file://{}/{name}", temp.path().display());
        let (yes, no, bad) = (proxy("serving"), proxy("nothing"), proxy("broken"));
        let served = format!("{yes}/sumdb/sum.golang.org");
        let own = "https://sum.golang.org".to_owned();
        for (goproxy, expected) in [
            (yes.clone(), &served),
            (format!(" {no} , {yes},direct"), &served),
            (format!("{bad}|{yes}"), &served),
            (no.clone(), &own),
            (format!("{no},off,{yes}"), &own),
            (format!("direct,{yes}"), &own),
            (format!("{bad}|direct"), &own),
        ] {
            assert_eq!(asked(&goproxy).unwrap(), *expected, "{goproxy}");
        }
        for goproxy in [
            format!("{bad},{yes}"),
            format!("{bad},direct"),
            format!("{bad}|{no}"),
            format!("{bad}|off"),
        ] {
            let error = format!("{:#}", asked(&goproxy).unwrap_err());
            assert!(error.contains("broken/sumdb/sum.golang.org/supported"), "{goproxy}: {error}");
        }
        assert!(settings("", "off").source(&Key::golang(), None).unwrap().is_none());
    }

    #[test]
    fn nobody_is_asked_before_something_is_read() {
        let source = settings("", "http://127.0.0.1:1").source(&Key::golang(), None);
        let source = source.unwrap().unwrap();
        assert!(source.found.get().is_none());
        assert_eq!(source.to_string(), "https://sum.golang.org");
    }
}
