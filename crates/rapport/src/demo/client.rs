//! How the demo speaks to Rapport: through the public API only, as any shop would.

use std::time::Duration;

use serde_json::Value;
use store::{Clock, Timestamp};

const ATTEMPTS: u32 = 5;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to the public API with one key.
#[derive(Clone, Debug)]
pub struct Client {
    base_url: String,
    key: String,
    clock: Clock,
    http: reqwest::Client,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// The server refuses.
    #[error("{path} was answered {status}: {body}")]
    Refused {
        /// The endpoint.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What the server said.
        body: String,
    },
}

impl Client {
    /// `base_url` like `http://127.0.0.1:8080`.
    pub fn new(base_url: &str, key: &str, clock: Clock) -> Result<Client, Error> {
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()?;
        Ok(Client {
            base_url: base_url.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
            clock,
            http,
        })
    }

    /// The time of the demo.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits on the clock of the demo.
    pub async fn wait_ms(&self, ms: u64) {
        self.clock.sleep_ms(ms).await;
    }

    /// Posts a body; asks again, later each time, while the server is busy.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let mut wait_ms = 200;
        for attempt in 1.. {
            let answer = self
                .http
                .post(format!("{}{path}", self.base_url))
                .basic_auth(&self.key, Some(""))
                .json(body)
                .send()
                .await?;
            let status = answer.status().as_u16();
            let text = answer.text().await?;
            if status < 300 {
                return Ok(serde_json::from_str(&text).unwrap_or_default());
            }
            let busy = status == 429 || status == 503;
            if !busy || attempt == ATTEMPTS {
                return Err(Error::Refused {
                    path: path.to_owned(),
                    status,
                    body: text.chars().take(300).collect(),
                });
            }
            self.wait_ms(wait_ms).await;
            wait_ms *= 2;
        }
        unreachable!("the loop ends by an answer");
    }
}
