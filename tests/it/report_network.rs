//! What `--report` and `trace` say of attempts to reach the network: through a real wall.

use crate::guard::linux::lab::Lab;
use crate::world::{Ran, Who, World, walled, we_are_root};
use serde_json::Value;
use std::net::UdpSocket;
use std::time::Duration;

/// Nobody is there, and behind the wall there is no way to it either.
const DIAL: &str = "bash -c ': > /dev/tcp/198.51.100.7/7777' 2> /dev/null";

fn worlds() -> Vec<World> {
    walled(World::of)
}

fn run(world: &World, args: &[&str]) -> Ran {
    world.ours(args).env("GO_OFFLINE_ISOLATION", "require").run()
}

fn report(world: &World) -> Value {
    serde_json::from_str(&world.read("project/report.json")).unwrap()
}

/// How often something was tried, as far as the report knows.
fn tried(report: &Value) -> u64 {
    let attempts = report["attempts"].as_array().unwrap().iter();
    let seen = attempts.filter(|attempt| attempt["violation"] == true);
    let seen: u64 = seen.map(|attempt| attempt["count"].as_u64().unwrap()).sum();
    let unattributed = &report["unattributed"];
    seen + unattributed["ipv4"].as_u64().unwrap() + unattributed["ipv6"].as_u64().unwrap()
}

#[test]
fn an_attempt_is_in_the_report() {
    for world in worlds() {
        for (code, want) in [(0, 77), (5, 5)] {
            let script = format!("{DIAL}; exit {code}");
            let exec = ["exec", "--report", "report.json", "--", "sh", "-c", &script];
            run(&world, &exec).ended(want).said("error[network-attempt]");
            let report = report(&world);
            assert_eq!(report["exit"], want, "{report}");
            assert_eq!(tried(&report), 1, "{report}");
            let level = report["isolation"]["level"].as_str().unwrap();
            assert!(level.starts_with("netns"), "{report}");
            assert_eq!(report["findings"][0]["code"], "network-attempt", "{report}");
        }
    }
}

#[test]
fn go_fails_by_itself() {
    for world in worlds() {
        run(&world, &["--report", "report.json", "build", "./nonesuch"]).ended(1);
        let report = report(&world);
        assert_eq!((&report["exit"], tried(&report)), (&1.into(), 0), "{report}");
        assert!(report["error"].is_null(), "{report}");
    }
}

/// The last line, without the name of the wall.
fn last_line(ran: &Ran) -> &str {
    ran.stderr.trim_end().lines().last().unwrap().split(" (netns").next().unwrap()
}

/// Nothing fails by the network, and the last line says what was tried: also where nothing was.
#[test]
fn trace_finds_out() {
    for world in worlds() {
        let quiet = run(&world, &["trace", "--", "sh", "-c", "exit 3"]).ended(3);
        assert_eq!(last_line(&quiet), "go-offline: no attempt to reach the network");
        assert_eq!(quiet.stderr.lines().count(), 1, "{quiet:?}");
        let script = format!("{DIAL}; exit 4");
        // In every profile: also where the network would be open.
        for profile in ["cache", "online", "open"] {
            let trace = ["-q", "--profile", profile, "trace", "--report", "report.json"];
            let trace = [&trace[..], &["--", "sh", "-c", &script]].concat();
            let ran = world.ours(&trace).run().ended(4);
            assert_eq!(last_line(&ran), "go-offline: 1 attempt to reach the network", "{profile}");
            let report = report(&world);
            assert_eq!((tried(&report), &report["findings"][0]["level"]), (1, &"warn".into()));
        }
        run(&world, &["trace", "--", "sh", "-c", &script])
            .ended(4)
            .said("warning[network-attempt]");
    }
}

/// A go-offline inside is to let its command go on as well.
#[test]
fn trace_holds_inside() {
    for world in worlds() {
        let inner = format!("go offline exec -- sh -c \"{DIAL}; exit 0\" && echo went on");
        let ran = run(&world, &["trace", "--", "sh", "-c", &inner]).ended(0);
        assert_eq!(ran.stdout, "went on\n", "{ran:?}");
        assert_eq!(last_line(&ran), "go-offline: 1 attempt to reach the network");
    }
}

