//! Which HTTP proxy is in the way of a URL: `golang.org/x/net/http/httpproxy`, which go asks.
//!
//! A host that is not written in ASCII is not looked at: no URL with one gets so far.

use anyhow::bail;
use std::net::IpAddr;

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    scheme: String,
    /// Without brackets.
    host: String,
    port: u16,
}

impl Place {
    /// Reads scheme, host and port of a URL; `None` if it leads nowhere in a network.
    fn of(url: &str) -> Option<Place> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':').unwrap_or_default())
            }
            None => place.split_once(':').unwrap_or((place, "")),
        };
        let port = match (port, scheme.as_str()) {
            ("", "http") => 80,
            ("", "https") => 443,
            ("", "socks5" | "socks5h") => 1080,
            (port, _) => port.parse().ok().filter(|port| *port > 0)?,
        };
        (!host.is_empty()).then(|| Place { scheme, host: host.to_owned(), port })
    }

    fn door(&self) -> String {
        let Place { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

/// The HTTP proxies of an environment, as `golang.org/x/net/http/httpproxy` reads them.
#[derive(Debug, Clone, Default)]
pub struct Detour {
    http: Option<HttpProxy>,
    https: Option<HttpProxy>,
    /// A CGI program takes HTTP_PROXY from whoever asks it, so go does not use it there at all.
    is_cgi: bool,
    except: Vec<Except>,
}

/// The proxy that such a variable names: by a URL, or as `host[:port]` of one that speaks HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpProxy {
    /// With the password, if there is one.
    pub(super) url: String,
    /// `None` where the URL leads nowhere.
    place: Option<Place>,
}

impl Detour {
    /// Reads the variables; an empty one is none.
    pub fn new(variable: &dyn Fn(&str) -> Option<String>) -> Detour {
        let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower));
        let proxy = |upper, lower| either(upper, lower).map(|text| HttpProxy::parse(&text));
        let except = either("NO_PROXY", "no_proxy").unwrap_or_default();
        Detour {
            http: proxy("HTTP_PROXY", "http_proxy"),
            https: proxy("HTTPS_PROXY", "https_proxy"),
            is_cgi: variable("REQUEST_METHOD").is_some(),
            except: except.split(',').filter_map(Except::parse).collect(),
        }
    }

    /// The address that a request for a URL goes to; `None` if go makes no connection for it.
    pub fn door(&self, url: &str) -> Option<String> {
        match self.proxy(url).ok()? {
            Some(proxy) => proxy.place.as_ref().map(Place::door),
            None => Place::of(url).map(|place| place.door()),
        }
    }

    /// The proxy that a URL is asked through, if there is one: `proxyForURL`.
    ///
    /// # Errors
    /// There is one that go does not use.
    pub(super) fn proxy(&self, url: &str) -> anyhow::Result<Option<&HttpProxy>> {
        let Some(place) = Place::of(url) else { return Ok(None) };
        let proxy = match place.scheme.as_str() {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        };
        let proxy = proxy.filter(|_| self.applies(&place));
        if proxy.is_some() && self.is_cgi && place.scheme == "http" {
            bail!("HTTP_PROXY does not count in a CGI program, where REQUEST_METHOD is set");
        }
        Ok(proxy)
    }

    fn applies(&self, place: &Place) -> bool {
        // Of an address with a zone the address counts.
        let ip = place.host.split('%').next().and_then(|ip| ip.parse::<IpAddr>().ok());
        let is_own = place.host == "localhost" || ip.is_some_and(|ip| plain(ip).is_loopback());
        !is_own && !self.except.iter().any(|except| except.has(place, ip))
    }
}

impl HttpProxy {
    fn parse(text: &str) -> HttpProxy {
        let has_host = |rest: &str| !rest.is_empty() && !rest.starts_with(['/', '?', '#']);
        let is_url = text.split_once("://").is_some_and(|(_, rest)| has_host(rest));
        let url = if is_url { text.to_owned() } else { format!("http://{text}") };
        HttpProxy { place: Place::of(&url), url }
    }

