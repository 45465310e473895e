//! The kinds of tampering: what is done, and what must be said of it.

use super::edits::Edits;
use super::tree::{Evidence, Target, Tree};
use crate::modules::{Files, cached_zip, file_list, zip};
use go_offline::lock::{LockFile, is_carried};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a finding must name.
pub(crate) struct Named {
    /// A part of the path of the finding's file.
    file: String,
    /// The module; empty for none.
    module: String,
}

type Edit = fn(&Tree, &mut Edits) -> Option<Named>;

/// One kind of tampering.
pub(crate) struct Kind {
    pub(crate) what: &'static str,
    /// Does it; `None` where the tree has nothing to do it with.
    pub(crate) edit: Edit,
    /// The code of the finding that names file and module.
    pub(crate) code: &'static str,
    /// Codes that may be found besides.
    pub(crate) also: &'static [&'static str],
    pub(crate) level: &'static str,
    pub(crate) exit: i32,
    /// Words before `check`.
    pub(crate) args: &'static [&'static str],
    /// Whether it is about files that go does not compile, link or embed: of these the lock alone
    /// warns.
    pub(crate) is_of_rest: bool,
    /// The only evidence that it is about.
    pub(crate) only_by: Option<Evidence>,
}

impl Kind {
    const fn denied(code: &'static str, what: &'static str, edit: Edit) -> Kind {
        Kind {
            what,
            edit,
            code,
            also: &[],
            level: "deny",
            exit: 65,
            args: &[],
            is_of_rest: false,
            only_by: None,
        }
    }

    const fn warned(code: &'static str, what: &'static str, edit: Edit) -> Kind {
        Kind { level: "warn", exit: 0, ..Kind::denied(code, what, edit) }
    }

    const fn also(self, also: &'static [&'static str]) -> Kind {
        Kind { also, ..self }
    }

    const fn by(self, evidence: Evidence) -> Kind {
        Kind { only_by: Some(evidence), ..self }
    }

    const fn of_rest(self) -> Kind {
        Kind { is_of_rest: true, ..self }
    }

    const fn in_cache_profile(self) -> Kind {
        Kind { args: &["--profile", "cache"], ..self }
    }
}

impl Named {
    /// The module.
    pub(crate) fn module(&self) -> &str {
        &self.module
    }

    fn of(target: &Target) -> Named {
        Named { file: target.path.clone(), module: target.module.clone() }
    }

    /// Another file, and the same module.
    fn beside(target: &Target, file: impl Into<String>) -> Named {
        Named { file: file.into(), module: target.module.clone() }
    }

    pub(crate) fn is_in(&self, file: &str, module: &str) -> bool {
        file.contains(&self.file) && module == self.module
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {:?}", self.file, self.module)
    }
}

const MODIFIED: &str = "vendor-file-modified";
const MISSING: &str = "vendor-file-missing";
const EXTRA: &str = "vendor-file-extra";
const LINE_ENDINGS: &str = "vendor-line-endings";
const SYMLINK: &str = "vendor-symlink";
const UNLISTED: &str = "vendor-package-unlisted";
const POLLUTED: &str = "modcache-polluted";
const UNVERIFIED: &str = "vendor-unverified";
const LOCK: &str = "lock-mismatch";

