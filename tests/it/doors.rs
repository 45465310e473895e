//! Doors in the wall: what `allow` lets out, what `publish` lets in, and that nothing else passes.
//!
//! Each service is one of the world's own network, in which bare commands reach all of them.

use crate::agreement::proxy::Proxy;
use crate::cage::programs::programs;
use crate::sandbox::{self, Machine};
use crate::world::{Ran, Who, World, everybody};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

mod names;

/// Worlds with the whole wall, and worlds in a container, where watched calls are the wall.
fn worlds(kind: fn(Who) -> World) -> Vec<World> {
    let whole = everybody().into_iter().map(kind);
    whole.chain(sandbox::worlds(Machine::Docker, kind)).collect()
}

/// Settings with a profile `test` that inherits another.
fn settings(inherits: &str, lines: &str) -> String {
    format!("default-profile = \"test\"\n[profile.test]\ninherits = \"{inherits}\"\n{lines}\n")
}

/// Runs it where a wall must stand.
fn guarded(world: &World, words: &[&str]) -> Ran {
    let reported = ["--report", "../report"].iter().chain(words);
    world.ours(reported).env("GO_OFFLINE_ISOLATION", "require").run()
}

fn report(world: &World) -> Value {
    serde_json::from_str(&world.read("report")).unwrap()
}

/// What was tried: address and whether it counts.
fn attempts(world: &World) -> Vec<(String, bool)> {
    let report = report(world);
    let attempts = report["attempts"].as_array().unwrap();
    let text = |attempt: &Value| attempt["address"].as_str().unwrap().to_owned();
    attempts
        .iter()
        .map(|attempt| (text(attempt), attempt["violation"].as_bool().unwrap()))
        .collect()
}

/// A service that answers each line with the same in capital letters, and keeps count of who came.
struct Service {
    at: SocketAddr,
    came: Arc<Mutex<usize>>,
}

impl Service {
    fn start(world: &World, at: &str) -> Service {
        let listener = world.inside(|| TcpListener::bind(at).unwrap());
        let at = listener.local_addr().unwrap();
        let came = Arc::new(Mutex::new(0));
        let count = Arc::clone(&came);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                *count.lock().unwrap() += 1;
                thread::spawn(move || answer(&stream));
            }
        });
        Service { at, came }
    }

    fn came(&self) -> usize {
        std::mem::take(&mut *self.came.lock().unwrap())
    }
}

fn answer(mut stream: &TcpStream) {
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let _ = writeln!(stream, "{}", line.to_uppercase()); // an error: the asker is gone
    }
}

/// A test of the project that needs a service, and says so.
fn write_database_test(world: &World, at: SocketAddr) {
    world.write(
        "project/database_test.go",
        &format!(
            r#"package main

import ("bufio"; "fmt"; "net"; "testing")

func TestDatabase(t *testing.T) {{
	c, err := net.Dial("tcp", "{at}")
	if err != nil {{ t.Skip("no database: ", err) }}
	fmt.Fprintln(c, "select 1")
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || line != "SELECT 1\n" {{ t.Fatal(line, err) }}
	fmt.Println("has answered")
}}
"#
        ),
    );
}