    /// `http`, `https`, or what else it speaks.
    pub(super) fn scheme(&self) -> &str {
        self.url.split("://").next().unwrap_or_default()
    }
}

impl std::fmt::Display for HttpProxy {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.place.as_ref().map(Place::door).unwrap_or_default();
        write!(f, "{}://{host}", self.scheme())
    }
}

/// One entry of NO_PROXY.
#[derive(Debug, Clone)]
enum Except {
    All,
    /// A network: its address and the length of its prefix.
    Net(IpAddr, u8),
    Ip(IpAddr, Option<String>),
    /// A domain with its leading dot, a port, and whether the domain itself is meant as well.
    Domain(String, Option<String>, bool),
}

impl Except {
    fn parse(entry: &str) -> Option<Except> {
        let entry = entry.trim().to_lowercase();
        if entry == "*" {
            return Some(Except::All);
        }
        if let Some(net) = net(&entry) {
            return Some(net);
        }
        let (host, port) = split_port(&entry);
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Some(Except::Ip(ip, port));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        match host.strip_prefix('.') {
            _ if host.is_empty() => None,
            Some(_) => Some(Except::Domain(host.to_owned(), port, false)),
            None => Some(Except::Domain(format!(".{host}"), port, true)),
        }
    }

    fn has(&self, place: &Place, ip: Option<IpAddr>) -> bool {
        let fits = |port: &Option<String>| {
            port.as_ref().is_none_or(|port| *port == place.port.to_string())
        };
        match (self, ip) {
            (Except::All, _) => true,
            (Except::Net(net, length), Some(ip)) => contains(*net, *length, ip),
            (Except::Ip(except, port), Some(ip)) => plain(*except) == plain(ip) && fits(port),
            (Except::Domain(domain, port, is_itself), None) => {
                let host = place.host.to_lowercase();
                (host.ends_with(domain) || (*is_itself && host == domain[1..])) && fits(port)
            }
            _ => false,
        }
    }
}

/// `address/length`
fn net(entry: &str) -> Option<Except> {
    let (address, length) = entry.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.parse().ok().filter(|length| *length <= most)?;
    Some(Except::Net(address, length))
}

/// As Go's net.SplitHostPort: an IPv6 address has a port only in brackets.
fn split_port(entry: &str) -> (&str, Option<String>) {
    let (host, port) = match entry.strip_prefix('[') {
        Some(rest) => match rest.split_once("]:") {
            Some(parts) => parts,
            None => return (entry, None),
        },
        None => match entry.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, port),
            _ => return (entry, None),
        },
    };
    (host, Some(port.to_owned()).filter(|port| !port.is_empty()))
}

fn contains(net: IpAddr, length: u8, ip: IpAddr) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let ((net, net_size), (ip, ip_size)) = (bits(plain(net)), bits(plain(ip)));
    // A shift by 128 has no meaning: a prefix of no bits is everything.
    let differs = (net ^ ip).checked_shr(128 - u32::from(length)).unwrap_or_default();
    net_size == ip_size && differs == 0
}

