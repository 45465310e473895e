//! Reads files by URL, over HTTP or from a directory, as a module proxy or a checksum database serves
//! them.

use super::netrc::password_for;
use super::resolver::Once;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::unversioned::transport::DefaultConnector;

/// How many may ask at once.
pub(super) const AT_ONCE: usize = 8;

/// How often a place is asked that cannot be reached, and how long is waited in between: names are not
/// resolved, and connections break, for a moment.
const WAITS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];

/// For one answer: proxies fetch from elsewhere before they answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// For a name and for a connection. Whoever has waited so long in vain does not wait again.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(10);

/// Where files are read from.
#[derive(Debug, Clone)]
pub struct Remote {
    place: Place,
    /// The URL without a password, for messages.
    shown: String,
}

#[derive(Debug, Clone)]
enum Place {
    Dir(PathBuf),
    Http { agent: Agent, url: String, authorization: Option<String> },
}

impl Remote {
    /// A place by its URL: http, https or file. `netrc` is the text of the user's netrc file, where
    /// that may be used.
    ///
    /// # Errors
    /// The URL is none of these, or means no absolute directory.
    pub fn new(url: &str, netrc: Option<&str>) -> anyhow::Result<Remote> {
        let url = url.trim_end_matches('/');
        if let Some(rest) = url.strip_prefix("file://") {
            // As `cmd/go/internal/modfetch/proxy.go`: no host, no query.
            if !rest.starts_with('/') || rest.contains(['?', '#']) {
                bail!("{url} names no absolute directory: write file:///DIR");
            }
            let dir = PathBuf::from(OsString::from_vec(percent_decode_str(rest).collect()));
            return Ok(Remote { place: Place::Dir(dir), shown: url.to_owned() });
        }
        let Some((scheme, rest)) = url.split_once("://") else { bail!("{url} is no URL") };
        if !matches!(scheme, "http" | "https") {
            bail!("{scheme}:// is neither http, https nor file");
        }
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) if !user.contains('/') => (Some(user), rest),
            _ => (None, rest),
        };
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let of_url = user.map(|user| percent_decode_str(user).decode_utf8_lossy().into_owned());
        let of_netrc = || password_for(netrc?, host);
        let authorization =
            of_url.or_else(of_netrc).map(|user| format!("Basic {}", STANDARD.encode(user)));
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .timeout_resolve(Some(PATIENCE_TO_CONNECT))
            .timeout_connect(Some(PATIENCE_TO_CONNECT))
            .http_status_as_error(false)
            // As many as ask at once: a new connection costs more than an answer.
            .max_idle_connections_per_host(AT_ONCE)
            .user_agent(concat!("go-offline/", env!("CARGO_PKG_VERSION")))
            .tls_config(
                ureq::tls::TlsConfig::builder()
                    // Sites have certificate authorities of their own.
                    .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                    .build(),
            );
        let url = format!("{scheme}://{rest}");
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), Once::default());
        Ok(Remote { place: Place::Http { agent, url: url.clone(), authorization }, shown: url })
    }

    /// The same place, further down.
    pub fn below(&self, name: &str) -> Remote {
        let mut below = self.clone();
        below.shown = format!("{}/{name}", self.shown);
        match &mut below.place {
            Place::Dir(dir) => dir.push(name),
            Place::Http { url, .. } => *url = format!("{url}/{name}"),
        }
        below
    }

    /// Reads a file of at most so many bytes; `None` if there is none: 404 or 410, as for go.
    ///
    /// # Errors
    /// The place cannot be reached, refuses, or sends more.
    pub fn get(&self, name: &str, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let reading = || format!("reading {}/{name}", self.shown);
        match &self.place {
            Place::Dir(dir) => read_file(&dir.join(name), most).with_context(reading),
            Place::Http { agent, url, authorization } => {
                let url = format!("{url}/{name}");
                let mut waits = WAITS.iter();
                loop {
                    let answer = ask(agent, &url, authorization.as_deref(), most);
                    match waits.next().filter(|_| is_passing(&answer)) {
                        Some(wait) => std::thread::sleep(*wait),
                        None => {
                            let answer = answer.map_err(anyhow::Error::from);
                            return answer.and_then(of_status).with_context(reading);
                        }
                    }
                }
            }
        }
    }
}

/// What came back: the status, and what was sent with it if that is 200.
type Answer = (StatusCode, Vec<u8>);

fn ask(
    agent: &Agent,
    url: &str,
    authorization: Option<&str>,
    most: u64,
) -> Result<Answer, ureq::Error> {
    let request = agent.get(url);
    let request = match authorization {
        Some(value) => request.header("Authorization", value),
        None => request,
    };
    let mut response = request.call()?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(most).read_to_vec();
    // What is said of a refusal does not matter, however long it is.
    Ok((status, if status == StatusCode::OK { body? } else { Vec::new() }))
}

