//! The server from start to stop, as `serve` and `demo` run it.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use axum::Router;
use axum::serve::ListenerExt;
use memory::Memory;
use store::{Clock, Random};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::App;
use crate::config::Config;
use crate::reach::{DataLock, Running};

/// How long calls may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that has its store and its address, and does not answer yet.
pub struct Server {
    /// What handlers need.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where tools ask questions in SQL.
    pub sql_address: Option<SocketAddr>,
    sql: Option<TcpListener>,
    operator_secret: String,
    listener: TcpListener,
    lock: DataLock,
    signals: Signals,
}

impl Server {
    /// Takes the data folder and the address, then opens and migrates the store.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Server> {
        let signals = Signals::listen()?;
        let Some(lock) = DataLock::take(&config.data)? else {
            bail!("another process works on {}", config.data.display());
        };
        let listener = TcpListener::bind(config.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        let sql = match config.sql_listen {
            Some(wanted) => {
                let listener = TcpListener::bind(wanted).await;
                Some(listener.with_context(|| format!("cannot listen on {wanted}"))?)
            }
            None => None,
        };
        let sql_address = sql.as_ref().map(TcpListener::local_addr).transpose()?;
        let operator_secret = format!("rpo_{}", Random::system().token());
        let app = App::open(config, clock, address, &operator_secret).await?;
        Ok(Server {
            app,
            address,
            sql_address,
            sql,
            operator_secret,
            listener,
            lock,
            signals,
        })
    }

    /// Says `greeting` on standard output and serves until SIGTERM or SIGINT; then answers what
    /// is open, ends the workers and closes the store. It does the same, and fails, when the log
    /// cannot be written any more or a worker has died: whoever watches the program starts it
    /// again, and the log gives everything back.
    pub async fn serve(mut self, router: Router, greeting: &str) -> anyhow::Result<()> {
        let mut workers = self.app.start();
        if let Some(listener) = self.sql {
            let (memory, gate) = (self.app.installed.memory.clone(), self.app.gate.clone());
            let stop = self.app.closing.subscribe();
            workers.spawn(awareness::sql::wire::serve(listener, memory, gate, stop));
        }
        self.lock.announce(&Running {
            address: local(self.address),
            operator_secret: self.operator_secret,
        })?;
        let listener = self.listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let mut closing = self.app.closing.subscribe();
        let server = axum::serve(listener, service).with_graceful_shutdown(async move {
            // The sender lives in the app, longer than the server.
            let _ = closing.wait_for(|closing| *closing).await;
        });
        let server = tokio::spawn(server.into_future());
        say(greeting);
        let failed = tokio::select! {
            () = self.signals.wait() => None,
            failure = failure(&mut workers, &self.app.installed.memory) => Some(failure),
        };
        match &failed {
            Some(failure) => tracing::error!(%failure, "stopping after a failure"),
            None => tracing::info!("stopping"),
        }
        self.app.closing.send_replace(true);
        match tokio::time::timeout(DRAIN, server).await {
            Ok(ended) => ended??,
            Err(_) => tracing::warn!("some calls did not end in time"),
        }
        self.app.finish(workers).await;
        tracing::info!("stopped");
        failed.map_or(Ok(()), Err)
    }
}

/// Waits for what the program cannot go on without, and says which of it ended.
async fn failure(workers: &mut JoinSet<()>, memory: &Memory) -> anyhow::Error {
    tokio::select! {
        () = memory.stopped() => anyhow!("the log cannot be written any more; look at the disk"),
        // There are always workers.
        Some(ended) = workers.join_next() => match ended {
            Ok(()) => anyhow!("a worker ended by itself"),
            Err(error) => anyhow!("a worker died: {error}"),
        },
    }
}

/// Writes to standard output; programs that start the server read where it listens.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(%error, "nobody reads standard output");
    }
}

/// The signals that ask the program to stop. Made before anything else, so that none is missed.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The address at which this machine reaches itself.
fn local(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::from(([127, 0, 0, 1], address.port()));
    }
    address
}

#[cfg(test)]
mod tests {
    use store::Db;

    use super::*;

    store::test! {
        async fn a_dead_worker_and_a_stopped_log_are_noticed(db: Db) {
            let memory = Memory::open(db).await.unwrap();
            let mut workers = JoinSet::new();
            workers.spawn(std::future::pending());
            workers.spawn(async { panic!("as a worker does") });
            let noticed = failure(&mut workers, &memory).await.to_string();
            assert!(noticed.starts_with("a worker died: "), "{noticed}");
            memory.close().await.unwrap();
            let noticed = failure(&mut workers, &memory).await.to_string();
            assert!(noticed.starts_with("the log cannot be written"), "{noticed}");
        }
    }
}
