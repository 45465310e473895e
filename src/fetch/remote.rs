//! Reads files by URL, over HTTP or from a directory, as a module proxy or a checksum database serves
//! them.

use super::Access;
use super::netrc::{NetrcLine, credential};
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
use ureq::config::RedirectAuthHeaders;
use ureq::http::StatusCode;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

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
    Http(Http),
}

#[derive(Debug, Clone)]
struct Http {
    agent: Agent,
    /// Without a password.
    url: String,
    /// `user:password` of the URL.
    user: Option<String>,
    netrc: Vec<NetrcLine>,
}

impl Remote {
    /// A place by its URL: http, https or file.
    ///
    /// # Errors
    /// The URL is none of these, or means no absolute directory; or the proxy in its way is none that
    /// can be used.
    pub fn new(url: &str, access: &Access) -> anyhow::Result<Remote> {
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
        let end = rest.find('/').unwrap_or(rest.len());
        let user = rest[..end].rfind('@').map(|at| decoded(&rest[..at]));
        let rest = rest[..end].rfind('@').map_or(rest, |at| &rest[at + 1..]);
        let url = format!("{scheme}://{rest}");
        let agent = agent(&url, access)?;
        let http = Http { agent, url: url.clone(), user, netrc: access.netrc.clone() };
        Ok(Remote { place: Place::Http(http), shown: url })
    }

    /// The same place, further down.
    pub fn below(&self, name: &str) -> Remote {
        let mut below = self.clone();
        below.shown = format!("{}/{name}", self.shown);
        match &mut below.place {
            Place::Dir(dir) => dir.push(name),
            Place::Http(http) => http.url = format!("{}/{name}", http.url),
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
            Place::Http(http) => http.get(name, most).with_context(reading),
        }
    }
}

impl Http {
    fn get(&self, name: &str, most: u64) -> anyhow::Result<Option<Vec<u8>>> {
        let url = format!("{}/{name}", self.url);
        let authorization = self.authorization(&url)?;
        let mut waits = WAITS.iter();
        loop {
            let answer = ask(&self.agent, &url, authorization.as_deref(), most);
            match waits.next().filter(|_| is_passing(&answer)) {
                Some(wait) => std::thread::sleep(*wait),
                None => return of_status(answer?),
            }
        }
    }

    /// A password goes where nobody listens, and nowhere else: `cmd/go/internal/web/http.go`. That of the
    /// URL comes first there, as none of the netrc file has one in its name.
    fn authorization(&self, url: &str) -> anyhow::Result<Option<String>> {
        let user = match (url.strip_prefix("https://"), &self.user) {
            (None, Some(_)) => bail!(
                "refusing to pass credentials to insecure URL: write https://, or no user and password"
            ),
            (None, None) => None,
            (Some(_), Some(user)) => Some(user.clone()),
            (Some(rest), None) => credential(&self.netrc, rest),
        };
        Ok(user.map(|user| format!("Basic {}", STANDARD.encode(user))))
    }
}

/// `user:password` of a URL, where each may have escapes and the latter may be left out.
fn decoded(userinfo: &str) -> String {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let [user, password] =
        [user, password].map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
    format!("{user}:{password}")
}