#[test]
fn a_test_reaches_the_database_that_is_allowed() {
    for world in worlds(World::of) {
        for at in ["127.0.0.1:0", "[::1]:0"] {
            let service = Service::start(&world, at);
            write_database_test(&world, service.at);
            let test = ["test", "-v", "-run", "Database", "."];
            let bare = world.bare(test).run().ended(0);
            assert!(bare.stdout.contains("has answered"), "{bare:#?}");
            assert_eq!(service.came(), 1, "control");

            world.write("project/go-offline.toml", &settings("vendor", ""));
            let ran = guarded(&world, &test).ended(0);
            assert!(ran.stdout.contains("no database"), "{ran:#?}");
            assert_eq!(
                (service.came(), attempts(&world)),
                (0, vec![(service.at.to_string(), false)])
            );
            let line =
                format!("`allow = [\"{}\"]` in `[profile.test]` of go-offline.toml", service.at);
            ran.said(&service.at.to_string());
            assert_eq!(
                report(&world)["attempts"][0]["hint"].as_str().unwrap().split(" lets").next(),
                Some(line.as_str())
            );

            let allow = format!("allow = [\"{}\"]", service.at);
            world.write("project/go-offline.toml", &settings("vendor", &allow));
            let ran = guarded(&world, &test).ended(0);
            assert!(ran.stdout.contains("has answered"), "{ran:#?}");
            assert_eq!((service.came(), ran.stderr.as_str()), (1, ""));
            assert_eq!(attempts(&world), []);
        }
    }
}

/// The way is open to one port, and to no other of the same host.
#[test]
fn another_port_is_named() {
    let Some(program) = programs().path("c") else { return };
    for world in worlds(World::with_empty_cache) {
        let [allowed, other] = [0, 1].map(|_| Service::start(&world, "127.0.0.1:0"));
        let allow = format!("allow = [\"{}\"]", allowed.at);
        world.write("project/go-offline.toml", &settings("vendor", &allow));
        world.write("marks", "");
        let dial = |service: &Service| {
            let port = service.at.port().to_string();
            let words = ["exec", "--", &program, "../marks", "tcp", "127.0.0.1", &port];
            guarded(&world, &words)
        };
        dial(&allowed).ended(0).did_not_say("network-attempt");
        assert_eq!((allowed.came(), attempts(&world)), (1, Vec::new()));
        dial(&other).said(&other.at.to_string());
        assert_eq!((other.came(), attempts(&world)), (0, vec![(other.at.to_string(), false)]));
    }
}

/// Serves a directory over HTTP.
fn serve(world: &World, directory: &Path) -> SocketAddr {
    let listener = world.inside(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let at = listener.local_addr().unwrap();
    let directory = directory.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let directory = directory.clone();
            thread::spawn(move || serve_one(&stream, &directory));
        }
    });
    at
}

fn serve_one(mut stream: &TcpStream, directory: &Path) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    lines.find(String::is_empty);
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let file: PathBuf = directory.join(path);
    let (status, body) = match std::fs::read(file) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()); // an error: the asker is gone
}

/// A project that needs a module which only the proxy has.
fn write_project(world: &World, settings: &str) {
    world.write(
        "app/go.mod",
        "module example.com/app\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n",
    );
    world.write("app/main.go", "package main\n\nimport _ \"example.com/dep\"\n\nfunc main() {}\n");
    world.write("app/go-offline.toml", settings);
    world.write("app/.git/HEAD", "");
    world.hand_over();
}

fn download(world: &World) -> Ran {
    world
        .ours(["--report", "../report", "mod", "download", "-x", "all"])
        .dir(world.root().join("app"))
        .env("GO_OFFLINE_ISOLATION", "require")
        .env("GOPRIVATE", "example.com")
        .env("GOMODCACHE", world.root().join("modules"))
        .env("GOFLAGS", "-modcacherw")
        .run()
}

#[test]
fn modules_come_from_the_proxy_of_the_profile() {
    let proxy = Proxy::new();
    for world in worlds(World::with_empty_cache) {
        let at = serve(&world, proxy.root());
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("proxy = \"http://{host}:{}\"", at.port());
            write_project(&world, &settings("proxy", &url));
            let ran = download(&world).ended(0);
            assert!(world.has("modules/example.com/dep@v1.0.0/dep.go"), "{ran:#?}");
            assert_eq!(attempts(&world), [], "{ran:#?}");
            std::fs::remove_dir_all(world.root().join("modules")).unwrap();
        }
        // The database is another host: what asks it is refused, and named.
        world.remove("app/go.sum");
        let ran = world
            .ours(["--report", "../report", "mod", "download", "all"])
            .dir(world.root().join("app"))
            .env("GO_OFFLINE_ISOLATION", "require")
            .env("GOMODCACHE", world.root().join("modules"))
            .env("GOFLAGS", "-modcacherw")
            .run();
        ran.said("tried to reach sum.golang.org");
        assert_eq!(attempts(&world), [("sum.golang.org".to_owned(), true)]);
    }
}