/// A go-offline inside hears names at a name server of its own, and its report may be thrown away: the
/// outer one has the name, who asked for it and everybody in between. Two deep as well.
#[test]
fn a_name_that_is_asked_for_inside() {
    for world in worlds() {
        let asks = "go offline exec -- sh -c 'getent ahosts peer.example; true' 2> /dev/null; true";
        let deeper = format!("go offline exec -- sh -c \"{asks}\" 2> /dev/null; true");
        for (script, depth) in [(asks, 1), (&deeper, 2)] {
            let exec = ["exec", "--report", "report.json", "--", "sh", "-c", script];
            run(&world, &exec).ended(77).said("getent tried to reach peer.example").said("above");
            let report = report(&world);
            assert_eq!(report["attempts"].as_array().unwrap().len(), 1, "{report:#}");
            let attempt = &report["attempts"][0];
            assert_eq!(
                (&attempt["kind"], &attempt["address"]),
                (&"dns".into(), &"peer.example".into())
            );
            assert_eq!(attempt["argv"][0], "getent", "{report:#}");
            let parents = attempt["parents"].as_array().unwrap();
            assert!(parents.iter().all(|parent| parent["pid"] != 0), "{report:#}");
            let inner = parents.iter().filter(|parent| parent["argv"][1] == "offline");
            assert_eq!(inner.count(), depth, "{report:#}");
            assert_eq!(parents.last().unwrap()["argv"][0], "sh", "{report:#}");
        }
    }
}

/// Without a wall around it a go-offline inside passes nothing on: that would be a packet.
#[test]
fn nothing_is_passed_on_without_a_wall_around() {
    let Some(lab) = Lab::open() else { return };
    // Where it would be sent to is this end of the cable, so it would arrive.
    let ear = lab.inside(|| UdpSocket::bind(("198.51.100.1", 9)).unwrap());
    ear.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let heard = || ear.recv(&mut [0; 1]).is_ok();
    lab.inside(|| UdpSocket::bind("0.0.0.0:0").unwrap().send_to(b"x", ear.local_addr().unwrap()))
        .unwrap();
    assert!(heard(), "control");
    let world = World::new();
    let script = "GO_OFFLINE_ISOLATION=require go offline exec -- \
        sh -c 'getent ahosts peer.example; true'; test $? = 77";
    let ours = world.ours(["exec", "--", "sh", "-c", script]).env("GO_OFFLINE_ISOLATION", "off");
    lab.inside(|| ours.in_this_network().run()).ended(0).said("peer.example");
    assert!(!heard());
}

/// A program may say that a pipe is the file whose line has started it.
#[test]
fn a_generators_file_that_is_a_pipe() {
    for world in worlds() {
        let script = format!(
            "mkfifo pipe; timeout -s KILL 30 $OURS exec -- env GOFILE=pipe GOLINE=1 sh -c \"{DIAL}; true\""
        );
        let run = world.shell(&script).env("GO_OFFLINE_ISOLATION", "require");
        run.run().ended(77).said("pipe:1 runs it");
    }
}

/// The address by which guards speak to each other is one that anybody may give to a device.
#[test]
fn an_address_of_the_commands_own_is_no_word_of_a_guard() {
    let own =
        "ip link set lo up; ip addr add 198.51.100.1/32 dev lo; echo x > /dev/udp/198.51.100.1/9";
    for world in worlds() {
        let further = ["unshare", "-rn", "bash", "-ec", own];
        // Only root may give one to a device of the cage itself.
        let of_root = ["bash", "-ec", own];
        let rows = if world.who() == Who::Self_ && we_are_root() {
            vec![&further[..], &of_root[..]]
        } else {
            vec![&further[..]]
        };
        for words in rows {
            let exec = [&["exec", "--report", "report.json", "--"], words].concat();
            let ran = run(&world, &exec).ended(0);
            assert_eq!(ran.stderr, "", "{words:?}");
            assert_eq!(report(&world)["attempts"], serde_json::json!([]), "{words:?}");
        }
    }
}

/// Without a wall it says that it has not looked.
#[test]
fn trace_without_a_wall() {
    let world = World::new();
    let ran = world.ours(["trace", "--", "true"]).env("GO_OFFLINE_ISOLATION", "off").run().ended(0);
    assert_eq!(ran.stderr, "go-offline: nothing was watched: isolation = off\n");
}
