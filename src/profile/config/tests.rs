use super::*;
use crate::profile::select::tests::parse;
use proptest::prelude::*;

fn mistakes(trust: Trust, text: &str) -> Vec<String> {
    match parse(trust, text) {
        Ok(config) => panic!("no mistake in {text}: {config:?}"),
        Err(errors) => errors.iter().map(|error| format!("{error}; {}", error.help)).collect(),
    }
}

/// The example of the contract.
pub(crate) const WHOLE: &str = include_str!("whole.toml");

#[test]
fn every_key_is_read() {
    let config = parse(Trust::Project, WHOLE).unwrap();
    assert_eq!(config.default_profile.as_ref().unwrap().value, "dev");
    let names: Vec<_> = config.profiles.iter().map(|profile| profile.name.value.as_str()).collect();
    assert_eq!(names, ["dev", "ci", "site", "air"]);
    let ci = config.profile("ci").unwrap();
    assert_eq!(ci.isolation.as_ref().unwrap().value, Isolation::Require);
    assert_eq!(ci.allow.as_ref().unwrap().value, ["127.0.0.1:5432"]);
    assert_eq!(ci.env.len(), 2);
    assert_eq!(config.modules.allow.len(), 2);
    assert_eq!(config.modules.deny[0].reason, "abandoned");
    assert_eq!(config.modules.private[0].value.text(), "git.acme.example/**");
    assert_eq!(config.lints[0].1, LintLevel::Warn);
    assert_eq!(config.carry[0].expires.as_deref(), Some("2027-01-01"));
}

/// Each mistake is at its place and says what mends it.
#[test]
fn every_mistake_has_a_place_and_a_mend() {
    let cases = [
        ("defualt-profile='x'", "1:1", "did you mean `default-profile`?"),
        ("[profiles.ci]", "1:2", "did you mean `profile`?"),
        ("[profile.ci]\nisolaton='require'", "2:1", "did you mean `isolation`?"),
        ("[profile.ci]\nisolation='requier'", "2:11", "did you mean `require`?"),
        ("[profile.ci]\nverify='deep'", "2:8", "it is one of: off, lists, bytes"),
        (
            "[profile.ci]\nnetwork=true",
            "2:9",
            "takes one of the words allow, warn, deny, not a boolean",
        ),
        ("[profile.ci]\nallow='x'", "2:7", "takes an array, not a string"),
        ("[profile.ci]\nallow=['localhost']", "2:8", "host:port"),
        ("[profile.ci]\nallow=['[::1]:0']", "2:8", "host:port"),
        ("[profile.ci]\npublish=['x:99999']", "2:10", "host:port"),
        ("[profile.vendor]\nverify='bytes'", "1:10", "inherits = \"vendor\""),
        ("[profile.'a b']", "1:10", "letters, digits"),
        ("[profile.ci]\nproxy='http://x,direct'", "2:7", "no way around it"),
        ("[profile.ci]\nproxy='athens:3000'", "2:7", "http://127.0.0.1:3000"),
        ("[profile.ci.env]\nGOPROXXY='off'", "2:1", "did you mean `GOPROXY`?"),
        ("[profile.ci.env]\ngocache='x'", "2:1", "did you mean `GOCACHE`?"),
        ("[profile.ci.env]\nGOENV='x'", "2:1", "which settings are read"),
        ("[profile.ci.env]\nGO_OFFLINE_PROFILE='x'", "2:1", "which settings are read"),
        ("[profile.ci.env]\nGOWORK='off'", "2:1", "gowork = \"off\""),
        ("[profile.ci.env]\nGOOS=['linux']", "2:6", "GOFLAGS"),
        ("[profile.ci.env]\nGOFLAGS=['trimpath']", "2:10", "-tags=netgo"),
        ("[profile.ci.env]\nGOFLAGS=['-trimpaht']", "2:10", "did you mean `-trimpath`?"),
        ("[profile.ci.env]\nGOFLAGS=['-mod=mod']", "2:10", "`inherits` decides"),
        ("[profile.ci.env]\nGOFLAGS='-trimpath -overlay=x'", "2:9", "command line"),
        ("[profile.ci.env]\nGOFLAGS=\"'-tags=x\"", "2:9", "cannot be split"),
        ("[modules]\nallow=[{pth='x'}]", "2:9", "did you mean `path`?"),
        ("[modules]\ndeny=[{reason='x'}]", "2:7", "`path`"),
        ("[modules]\ndeny=[{path='x',priority='1'}]", "2:26", "takes a whole number, not a string"),
        ("[modules]\nprivate=['a/**/b']", "2:10", "first elements"),
        ("[modules]\nallow=['a b']", "2:8", "github.com/acme/**"),
        ("[lints]\nsum-mising='warn'", "2:1", "did you mean `sum-missing`?"),
        ("[lints]\nsum-missing='error'", "2:13", "it is one of: allow, warn, deny"),
        ("[lints]\nnetwork-attempt='warn'", "2:1", "`network = …`"),
        ("[lints]\nconfig-executes='allow'", "2:1", "the user's own file"),
        ("[[carry]]\nmodule='m'\npath='a.go'\nsha256='x'\nreason='r'", "4:8", "sha256sum"),
        (
            "[[carry]]\nmodule='m'\npath='../a.go'\nsha256='0000000000000000000000000000000000000000000000000000000000000000'\nreason='r'",
            "3:6",
            "module's root",
        ),
        ("[[carry]]\nmodule='m'", "1:1", "sha256"),
        ("[floor]\nverify='bytes'", "1:1", "the user's own file"),
        ("[profile.ci\nverify='bytes'", "1:12", "not TOML"),
        ("[profile.ci]\n[profile.ci]", "2:10", "not TOML"),
    ];
    for (text, place, said) in cases {
        let all = mistakes(Trust::Project, text);
        let found = all.iter().any(|mistake| {
            mistake.starts_with(&format!("go-offline.toml:{place}: ")) && mistake.contains(said)
        });
        assert!(found, "{text}\nnot at {place} with {said:?}: {all:#?}");
    }
}