/// Every kind.
pub(crate) const KINDS: &[Kind] = &[
    // The bytes of a file.
    Kind::denied(MODIFIED, "a byte flipped", |tree, edits| {
        change(tree, edits, tree.go_file(), |content| {
            let middle = content.len() / 2;
            content[middle] ^= 1;
        })
    }),
    Kind::denied(MODIFIED, "a byte appended", |tree, edits| {
        change(tree, edits, tree.go_file(), |content| content.push(b'\n'))
    }),
    Kind::denied(MODIFIED, "truncated", |tree, edits| {
        change(tree, edits, tree.go_file(), |content| content.truncate(content.len() - 1))
    }),
    Kind::denied(MODIFIED, "emptied", |tree, edits| {
        change(tree, edits, tree.go_file(), Vec::clear)
    }),
    Kind::denied(MODIFIED, "a byte order mark put before it", |tree, edits| {
        change(tree, edits, tree.go_file(), |content| {
            content.splice(0..0, "\u{feff}".bytes());
        })
    }),
    Kind::denied(MODIFIED, "an ignore tag added", |tree, edits| {
        change(tree, edits, tree.go_file(), |content| {
            content.splice(0..0, *b"//go:build ignore\n\n");
        })
    }),
    Kind::denied(MODIFIED, "two files swapped", |tree, edits| {
        let [one, other] = tree.two_go_files();
        let (first, second) = (tree.read(&one.path), tree.read(&other.path));
        edits.write(&tree.path(&one.path), second);
        edits.write(&tree.path(&other.path), first);
        Some(Named::of(one))
    }),
    Kind::denied(MODIFIED, "an embedded file changed", |tree, edits| {
        change(tree, edits, tree.embedded()?, |content| content.push(b'!'))
    }),
    Kind::denied(MODIFIED, "a licence changed", |tree, edits| {
        change(tree, edits, licence(tree)?, |content| content.extend(b"And pay.\n"))
    })
    .of_rest(),
    Kind::denied(MODIFIED, "assembly changed", |tree, edits| {
        change(tree, edits, tree.find(is_assembly)?, |content| content.extend(b"// more\n"))
    }),
    Kind::denied(MODIFIED, "a file of a module that a directory replaces", |tree, edits| {
        append_to(tree, edits, "example.com/local", "local.go")
    }),
    Kind::denied(
        MODIFIED,
        "the directory that replaces a module, and not vendor/",
        |tree, edits| {
            let path = tree.path("local/local.go");
            if !tree.is_made_up {
                return None;
            }
            edits.append(&path, "// more\n");
            let file = "vendor/example.com/local/local.go".to_owned();
            Some(Named { file, module: "example.com/local".to_owned() })
        },
    ),
    Kind::denied(MODIFIED, "a file of a module that another replaces", |tree, edits| {
        append_to(tree, edits, "example.com/replaced", "fork.go")
    }),
    Kind::denied(MODIFIED, "a file of a module that lies in another", |tree, edits| {
        append_to(tree, edits, "example.com/Dep/nested", "nested.go")
    }),
    // The ends of lines.
    Kind::warned(LINE_ENDINGS, "CRLF in Go source", |tree, edits| {
        let plain = |name: &str| name.ends_with(".go");
        change(tree, edits, plain_lines(tree, tree.find(plain)?)?, with_cr)
    }),
    Kind::denied(LINE_ENDINGS, "CRLF in an embedded file", |tree, edits| {
        change(tree, edits, plain_lines(tree, tree.embedded()?)?, with_cr)
    }),
    Kind::denied(LINE_ENDINGS, "CRLF in assembly", |tree, edits| {
        change(tree, edits, plain_lines(tree, tree.find(is_assembly)?)?, with_cr)
    }),
    Kind::denied(LINE_ENDINGS, "CRLF in a C header", |tree, edits| {
        let header = tree.find(|name| name.ends_with(".h"))?;
        change(tree, edits, plain_lines(tree, header)?, with_cr)
    }),
    Kind::warned(LINE_ENDINGS, "CRLF in a licence", |tree, edits| {
        change(tree, edits, plain_lines(tree, licence(tree)?)?, with_cr)
    }),
    // Files that are gone.
    Kind::denied(MISSING, "a Go file deleted", |tree, edits| delete(tree, edits, tree.go_file())),
    Kind::denied(MISSING, "assembly deleted", |tree, edits| {
        delete(tree, edits, tree.find(is_assembly)?)
    }),
    Kind::denied(MISSING, "a C header deleted", |tree, edits| {
        delete(tree, edits, tree.find(|name| name.ends_with(".h"))?)
    }),
    Kind::denied(MISSING, "an embedded file deleted", |tree, edits| {
        delete(tree, edits, tree.embedded()?)
    }),
    Kind::denied(MISSING, "a licence deleted", |tree, edits| delete(tree, edits, licence(tree)?))
        .of_rest(),
    Kind::denied(MISSING, "a hidden file deleted, and nothing explains it", |tree, edits| {
        delete(tree, edits, hidden(tree)?)
    })
    .of_rest(),
    Kind::warned(MISSING, "a hidden file that .gitignore explains", |tree, edits| {
        let hidden = hidden(tree)?;
        ignore(tree, edits, hidden.path.rsplit('/').next()?);
        // The finding shows the line of .gitignore, or the file: which is the program's to choose.
        delete(tree, edits, hidden).map(|named| Named { file: String::new(), ..named })
    }),
    Kind::denied(MISSING, "a Go file that .gitignore explains", |tree, edits| {
        ignore(tree, edits, "*.go");
        delete(tree, edits, tree.go_file()).map(|named| Named { file: String::new(), ..named })
    }),
    Kind::denied("vendor-package-missing", "all Go files of a package deleted", |tree, edits| {
        let target = tree.go_file().clone();
        let dir = target.path.rsplit_once('/')?.0.to_owned();
        for entry in std::fs::read_dir(tree.path(&dir)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "go") {
                edits.remove(&path);
            }
        }
        Some(Named { file: "vendor/modules.txt".to_owned(), module: target.module })
    })
    .also(&[MISSING]),
    // Other names.
    Kind::denied(EXTRA, "renamed", |tree, edits| {
        let target = tree.go_file();
        let other = target.path.replace(".go", "2.go");
        edits.rename(&tree.path(&target.path), &tree.path(&other));
        Some(Named::beside(target, other))
    })
    .also(&[MISSING]),
    Kind::denied(MISSING, "its case changed", |tree, edits| {
        let target = tree.go_file();
        let (dir, base) = target.path.rsplit_once('/')?;
        let other = format!("{dir}/{}", base.to_uppercase().replace(".GO", ".go"));
        edits.rename(&tree.path(&target.path), &tree.path(&other));
        Some(Named::of(target))
    })
    .also(&[EXTRA]),
    // Files that should not be there.
    Kind::denied(EXTRA, "a Go file added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.go", "package x\n\nfunc init() {}\n")
    }),
    Kind::denied(EXTRA, "a Go file for another system added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added_windows.go", "package x\n")
    }),
    Kind::denied(EXTRA, "assembly added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.s", "\n")
    }),
    Kind::denied(EXTRA, "an object file added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.syso", "\x7fELF")
    }),
    Kind::denied(EXTRA, "a C header added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.h", "#define one two\n")
    }),
    Kind::denied(EXTRA, "a C file added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.c", "int x;\n")
    }),
    Kind::denied(EXTRA, "a foreign test added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added_test.go", "package x\n")
    }),
    Kind::denied(EXTRA, "a file added that a pattern embeds", |tree, edits| {
        let dep = tree.find(|name| name == "dep.go")?;
        add(tree, edits, dep, "data/c.json", "{\"admin\": true}\n")
    }),
    Kind::denied(EXTRA, "a go.mod that keeps a directory from being embedded", |tree, edits| {
        let dep = tree.find(|name| name == "dep.go")?;
        add(tree, edits, dep, "templates/more/go.mod", "module x\n")
    }),
    Kind::denied(EXTRA, "a directory go.mod that does the same", |tree, edits| {
        let dep = tree.find(|name| name == "dep.go")?;
        add(tree, edits, dep, "templates/more/go.mod/x", "x\n")
    }),
    Kind::denied(EXTRA, "a library for the linker added", |tree, edits| {
        add(tree, edits, tree.go_file(), "libz.a", "!<arch>\n")
    }),
    Kind::denied(EXTRA, "a profile for the compiler added", |tree, edits| {
        add(tree, edits, tree.go_file(), "default.pgo", "x")
    }),
    Kind::denied(SYMLINK, "a file whose name is no UTF-8", |tree, edits| {
        let target = tree.go_file();
        let dir = tree.path(target.path.rsplit_once('/')?.0);
        edits.write(&dir.join(OsStr::from_bytes(b"zz_\xff.go")), "package x\n");
        Some(Named::beside(target, "zz_"))
    }),
    Kind::denied(EXTRA, "a Go file added right in vendor/", |tree, edits| {
        edits.write(&tree.path("vendor/zz_added.go"), "package x\n");
        Some(Named { file: "vendor/zz_added.go".to_owned(), module: String::new() })
    })
    .also(&[UNLISTED]),
    Kind::warned(EXTRA, "a text added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added.md", "# Added\n")
    }),
    Kind::warned(EXTRA, "a build file of another tool added", |tree, edits| {
        add(tree, edits, tree.go_file(), "BUILD.bazel", "go_library()\n")
    }),
    Kind::warned(EXTRA, "a genuine test copied in", |tree, edits| {
        copy_in(tree, edits, |name| name.ends_with("_test.go"))
    }),
    Kind::warned(EXTRA, "the module's go.mod copied in", |tree, edits| {
        copy_in(tree, edits, |name| name == "go.mod")
    }),
    Kind::warned(EXTRA, "the module's go.sum copied in", |tree, edits| {
        copy_in(tree, edits, |name| name == "go.sum")
    }),
    Kind::warned(EXTRA, "a file of a directory that is no package copied in", |tree, edits| {
        let file = "unused/unused.proto";
        let dep = tree.find(|name| name == "dep.go")?;
        let content = tree.module_files(dep).remove(file)?;
        let path = format!("{}/{file}", tree.module_dir(dep));
        edits.write(&tree.path(&path), content);
        Some(Named::beside(dep, path))
    }),
    Kind::denied(UNLISTED, "a package that nobody needs copied in", |tree, edits| {
        let file = "unused/unused.go";
        let dep = tree.find(|name| name == "dep.go")?;
        let content = tree.module_files(dep).remove(file)?;
        let path = format!("{}/{file}", tree.module_dir(dep));
        edits.write(&tree.path(&path), content);
        Some(Named { file: path, module: String::new() })
    }),
    // Directories.
    Kind::denied(UNLISTED, "a directory added to a module", |tree, edits| {
        let file = format!("{}/zz_added/x.go", tree.module_dir(tree.go_file()));
        edits.write(&tree.path(&file), "package x\n");
        Some(Named { file, module: String::new() })
    })
    .also(&[EXTRA]),
    Kind::denied(UNLISTED, "a directory added outside of any module", |tree, edits| {
        let file = "vendor/evil.example/x/x.go".to_owned();
        edits.write(&tree.path(&file), "package x\n");
        Some(Named { file, module: String::new() })
    })
    .also(&[EXTRA]),
    Kind::denied(EXTRA, "a directory of C headers added", |tree, edits| {
        add(tree, edits, tree.go_file(), "zz_added/x.h", "#define one two\n")
    }),
    Kind::denied(MISSING, "a directory in the place of a file", |tree, edits| {
        let target = tree.go_file();
        edits.remove(&tree.path(&target.path));
        edits.write(&tree.path(&format!("{}/nothing.md", target.path)), "");
        Some(Named::of(target))
    })
    .also(&[EXTRA]),
    // What is no file.
    Kind::denied(SYMLINK, "a link to a file in vendor/", |tree, edits| {
        let [target, other] = tree.two_go_files();
        link(tree, edits, target, &tree.path(&other.path))
    }),
    Kind::denied(SYMLINK, "a link to the same bytes outside", |tree, edits| {
        let target = tree.go_file();
        let outside = tree.project.with_file_name("outside.go");
        edits.write(&outside, tree.read(&target.path));
        link(tree, edits, target, &outside)
    }),
    Kind::denied(SYMLINK, "a link that leads nowhere", |tree, edits| {
        let target = tree.go_file();
        let path = format!("{}/zz_added.go", target.path.rsplit_once('/')?.0);
        edits.link(&tree.path(&path), Path::new("nowhere"));
        Some(Named::beside(target, path))
    }),
    Kind::denied(SYMLINK, "a directory moved away, and a link to it", |tree, edits| {
        let target = tree.go_file();
        let dir = target.path.rsplit_once('/')?.0;
        let away = tree.project.with_file_name("away");
        edits.rename(&tree.path(dir), &away);
        edits.link(&tree.path(dir), &away);
        Some(Named::beside(target, dir))
    })
    .also(&[MISSING, "vendor-package-missing"]),
    Kind::denied(SYMLINK, "modules.txt moved away, and a link to it", |tree, edits| {
        let away = tree.project.with_file_name("away.txt");
        edits.rename(&tree.path("vendor/modules.txt"), &away);
        edits.link(&tree.path("vendor/modules.txt"), &away);
        Some(Named { file: "vendor/modules.txt".to_owned(), module: String::new() })
    }),
    Kind::denied(SYMLINK, "a fifo", |tree, edits| {
        let target = tree.go_file();
        let path = format!("{}/zz_added.go", target.path.rsplit_once('/')?.0);
        edits.fifo(&tree.path(&path));
        Some(Named::beside(target, path))
    }),
    // The lists.
    Kind::denied(EXTRA, "a forged package, and modules.txt edited to match", |tree, edits| {
        let target = tree.go_file();
        let package = format!("{}/zz_forged", target.module);
        list_package(tree, edits, target, &package);
        let file = format!("vendor/{package}/x.go");
        edits.write(&tree.path(&file), "package x\n");
        Some(Named::beside(target, file))
    })
    .also(&["lock-stale"]),
    Kind::denied(
        "sum-missing",
        "a forged module, and modules.txt edited to match",
        |tree, edits| {
            let more = "# evil.example/x v1.0.0\nevil.example/x\n";
            edits.append(&tree.path("vendor/modules.txt"), more);
            edits.write(&tree.path("vendor/evil.example/x/x.go"), "package x\n");
            let file = "vendor/modules.txt".to_owned();
            Some(Named { file, module: "evil.example/x".to_owned() })
        },
    )
    .also(&[EXTRA, UNVERIFIED, "lock-stale", "vendor-inconsistent"]),
    Kind::denied(POLLUTED, "go.sum edited, and the zip is what it was", |tree, edits| {
        let target = tree.go_file();
        edit_sum(tree, edits, target);
        Some(Named::beside(target, ".zip"))
    })
    .also(&[UNVERIFIED])
    .by(Evidence::Zips),
    Kind::denied(LOCK, "go.sum edited, and the lists are what they were", |tree, edits| {
        let target = tree.go_file();
        edit_sum(tree, edits, target);
        Some(Named::beside(target, "go-offline.lock.lists"))
    })
    .also(&[UNVERIFIED, "lock-stale"])
    .by(Evidence::Lists),
    Kind::denied("sum-conflict", "a second hash in go.sum for a forged zip", |tree, edits| {
        let target = tree.go_file();
        change(tree, edits, target, |content| content.push(b'\n'));
        let below = target.path.strip_prefix(&format!("{}/", tree.module_dir(target)))?.to_owned();
        let mut files = tree.module_files(target);
        files.get_mut(&below)?.push(b'\n');
        forge(tree, edits, target, &files);
        let h1 = file_list(&target.module, &target.version, &files).h1();
        let sums = tree.sums().pop()?;
        edits.append(&sums, &format!("{} {} {h1}\n", target.module, target.version));
        // In a workspace the two stand in two files, and either may be named.
        Some(Named::beside(target, ".sum"))
    })
    .also(&[UNVERIFIED, MODIFIED, POLLUTED, "sum-malformed"])
    .by(Evidence::Zips),
    Kind::denied(LOCK, "a hash in the lists edited to match a changed file", |tree, edits| {
        let target = tree.all().find(|target| {
            let content = tree.read(&target.path);
            target.path.ends_with(".go") && !is_carried(&target.path, &content)
        })?;
        change_with_lists(tree, edits, target);
        Some(Named::beside(target, "go-offline.lock.lists"))
    })
    .also(&[UNVERIFIED])
    .by(Evidence::Lists),
    Kind::denied(LOCK, "the same where the lists hold the file itself", |tree, edits| {
        let target = tree.all().find(|target| {
            let content = tree.read(&target.path);
            target.path.ends_with(".go") && is_carried(&target.path, &content)
        })?;
        change_with_lists(tree, edits, target);
        Some(Named::beside(target, "go-offline.lock.lists"))
    })
    .also(&[UNVERIFIED])
    .by(Evidence::Lists),
    Kind::denied(LOCK, "the lists damaged", |tree, edits| {
        let path = tree.path("go-offline.lock.lists");
        let mut content = std::fs::read(&path).unwrap();
        content.truncate(content.len() / 2);
        edits.write(&path, content);
        Some(Named { file: "go-offline.lock.lists".to_owned(), module: String::new() })
    })
    .also(&[UNVERIFIED])
    .by(Evidence::Lists),
    Kind::denied(LOCK, "a digest in the lock edited", |tree, edits| {
        let text = tree.text("go-offline.lock");
        let at = text.find(" code:")? + " code:".len();
        let other = if text[at..].starts_with('A') { "B" } else { "A" };
        let edited = format!("{}{other}{}", &text[..at], &text[at + 1..]);
        edits.write(&tree.path("go-offline.lock"), edited);
        Some(Named { file: "go-offline.lock".to_owned(), module: String::new() })
    })
    .by(Evidence::Lists),
    Kind::denied(
        "lock-stale",
        "a digest in the lock edited, and its fingerprint",
        |tree, edits| {
            let target = tree.go_file();
            let text = tree.text("go-offline.lock");
            let mut entries = LockFile::parse(&text).unwrap().entries;
            let of_target = entries.iter_mut().find(|entry| entry.module.path == target.module)?;
            of_target.code[0] ^= 1;
            edits.write(&tree.path("go-offline.lock"), LockFile::new(entries).render());
            Some(Named::beside(target, "go-offline.lock"))
        },
    )
    .by(Evidence::Lists),
    // The module cache.
    Kind::denied(
        POLLUTED,
        "zip and .ziphash forged together, and the file to match",
        |tree, edits| {
            let target = tree.go_file();
            change(tree, edits, target, |content| content.push(b'\n'));
            let below =
                target.path.strip_prefix(&format!("{}/", tree.module_dir(target)))?.to_owned();
            let mut files = tree.module_files(target);
            files.get_mut(&below)?.push(b'\n');
            forge(tree, edits, target, &files);
            Some(Named::beside(target, ".zip"))
        },
    )
    .also(&[UNVERIFIED])
    .by(Evidence::Zips),
    Kind::denied(POLLUTED, "a zip cut off", |tree, edits| {
        let target = tree.go_file();
        let path = cached_zip(&tree.modcache, &target.module, &target.version);
        let mut content = std::fs::read(&path).unwrap();
        content.truncate(content.len() / 2);
        edits.replace(&path, content);
        Some(Named::beside(target, ".zip"))
    })
    .also(&[UNVERIFIED])
    .by(Evidence::Zips),
    Kind::denied(POLLUTED, "a file of an extracted directory changed", |tree, edits| {
        let (target, dir) = extracted(tree)?;
        edits.append(&dir.join("dep.go"), "// more\n");
        Some(Named::beside(target, "!dep@v1.2.3"))
    })
    .by(Evidence::Zips)
    .in_cache_profile(),
    Kind::denied(POLLUTED, "a file added to an extracted directory", |tree, edits| {
        let (target, dir) = extracted(tree)?;
        edits.write(&dir.join("sub/zz_added.go"), "package sub\n");
        Some(Named::beside(target, "!dep@v1.2.3"))
    })
    .by(Evidence::Zips)
    .in_cache_profile(),
    Kind::denied(POLLUTED, "a file of an extracted directory deleted", |tree, edits| {
        let (target, dir) = extracted(tree)?;
        edits.remove(&dir.join("more.go"));
        Some(Named::beside(target, "!dep@v1.2.3"))
    })
    .by(Evidence::Zips)
    .in_cache_profile(),
];