/// An IPv4 address that is written as an IPv6 one is the same to go.
fn plain(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detour(variables: &[(&str, &str)]) -> Detour {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        };
        Detour::new(&variable)
    }

    fn door(variables: &[(&str, &str)], url: &str) -> Option<String> {
        detour(variables).door(url)
    }

    /// `proxyForURLTests` of httpproxy's proxy_test.go, but for hosts that are not written in ASCII.
    #[test]
    fn the_proxy_for_a_url_is_the_one_that_go_takes() {
        let insecure = "http://example.com";
        let secure = "https://secure.tld/";
        let both = [("HTTP_PROXY", "http.proxy.tld"), ("HTTPS_PROXY", "secure.proxy.tld")];
        for (proxy, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("cache.corp.example.com:1234", "http://cache.corp.example.com:1234"),
            ("cache.corp.example.com", "http://cache.corp.example.com"),
            ("localhost", "http://localhost"),
            ("https://cache.corp.example.com", "https://cache.corp.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://127.0.0.1:8080", "https://127.0.0.1:8080"),
            ("socks5://127.0.0.1", "socks5://127.0.0.1"),
            ("foo://host", "foo://host"),
        ] {
            let detour = detour(&[("HTTP_PROXY", proxy)]);
            assert_eq!(detour.proxy(insecure).unwrap().unwrap().url, expected);
        }
        for (variables, url, expected) in [
            (&both[..], "http://insecure.tld/", Some("http://http.proxy.tld")),
            (&both, secure, Some("http://secure.proxy.tld")),
            (
                &[("HTTPS_PROXY", "https://secure.proxy.tld")],
                secure,
                Some("https://secure.proxy.tld"),
            ),
            (&both[..1], secure, None),
            (&both[..1], "ftp://insecure.tld/", None),
            (&[("HTTPS_PROXY", "https://p"), ("REQUEST_METHOD", "GET")], secure, Some("https://p")),
            (&[("ALL_PROXY", "p"), ("all_proxy", "p")], secure, None),
            (&[], insecure, None),
        ] {
            let detour = detour(variables);
            let proxy = detour.proxy(url).unwrap();
            assert_eq!(proxy.map(|proxy| proxy.url.as_str()), expected, "{variables:?} {url}");
        }
        let cgi = detour(&[("HTTP_PROXY", "http://10.1.2.3:8080"), ("REQUEST_METHOD", "GET")]);
        assert!(cgi.proxy(insecure).is_err());
        for (no_proxy, url, is_used) in [
            ("example.com", "http://example.com/", false),
            (".example.com", "http://example.com/", true),
            ("ample.com", "http://example.com/", true),
            ("example.com", "http://foo.example.com/", false),
            (".foo.com", "http://example.com/", true),
            ("example.com", "http://[1000::%25.example.com]:123", true),
            (":1", "http://example.com", true),
        ] {
            let detour = detour(&[("HTTP_PROXY", "proxy"), ("NO_PROXY", no_proxy)]);
            assert_eq!(detour.proxy(url).unwrap().is_some(), is_used, "{no_proxy} {url}");
        }
    }

    /// `UseProxyTests` of the same file.
    #[test]
    fn no_proxy_is_read_as_go_reads_it() {
        let no_proxy = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, \
                        192.168.1.3:80, 10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, \
                        [2001:db8::52:0:3]:80, 2002:db8:a::45/64";
        for (host, is_used) in [
            ("localhost", false),
            ("127.0.0.1", false),
            ("127.0.0.2", false),
            ("[::1]", false),
            ("[::2]", true),
            ("192.168.1.1", false),
            ("192.168.1.2", true),
            ("192.168.1.3", false),
            ("192.168.1.4", true),
            ("10.0.0.2", false),
            ("[2001:db8::52:0:1]", false),
            ("[2001:db8::52:0:2]", true),
            ("[2001:db8::52:0:3]", false),
            ("[2002:db8:a::123]", false),
            ("[fe80::424b:c8be:1643:a1b6]", true),
            ("barbaz.net", true),
            ("www.barbaz.net", false),
            ("foobar.com", false),
            ("www.foobar.com", false),
            ("foofoobar.com", true),
            ("baz.com", true),
            ("localhost.net", true),
            ("local.localhost", true),
            ("barbarbaz.net", true),
            ("wildcard.io", true),
            ("nested.wildcard.io", false),
            ("awildcard.io", true),
        ] {
            let url = format!("http://{host}:80");
            let some = detour(&[("HTTP_PROXY", "proxy"), ("NO_PROXY", no_proxy)]);
            assert_eq!(some.proxy(&url).unwrap().is_some(), is_used, "{host}");
            let all = detour(&[("HTTP_PROXY", "proxy"), ("NO_PROXY", "*")]);
            assert!(all.proxy(&url).unwrap().is_none(), "{host}");
        }
    }

    #[test]
    fn where_a_proxy_is() {
        for (url, expected) in [
            ("http://athens.internal:3000/x", "athens.internal:3000"),
            ("http://athens.internal", "athens.internal:80"),
            ("https://user:p%40ss@athens.internal/a@b", "athens.internal:443"),
            ("https://[2001:db8::1]/x", "[2001:db8::1]:443"),
            ("http://[::1]:3000", "[::1]:3000"),
            ("HTTP://127.0.0.1?x", "127.0.0.1:80"),
        ] {
            assert_eq!(door(&[], url).as_deref(), Some(expected), "{url}");
        }
        for url in ["athens.internal", "http://", "http://h:0", "http://h:99999", "ftp://h"] {
            assert_eq!(door(&[], url), None, "{url}");
        }
    }

    #[test]
    fn an_http_proxy_is_in_the_way() {
        let both = [("HTTP_PROXY", "http://u:p@web:3128/"), ("https_proxy", "secure:8443")];
        assert_eq!(door(&both, "http://a.example").as_deref(), Some("web:3128"));
        assert_eq!(door(&both, "https://a.example").as_deref(), Some("secure:8443"));
        let two = [("HTTPS_PROXY", "upper:1"), ("https_proxy", "lower:1")];
        assert_eq!(door(&two, "https://a.example").as_deref(), Some("upper:1"));
        let empty = [("HTTPS_PROXY", ""), ("https_proxy", "lower")];
        assert_eq!(door(&empty, "https://a.example").as_deref(), Some("lower:80"));
        let socks = [("HTTPS_PROXY", "socks5://s")];
        assert_eq!(door(&socks, "https://a.example").as_deref(), Some("s:1080"));
        for own in ["http://localhost:3000", "http://127.8.0.1:3000", "http://[::1]:3000"] {
            assert_eq!(door(&both, own), door(&[], own), "{own}");
        }
    }

    #[test]
    fn a_cgi_program_has_no_http_proxy() {
        let cgi = [("HTTP_PROXY", "web:1"), ("HTTPS_PROXY", "web:2"), ("REQUEST_METHOD", "GET")];
        assert_eq!(door(&cgi, "http://a.example"), None);
        assert_eq!(door(&cgi, "https://a.example").as_deref(), Some("web:2"));
        assert_eq!(door(&cgi, "http://127.0.0.1:9").as_deref(), Some("127.0.0.1:9"));
    }

    #[test]
    fn what_no_proxy_leaves_out() {
        let is_direct = |list: &str, host: &str| {
            let url = format!("http://{host}");
            let variables = [("HTTP_PROXY", "web:3128"), ("no_proxy", list)];
            match door(&variables, &url).unwrap().as_str() {
                "web:3128" => false,
                direct => {
                    assert_eq!(Some(direct), door(&[], &url).as_deref());
                    true
                }
            }
        };
        for (list, host) in [
            ("*", "a.example"),
            ("x.example, *", "192.0.2.1"),
            ("a.example", "a.example"),
            ("example", "a.example"),
            ("A.Example", "a.eXample"),
            (".example", "a.example"),
            ("*.example", "a.example"),
            ("a.example:80", "a.example"),
            ("a.example:3000", "a.example:3000"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("192.0.2.0/24", "192.0.2.77"),
            ("0.0.0.0/0", "192.0.2.77"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:db8::1]:80", "[2001:db8::1]"),
            ("2001:db8::/32", "[2001:db8:7::1]"),
            ("192.0.2.1", "[::ffff:192.0.2.1]"),
        ] {
            assert!(is_direct(list, host), "{list} leaves {host} out");
        }
        for (list, host) in [
            ("", "a.example"),
            (",", "a.example"),
            (".a.example", "a.example"),
            ("*.a.example", "a.example"),
            ("ample", "a.example"),
            ("a.example:81", "a.example"),
            ("192.0.2.1:81", "192.0.2.1"),
            ("192.0.3.0/24", "192.0.2.77"),
            ("::/0", "192.0.2.77"),
            ("0.0.0.0/0", "[2001:db8::1]"),
            ("192.0.2.0/33", "192.0.2.0"),
            ("2.1", "192.0.2.1"),
            (":80", "a.example"),
        ] {
            assert!(!is_direct(list, host), "{list} leaves {host} out");
        }
    }
}
