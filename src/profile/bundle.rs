//! The bundle of a profile that stands on `bundle`: which one it is, and the tree of files that
//! somebody who may look at the disk makes of it.

use super::builtin::Closure;
use super::chain::{Chain, origin_of};
use super::config::ConfigError;
use super::expand::Ground;
use super::goenv::{GoEnv, Origin};
use super::proxies::second_word;
use super::resolved::{Decision, Profile};
use super::select::SelectError;
use super::user_env::{Environ, UserEnv};
use crate::gomod::platform;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "GO_OFFLINE_BUNDLE";

/// The bundle that a profile names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The archive or directory, absolute.
    pub path: PathBuf,
    /// What is there; `None` until somebody has looked, and then nothing is a source of modules.
    pub tree: Option<BundleTree>,
}

/// A bundle as a tree of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleTree {
    /// The directory: a tree of files as GOPROXY serves them.
    pub dir: PathBuf,
    /// Whether it holds a part of the checksum database that the go command would ask. Without one go
    /// would ask the database itself, over the network.
    pub has_sumdb: bool,
    /// A GOPATH for this tree alone: the go command keeps in it which state of the database it has
    /// seen, and takes no other for its successor without proofs that no bundle holds.
    pub gopath: PathBuf,
    /// The toolchain that runs in place of an installed one.
    pub toolchain: Option<Toolchain>,
}

/// A toolchain of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Its name, `go1.26.8`.
    pub name: String,
    /// Where it is unpacked, or will be.
    pub goroot: PathBuf,
    /// Whether it was asked for, though there is another go command.
    pub is_switch: bool,
}

impl Profile {
    /// Says what there is of the profile's bundle.
    pub fn set_bundle_tree(&mut self, tree: BundleTree) {
        if let Some(bundle) = &mut self.bundle {
            self.proxy = file_url(&tree.dir);
            bundle.tree = Some(tree);
        }
    }

    /// Whether what is built runs on this machine.
    pub fn is_for_this_machine(&self) -> bool {
        let (os, arch) = &self.platform;
        platform::host() == Some((os.as_str(), arch.as_str()))
    }

    /// The tree of the profile's bundle, once there is one.
    pub fn bundle_tree(&self) -> Option<&BundleTree> {
        self.bundle.as_ref()?.tree.as_ref()
    }

    /// The toolchain of the bundle that runs in place of an installed one.
    pub fn toolchain(&self) -> Option<&Toolchain> {
        self.bundle_tree()?.toolchain.as_ref()
    }
}

impl GoEnv {
    /// A GOPATH for a bundle alone. What the user's would have decided stays as it was.
    pub(super) fn stand_on(&mut self, tree: &BundleTree, profile: &Profile, user: &UserEnv) {
        let own = || Origin::BuiltIn(profile.base);
        let is_unset =
            |env: &GoEnv, name: &str| env.get(name).is_none() && user.environ.get(name).is_none();
        if let Some(gopath) = self.gopath(user) {
            if is_unset(self, "GOMODCACHE") {
                self.set("GOMODCACHE", gopath.join("pkg/mod"), own());
            }
            // With a GOBIN go refuses to install for another platform.
            if is_unset(self, "GOBIN") && profile.is_for_this_machine() {
                self.set("GOBIN", gopath.join("bin"), own());
            }
        }
        self.set("GOPATH", tree.gopath.clone(), own());
        if let Some(toolchain) = &tree.toolchain
            && user.get("GOROOT").is_some()
        {
            // As go sets it for a toolchain that it switches to.
            self.set("GOROOT", toolchain.goroot.clone(), own());
        }
    }

    /// The first directory of GOPATH, as the command will have it.
    pub fn gopath(&self, user: &UserEnv) -> Option<PathBuf> {
        let first = match self.get("GOPATH") {
            Some(list) => std::env::split_paths(list).next(),
            None => user.gopath(),
        };
        first.filter(|dir| !dir.as_os_str().is_empty())
    }
}