fn change(
    tree: &Tree,
    edits: &mut Edits,
    target: &Target,
    how: impl Fn(&mut Vec<u8>),
) -> Option<Named> {
    let mut content = tree.read(&target.path);
    how(&mut content);
    edits.write(&tree.path(&target.path), content);
    Some(Named::of(target))
}

/// Changes a file of a module of the synthetic project.
fn append_to(tree: &Tree, edits: &mut Edits, module: &str, name: &str) -> Option<Named> {
    let file = format!("vendor/{module}/{name}");
    if !tree.is_made_up {
        return None;
    }
    edits.append(&tree.path(&file), "// more\n");
    Some(Named { file, module: module.to_owned() })
}

fn delete(tree: &Tree, edits: &mut Edits, target: &Target) -> Option<Named> {
    edits.remove(&tree.path(&target.path));
    Some(Named::of(target))
}

/// Adds a file beside another.
fn add(tree: &Tree, edits: &mut Edits, target: &Target, name: &str, text: &str) -> Option<Named> {
    let path = format!("{}/{name}", target.path.rsplit_once('/')?.0);
    edits.write(&tree.path(&path), text);
    Some(Named::beside(target, path))
}

fn link(tree: &Tree, edits: &mut Edits, target: &Target, to: &Path) -> Option<Named> {
    edits.link(&tree.path(&target.path), to);
    Some(Named::of(target))
}

