//! `rapport serve`: the server, from start to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use store::{Clock, Random};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::reach::{DataLock, Running};
use crate::{App, router, test_clock};

/// How long calls may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Start the server.
#[derive(clap::Args)]
pub struct Serve {
    /// `manual:<RFC 3339>` lets tests move the clock.
    #[arg(long, hide = true, default_value = "system", value_parser = test_clock::parse)]
    clock: Clock,
}

impl Serve {
    /// Serves until SIGTERM or SIGINT, then answers what is open and closes the store.
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        let Some(lock) = DataLock::take(&config.data)? else {
            bail!("another process works on {}", config.data.display());
        };
        let listener = TcpListener::bind(config.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        let operator_secret = format!("rpo_{}", Random::system().token());
        let app = App::open(config, self.clock, address, &operator_secret).await?;
        let workers = app.start();
        lock.announce(&Running {
            address: local(address),
            operator_secret,
        })?;
        tell(&app, address).await?;
        serve(&app, listener, &mut signals).await?;
        app.finish(workers).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Says on standard output where the server can be reached; programs that start it read this.
async fn tell(app: &App, address: SocketAddr) -> anyhow::Result<()> {
    let mut text = format!("Rapport listens on http://{address}\n");
    if !gate::user::db::any(&app.db).await? {
        text.push_str(&format!(
            "Make the first administrator: {}/setup\n",
            app.base_url
        ));
    }
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::warn!(%error, "nobody reads standard output");
    }
    Ok(())
}

async fn serve(app: &App, listener: TcpListener, signals: &mut Signals) -> anyhow::Result<()> {
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let service = router::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let mut closing = app.closing.subscribe();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        // The sender lives in the app, longer than the server.
        let _ = closing.wait_for(|closing| *closing).await;
    });
    let server = tokio::spawn(server.into_future());
    signals.wait().await;
    tracing::info!("stopping");
    app.closing.send_replace(true);
    match tokio::time::timeout(DRAIN, server).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("some calls did not end in time"),
    }
    Ok(())
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