/// What asks for files at a URL, through the proxy that is in its way. Its own reading of the variables
/// is not go's. Unlike go it has the proxy connect it (CONNECT) to an http URL too.
fn agent(url: &str, access: &Access) -> anyhow::Result<Agent> {
    let proxy = match access.detour.proxy(url)? {
        None => None,
        Some(proxy) if matches!(proxy.scheme(), "http" | "https") => {
            let made = Proxy::new(&proxy.url);
            Some(made.with_context(|| format!("the proxy {proxy} of the environment"))?)
        }
        Some(proxy) => bail!(
            "the proxy {proxy} of the environment is none for HTTP, and no other is spoken here: name the host in NO_PROXY, or read it offline"
        ),
    };
    let config = Agent::config_builder()
        .proxy(proxy)
        .timeout_global(Some(PATIENCE))
        .timeout_resolve(Some(PATIENCE_TO_CONNECT))
        .timeout_connect(Some(PATIENCE_TO_CONNECT))
        .http_status_as_error(false)
        // As go's client: a redirect leads from https to nothing less, and takes a password along on
        // the same host only.
        .https_only(url.starts_with("https://"))
        .redirect_auth_headers(RedirectAuthHeaders::SameHost)
        // As many as ask at once: a new connection costs more than an answer.
        .max_idle_connections_per_host(AT_ONCE)
        .user_agent(concat!("go-offline/", env!("CARGO_PKG_VERSION")))
        .tls_config(
            ureq::tls::TlsConfig::builder()
                // Sites have certificate authorities of their own.
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        );
    Ok(Agent::with_parts(config.build(), DefaultConnector::default(), <Once>::default()))
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

    fn open(url: &str) -> anyhow::Result<Remote> {
        Remote::new(url, &Access::default())
    }

    #[test]
    fn a_directory_is_read_and_what_is_not_there_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("a b%c");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("file"), "text").unwrap();
        let url = format!("file://{}/a%20b%25c/", temp.path().display());
        let remote = open(&url).unwrap();
        assert_eq!(remote.get("file", 4).unwrap().as_deref(), Some(b"text".as_slice()));
        assert_eq!(remote.get("other", 4).unwrap(), None);
        assert_eq!(remote.get("file/below", 4).unwrap(), None);
        assert!(remote.get("file", 3).is_err());
        for url in ["file://host/dir", "file:///dir?x", "ftp://host", "host"] {
            assert!(open(url).is_err(), "{url}");
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
        let remote = open(&format!("{}/", server.url)).unwrap().below("base");
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
        let remote = open(&server.url).unwrap();
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

    /// What go refuses to do, and what it does without a word: `web/http.go` `get`.
    #[test]
    fn a_password_is_for_https_alone_and_not_shown() {
        let server = Server::new(|request| {
            let has = request.to_lowercase().contains("authorization:");
            with_body("200 OK", if has { "yes" } else { "no" })
        });
        let of_url = open(&server.url.replace("//", "//u:p%26@")).unwrap();
        let error = format!("{:#}", of_url.get("x", 100).unwrap_err());
        assert!(error.contains("refusing to pass credentials to insecure URL"), "{error}");
        assert!(!error.contains("p%26") && !error.contains("p&"), "{error}");
        assert_eq!(server.asked(), [""; 0]);
        let host = server.url.trim_start_matches("http://");
        let netrc =
            format!("machine {host} login u password p& machine 127.0.0.1 login u password p&");
        let access = Access::new(Some(&netrc), &|_| None);
        let of_netrc = Remote::new(&server.url, &access).unwrap();
        assert_eq!(of_netrc.get("x", 100).unwrap().as_deref(), Some(b"no".as_slice()));
        let sent = |url: &str| {
            let remote = Remote::new(url, &access).unwrap();
            assert!(!remote.to_string().contains("own"), "{remote}");
            let Place::Http(http) = &remote.place else { panic!("{remote}") };
            let sent = http.authorization(&format!("{}/x", http.url)).unwrap()?;
            let sent = STANDARD.decode(sent.strip_prefix("Basic ").unwrap()).unwrap();
            Some(String::from_utf8(sent).unwrap())
        };
        for (url, expected) in [
            (format!("https://{host}"), Some("u:p&")),
            ("https://127.0.0.1/below".to_owned(), Some("u:p&")),
            ("https://127.0.0.1:1".to_owned(), None),
            (format!("https://own:p%40%3A@{host}/a@b"), Some("own:p@:")),
            (format!("https://own@{host}"), Some("own:")),
        ] {
            assert_eq!(sent(&url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_proxy_in_the_way_is_asked() {
        let server = Server::new(|_| with_body("404 Not Found", ""));
        let through = |variables: &[(&str, &str)], url: &str| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            Remote::new(url, &Access::new(None, &variable))
        };
        let https = [("HTTPS_PROXY", server.url.as_str())];
        assert!(through(&https, "https://host.invalid/x").unwrap().get("y", 100).is_err());
        assert_eq!(server.asked(), ["host.invalid:443"]);
        // Never to what is here.
        let http = [("HTTP_PROXY", "http://host.invalid"), ("ALL_PROXY", "http://host.invalid")];
        assert_eq!(through(&http, &server.url).unwrap().get("y", 100).unwrap(), None);
        assert_eq!(server.asked(), ["/y"]);
        let socks = [("HTTPS_PROXY", "socks5://u:secret@web")];
        let error = format!("{:#}", through(&socks, "https://host.invalid").unwrap_err());
        assert!(error.contains("socks5://web:1080") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn who_has_waited_in_vain_does_not_wait_again() {
        for timeout in [ureq::Timeout::Connect, ureq::Timeout::Resolve, ureq::Timeout::Global] {
            assert!(!is_passing(&Err(ureq::Error::Timeout(timeout))));
        }
        assert!(is_passing(&Err(ureq::Error::HostNotFound)));
        let timeouts = agent("https://host.invalid", &Access::default()).unwrap();
        let timeouts = timeouts.config().timeouts();
        assert_eq!(timeouts.connect.max(timeouts.resolve), Some(PATIENCE_TO_CONNECT));
    }

    #[test]
    fn more_than_was_asked_for_is_refused() {
        let server = Server::new(|_| with_body("200 OK", &"x".repeat(1000)));
        let remote = open(&server.url).unwrap();
        assert!(remote.get("large", 999).is_err());
    }
}