/// The bundle that is in force; `None` for a profile that stands on something else. GO_OFFLINE_BUNDLE
/// comes before the files and has no say in other profiles, which many commands of a shell may use.
///
/// # Errors
/// There is none, or one is named in a profile that has no use for it.
pub(super) fn bundle(
    chain: &Chain<'_>,
    environ: &Environ,
    ground: &Ground<'_>,
    decisions: &mut Vec<Decision>,
) -> Result<Option<Bundle>, SelectError> {
    let of_files = chain.links.iter().filter_map(|link| Some((link, link.table.bundle.as_ref()?)));
    let of_files: Vec<_> = of_files.collect();
    if chain.base.closure != Closure::Bundle {
        let Some((link, bundle)) = of_files.first() else { return Ok(None) };
        let message = format!(
            "`bundle` is for profiles that inherit `bundle`; this one inherits `{}`",
            chain.base.name
        );
        let error = ConfigError::at(&link.config.file, &bundle.span, message);
        return Err(SelectError::Config(vec![error.help("write `inherits = \"bundle\"`")]));
    }
    // Two words on one thing: the bytes of modules are held against those of the tree.
    if let Some(error) = chain.links.iter().find_map(|link| second_word(link, "bundle")) {
        return Err(SelectError::Config(vec![error]));
    }
    let of_variable =
        environ.get(VARIABLE).map(|path| (ground.dir.join(path), Origin::Variable(VARIABLE)));
    let mut named: Vec<(PathBuf, Origin)> = of_variable.into_iter().collect();
    for (link, bundle) in of_files {
        if bundle.value.is_empty() {
            let error = ConfigError::at(&link.config.file, &bundle.span, "`bundle` names nothing");
            return Err(SelectError::Config(vec![
                error.help("write the path of an archive or directory"),
            ]));
        }
        let beside = link.config.file.path.parent().unwrap_or(Path::new("/"));
        named.push((beside.join(&bundle.value), origin_of(link.config, bundle)));
    }
    let mut named = named.into_iter();
    let (path, origin) = named.next().ok_or(SelectError::NoBundle)?;
    let mut decision = Decision::plain("bundle", &path.display().to_string(), origin);
    decision.lost = named.map(|(path, origin)| (path.display().to_string(), origin)).collect();
    decisions.push(decision);
    Ok(Some(Bundle { path, tree: None }))
}

