//! A cached test result must not hide an attempt to reach the network.
//!
//! `go test` caches a pass even when the test swallowed a dial error, and it would serve a pass
//! from a run that had the network. The key of a test result holds the value of -timeout, and the
//! key of a build does not; so a guarded run asks for one nanosecond more than it would, and has
//! test results of its own, while all that is compiled is shared. With doors in the wall it is some
//! more, by what is allowed: a pass that a service outside has helped to is none without it. A run
//! with an attempt removes what it cached (see `build_cache`).

use crate::gotool::Invocation;
use crate::profile::flags;
use std::ffi::OsString;

/// The default of go test: ten minutes.
const DEFAULT_TIMEOUT: i64 = 600_000_000_000;

/// What tells the results of a run from those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// How many nanoseconds a -timeout is longer.
    nanoseconds: i64,
    has_doors: bool,
}

impl Kind {
    /// By the addresses that are reached through the wall.
    pub(super) fn of(allow: &[String]) -> Kind {
        if allow.is_empty() {
            return Kind { nanoseconds: 1, has_doors: false };
        }
        let mut allow: Vec<&str> = allow.iter().map(String::as_str).collect();
        allow.sort_unstable();
        // FNV-1a, whose values stay the same from run to run.
        let hash = allow.join(" ").bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Kind { nanoseconds: 2 + (hash % 99_991) as i64, has_doors: true }
    }
}

/// What to add to GOFLAGS, and the arguments with the user's own -timeout changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnResults {
    /// A word for GOFLAGS, if one is needed.
    pub(super) goflag: Option<String>,
    /// The arguments of the go command.
    pub(super) args: Vec<OsString>,
}

/// Separates the test results of this command from those of bare go. `goflags` is what the profile
/// makes of GOFLAGS.
pub(super) fn own_results(
    invocation: &Invocation,
    args: &[OsString],
    goflags: &str,
    kind: Kind,
) -> OwnResults {
    let mut changed = args.to_vec();
    let own = invocation
        .flags
        .iter()
        .rev()
        .find(|flag| matches!(flag.name.as_str(), "timeout" | "test.timeout"));
    if let Some(flag) = own {
        let value = flag.value.as_ref().and_then(|value| value.to_str()).unwrap_or_default();
        return match stretched(value, kind) {
            Stretched::To(value) => {
                changed[flag.at] = if flag.joined {
                    format!("-{}={value}", flag.name).into()
                } else {
                    value.into()
                };
                OwnResults { goflag: None, args: changed }
            }
            Stretched::NoTimeout => {
                OwnResults { goflag: Some("-count=1".to_owned()), args: changed }
            }
            // go will refuse it, and says so best itself.
            Stretched::Invalid => OwnResults { goflag: None, args: changed },
        };
    }
    let goflag = match own_timeout(goflags, kind) {
        Own::Timeout(word) => Some(word),
        Own::None => Some("-count=1".to_owned()),
        Own::Invalid => None,
    };
    OwnResults { goflag, args: changed }
}

/// Flags of go test whose words in GOFLAGS change nothing but the key of a test result, as -timeout
/// does. Where a command line says one of them itself, the others still tell the results apart.
const NEUTRAL: &[(&str, &str)] =
    &[("failfast", "-failfast=false"), ("short", "-short=false"), ("cpu", "-cpu=")];

/// One more for a run with doors in its wall. Which doors they are only a -timeout of ours tells.
const NEUTRAL_WITH_DOORS: (&str, &str) = ("list", "-list=");

/// What to add to GOFLAGS for a command that may run `go test` by a script. Its -timeout cannot be
/// stretched on a command line that we do not see, and takes the place of ours, so that a flag more
/// tells its results from those of bare go. What GOFLAGS says already is the user's and stays.
pub(super) fn script_results(goflags: &str, kind: Kind) -> Vec<String> {
    let Ok(words) = flags::split(goflags) else {
        return Vec::new();
    };
    let says = |name: &str| {
        words.iter().filter_map(|word| flags::flag_name(word)).any(|own| bare_name(own) == name)
    };
    if says("count") {
        return Vec::new();
    }
    let neutral = NEUTRAL.iter().chain(kind.has_doors.then_some(&NEUTRAL_WITH_DOORS));
    let absent = neutral.filter(|(name, _)| !says(name));
    let mut added: Vec<String> = absent.map(|(_, word)| (*word).to_owned()).collect();
    if added.is_empty() {
        return vec!["-count=1".to_owned()];
    }
    if let Own::Timeout(word) = own_timeout(goflags, kind) {
        added.insert(0, word);
    }
    added
}

/// The flag's name without the prefix that go test takes as well.
fn bare_name(name: &str) -> &str {
    name.strip_prefix("test.").unwrap_or(name)
}

/// The word for GOFLAGS that makes a -timeout of our own.
enum Own {
    Timeout(String),
    /// There is no limit to stretch.
    None,
    Invalid,
}

fn own_timeout(goflags: &str, kind: Kind) -> Own {
    match timeout_in(goflags).as_deref().map(|value| stretched(value, kind)) {
        Some(Stretched::To(value)) => Own::Timeout(format!("-timeout={value}")),
        Some(Stretched::NoTimeout) => Own::None,
        Some(Stretched::Invalid) => Own::Invalid,
        None => Own::Timeout(format!("-timeout={}ns", DEFAULT_TIMEOUT + kind.nanoseconds)),
    }
}

