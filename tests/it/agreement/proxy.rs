//! A module proxy as a file tree, so that go fetches modules without any network.

use std::path::Path;

use crate::txtar::{World, files};

/// The tree; it goes away with the test.
pub(crate) struct Proxy {
    tree: World,
}

/// The modules, as files behind `-- PATH@VERSION/NAME --`.
const MODULES: &str = "\
-- example.com/dep@v1.0.0/go.mod --
module example.com/dep
go 1.16
require example.com/deep v1.0.0
-- example.com/dep@v1.0.0/dep.go --
package dep
import _ \"example.com/deep\"
-- example.com/dep@v1.0.0/sub/sub.go --
package sub
-- example.com/dep@v1.1.0/go.mod --
module example.com/dep
go 1.17
require example.com/deep v1.1.0
-- example.com/dep@v1.1.0/dep.go --
package dep
import _ \"example.com/deep\"
-- example.com/dep@v1.1.0/sub/sub.go --
package sub
-- example.com/deep@v1.0.0/go.mod --
module example.com/deep
go 1.13
-- example.com/deep@v1.0.0/deep.go --
package deep
-- example.com/deep@v1.1.0/go.mod --
module example.com/deep
go 1.13
-- example.com/deep@v1.1.0/deep.go --
package deep
-- example.com/plain@v1.0.0/go.mod --
module example.com/plain
-- example.com/plain@v1.0.0/plain.go --
package plain
-- example.com/old@v2.0.0+incompatible/old.go --
package old
-- example.com/v3/v3@v3.1.4/go.mod --
module example.com/v3/v3
go 1.18
-- example.com/v3/v3@v3.1.4/p/p.go --
package p
-- example.com/fork@v1.5.0/go.mod --
module example.com/fork
go 1.15
-- example.com/fork@v1.5.0/dep.go --
package dep
-- example.com/fork@v1.5.0/sub/sub.go --
package sub
-- example.com/tool@v1.2.0/go.mod --
module example.com/tool
go 1.20
-- example.com/tool@v1.2.0/cmd/tool/main.go --
package main
func main() {}
-- example.com/embed@v1.0.0/go.mod --
module example.com/embed
go 1.16
-- example.com/embed@v1.0.0/embed.go --
package embed
import _ \"embed\"
//go:embed templates
var Templates string
-- example.com/embed@v1.0.0/templates/main.go --
package main
-- example.com/embed@v1.0.0/templates/deep/deep.go --
package deep
-- example.com/embed@v1.0.0/gen.go --
//go:build ignore
package main
-- example.com/embed@v1.0.0/c/c.go --
package c
import \"C\"
-- example.com/embed@v1.0.0/c/c.c --
int c;
-- example.com/embed@v1.0.0/windows/x_windows.go --
package windows
-- example.com/unused@v0.1.0/go.mod --
module example.com/unused
go 1.19
-- example.com/unused@v0.1.0/unused.go --
package unused
";

impl Proxy {
    pub(crate) fn new() -> Proxy {
        let tree = World::new("");
        let mut modules: Vec<&str> =
            files(MODULES).iter().map(|(name, _)| module_of(name)).collect();
        modules.dedup();
        for module in modules {
            add(&tree, module);
        }
        Proxy { tree }
    }

    /// The directory.
    #[cfg_attr(any(not(target_os = "linux"), go_offline_stub), allow(dead_code))] // served where there are doors
    pub(crate) fn root(&self) -> &Path {
        self.tree.root()
    }

    /// The value of GOPROXY.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.tree.root().display())
    }
}

/// `PATH@VERSION` of `PATH@VERSION/NAME`.
fn module_of(name: &str) -> &str {
    let at = name.find('@').unwrap();
    let end = name[at..].find('/').unwrap();
    &name[..at + end]
}

fn add(tree: &World, module: &str) {
    let (path, version) = module.split_once('@').unwrap();
    let all = files(MODULES);
    let own = all.iter().filter(|(name, _)| module_of(name) == module);
    let entries: Vec<(&str, &str)> = own.copied().collect();
    let go_mod = entries.iter().find(|(name, _)| Path::new(name).ends_with("go.mod"));
    let go_mod = go_mod.map_or_else(|| format!("module {path}\n"), |(_, text)| (*text).to_owned());
    let base = format!("{path}/@v/{version}");
    tree.write(&format!("{base}.mod"), go_mod);
    tree.write(
        &format!("{base}.info"),
        format!("{{\"Version\":\"{version}\",\"Time\":\"2020-01-01T00:00:00Z\"}}"),
    );
    tree.write(&format!("{base}.zip"), zip(&entries));
    let list = format!("{path}/@v/list");
    let known = if tree.path(&list).exists() { tree.read(&list) } else { String::new() };
    tree.write(&list, format!("{known}{version}\n"));
}

/// A zip archive whose entries are stored, not compressed.
fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, text) in entries {
        let mut head = Vec::new();
        for word in [20u16, 0, 0, 0, 0x21] {
            head.extend(word.to_le_bytes());
        }
        head.extend(crc32(text.as_bytes()).to_le_bytes());
        head.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        head.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        let start = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());

        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap();
    let start = u32::try_from(out.len()).unwrap();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
