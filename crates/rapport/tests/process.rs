//! The real program: start, commands beside it, stop.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const PASSWORD: &str = "violet tractor 9";

fn rapport(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(arguments).arg("--data").arg(data);
    command
        .env("RAPPORT_LOG__LEVEL", "warn")
        .stdin(Stdio::null());
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    rapport(data, arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}

/// Runs a command that must succeed; what it printed.
fn done(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn setup(data: &Path, arguments: &[&str]) -> Output {
    let mut command = rapport(
        data,
        &[&["setup", "--email", "ann@example.com"], arguments].concat(),
    );
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{PASSWORD}").unwrap();
    drop(input);
    child.wait_with_output().unwrap()
}

struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(data: &Path, arguments: &[&str]) -> Server {
        Server::start_with(data, arguments, "")
    }

    /// The same with fail points.
    fn start_with(data: &Path, arguments: &[&str], fail_points: &str) -> Server {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = rapport(data, &arguments);
        command.env("FAILPOINTS", fail_points);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let base = line
            .trim()
            .strip_prefix("Rapport listens on ")
            .unwrap()
            .to_owned();
        Server { child, base }
    }

    /// Asks politely and waits; true when it ended well.
    fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().success()
    }

    async fn get(&self, path: &str, key: &str) -> (StatusCode, Value) {
        let address = format!("{}{path}", self.base);
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.get(address).bearer_auth(key).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let address = format!("{}{path}", self.base);
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.post(address).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_server_starts_serves_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/",
        "/customers",
    ] {
        assert_eq!(server.get(path, "").await.0, StatusCode::OK, "{path}");
    }
    assert_eq!(server.get("/v1/nothing", "").await.1["code"], "not_found");
    assert_eq!(
        server
            .post("/test/clock", json!({ "advance_ms": 1 }))
            .await
            .0
            .as_u16(),
        404
    );
    let second = run(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(
        text(&second).contains("another process works on"),
        "{}",
        text(&second)
    );
    assert!(server.stop());
    assert!(!data.join("running.json").exists());
}

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_the_server_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let key = done(&data, &["key", "create", "--name", "site"]);
    let event = |n: usize| {
        json!({"writeKey": key, "batch": [{"type": "track", "event": "Seen", "userId": "ann",
            "messageId": format!("m{n}")}]})
    };
    let mut server = Server::start_with(&data, &[], "log_before_commit=5*off->return");
    let mut accepted = 0;
    loop {
        let (status, body) = server.post("/v1/batch", event(accepted)).await;
        if status != StatusCode::OK {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
            break;
        }
        accepted += 1;
    }
    assert!(accepted > 0);
    // Nobody had to ask for it.
    let ended = server.child.wait().unwrap();
    assert_eq!(ended.code(), Some(1));
    let server = Server::start(&data, &[]);
    for n in 0..=accepted {
        let address = "/v1/batch?verdicts=1";
        let (_, body) = server.post(address, event(n)).await;
        let expected = if n < accepted {
            "duplicate"
        } else {
            "accepted"
        };
        assert_eq!(body["verdicts"][0]["verdict"], expected, "{body}");
    }
    assert!(server.stop());
}

#[tokio::test]
async fn commands_work_with_and_without_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(text(&setup(&data, &[])), "ann@example.com can sign in");
    let key = done(
        &data,
        &["key", "create", "--name", "robot", "--scopes", "manage"],
    );
    let server = Server::start(&data, &[]);
    let again = setup(&data, &[]);
    assert!(
        text(&again).contains("Rapport is set up already"),
        "{}",
        text(&again)
    );
    assert_eq!(
        text(&setup(&data, &["--reset"])),
        "ann@example.com has a new password"
    );
    let other = done(&data, &["key", "create", "--name", "shop"]);
    assert!(other.starts_with("rpk_"));
    assert_eq!(server.get("/api/system", &key).await.1["store"], "embedded");
    assert_eq!(
        server.get("/api/system", &other).await.1["code"],
        "scope_missing"
    );
    let credentials = json!({ "email": "ann@example.com", "password": PASSWORD });
    assert_eq!(
        server.post("/api/session", credentials).await.0,
        StatusCode::OK
    );
    assert!(server.stop());
}

