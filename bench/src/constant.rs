//! The constant server: the same HTTP stack, which answers every call with the same text.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use axum::http::header::CONTENT_TYPE;

/// A constant server that lives as long as this value.
pub struct Constant {
    /// Host and port.
    pub host: String,
    child: Child,
}

impl Constant {
    /// Starts a server that answers with a text.
    pub fn start(answer: &str) -> anyhow::Result<Constant> {
        use std::io::{BufRead, Write};
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut command = Command::new(program);
        command
            .arg("constant")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .context("cannot start the constant server")?;
        let mut input = child
            .stdin
            .take()
            .context("the constant server has no input")?;
        input.write_all(answer.as_bytes())?;
        drop(input);
        let output = child
            .stdout
            .take()
            .context("the constant server has no output")?;
        let mut host = String::new();
        std::io::BufReader::new(output).read_line(&mut host)?;
        Ok(Constant {
            host: host.trim().to_owned(),
            child,
        })
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        let stopped = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = stopped {
            eprintln!("the constant server was not stopped: {error}");
        }
    }
}

/// The server process: the answer on standard input, the address on standard output.
pub async fn serve() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let text: &'static str = text.leak();
    // The body is read and parsed, as any server that uses it must.
    let answer = move |axum::Json(_): axum::Json<serde_json::Value>| async move {
        ([(CONTENT_TYPE, "application/json")], text)
    };
    let router = axum::Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