#[test]
fn all_mistakes_are_found_at_once() {
    let all =
        mistakes(Trust::Project, "[profile.a]\nverify='x'\nnetwrk='y'\n[profile.b]\nisolation=1\n");
    assert_eq!(all.len(), 3, "{all:#?}");
}

#[test]
fn the_user_may_do_more() {
    let config =
        parse(Trust::User, "[floor]\nverify='bytes'\n[lints]\nconfig-executes='allow'\n").unwrap();
    assert_eq!(config.floor.unwrap().value.verify, Some(Verify::Bytes));
}

#[test]
fn floors_are_read_from_one_line() {
    let floor = Floor::parse("verify=bytes, network=deny,isolation=require-netns").unwrap();
    assert_eq!(floor.isolation, Some(Isolation::RequireNetns));
    assert_eq!(Floor::parse(&floor.to_string()), Ok(floor));
    let floor = Floor::parse("unix-sockets=note,unix-sockets=deny").unwrap();
    assert_eq!(
        (floor.unix_sockets, floor.to_string()),
        (Some(UnixSockets::Deny), "unix-sockets=deny".into())
    );
    // One floor joined to another is never lower than either.
    let joined = Floor::parse("verify=bytes,verify=off,network=warn,network=deny").unwrap();
    assert_eq!((joined.verify, joined.network), (Some(Verify::Bytes), Some(Network::Deny)));
    for bad in ["", "verify", "verify=deep", "profile=x", "verify=bytes,x=y"] {
        assert!(Floor::parse(bad).is_err(), "{bad}");
    }
}

/// Pieces that settings are made of, so that many of the texts come far.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[profile.ci]",
        "[profile.ci.env]",
        "[modules]",
        "[lints]",
        "[[carry]]",
        "[floor]",
        "default-profile",
        "inherits",
        "verify",
        "network",
        "isolation",
        "allow",
        "deny",
        "private",
        "GOFLAGS",
        "GOCACHE",
        "path",
        "priority",
        "expires",
        "sha256",
        "=",
        "\n",
        "'vendor'",
        "'bytes'",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'-tags=a'",
        "\"",
        "'",
        "1",
        "true",
        "2027-01-01",
        "'a/**'",
        "'**/b'",
        ".",
        "é",
        "\u{feff}",
        "\r\n",
        "'{cache}/x'",
        "#",
        "\\u",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![pieces(), any::<String>()]) {
        for trust in [Trust::Project, Trust::User] {
            if let Err(mistakes) = parse(trust, &text) {
                prop_assert!(!mistakes.is_empty());
                for mistake in mistakes {
                    prop_assert!(text.get(mistake.span.clone()).is_some(), "{:?}", mistake);
                }
            }
        }
    }
}