#[tokio::test]
async fn a_backup_of_the_running_server_is_restored_and_holds_back_what_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (
        folder.path().join("data"),
        folder.path().join("copy.backup"),
    );
    setup(&data, &[]);
    let key = done(
        &data,
        &["key", "create", "--name", "robot", "--scopes", "manage"],
    );
    let server = Server::start(&data, &[]);
    let file = copy.to_str().unwrap();
    assert!(done(&data, &["backup", file]).starts_with("wrote "));
    assert!(text(&run(&data, &["backup", file])).contains("exists already"));
    assert!(text(&run(&data, &["restore", file])).contains("stop it first"));
    assert!(server.stop());
    assert!(text(&run(&data, &["restore", file])).contains("--force"));
    let second = folder.path().join("second");
    let no_copy = folder.path().join("no.backup");
    std::fs::write(&no_copy, "something else").unwrap();
    let refused = run(&second, &["restore", no_copy.to_str().unwrap()]);
    assert!(text(&refused).contains("is not a backup of Rapport"));
    let broken = rapport(&second, &["restore", file])
        .env("FAILPOINTS", "restore_before_hold=return")
        .output()
        .unwrap();
    assert!(text(&broken).contains("broken off"), "{}", text(&broken));
    // Nobody can start what would send again.
    assert!(!second.join("rapport.db").exists());
    done(&second, &["restore", file]);
    let server = Server::start(&second, &[]);
    let (_, system) = server.get("/api/system", &key).await;
    assert_eq!(system["outbound_hold"]["reason"], "restored from a backup");
    assert_eq!(done(&second, &["release"]), "released");
    assert!(
        server
            .get("/api/system", &key)
            .await
            .1
            .get("outbound_hold")
            .is_none()
    );
    let (_, audit) = server.get("/api/audit/verify", &key).await;
    assert_eq!(audit["intact"], true);
    assert!(server.stop());
    done(&data, &["restore", "--force", file]);
    assert!(data.join("rapport.db.before-restore-1").exists());
}

#[tokio::test]
async fn definitions_travel_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let (data, files) = (
        folder.path().join("data"),
        folder.path().join("files/template"),
    );
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/definitions/template");
    std::fs::create_dir_all(&files).unwrap();
    for file in std::fs::read_dir(example).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), files.join(file.file_name())).unwrap();
    }
    let count = std::fs::read_dir(&files).unwrap().count();
    let place = folder.path().join("files");
    let push = ["definitions", "push", place.to_str().unwrap(), "--publish"];
    let first = done(&data, &push);
    assert_eq!(
        first,
        format!("{count} saved, 0 unchanged, {count} published")
    );
    let server = Server::start(&data, &[]);
    assert_eq!(
        done(&data, &push),
        format!("0 saved, {count} unchanged, 0 published")
    );
    let copy = folder.path().join("copy");
    done(&data, &["definitions", "pull", copy.to_str().unwrap()]);
    for file in std::fs::read_dir(&files).unwrap() {
        let name = file.unwrap().file_name();
        let read = |path: std::path::PathBuf| -> Value {
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
        };
        assert_eq!(
            read(files.join(&name)),
            read(copy.join("template").join(&name))
        );
    }
    std::fs::write(files.join("wrong.json"), "{}").unwrap();
    let refused = run(&data, &push);
    assert!(!refused.status.success());
    assert!(
        text(&refused).contains("template/wrong.json: "),
        "{}",
        text(&refused)
    );
    assert!(server.stop());
}

