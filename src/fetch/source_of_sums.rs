//! Where the go command would read the checksum database: `cmd/go/internal/modfetch/sumdb.go`.

use super::Remote;
use crate::sumdb::Key;
use anyhow::{Context, bail};

/// What the user's variables say of the checksum database.
#[derive(Debug, Clone)]
pub struct SumdbSettings<'a> {
    /// GOSUMDB.
    pub gosumdb: &'a str,
    /// GOPROXY.
    pub goproxy: &'a str,
    /// The text of the user's netrc file, unless GOAUTH does without.
    pub netrc: Option<&'a str>,
}

impl SumdbSettings<'_> {
    /// The database's key, and its URL where GOSUMDB names one; `None` if it is off.
    ///
    /// # Errors
    /// GOSUMDB names a database whose key nobody knows, or a key that is none.
    pub fn key(&self) -> anyhow::Result<Option<(Key, Option<String>)>> {
        let mut words = self.gosumdb.split_whitespace();
        let (name, url) = (words.next().unwrap_or("sum.golang.org"), words.next());
        let own = |host: &str| url.map_or_else(|| format!("https://{host}"), str::to_owned);
        Ok(match name {
            "off" => None,
            "sum.golang.org" => Some((Key::golang(), url.map(str::to_owned))),
            // The same database at another host.
            "sum.golang.google.cn" => Some((Key::golang(), Some(own(name)))),
            _ => {
                let key = Key::parse(name).with_context(|| {
                    format!("GOSUMDB={}: it is `NAME+KEY` with the database's key, and may be followed by a URL", self.gosumdb)
                })?;
                Some((key, url.map(str::to_owned)))
            }
        })
    }

    /// Where the database is read: the URL of GOSUMDB, else through the first proxy of GOPROXY that
    /// serves it, else at its own name. `None` where GOPROXY=off comes first.
    ///
    /// # Errors
    /// A proxy that cannot be reached, and behind which a comma stands.
    pub fn remote(&self, key: &Key, url: Option<&str>) -> anyhow::Result<Option<Remote>> {
        if let Some(url) = url {
            return Remote::new(url, self.netrc).map(Some);
        }
        let mut rest = self.goproxy;
        while !rest.is_empty() {
            let end = rest.find([',', '|']).unwrap_or(rest.len());
            let (proxy, is_any) = (rest[..end].trim(), rest[end..].starts_with('|'));
            rest = rest.get(end + 1..).unwrap_or_default();
            match proxy {
                "" | "noproxy" => continue,
                "off" => return Ok(None),
                "direct" => break,
                _ => {}
            }
            let remote = Remote::new(proxy, self.netrc)?.below(&format!("sumdb/{}", key.name()));
            match remote.get("supported", 1 << 20) {
                Ok(Some(_)) => return Ok(Some(remote)),
                Ok(None) => {}
                Err(_) if is_any => {}
                Err(error) => return Err(error),
            }
        }
        if self.goproxy.trim().is_empty() {
            bail!("GOPROXY is empty");
        }
        Remote::new(&format!("https://{}", key.name()), self.netrc).map(Some)
    }
}