fn is_assembly(name: &str) -> bool {
    name.ends_with(".s")
}

fn licence(tree: &Tree) -> Option<&Target> {
    tree.find(|name| name == "LICENSE")
}

/// A file that nothing of go's looks at.
fn hidden(tree: &Tree) -> Option<&Target> {
    tree.find(|name| matches!(name, ".editorconfig" | ".gitignore" | ".golangci.yml"))
}

/// The file if the ends of its lines can be changed.
fn plain_lines<'a>(tree: &Tree, target: &'a Target) -> Option<&'a Target> {
    let content = tree.read(&target.path);
    (content.contains(&b'\n') && !content.contains(&b'\r')).then_some(target)
}

fn with_cr(content: &mut Vec<u8>) {
    let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    *content = lines.join(&b"\r\n"[..]);
}

/// Makes git leave files of this name out.
fn ignore(tree: &Tree, edits: &mut Edits, pattern: &str) {
    let path = tree.path(".gitignore");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    edits.write(&path, format!("{before}\n{pattern}\n"));
}

/// Copies a file that the module really has to where its package is.
fn copy_in(tree: &Tree, edits: &mut Edits, is_it: fn(&str) -> bool) -> Option<Named> {
    let dir = |path: &str| path.rsplit_once('/').unwrap().0.to_owned();
    let go_files = tree.all().filter(|target| target.path.ends_with(".go"));
    let packages: BTreeSet<String> = go_files.map(|target| dir(&target.path)).collect();
    let mut modules = BTreeSet::new();
    // The first modules will do: reading all zips takes time.
    let first = tree.all().filter(|target| modules.insert(&target.module)).take(20);
    for target in first {
        for (name, content) in tree.module_files(target) {
            let path = format!("{}/{name}", tree.module_dir(target));
            let is_there = tree.path(&path).exists() || !packages.contains(&dir(&path));
            if is_it(path.rsplit('/').next()?) && !is_there {
                edits.write(&tree.path(&path), content);
                return Some(Named::beside(target, path));
            }
        }
    }
    None
}