fn timeout_in(goflags: &str) -> Option<String> {
    let words = flags::split(goflags).ok()?;
    let word = words
        .iter()
        .rev()
        .find(|word| matches!(flags::flag_name(word), Some("timeout" | "test.timeout")))?;
    flags::flag_value(word).map(str::to_owned)
}

#[derive(Debug, PartialEq, Eq)]
enum Stretched {
    /// Somewhat more.
    To(String),
    /// No limit, which a nanosecond would turn into one that kills every test.
    NoTimeout,
    /// Not a duration.
    Invalid,
}

fn stretched(value: &str, kind: Kind) -> Stretched {
    match parse_duration(value) {
        Some(nanoseconds) if nanoseconds <= 0 => Stretched::NoTimeout,
        // The longest of all have no room for more.
        Some(nanoseconds) => match nanoseconds.checked_add(kind.nanoseconds) {
            Some(longer) => Stretched::To(format!("{longer}ns")),
            None => Stretched::NoTimeout,
        },
        None => Stretched::Invalid,
    }
}

/// Go's `time.ParseDuration`, in nanoseconds.
fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit = rest[number..]
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .map_or(rest.len(), |at| number + at);
        total = total.checked_add(amount(&rest[..number], &rest[number..unit])?)?;
        rest = &rest[unit..];
    }
    Some(if negative { -total } else { total })
}

fn amount(number: &str, unit: &str) -> Option<i64> {
    let scale: i64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(scale)?;
    let mut step = scale;
    for digit in fraction.bytes() {
        step /= 10;
        nanoseconds = nanoseconds.checked_add(i64::from(digit - b'0') * step)?;
    }
    Some(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(line: &str, goflags: &str) -> (Option<String>, String) {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let own = own_results(&Invocation::parse(&args), &args, goflags, Kind::of(&[]));
        let args: Vec<_> = own.args.iter().map(|arg| arg.to_str().unwrap()).collect();
        (own.goflag, args.join(" "))
    }

    #[test]
    fn a_nanosecond_is_added_where_the_timeout_is() {
        let plain = (Some("-timeout=600000000001ns".to_owned()), "test ./a".to_owned());
        assert_eq!(own("test ./a", ""), plain);
        assert_eq!(
            own("test ./a", "-x -timeout=1m"),
            (Some("-timeout=60000000001ns".to_owned()), "test ./a".to_owned())
        );
        assert_eq!(
            own("test -timeout=30s ./a", ""),
            (None, "test -timeout=30000000001ns ./a".to_owned())
        );
        assert_eq!(
            own("test -timeout 1h30m ./a", ""),
            (None, "test -timeout 5400000000001ns ./a".to_owned())
        );
        assert_eq!(
            own("test ./a --test.timeout=1s", ""),
            (None, "test ./a -test.timeout=1000000001ns".to_owned())
        );
    }

    #[test]
    fn no_timeout_stays_no_timeout() {
        let count = Some("-count=1".to_owned());
        for value in ["0", "0s", "-5s", "0h0m"] {
            let line = format!("test -timeout={value} ./a");
            assert_eq!(own(&line, ""), (count.clone(), line.clone()));
        }
        assert_eq!(own("test ./a", "-timeout=0").0, count);
    }

    #[test]
    fn a_script_has_results_of_its_own() {
        let words = |goflags: &str| script_results(goflags, Kind::of(&[])).join(" ");
        assert_eq!(words(""), "-timeout=600000000001ns -failfast=false -short=false -cpu=");
        assert_eq!(
            words("-x -timeout=1m"),
            "-timeout=60000000001ns -failfast=false -short=false -cpu="
        );
        assert_eq!(words("-timeout=0"), "-failfast=false -short=false -cpu=");
        assert_eq!(words("-short"), "-timeout=600000000001ns -failfast=false -cpu=");
        assert_eq!(words("-test.failfast=true"), "-timeout=600000000001ns -short=false -cpu=");
    }

    #[test]
    fn where_no_word_is_left_a_script_takes_no_result_from_a_cache() {
        let none = Kind::of(&[]);
        assert_eq!(script_results("-short=false -failfast -cpu=1", none), ["-count=1"]);
        for said in ["-count=3", "-test.count=1"] {
            assert_eq!(script_results(said, none), Vec::<String>::new(), "{said}");
        }
    }

    #[test]
    fn doors_have_results_of_their_own() {
        let kind = |doors: &[&str]| {
            Kind::of(&doors.iter().map(|door| (*door).to_owned()).collect::<Vec<_>>())
        };
        let [one, other] = [kind(&["127.0.0.1:5432"]), kind(&["127.0.0.1:5433"])];
        assert!(one != other && one.nanoseconds > 1 && other.nanoseconds > 1);
        assert_eq!(kind(&["a:1", "b:2"]), kind(&["b:2", "a:1"]));
        let words = script_results("", one);
        assert_eq!(words[1..], ["-failfast=false", "-short=false", "-cpu=", "-list="]);
        assert_ne!(words[0], script_results("", other)[0]);
        assert_eq!(script_results("-short=false -failfast -cpu=1", one), [&words[0], "-list="]);
    }

    #[test]
    fn what_is_no_duration_is_left_to_go() {
        assert_eq!(own("test -timeout=soon ./a", ""), (None, "test -timeout=soon ./a".to_owned()));
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(parse_duration("1.5h"), Some(5_400_000_000_000));
        assert_eq!(parse_duration("1m30s"), Some(90_000_000_000));
        assert_eq!(parse_duration(".5s"), Some(500_000_000));
        for bad in ["", "1", "s", "1x", "1..5s", ".s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
