//! The addresses that a plan lets through the wall: those of the profile, and those of the module
//! proxies that it stands on, or of the HTTP proxy that the go command asks them through.

use super::scene::Scene;
use crate::profile::{GoEnv, Network};
use std::net::IpAddr;

/// What is reached from behind the wall: each `host:port` once.
pub(super) fn allowed(scene: &Scene, env: &GoEnv) -> Vec<String> {
    // Where nothing is cut there is nothing to let through.
    if scene.profile.network == Network::Allow {
        return Vec::new();
    }
    let variable = |name: &str| variable(scene, env, name);
    let detour = Detour::new(&variable);
    let proxies = scene.profile.network_proxies().filter_map(|url| detour.door(url));
    let mut doors = Vec::new();
    for door in scene.profile.allow.iter().cloned().chain(proxies) {
        if !doors.contains(&door) {
            doors.push(door);
        }
    }
    doors
}

/// A variable as the command has it; an empty one is none.
pub(super) fn variable(scene: &Scene, env: &GoEnv, name: &str) -> Option<String> {
    let set = env.settings().iter().find(|setting| setting.name == name);
    let value = match set {
        Some(setting) => setting.value.as_deref(),
        None => scene.user.environ.get(name),
    };
    value.map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}

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
struct Detour {
    http: Option<Place>,
    https: Option<Place>,
    /// A CGI program takes HTTP_PROXY from whoever asks it, so go does not use it there at all.
    is_cgi: bool,
    except: Vec<Except>,
}

impl Detour {
    fn new(variable: &dyn Fn(&str) -> Option<String>) -> Detour {
        let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower));
        let proxy = |upper, lower| either(upper, lower).and_then(|text| proxy(&text));
        let except = either("NO_PROXY", "no_proxy").unwrap_or_default();
        Detour {
            http: proxy("HTTP_PROXY", "http_proxy"),
            https: proxy("HTTPS_PROXY", "https_proxy"),
            is_cgi: variable("REQUEST_METHOD").is_some(),
            except: except.split(',').filter_map(Except::parse).collect(),
        }
    }

    /// The address that a request for a URL goes to; `None` if go makes no connection for it.
    fn door(&self, url: &str) -> Option<String> {
        let place = Place::of(url)?;
        let proxy = match place.scheme.as_str() {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        };
        match proxy.filter(|_| self.applies(&place)) {
            // go fails such a request and dials nobody.
            Some(_) if self.is_cgi && place.scheme == "http" => None,
            Some(proxy) => Some(proxy.door()),
            None => Some(place.door()),
        }
    }

    fn applies(&self, place: &Place) -> bool {
        let ip = place.host.parse::<IpAddr>().ok();
        let is_own = place.host == "localhost" || ip.is_some_and(|ip| plain(ip).is_loopback());
        !is_own && !self.except.iter().any(|except| except.has(place, ip))
    }
}

/// The value of such a variable: a URL, or `host[:port]` of an HTTP proxy.
fn proxy(text: &str) -> Option<Place> {
    Place::of(text).or_else(|| Place::of(&format!("http://{text}")))
}

/// One entry of NO_PROXY.
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
    use crate::profile::Choice;
    use crate::run::{ConfigChoice, Request, Surroundings, Target, gather, plan};

    fn door(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        };
        Detour::new(&variable).door(url)
    }

    /// The doors of a plan in a project with these settings.
    fn doors(variables: &[(&str, &str)], settings: &str) -> (Vec<String>, Vec<String>) {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("go.mod"), "module m\n").unwrap();
        std::fs::write(temp.path().join("go-offline.toml"), settings).unwrap();
        let surroundings = Surroundings {
            environ: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            restored: Vec::new(),
            dir: temp.path().to_path_buf(),
            this_program: "/w/go-offline".into(),
            arg0: "go-offline".into(),
            called_as: None,
        };
        let request = Request {
            target: Target::Exec(vec!["make".into()]),
            choice: Choice { profile: Some("p".to_owned()), ..Choice::default() },
            floor: None,
            config: ConfigChoice::Found,
            changed_to: None,
            is_traced: false,
            is_reported: false,
            is_strict: false,
        };
        let plan = plan(&gather(surroundings, &request).unwrap(), &request).unwrap();
        assert_eq!(plan.no_wall, "");
        (plan.allow, plan.publish)
    }

    #[test]
    fn a_plan_has_the_doors_of_its_profile() {
        let own = "allow = ['127.0.0.1:5432', 'db:1', 'db:1']\npublish = ['127.0.0.1:8080']\n";
        let (allow, publish) = doors(&[], &format!("[profile.p]\n{own}"));
        assert_eq!(allow, ["127.0.0.1:5432", "db:1"]);
        assert_eq!(publish, ["127.0.0.1:8080"]);
        let proxy = "[profile.p]\ninherits = 'proxy'\n";
        let goproxy = ("GOPROXY", "http://a.example,file:///x|https://b.example:8443,direct");
        let (allow, publish) = doors(&[goproxy], &format!("{proxy}allow = ['a.example:80']\n"));
        assert_eq!(allow, ["a.example:80", "b.example:8443"]);
        assert_eq!(publish, [""; 0]);
        let detour = [goproxy, ("HTTPS_PROXY", "web:3128"), ("NO_PROXY", "a.example")];
        assert_eq!(doors(&detour, proxy).0, ["a.example:80", "web:3128"]);
        // An open network needs no door to what it reaches.
        assert_eq!(doors(&detour, &format!("{proxy}network = 'allow'\n")).0, [""; 0]);
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
