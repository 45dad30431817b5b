//! Keeps worths up to date: every node counts by itself, from the same log.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use awareness::increment::Terms;
use awareness::increment::effect::{Effects, effects};
use gate::definition::Published;
use tokio::sync::watch;

use crate::{Decider, Error};

/// How often is looked whether there is something new.
const EVERY: Duration = Duration::from_secs(5);

impl Decider {
    /// What is known now of every offer and customer group.
    pub async fn effects(&self, terms: &Terms) -> Result<Effects, Error> {
        let gathered = self.earnings().now(terms).await?;
        let now = self.memory().db().now();
        let groups = self
            .catalog()
            .strategy
            .groups
            .iter()
            .map(|group| group.key.clone())
            .collect();
        let found = tokio::task::spawn_blocking(move || {
            let groups: BTreeSet<String> = groups;
            effects(&gathered.units, &groups, (gathered.basis(), now))
        });
        Ok(found
            .await
            .map_err(|error| awareness::Error::Stopped(error.to_string()))?)
    }

    /// Takes what is known now into use, if some placement decides by it.
    pub async fn refresh_worths(&self, terms: &Terms) -> Result<(), Error> {
        let asked = self
            .catalog()
            .placements
            .iter()
            .any(|placement| placement.incremental);
        let found = if asked {
            self.effects(terms).await?
        } else {
            Effects::default()
        };
        self.install_worths(Arc::new(found)).await
    }

    /// Keeps worths up to date until `stop` is true.
    pub async fn keep_worths(self, published: Published, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            let terms = Terms::of(&published.now().definitions);
            if let Err(error) = self.refresh_worths(&terms).await {
                tracing::warn!(%error, "what offers are worth could not be counted");
            }
        }
    }
}