/// 404 and 410 are what go takes for the answer that there is no such file: `cmd/go/internal/web`
/// `HTTPError.Is`. With any other the place does not say whether there is.
fn of_status((status, body): Answer) -> anyhow::Result<Option<Vec<u8>>> {
    match status.as_u16() {
        200 => Ok(Some(body)),
        404 | 410 => Ok(None),
        _ => bail!("the answer is {status}"),
    }
}

/// Whether it may go well the next time.
fn is_passing(answer: &Result<Answer, ureq::Error>) -> bool {
    use ureq::Error::{ConnectionFailed, HostNotFound, Io};
    match answer {
        Ok((status, _)) => status.is_server_error() || matches!(status.as_u16(), 408 | 429),
        Err(error) => matches!(error, ConnectionFailed | HostNotFound | Io(_)),
    }
}

impl std::fmt::Display for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

fn read_file(path: &Path, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
    match path.metadata() {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        metadata => anyhow::ensure!(metadata?.len() <= most, "it has more than {most} bytes"),
    }
    Ok(Some(std::fs::read(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::test_server::{Server, path, with_body};

    #[test]
    fn a_directory_is_read_and_what_is_not_there_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("a b%c");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("file"), "text").unwrap();
        let url = format!("file://{}/a%20b%25c/", temp.path().display());
        let remote = Remote::new(&url, None).unwrap();
        assert_eq!(remote.get("file", 4).unwrap().as_deref(), Some(b"text".as_slice()));
        assert_eq!(remote.get("other", 4).unwrap(), None);
        assert_eq!(remote.get("file/below", 4).unwrap(), None);
        assert!(remote.get("file", 3).is_err());
        for url in ["file://host/dir", "file:///dir?x", "ftp://host", "host"] {
            assert!(Remote::new(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn http_answers_are_told_apart() {
        let server = Server::new(|request| {
            let name = path(request);
            match name {
                "/base/there" => with_body("200 OK", "text"),
                "/base/gone" => with_body("410 Gone", ""),
                "/base/refused" => with_body("403 Forbidden", "no"),
                _ => with_body("404 Not Found", ""),
            }
        });
        let remote = Remote::new(&format!("{}/", server.url), None).unwrap().below("base");
        assert_eq!(remote.get("there", 100).unwrap().as_deref(), Some(b"text".as_slice()));
        assert_eq!(remote.get("gone", 100).unwrap(), None);
        assert_eq!(remote.get("missing", 100).unwrap(), None);
        let refused = format!("{:#}", remote.get("refused", 100).unwrap_err());
        assert!(refused.contains("/base/refused") && refused.contains("403"), "{refused}");
    }

    /// A proxy that is busy is asked again; one that stays so is named, and has not said that there is
    /// no such file.
    #[test]
    fn who_is_busy_is_asked_again() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let asked = AtomicUsize::new(0);
        let server = Server::new(move |request| {
            let name = path(request).to_owned();
            let is_first = asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            match name.as_str() {
                "/429" | "/408" if !is_first => with_body("200 OK", ""),
                "/429" => with_body("429 Too Many Requests", ""),
                "/408" => with_body("408 Request Timeout", ""),
                "/400" => with_body("400 Bad Request", ""),
                _ => with_body("503 Service Unavailable", ""),
            }
        });
        let remote = Remote::new(&server.url, None).unwrap();
        for name in ["429", "408"] {
            assert_eq!(remote.get(name, 100).unwrap().as_deref(), Some(b"".as_slice()), "{name}");
        }
        // Once, then three times.
        for name in ["400", "503"] {
            let error = format!("{:#}", remote.get(name, 100).unwrap_err());
            let expected = format!("reading {}/{name}: the answer is {name} ", server.url);
            assert!(error.contains(&expected), "{error}");
        }
    }

    #[test]
    fn a_password_is_sent_and_not_shown() {
        let server = Server::new(|request| {
            let has = request.to_lowercase().contains("authorization: basic dtpwjg==");
            with_body("200 OK", if has { "yes" } else { "no" })
        });
        let of_url = server.url.replace("//", "//u:p%26@");
        let of_url = Remote::new(&of_url, None).unwrap();
        let netrc = "machine 127.0.0.1 login u password p&";
        let of_netrc = Remote::new(&server.url, Some(netrc)).unwrap();
        for remote in [of_url, of_netrc] {
            let answer = remote.get("x", 100).unwrap();
            assert_eq!(answer.as_deref(), Some(b"yes".as_slice()));
            assert!(!remote.to_string().contains("p%26"), "{remote}");
        }
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let server = Server::new(|_| with_body("200 OK", &"x".repeat(1000)));
        let remote = Remote::new(&server.url, None).unwrap();
        assert!(remote.get("large", 999).is_err());
    }
}
