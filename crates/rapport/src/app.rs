//! The running program: what handlers and workers need, how it starts and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;

use awareness::explore::api::ExploreState;
use decision::{Decider, Learner, Simulator};
use execution::journey::engine::Engine;
use execution::{ExecutionState, Sender};
use gate::GateState;
use memory::{Memory, MemoryState};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{Clock, Db, Random};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::snapshot::Installed;
use crate::today::Counter;
use crate::{KINDS, health, mail};

/// What handlers of the program need. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The inside of [`App`].
pub struct Inner {
    /// What the installation has decided.
    pub config: Config,
    /// The store.
    pub db: Db,
    /// Sign-in, keys, audit, definitions.
    pub gate: GateState,
    /// The memory of customers, the decision, and the journeys in use.
    pub installed: Installed,
    /// Tries rules before they are trusted.
    pub simulator: Simulator,
    /// Messages and the links in them.
    pub execution: ExecutionState,
    /// What handlers and workers of memory need.
    pub memory_state: MemoryState,
    /// The figures for Prometheus.
    pub figures: PrometheusHandle,
    /// Counts the figures of the day.
    pub today: Counter,
    /// How links to this installation begin.
    pub base_url: String,
    /// True from the signal to stop on: long answers end, and `/readyz` says no.
    pub closing: watch::Sender<bool>,
    /// True when the last call was answered: workers end.
    pub stop: watch::Sender<bool>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the store, migrates it, and makes everything that handlers need.
    pub async fn open(
        config: Config,
        clock: Clock,
        listening: SocketAddr,
        operator_secret: &str,
    ) -> anyhow::Result<App> {
        let db = Db::open(&config.store_address(), clock, Random::system()).await?;
        App::over(db, config, listening, operator_secret).await
    }

    /// The same over a store that is open already.
    pub async fn over(
        db: Db,
        config: Config,
        listening: SocketAddr,
        operator_secret: &str,
    ) -> anyhow::Result<App> {
        let gate = GateState::new(db.clone(), KINDS, &config.gate(), operator_secret).await?;
        gate.check_across(gate::definition::Across {
            kinds: &decision::ACROSS,
            validate: decision::across,
            uses: crate::uses::uses,
        });
        let lake = config.lake.settings(&config.data)?;
        if !db.exclusive() && config.lake.place.is_none() {
            tracing::warn!(
                "lake.place is not set: a second server would not find the lake's files"
            );
        }
        let memory = Memory::open_with(db.clone(), &lake).await?;
        memory.set_reach(crate::erasure::reach(&config.data));
        let decider = Decider::new(memory.clone());
        let installed = Installed {
            memory,
            decider,
            playbook: Arc::default(),
            revision: Arc::default(),
        };
        installed.install(&gate.published.now()).await?;
        let closing = watch::Sender::new(false);
        let memory_state = MemoryState::new(
            installed.memory.clone(),
            gate.clone(),
            config.data.clone(),
            closing.subscribe(),
        )
        .reaching(config.feeds.places()?);
        let base_url = config.base_url(listening);
        installed.decider.refresh_stopped().await?;
        let execution = ExecutionState::open(
            installed.memory.clone(),
            installed.decider.clone(),
            installed.playbook.clone(),
            mail::settings(&config.mail, &base_url),
        );
        Ok(App(Arc::new(Inner {
            execution: execution.await?,
            simulator: Simulator::new(installed.decider.clone()),
            base_url,
            config,
            db,
            gate,
            installed,
            memory_state,
            today: Counter::default(),
            figures: health::recorder(),
            closing,
            stop: watch::Sender::new(false),
        })))
    }

    /// What handlers of explore and web analytics need.
    pub fn explore(&self) -> ExploreState {
        ExploreState {
            memory: self.memory_state.clone(),
            least_customers: self.config.limits.least_customers,
        }
    }

    /// Starts the workers. They end when `stop` becomes true.
    pub fn start(&self) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        workers.spawn(self.gate.clone().keep(self.stop.subscribe()));
        let installed = self.installed.clone();
        workers.spawn(
            installed
                .clone()
                .follow(self.gate.published.clone(), self.stop.subscribe()),
        );
        let node = format!("node-{:016x}", self.db.random().u64());
        let Installed {
            memory,
            decider,
            playbook,
            ..
        } = installed;
        let learner = Learner::new(decider.clone(), node.clone());
        workers.spawn(learner.run(self.stop.subscribe()));
        workers.spawn(decider.clone().follow_stopped(self.stop.subscribe()));
        workers.spawn(decider.clone().keep_codes(self.stop.subscribe()));
        workers.spawn(decision::segment::keep(
            decider.clone(),
            self.stop.subscribe(),
        ));
        workers.spawn(decision::suppression::keep(
            decider.clone(),
            self.stop.subscribe(),
        ));
        let (keeper, name) = (decider.clone(), node.clone());
        workers.spawn(decision::targeting::keep(
            keeper,
            name,
            self.stop.subscribe(),
        ));
        workers.spawn(
            decider
                .clone()
                .keep_worths(self.gate.published.clone(), self.stop.subscribe()),
        );
        workers.spawn(Engine::new(memory, decider, playbook, node).run(self.stop.subscribe()));
        workers.spawn(memory::keep(
            self.memory_state.clone(),
            self.stop.subscribe(),
        ));
        workers.spawn(self.simulator.clone().work(self.stop.subscribe()));
        let provider = mail::provider(&self.config.mail, &self.db);
        let sender = Sender::new(self.execution.clone(), provider);
        workers.spawn(sender.run(self.stop.subscribe()));
        workers.spawn(health::upkeep(self.figures.clone(), self.stop.subscribe()));
        workers
    }

    /// Ends the workers, waits for them, and closes the store.
    pub async fn finish(&self, mut workers: JoinSet<()>) {
        self.stop.send_replace(true);
        while let Some(ended) = workers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker failed");
            }
        }
        if let Err(error) = self.installed.memory.close().await {
            tracing::error!(%error, "the log keeps what could not be written behind");
        }
        self.db.close().await;
    }
}
