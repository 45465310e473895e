//! The addresses that a plan lets through the wall: those of the profile, and those of the module
//! proxies that it stands on, or of the HTTP proxy that the go command asks them through.

use super::scene::Scene;
use crate::fetch::Detour;
use crate::profile::{GoEnv, Network};

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

#[cfg(test)]
mod tests {
    use crate::profile::Choice;
    use crate::run::{ConfigChoice, Request, Surroundings, Target, gather, plan};

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
}