/// The user's own GOPROXY, where the profile names none; and a proxy that is not there.
#[test]
fn a_proxy_that_is_down() {
    for world in worlds(World::with_empty_cache) {
        let nobody =
            world.inside(|| TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        write_project(&world, &settings("proxy", &format!("proxy = \"http://{nobody}\"")));
        let ran = download(&world).ended(1);
        assert!(ran.stderr.contains("example.com/dep"), "{ran:#?}");
        assert_eq!(attempts(&world), [], "{ran:#?}");
    }
}

const SERVER: &str = r#"package main

import ("bufio"; "fmt"; "net"; "os"; "strings"; "time")

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:" + os.Args[1])
	if err != nil { panic(err) }
	if len(os.Args) > 2 {
		time.AfterFunc(200*time.Millisecond, func() { os.Exit(0) })
	}
	for {
		c, err := listener.Accept()
		if err != nil { panic(err) }
		line, _ := bufio.NewReader(c).ReadString('\n')
		path := strings.Fields(line)[1]
		fmt.Fprint(c, "HTTP/1.0 200 OK\r\n\r\nhello ", path)
		c.Close()
		if path == "/end" { return }
	}
}
"#;

/// What a host's client gets; `None` while nobody answers.
fn get(world: &World, at: (&str, u16), path: &str) -> Option<String> {
    world.inside(|| {
        let mut stream = TcpStream::connect(at).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer).filter(|answer| answer.starts_with("HTTP/1"))
    })
}

fn get_within(world: &World, at: (&str, u16), path: &str, limit: Duration) -> Option<String> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(answer) = get(world, at, path) {
            return Some(answer);
        }
        thread::sleep(Duration::from_millis(20));
    }
    None
}

fn free_port(world: &World) -> u16 {
    // Below those that the kernel gives, as people choose them.
    world.inside(|| {
        let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        (18000..19000).find(free).unwrap()
    })
}

#[test]
fn a_published_server_answers_the_host() {
    for world in worlds(World::of) {
        world.write("project/server/main.go", SERVER);
        let port = free_port(&world);
        let publish = format!("publish = [\"127.0.0.1:{port}\"]");
        world.write("project/go-offline.toml", &settings("vendor", &publish));
        world.hand_over();
        let serve = |words: &[&str]| {
            let reported = ["--report", "../report", "run", "./server"].iter().chain(words);
            world.ours(reported).env("GO_OFFLINE_ISOLATION", "require").spawn()
        };
        let port_word = port.to_string();
        let started = serve(&[&port_word]);
        let answer = get_within(&world, ("127.0.0.1", port), "/x", Duration::from_secs(60));
        assert!(answer.as_ref().is_some_and(|answer| answer.ends_with("hello /x")), "{answer:?}");
        get(&world, ("127.0.0.1", port), "/end");
        let ran = Ran::of(started).ended(0);
        assert_eq!((attempts(&world), ran.stderr.as_str()), (Vec::new(), ""));
    }
}

