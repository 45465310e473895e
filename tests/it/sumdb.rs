//! `sumdb verify`: go.sum held against the checksum database.

use crate::bundle::create;
use crate::checksum_database::ChecksumDatabase;
use crate::supplied::{NAME, PRIVATE, Supplied, go_sum, names, tree};
use crate::world::Ran;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const OTHER: &str = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Changes the hash of a line.
fn forge(supplied: &Supplied, start: &str) -> usize {
    let text = supplied.world.read("app/go.sum");
    let at = text.lines().position(|line| line.starts_with(start)).unwrap();
    let lines = text.lines().enumerate().map(|(number, line)| match number == at {
        true => format!("{start}{OTHER}\n"),
        false => format!("{line}\n"),
    });
    supplied.world.write("app/go.sum", &lines.collect::<String>());
    at + 1
}

fn verify(supplied: &Supplied, args: &[&str]) -> Ran {
    supplied.ours(&[&["sumdb", "verify"], args].concat()).run()
}

fn own_cache(supplied: &Supplied) -> PathBuf {
    supplied.path("home/.cache/go-offline/sumdb").join(NAME)
}

#[test]
fn every_line_is_proven_and_private_ones_are_counted() {
    for who in crate::world::everybody() {
        let supplied = Supplied::of(who);
        let ran = verify(&supplied, &[]).ended(0);
        assert_eq!(ran.stderr, "");
        assert_eq!(
            ran.stdout,
            format!(
                "7 lines of go.sum are proven by {NAME} (tree of 2204 records), 0 contradicted, 0 not proven, 2 of private modules\n"
            )
        );
        let ran = verify(&supplied, &["--offline"]).ended(0);
        assert!(ran.stdout.starts_with("7 lines"), "{ran:#?}");
        let ran = supplied.ours(&["-q", "sumdb", "verify"]).run().ended(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    }
}

#[test]
fn a_changed_line_is_contradicted() {
    for start in ["example.com/Dep v1.2.3 ", "example.com/graph v0.9.0/go.mod "] {
        let supplied = Supplied::new();
        let line = forge(&supplied, start);
        let ran = verify(&supplied, &[]).ended(65);
        assert!(ran.stdout.contains("error[sumdb-mismatch]"), "{ran:#?}");
        assert!(ran.stdout.contains(&format!("go.sum:{line}:")), "{ran:#?}");
        assert!(
            ran.stdout.contains(&format!(
                "6 lines of go.sum are proven by {NAME} (tree of 2204 records), 1 contradicted"
            )),
            "{ran:#?}"
        );
        // Whatever else is wrong.
        supplied.world.append("app/go.sum", &format!("example.com/nowhere v1.0.0 {OTHER}\n"));
        verify(&supplied, &[]).ended(65);
    }
}

#[test]
fn a_module_without_a_record_is_not_proven() {
    let supplied = Supplied::new();
    let line = go_sum().lines().count() + 1;
    supplied.world.append(
        "app/go.sum",
        &format!("example.com/nowhere v1.0.0 {OTHER}\nexample.com/nowhere v1.0.0/go.mod {OTHER}\n"),
    );
    let ran = verify(&supplied, &[]).ended(75);
    assert!(ran.stdout.contains("warning[sumdb-unproven]"), "{ran:#?}");
    assert!(ran.stdout.contains(&format!("go.sum:{line}:")), "{ran:#?}");
    assert!(ran.stdout.contains("has no record of it"), "{ran:#?}");
    assert!(
        ran.stdout.contains("7 lines of go.sum are proven")
            && ran.stdout.contains("0 contradicted, 2 not proven"),
        "{ran:#?}"
    );
    // Its two lines have one reason, which is said once.
    assert_eq!(ran.stdout.matches("warning[").count(), 1, "{ran:#?}");
    // As private it is none of the database's business.
    supplied.world.write(
        "app/go-offline.toml",
        "[modules]\nprivate = ['example.com/nowhere', 'git.acme.example/**']\n",
    );
    let ran = supplied.ours(&["sumdb", "verify"]).without("GONOSUMDB").run().ended(0);
    assert!(ran.stdout.contains("4 of private modules"), "{ran:#?}");
}

#[test]
fn levels_are_the_projects_matter_and_a_mismatch_is_still_counted() {
    let supplied = Supplied::new();
    forge(&supplied, "example.com/Dep v1.2.3 ");
    supplied.world.write("app/go-offline.toml", "[lints]\nsumdb-mismatch = 'warn'\n");
    let ran = verify(&supplied, &[]);
    assert!(ran.stdout.contains("1 contradicted"), "{ran:#?}");
    assert!(ran.stdout.contains("warning[sumdb-mismatch]"), "{ran:#?}");
    assert_eq!(ran.code(), Some(0));
}

#[test]
fn a_bundle_has_the_proofs() {
    let supplied = Supplied::new();
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    create(&supplied, "b", &[]).run().ended(0);
    for gone in ["sumdb", "home/.cache/go-offline"] {
        supplied.world.remove(gone);
    }
    for bundle in ["../b.tar.zst", "../b"] {
        let ran = verify(&supplied, &["--bundle", bundle]).ended(0);
        assert!(ran.stdout.starts_with("7 lines"), "{ran:#?}");
        // Where there is no Go, and nowhere to have modules.
        let bare = |args: &[&str]| {
            let args = [&["sumdb", "verify"], args].concat();
            supplied.ours(&args).env("PATH", supplied.path("empty")).without("HOME")
        };
        let ran = bare(&["--bundle", bundle]).run().ended(0);
        assert!(ran.stdout.contains("2 of private modules"), "{ran:#?}");
        let ran = bare(&["--bundle", bundle])
            .without("GONOSUMDB")
            .env("GOPRIVATE", PRIVATE)
            .run()
            .ended(0);
        assert!(ran.stdout.contains("2 of private modules"), "{ran:#?}");
        bare(&["--bundle", bundle]).env("GOSUMDB", "off").run().ended(78).said("GOSUMDB=off");
        bare(&["--offline"]).run().ended(78);
    }
    forge(&supplied, "example.com/Dep v1.2.3 ");
    for bundle in ["../b.tar.zst", "../b"] {
        let ran = verify(&supplied, &["--bundle", bundle]).ended(65);
        assert!(ran.stdout.contains("error[sumdb-mismatch]"), "{ran:#?}");
    }
    // One that has none, one that is none, and one with a damaged proof.
    let sound = go_sum();
    supplied.world.write("app/go.sum", &sound);
    create(&supplied, "c.tar.zst", &["--no-sumdb"]).run().ended(0);
    verify(&supplied, &["--bundle", "../c.tar.zst"]).ended(78).said("no proofs");
    verify(&supplied, &["--bundle", "nowhere"]).ended(74);
    let tile =
        names(&supplied.path("b")).into_iter().find(|name| name.contains("/tile/8/0/")).unwrap();
    fs::write(supplied.path("b").join(tile), [0; 8192]).unwrap();
    verify(&supplied, &["--bundle", "../b"]).ended(65).said("tile/8/");
}

#[test]
fn without_a_network_what_was_read_before_has_to_do() {
    let supplied = Supplied::new();
    verify(&supplied, &["--offline"]).ended(74).said("nobody may be asked");
    // What go itself has read is proof as well, by the newest head that came with a record.
    supplied.world.remove("app/go.sum");
    supplied.go(&["mod", "tidy"]).run().ended(0);
    let ran = verify(&supplied, &["--offline"]).ended(0);
    assert!(ran.stdout.starts_with("7 lines"), "{ran:#?}");
    supplied.world.write("app/head", &supplied.database.head(supplied.database.size()));
    let ran = verify(&supplied, &["--offline", "--head", "head"]).ended(0);
    assert!(ran.stdout.starts_with("7 lines"), "{ran:#?}");
    supplied.world.append("app/go.sum", &format!("example.com/nowhere v1.0.0 {OTHER}\n"));
    let ran = verify(&supplied, &["--offline", "--head", "head"]).ended(75);
    assert!(ran.stdout.contains("there is no record of it here"), "{ran:#?}");
}

/// What is wrong in a cache is read anew, and the cache is right again.
#[test]
fn a_damaged_cache_heals() {
    let supplied = Supplied::new();
    verify(&supplied, &[]).ended(0);
    let cache = own_cache(&supplied);
    let sound = tree(&cache);
    assert!(sound.keys().any(|name| name.starts_with("tile/8/1/")), "{:?}", sound.keys());
    for (name, bytes) in &sound {
        for damaged in [&b""[..], &bytes[..bytes.len() / 2], &vec![0; bytes.len()]] {
            fs::write(cache.join(name), damaged).unwrap();
            let ran = verify(&supplied, &[]).ended(0);
            assert!(ran.stdout.starts_with("7 lines"), "{name}: {ran:#?}");
            assert_eq!(tree(&cache), sound, "{name}");
        }
    }
    // Nobody to ask: it is no proof, and no pass.
    let tile = sound.keys().find(|name| name.starts_with("tile/8/0/")).unwrap();
    fs::write(cache.join(tile), vec![0; sound[tile].len()]).unwrap();
    let ran = verify(&supplied, &["--offline"]).ended(65);
    ran.said("tile");
}

#[test]
fn a_database_that_lies_is_refused() {
    // A record that is not in the tree.
    let supplied = Supplied::new();
    let name = supplied.path("sumdb/lookup/example.com/!dep@v1.2.3");
    let text = fs::read_to_string(&name).unwrap();
    let (first, rest) = text.split_once("h1:").unwrap();
    fs::write(&name, format!("{first}{OTHER}{}", &rest[44..])).unwrap();
    forge(&supplied, "example.com/Dep v1.2.3 ");
    verify(&supplied, &[]).ended(65).said("example.com/Dep@v1.2.3");
    // Another key.
    let supplied = Supplied::new();
    let other = ChecksumDatabase::new("sum.example.org").key();
    let url = format!("file://{}", supplied.path("sumdb").display());
    let run = |gosumdb: &str| supplied.ours(&["sumdb", "verify"]).env("GOSUMDB", gosumdb).run();
    run(&format!("{other} {url}")).ended(65).said("sum.example.org");
    run("sum.example.net").ended(78).said("NAME+KEY");
    run("sum.example.net+0+AA").ended(78).said("NAME+KEY");
    run(&format!("{} ftp://host", supplied.database.key())).ended(78).said("ftp");
    run(&format!("{} {url} {url}", supplied.database.key())).ended(78).said("too many fields");
    let outside = ChecksumDatabase::new("../../../outside").key();
    run(&format!("{outside} {url}")).ended(78).said("invalid sumdb name (must be host[/path])");
    run("off").ended(78).said("GOSUMDB=off");
    let nowhere =
        format!("{} file://{}", supplied.database.key(), supplied.path("nowhere").display());
    run(&nowhere).ended(74).said("nowhere has no `latest`");
}

/// The settings are go's, from wherever it has them.
#[test]
fn the_database_is_the_one_of_the_users_settings() {
    let supplied = Supplied::new();
    supplied.world.go_env(&format!("GOSUMDB={}\nGOPRIVATE=git.acme.example\n", supplied.gosumdb()));
    let run = |args: &[&str]| {
        supplied.ours(args).without("GOSUMDB").without("GONOSUMDB").dir(supplied.path("app"))
    };
    let ran = run(&["sumdb", "verify"]).run().ended(0);
    assert!(ran.stdout.starts_with("7 lines") && ran.stdout.contains("2 of private"), "{ran:#?}");
    supplied.world.remove("app/go.sum");
    run(&["sumdb", "verify"]).run().ended(78).said("go.sum has no hash of any module");
}

/// What is answered to a path instead of a file: a status and a body.
type Instead = fn(&str) -> Option<(&'static str, &'static str)>;

/// A web server of a directory; what is not there is 404.
struct Web {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    fn new(supplied: &Supplied, dir: PathBuf) -> Web {
        Web::with(supplied, dir, |_| None)
    }

    /// One that has another answer for some paths.
    fn with(supplied: &Supplied, dir: PathBuf, instead: Instead) -> Web {
        let listener = supplied.world.inside(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(mut stream), dir, notes) = (stream, dir.clone(), Arc::clone(&notes)) else {
                    return;
                };
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let Some(Ok(request)) = lines.next() else { return };
                    lines.map_while(Result::ok).find(String::is_empty);
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    let body = fs::read(dir.join(path.trim_start_matches('/')));
                    let (status, body) = match instead(&path) {
                        Some((status, body)) => (status, body.as_bytes().to_vec()),
                        None => body.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body)),
                    };
                    notes.lock().unwrap().push(path);
                    let head = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
                });
            }
        });
        Web { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[test]
fn a_proxy_may_serve_the_database() {
    let supplied = Supplied::new();
    let served = supplied.path(&format!("proxy/sumdb/{NAME}"));
    fs::create_dir_all(served.parent().unwrap()).unwrap();
    fs::rename(supplied.path("sumdb"), &served).unwrap();
    let web = Web::new(&supplied, supplied.path("proxy"));
    let run = |goproxy: &str| {
        supplied
            .ours(&["sumdb", "verify"])
            .env("GOPROXY", goproxy)
            .env("GOSUMDB", supplied.database.key())
    };
    let ran = run(&format!("{},off", web.url)).run().ended(0);
    assert!(ran.stdout.starts_with("7 lines"), "{ran:#?}");
    let asked = web.asked();
    assert_eq!(asked[0], format!("/sumdb/{NAME}/supported"));
    assert!(asked.iter().all(|path| path.starts_with("/sumdb/")), "{asked:?}");
    assert!(!asked.iter().any(|path| path.contains("acme")), "{asked:?}");
    // The next time nothing that was proven is asked for again.
    run(&web.url).run().ended(0);
    assert_eq!(web.asked(), [""; 0]);
    // So that nobody need be there.
    run("http://127.0.0.1:9").run().ended(0);
    run("http://127.0.0.1:9").args(["--refresh-head"]).run().ended(74).said("127.0.0.1:9/");
    // A file:// proxy in the same way.
    supplied.world.remove("home/.cache/go-offline");
    run(&format!("file://{}", supplied.path("proxy").display())).run().ended(0);
}

/// 404 for `supported`: the next proxy is asked, and in the end the database itself.
#[test]
fn a_proxy_that_does_not_serve_it_is_passed_over() {
    let supplied = Supplied::new();
    let empty = Web::new(&supplied, supplied.path("nothing"));
    fs::create_dir_all(supplied.path("second/sumdb")).unwrap();
    std::os::unix::fs::symlink(supplied.path("sumdb"), supplied.path("second/sumdb").join(NAME))
        .unwrap();
    let second = Web::new(&supplied, supplied.path("second"));
    let run = |goproxy: &str| {
        supplied
            .ours(&["sumdb", "verify"])
            .env("GOPROXY", goproxy)
            .env("GOSUMDB", supplied.database.key())
            .run()
    };
    run(&format!("{},{}", empty.url, second.url)).ended(0);
    assert_eq!(empty.asked(), [format!("/sumdb/{NAME}/supported")]);
    supplied.world.remove("home/.cache/go-offline");
    // The database itself is at https://NAME, and not to be reached from here.
    let ran = run(&empty.url).ended(74);
    ran.said(&format!("https://{NAME}/"));
    // The URL that GOSUMDB names comes before all proxies.
    let web = Web::new(&supplied, supplied.path("sumdb"));
    let gosumdb = format!("{} {}", supplied.database.key(), web.url);
    supplied
        .ours(&["sumdb", "verify"])
        .env("GOPROXY", &empty.url)
        .env("GOSUMDB", gosumdb)
        .run()
        .ended(0);
    assert_eq!(empty.asked(), [format!("/sumdb/{NAME}/supported")]);
    assert!(web.asked().iter().any(|path| path == "/latest"));
}

/// Whoever is busy, refuses, or is somebody else has not said that there is no record, and nothing about
/// go.sum either.
#[test]
fn what_does_not_answer_is_no_database_without_a_record() {
    fn is_record(path: &str) -> bool {
        path.contains("lookup/example.com/other")
    }
    let answers: [(Instead, &str); 3] = [
        (|path| is_record(path).then_some(("429 Too Many Requests", "")), "the answer is 429"),
        (|path| is_record(path).then_some(("403 Forbidden", "")), "the answer is 403"),
        (|_| Some(("200 OK", "<html>\n\n<p>Please log in.\n")), "is not from a checksum database"),
    ];
    for (instead, words) in answers {
        let supplied = Supplied::new();
        let web = Web::with(&supplied, supplied.path("sumdb"), instead);
        let gosumdb = format!("{} {}", supplied.database.key(), web.url);
        for args in [&["bundle", "create", "-o", "b.tar.zst"][..], &["sumdb", "verify"]] {
            let ran = supplied.ours(args).env("GOSUMDB", &gosumdb).run().ended(74);
            ran.said(words).said(&web.url);
        }
        assert!(!supplied.path("app/b.tar.zst").exists());
        assert!(!own_cache(&supplied).join("lookup").exists(), "{words}");
    }
}
