//! `rapport demo`: a shop with real orders, visitors who keep buying, and the marketer's view.

use std::path::PathBuf;

use gate::definition::{self, DefinitionFile};
use gate::key::{self, NewKey};
use gate::user::{self, NewAccount, Role};
use gate::{Scope, User, setup};
use store::{Clock, Random};

use super::server::Server;
use crate::config::Config;
use crate::demo::client::Client;
use crate::demo::orders::History;
use crate::demo::{definitions, import, orders, shop, visitors};
use crate::reach::problem_in_words;
use crate::{App, KINDS, router};

/// With whom a person can sign in to the demo.
const EMAIL: &str = "demo@example.com";
const PASSWORD: &str = "let me look around";
/// Codes in the pool of the demo.
const CODES: u32 = 2_000;
/// Events of the history between two lines about progress.
const PROGRESS_EVENTS: usize = 5_000;

/// Start a shop with customers, and the marketer's view of them.
#[derive(clap::Args)]
pub struct Demo {
    /// How fast time passes for visitors: at 1 a new one comes about every six seconds
    #[arg(long, default_value_t = 3.0)]
    speed: f64,
    /// The same number brings the same visitors
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Without the order history of the past year
    #[arg(long)]
    without_history: bool,
}

/// A folder that goes away with the demo, unless the user named one.
struct Folder(Option<PathBuf>);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Demo {
    /// Prepares the shop, serves, and lets visitors in.
    pub async fn run(self, mut config: Config) -> anyhow::Result<()> {
        let mut folder = Folder(None);
        if config.data == Config::default().data {
            let name = format!("rapport-demo-{:08x}", Random::system().u64() as u32);
            config.data = std::env::temp_dir().join(name);
            folder.0 = Some(config.data.clone());
        }
        let clock = Clock::system();
        let server = Server::open(config, clock.clone()).await?;
        let app = server.app.clone();
        prepare(&app).await?;
        // The page of a shop has a key that everybody may read; its server keeps another one.
        let page_key = issue(&app, "demo shop", vec![Scope::Page]).await?;
        let server_key = issue(&app, "demo visitors", vec![Scope::Ingest, Scope::Decide]).await?;
        let till_key = issue(&app, "demo till", vec![Scope::Redeem]).await?;
        let history = orders::load(clock.now());
        let settings = shop::Settings {
            key: page_key,
            till_key,
            customers: history.to_try(),
        };
        let pages = shop::routes(&settings, &history.products);
        let client = Client::new(&format!("http://{}", server.address), &server_key, clock)?;
        let life = tokio::spawn(live(client, history, self));
        let served = server
            .serve(router::with(&app, pages), &greeting(&app))
            .await;
        life.abort();
        served
    }
}

fn greeting(app: &App) -> String {
    let base = &app.base_url;
    format!(
        "Rapport listens on {base}\n\
         \n\
         \x20 The shop:            {base}/shop\n\
         \x20 The marketer's view: {base}/        sign in as {EMAIL} with: {PASSWORD}\n\
         \x20 The till:            {base}/shop/till\n\
         \x20 The mailbox:         {base}/mailbox\n\
         \n\
         Stop with Ctrl-C.\n"
    )
}

/// Makes the account and the definitions, and fills the pool of codes.
async fn prepare(app: &App) -> anyhow::Result<()> {
    let first_start = !user::db::any(&app.db).await?;
    if first_start {
        let new = NewAccount {
            email: EMAIL.to_owned(),
            name: "Demo".to_owned(),
            role: Role::Administrator,
            password: PASSWORD.to_owned(),
        };
        let made = setup::first_administrator(&app.gate, "demo", new).await;
        made.map_err(problem_in_words)?;
    }
    let user = User::command();
    let base_url = &app.base_url;
    bring(app, &user, definitions::all(base_url), "demo", true).await?;
    if first_start {
        let note = "fewer coupons; try it in the simulator";
        bring(app, &user, definitions::drafts(base_url), note, false).await?;
    }
    decision::code::api::fill(&app.installed.decider, "welcome_code", "WELCOME-", CODES)
        .await
        .map_err(problem_in_words)
}

/// Makes a key; its secret.
async fn issue(app: &App, name: &str, scopes: Vec<Scope>) -> anyhow::Result<String> {
    let new = NewKey {
        name: name.to_owned(),
        scopes,
        source_id: None,
    };
    let issued = key::create(&app.db, &User::command(), new).await;
    Ok(issued.map_err(problem_in_words)?.secret)
}

/// Saves definitions of the kinds that the program has, and publishes them if asked to.
async fn bring(
    app: &App,
    user: &User,
    definitions: Vec<definitions::Definition>,
    note: &str,
    publish: bool,
) -> anyhow::Result<()> {
    let known = |kind: &str| KINDS.iter().any(|managed| managed.kind.name == kind);
    let files = definitions.into_iter().filter(|one| known(&one.kind));
    let files = files.map(|one| DefinitionFile {
        path: format!("{}/{}.json", one.kind, one.key),
        body: one.body,
    });
    let brought = definition::import(&app.gate, user, files.collect(), note, publish).await;
    brought.map_err(problem_in_words)?;
    Ok(())
}

/// Brings the past in, then lets visitors come and go.
async fn live(client: Client, history: History, demo: Demo) {
    if !demo.without_history {
        let mut told = 0;
        let progress = |done: usize, total: usize| {
            if done - told >= PROGRESS_EVENTS || done == total {
                told = done;
                tracing::info!(done, total, "order history");
            }
        };
        if let Err(error) = import::run(&client, &history, progress).await {
            tracing::error!(%error, "the order history could not be brought in");
        }
        let past = visitors::past::events(&history, client.now(), demo.seed);
        if let Err(error) = import::past_visits(&client, past).await {
            tracing::error!(%error, "the visits of the past month could not be brought in");
        }
    }
    let options = visitors::Options {
        speed: demo.speed,
        seed: demo.seed,
        visits: None,
    };
    visitors::run(&client, &history, &options).await;
}