/// Puts a package line below the module's.
fn list_package(tree: &Tree, edits: &mut Edits, target: &Target, package: &str) {
    let head = format!("# {} {}\n", target.module, target.version);
    let text = tree.text("vendor/modules.txt");
    let (before, after) = text.split_once(&head).unwrap();
    let (explicit, rest) = match after.split_once('\n') {
        Some((line, rest)) if line.starts_with("## ") => (format!("{line}\n"), rest),
        _ => (String::new(), after),
    };
    let forged = format!("{before}{head}{explicit}{package}\n{rest}");
    edits.write(&tree.path("vendor/modules.txt"), forged);
}

/// Gives the module of a file the hash of another, in every file of sums.
fn edit_sum(tree: &Tree, edits: &mut Edits, target: &Target) {
    let start = format!("{} {} h1:", target.module, target.version);
    let edited = |line: &str| match line.strip_prefix(&start) {
        Some(hash) => {
            let other = if hash.starts_with('A') { 'B' } else { 'A' };
            format!("{start}{other}{}\n", &hash[1..])
        }
        None => format!("{line}\n"),
    };
    for path in tree.sums() {
        let text = std::fs::read_to_string(&path).unwrap();
        edits.write(&path, text.lines().map(edited).collect::<String>());
    }
}

/// Changes a file and its hash in the lists.
fn change_with_lists(tree: &Tree, edits: &mut Edits, target: &Target) {
    let below = target.path.strip_prefix(&tree.module_dir(target)).unwrap();
    let name = format!("  {}@{}{below}\n", target.module, target.version);
    let line = || format!("{}{name}", sha256(&tree.read(&target.path)));
    let before = line();
    edits.append(&tree.path(&target.path), "\n");
    let after = line();
    edit_lists(tree, edits, |text| text.replacen(&before, &after, 1));
}

