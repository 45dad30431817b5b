//! `rapport serve`: the server.

use store::Clock;

use super::server::Server;
use crate::config::Config;
use crate::{router, test_clock};

/// Start the server.
#[derive(clap::Args)]
pub struct Serve {
    /// `manual:<RFC 3339>` lets tests move the clock.
    #[arg(long, hide = true, default_value = "system", value_parser = test_clock::parse)]
    clock: Clock,
}

impl Serve {
    /// Serves until somebody asks to stop.
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let server = Server::open(config, self.clock).await?;
        let mut greeting = format!("Rapport listens on http://{}\n", server.address);
        if let Some(address) = server.sql_address {
            greeting.push_str(&format!("Tools ask questions in SQL at {address}\n"));
        }
        if !gate::user::db::any(&server.app.db).await? {
            let base = &server.app.base_url;
            greeting.push_str(&format!("Make the first administrator: {base}/setup\n"));
        }
        let router = router::router(&server.app);
        server.serve(router, &greeting).await
    }
}