/// A command that must fail, and what it said.
fn refused(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(data, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    (output.status.code(), text(&output))
}

#[tokio::test]
async fn a_file_is_brought_in_and_its_bad_rows_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, bad) = (place("customers.csv"), place("bad.csv"));
    std::fs::write(
        &file,
        "user_id,email\nann,ann@example.com\nbea,bea@example.com\n,x@y.z\n",
    )
    .unwrap();
    let import = ["import", file.as_str(), "--as", "customers"];
    setup(&data, &[]);
    let (code, said) = refused(&data, &import);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("start `rapport serve`, or give --server and --key"),
        "{said}"
    );
    let server = Server::start(&data, &[]);
    let preview = run(&data, &[&import[..], &["--preview"]].concat());
    assert!(preview.status.success(), "{}", text(&preview));
    // Standard output is the answer and nothing else.
    let looked: Value = serde_json::from_slice(&preview.stdout).unwrap();
    assert_eq!(
        looked["preview"]["items"].as_array().unwrap().len(),
        3,
        "{looked}"
    );
    let rejected = ["--rejected", bad.as_str()];
    let output = run(&data, &[&import[..], &rejected].concat());
    assert!(output.status.success(), "{}", text(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.starts_with("2 taken in from 2 rows (0 were there already), 1 rows rejected"),
        "{told}"
    );
    assert!(told.contains(&bad), "{told}");
    assert_eq!(std::fs::read_to_string(&bad).unwrap().lines().count(), 2);
    let again = done(&data, &import);
    assert!(
        again.contains("nothing to do: ") && again.contains("the same content"),
        "{again}"
    );

    let (file, none, base) = (file.as_str(), place("no.csv"), server.base.as_str());
    let table: [(&[&str], i32, &[&str]); 6] = [
        (&[], 2, &["<FILE>", "Usage"]),
        (
            &[file, "--as", "orders"],
            2,
            &["orders", "customers, events"],
        ),
        (&[file, "--source", "seven"], 2, &["--source", "seven"]),
        (&[none.as_str()], 1, &["no.csv cannot be read"]),
        (&[file, "--map", file], 1, &["customers.csv is no JSON"]),
        (&[file, "--server", base], 1, &["give --key or RAPPORT_KEY"]),
    ];
    for (arguments, code, words) in table {
        let (failed, said) = refused(&data, &[&["import"], arguments].concat());
        assert_eq!(failed, Some(code), "{arguments:?}: {said}");
        assert!(
            words.iter().all(|word| said.contains(word)),
            "{arguments:?}: {said}"
        );
    }
    let map = place("map.json");
    std::fs::write(&map, r#"{"as": "customers", "nonsense": 1}"#).unwrap();
    let (code, said) = refused(&data, &["import", file, "--map", &map]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nonsense"), "{said}");
    assert!(server.stop());
}

#[tokio::test]
async fn learning_anew_is_followed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    setup(&data, &[]);
    let (code, said) = refused(&data, &["learning", "rebuild"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("start it with `rapport serve`"), "{said}");
    let (code, said) = refused(&data, &["learning"]);
    assert!(code == Some(2) && said.contains("rebuild"), "{said}");
    let (code, said) = refused(&data, &["learning", "rebuild", "sale"]);
    assert!(code == Some(2) && said.contains("'sale'"), "{said}");
    let server = Server::start(&data, &[]);
    let output = run(&data, &["learning", "rebuild"]);
    assert!(output.status.success(), "{}", text(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.starts_with("learned anew from "), "{told}");
    assert!(told.trim().ends_with(" positions of the log"), "{told}");
    assert!(server.stop());
}

#[tokio::test]
async fn a_story_moves_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--clock", "manual:2026-03-02T09:00:00Z"]);
    let (status, body) = server
        .post("/test/clock", json!({ "advance_ms": 3_600_000 }))
        .await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, json!({ "now": "2026-03-02T10:00:00.000Z" }))
    );
    assert!(server.stop());
}

#[test]
fn a_wrong_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rapport.toml");
    std::fs::write(&file, "lisen = \"127.0.0.1:1\"\n").unwrap();
    let output = run(
        folder.path(),
        &["serve", "--config", file.to_str().unwrap()],
    );
    assert!(!output.status.success());
    assert!(text(&output).contains("lisen"), "{}", text(&output));
}