fn edit_lists(tree: &Tree, edits: &mut Edits, how: impl Fn(&str) -> String) {
    let path = tree.path("go-offline.lock.lists");
    let text = zstd::decode_all(&std::fs::read(&path).unwrap()[..]).unwrap();
    let text = String::from_utf8(text).unwrap();
    let edited = how(&text);
    assert_ne!(text, edited, "nothing to edit");
    // As the program writes it: a stream would not say how much it holds, and be refused for that.
    edits.write(&path, zstd::bulk::compress(edited.as_bytes(), 3).unwrap());
}

fn sha256(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts a zip of these files into the module cache, with the hash that it has.
fn forge(tree: &Tree, edits: &mut Edits, target: &Target, files: &Files) {
    let path = cached_zip(&tree.modcache, &target.module, &target.version);
    edits.replace(&path, zip(&target.module, &target.version, files));
    let hash = file_list(&target.module, &target.version, files).h1();
    edits.write(&path.with_extension("ziphash"), hash);
}

/// The module whose directory in the module cache go would build from.
fn extracted(tree: &Tree) -> Option<(&Target, std::path::PathBuf)> {
    let dir = tree.modcache.join("example.com/!dep@v1.2.3");
    dir.is_dir().then_some((tree.find(|name| name == "dep.go")?, dir))
}
