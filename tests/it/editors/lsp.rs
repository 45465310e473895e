//! A language client that can do just enough: open a file, change it, ask for definitions, and
//! note everything that the server has to say.

use crate::world::Run;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A large project is loaded from nothing meanwhile.
const PATIENCE: Duration = Duration::from_secs(180);

/// A place in a file, counted from nought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) file: PathBuf,
    pub(super) line: u64,
    pub(super) character: u64,
}

/// A running language server.
pub(super) struct Server {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    requests: u64,
    said: Vec<Value>,
}

impl Server {
    /// Starts a server on a directory.
    pub(super) fn start(run: Run, root: &Path) -> Server {
        let child = run.with(|command| {
            command.stdin(Stdio::piped());
        });
        let mut child = child.spawn();
        let input = child.stdin.take().unwrap();
        let (sender, messages) = channel();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        // Or the server would wait for somebody to read it.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr()));
        let mut server = Server { child, input, messages, requests: 0, said: Vec::new() };
        server.initialize(root);
        server
    }

    fn initialize(&mut self, root: &Path) {
        let capabilities = json!({
            "window": {"workDoneProgress": true},
            "workspace": {"configuration": true, "workspaceFolders": true},
        });
        let folder = json!({"uri": uri(root), "name": "checkout"});
        self.request(
            "initialize",
            &json!({"processId": null, "rootUri": uri(root), "workspaceFolders": [folder],
                "capabilities": capabilities}),
        );
        self.notify("initialized", &json!({}));
    }

    /// Opens a file as it is on the disk.
    pub(super) fn open(&mut self, file: &Path) -> String {
        let text = std::fs::read_to_string(file).unwrap();
        let language = if file.ends_with("go.mod") { "go.mod" } else { "go" };
        let document =
            json!({"uri": uri(file), "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
        text
    }

    /// Changes a file that is open, and does not save it.
    pub(super) fn change(&mut self, file: &Path, text: &str) {
        let document = json!({"uri": uri(file), "version": 2});
        let changes = json!([{"text": text}]);
        self.notify(
            "textDocument/didChange",
            &json!({"textDocument": document, "contentChanges": changes}),
        );
    }

    /// Where what stands behind the first `before` of a text is defined.
    pub(super) fn definition(&mut self, file: &Path, text: &str, before: &str) -> Vec<Location> {
        let at = text.find(before).expect("the text holds it") + before.len();
        let line = text[..at].matches('\n').count();
        let character = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let answer = self.request(
            "textDocument/definition",
            &json!({"textDocument": {"uri": uri(file)},
                "position": {"line": line, "character": character}}),
        );
        answer.as_array().into_iter().flatten().map(location).collect()
    }

    /// Asks, and answers what is asked meanwhile.
    pub(super) fn request(&mut self, method: &str, params: &Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let Ok(message) = self.messages.recv_timeout(PATIENCE) else {
                panic!("no answer to {method}; said so far: {:#?}", self.said);
            };
            if message["method"].is_string() {
                self.hear(message);
            } else if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message:#}\n{:#?}", self.said);
                return message["result"].clone();
            }
        }
    }

    /// Waits until a word is said, in whatever message.
    pub(super) fn wait_for(&mut self, word: &str) {
        while !self.said.iter().any(|message| message.to_string().contains(word)) {
            let Ok(message) = self.messages.recv_timeout(PATIENCE) else {
                panic!("`{word}` was not said, but: {:#?}", self.said);
            };
            self.hear(message);
        }
    }

    /// A request of the server is answered with the least that satisfies it, the rest is noted.
    fn hear(&mut self, message: Value) {
        if message["id"].is_null() {
            self.said.push(message);
            return;
        }
        let result = match message["method"].as_str() {
            Some("workspace/configuration") => {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                Value::Array(vec![Value::Null; items])
            }
            _ => Value::Null,
        };
        self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    /// Everything that a user is shown as wrong: diagnostics, messages, and how loading ended.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.said.iter().flat_map(complaints).collect()
    }

    /// Ends the server as an editor does, and tells what it complained about until then.
    pub(super) fn leave(mut self) -> Vec<String> {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        self.complaints()
    }
}

impl Drop for Server {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn complaints(message: &Value) -> Vec<String> {
    let params = &message["params"];
    match message["method"].as_str() {
        Some("textDocument/publishDiagnostics") => params["diagnostics"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|found| format!("{}: {}", params["uri"], found["message"]))
            .collect(),
        // 1 is an error, 2 a warning.
        Some("window/showMessage") if params["type"].as_u64() < Some(3) => {
            vec![params["message"].to_string()]
        }
        Some("$/progress") => {
            let text = params["value"].to_string();
            if text.to_lowercase().contains("error") { vec![text] } else { vec![] }
        }
        _ => vec![],
    }
}

fn read(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        output.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// No name in these tests has a character that must be escaped.
fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn location(value: &Value) -> Location {
    let start = &value["range"]["start"];
    let uri = value["uri"].as_str().unwrap();
    Location {
        file: uri.strip_prefix("file://").unwrap_or(uri).into(),
        line: start["line"].as_u64().unwrap(),
        character: start["character"].as_u64().unwrap(),
    }
}