/// A directory as an entry of GOPROXY: whatever means something in a URL, or in the list that GOPROXY
/// is, is written as `%XX`.
fn file_url(dir: &Path) -> String {
    let mut url = "file://".to_owned();
    for &byte in dir.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::select::tests::{ground, parse, resolve};
    use crate::profile::{Choice, Layers, Trust, VendorFacts, select};

    /// The bundle of a profile `p` of a project's file.
    fn of_file(text: &str, variable: &str) -> Result<(Bundle, Decision), String> {
        let mut project = parse(Trust::Project, text).unwrap();
        project.file.path = "/src/p/go-offline.toml".into();
        let layers = Layers { project: Some(&project), user: None };
        let environ = [("GO_OFFLINE_BUNDLE".into(), variable.into())].into_iter().collect();
        let user = UserEnv { environ, ..UserEnv::default() };
        let choice = Choice { profile: Some("p".to_owned()), ..Choice::default() };
        let ground = Ground { dir: "/where/we/stand".into(), ..ground() };
        let profile = select(&choice, layers, &user, VendorFacts::default(), &ground);
        let profile = profile.map_err(|error| error.to_string())?;
        let mut decisions = profile.decisions.into_iter();
        let decision = decisions.find(|decision| decision.key == "bundle");
        Ok((profile.bundle.unwrap(), decision.unwrap()))
    }

    #[test]
    fn a_file_names_it_from_its_directory_and_the_variable_comes_first() {
        const AIR: &str = "[profile.air]\ninherits = 'bundle'\nbundle = 'deps'\n";
        let file = format!("{AIR}[profile.p]\ninherits = 'air'\n");
        let (bundle, decision) = of_file(&file, "").unwrap();
        assert_eq!(bundle.path, Path::new("/src/p/deps"));
        assert_eq!(decision.origin.to_string(), "go-offline.toml:3");
        let (bundle, decision) = of_file(&file, "b.tar.zst").unwrap();
        assert_eq!(bundle.path, Path::new("/where/we/stand/b.tar.zst"));
        assert_eq!(decision.origin, Origin::Variable(VARIABLE));
        assert_eq!(decision.lost[0].0, "/src/p/deps");
        let nearer = format!("{AIR}[profile.p]\ninherits = 'air'\nbundle = '/abs'\n");
        assert_eq!(of_file(&nearer, "").unwrap().0.path, Path::new("/abs"));
    }

    #[test]
    fn what_names_no_bundle_is_said() {
        for (text, said) in [
            ("inherits = 'bundle'", "GO_OFFLINE_BUNDLE"),
            ("inherits = 'bundle'\nbundle = ''", "`bundle` names nothing"),
            ("inherits = 'proxy'\nbundle = 'x'\nproxy = 'http://p'", "inherits `proxy`"),
            ("inherits = 'bundle'\nbundle = 'x'\nenv.GOPROXY = 'off'", "follows from `bundle`"),
            ("inherits = 'bundle'\nbundle = 'x'\nproxy = 'http://p'", "inherits `bundle`"),
        ] {
            let error = of_file(&format!("[profile.p]\n{text}\n"), "").unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    fn env(variables: &[(&str, &str)], has_sumdb: bool, toolchain: Option<Toolchain>) -> GoEnv {
        let environ = [("GO_OFFLINE_BUNDLE", "/b"), ("HOME", "/home/u")].iter().chain(variables);
        let environ = environ.map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let user = UserEnv { environ, ..UserEnv::default() };
        let mut profile = resolve("bundle", &user);
        let gopath = "/cache/gopath/k".into();
        profile.set_bundle_tree(BundleTree { dir: "/b c".into(), has_sumdb, gopath, toolchain });
        GoEnv::new(&profile, &user)
    }

    fn value<'e>(env: &'e GoEnv, name: &str) -> Option<&'e str> {
        env.get(name)?.to_str()
    }

    #[test]
    fn a_path_is_a_url_whatever_it_holds() {
        let url = file_url(Path::new("/a b/100%/ü#x?y,z|w/(v1)~_-."));
        assert_eq!(url, "file:///a%20b/100%25/%C3%BC%23x%3Fy%2Cz%7Cw/%28v1%29~_-.");
    }

    #[test]
    fn the_tree_is_the_only_source_and_has_the_checksum_database() {
        let closed = env(&[("GOSUMDB", "off"), ("GOPROXY", "direct")], true, None);
        for (name, wanted) in [
            ("GOPROXY", "file:///b%20c"),
            ("GONOPROXY", "none"),
            ("GOPRIVATE", "none"),
            ("GOSUMDB", "sum.golang.org"),
            ("GONOSUMDB", "none"),
            ("GOAUTH", "off"),
            ("GOFLAGS", "-mod=readonly"),
            ("GOTOOLCHAIN", "local"),
            ("GOPATH", "/cache/gopath/k"),
            ("GOMODCACHE", "/home/u/go/pkg/mod"),
            ("GOBIN", "/home/u/go/bin"),
        ] {
            assert_eq!(value(&closed, name), Some(wanted), "{name}");
        }
        // Without a database in the tree go would ask the real one.
        let without = env(&[], false, None);
        assert!(value(&without, "GOSUMDB").unwrap().contains(" file:///dev/null/"));
    }

    #[test]
    fn until_somebody_has_looked_there_is_no_source() {
        let environ = [("GO_OFFLINE_BUNDLE".into(), "/b".into())].into_iter().collect();
        let user = UserEnv { environ, ..UserEnv::default() };
        let env = GoEnv::new(&resolve("bundle", &user), &user);
        assert_eq!(value(&env, "GOPROXY"), Some("off"));
        assert_eq!(value(&env, "GOPATH"), None);
    }

    #[test]
    fn what_gopath_decides_stays_as_it_was() {
        let own =
            env(&[("GOPATH", "/one:/two"), ("GOBIN", "/bin"), ("GOMODCACHE", "/mod")], true, None);
        assert_eq!(value(&own, "GOPATH"), Some("/cache/gopath/k"));
        assert_eq!((value(&own, "GOBIN"), value(&own, "GOMODCACHE")), (None, None));
        let first = env(&[("GOPATH", "/one:/two")], true, None);
        assert_eq!(value(&first, "GOMODCACHE"), Some("/one/pkg/mod"));
        assert_eq!(value(&first, "GOBIN"), Some("/one/bin"));
        // go installs nothing for another platform where GOBIN is set.
        let cross = env(&[("GOOS", "plan9"), ("GOARCH", "386")], true, None);
        assert_eq!(value(&cross, "GOBIN"), None);
    }

    #[test]
    fn a_toolchain_runs_under_its_very_name_and_in_its_own_root() {
        let toolchain = |is_switch| {
            Some(Toolchain { name: "go1.99.0".into(), goroot: "/mod/t".into(), is_switch })
        };
        let other_root = [("GOROOT", "/usr/lib/go")];
        let switched = env(&other_root, true, toolchain(true));
        assert_eq!(value(&switched, "GOTOOLCHAIN"), Some("go1.99.0"));
        assert_eq!(value(&switched, "GOROOT"), Some("/mod/t"));
        let only = env(&[], true, toolchain(false));
        assert_eq!((value(&only, "GOTOOLCHAIN"), value(&only, "GOROOT")), (Some("local"), None));
    }
}