/// Without a door nobody comes, and one note says how they would.
#[test]
fn a_server_that_nobody_can_reach_is_noted() {
    for world in everybody().into_iter().map(World::of) {
        world.write("project/server/main.go", SERVER);
        world.hand_over();
        let port = free_port(&world).to_string();
        let at = ("127.0.0.1", port.parse().unwrap());
        let run = ["--report", "../report", "run", "./server", &port, "briefly"];
        let started = world.ours(run).env("GO_OFFLINE_ISOLATION", "require").spawn();
        while !world.has("report") {
            assert_eq!(get(&world, at, "/x"), None);
            thread::sleep(Duration::from_millis(5));
        }
        let ran = Ran::of(started).ended(0);
        ran.said(&format!("publish = [\"127.0.0.1:{port}\"]"));
        assert_eq!(attempts(&world), [(format!("127.0.0.1:{port}"), false)]);
        // A test that talks to itself is no server.
        world.write(
            "project/itself_test.go",
            "package main\n\nimport (\"net/http\"; \"net/http/httptest\"; \"testing\")\n\nfunc TestItself(t *testing.T) {\n\ts := httptest.NewServer(http.NotFoundHandler())\n\tdefer s.Close()\n\tif _, err := http.Get(s.URL); err != nil { t.Fatal(err) }\n}\n",
        );
        let ran = guarded(&world, &["test", "-run", "Itself", "."]).ended(0);
        assert_eq!((attempts(&world), ran.stderr.as_str()), (Vec::new(), ""));
    }
}

/// Both run all the same.
#[test]
fn a_door_that_cannot_be_opened_is_said() {
    for world in everybody().into_iter().map(World::of) {
        let taken = Service::start(&world, "127.0.0.1:0");
        let lines = format!("publish = [\"{}\"]\nallow = [\"no-such-name.invalid:80\"]", taken.at);
        world.write("project/go-offline.toml", &settings("vendor", &lines));
        let ran = guarded(&world, &["exec", "--", "true"]).ended(0);
        ran.said(&format!("`publish = [\"{}\"]` opens nothing: Address already in use", taken.at))
            .said("`allow = [\"no-such-name.invalid:80\"]` opens nothing: ");
    }
}

/// What a command has sent last arrives, though it ends at once.
#[test]
fn the_last_word_arrives() {
    const LENGTH: usize = 6_000_000;
    for world in everybody().into_iter().map(World::of) {
        let listener = world.inside(|| TcpListener::bind("127.0.0.1:0").unwrap());
        let at = listener.local_addr().unwrap();
        let heard = thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            thread::sleep(Duration::from_millis(100)); // slower than the one who sends
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            all.len()
        });
        let allow = format!("allow = [\"{at}\"]");
        world.write("project/go-offline.toml", &settings("vendor", &allow));
        let send = format!("head -c {LENGTH} /dev/zero > /dev/tcp/{}/{}", at.ip(), at.port());
        guarded(&world, &["exec", "--", "bash", "-c", &send]).ended(0);
        assert_eq!(heard.join().unwrap(), LENGTH);
    }
}

/// A service has one of the addresses that its name stands for.
#[test]
fn a_name_with_an_address_where_nobody_is() {
    for world in worlds(World::with_empty_cache) {
        let service = Service::start(&world, "127.0.0.1:0");
        let port = service.at.port();
        let allow = format!("allow = [\"localhost:{port}\"]");
        world.write("project/go-offline.toml", &settings("vendor", &allow));
        let ask = format!(
            "import socket\nfor family, *_, to in socket.getaddrinfo('localhost', {port}, type=socket.SOCK_STREAM):\n  try:\n    s = socket.socket(family); s.connect(to); s.sendall(b'x\\n'); print(s.makefile().readline(), end=''); break\n  except OSError: pass"
        );
        let ran = guarded(&world, &["exec", "--", "python3", "-c", &ask]).ended(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("X\n", ""));
        assert_eq!(attempts(&world), []);
    }
}

/// It would go round in circles.
#[test]
fn the_same_address_both_ways_is_no_door() {
    let world = World::new();
    let at = "127.0.0.1:18099";
    let lines = format!("publish = [\"{at}\"]\nallow = [\"{at}\"]");
    world.write("project/go-offline.toml", &settings("vendor", &lines));
    let ran = guarded(&world, &["exec", "--", "true"]).ended(0);
    ran.said(&format!("`publish = [\"{at}\"]` opens nothing: `allow` has the same address"));
}
