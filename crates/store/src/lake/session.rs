//! Sessions that query files: in this process, or on a cluster.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::{Files, Settings};
use crate::Error;

/// What queries may hold in memory before they write to disk: 4 GiB.
const MEMORY_BYTES: usize = 4 << 30;
/// Footers of files kept in memory: 256 MiB.
const FOOTERS_BYTES: usize = 256 << 20;

/// Who answers queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// This process.
    Embedded,
    /// A Ballista cluster, by the address of its scheduler, for example `http://scheduler:50050`.
    Ballista(String),
}

/// What every session stands on: the files and what is remembered of them.
#[derive(Clone)]
pub struct Ground {
    /// The files.
    pub files: Files,
    /// Who answers queries.
    pub engine: Engine,
    runtime: Arc<RuntimeEnv>,
    /// A session with one partition, made when it is first wanted.
    in_order: Arc<OnceLock<SessionContext>>,
}

impl Ground {
    /// Opens the files.
    pub fn open(settings: &Settings) -> Result<Ground, Error> {
        let files = Files::open(&settings.place)?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(MEMORY_BYTES, 1.0)
            .with_metadata_cache_limit(FOOTERS_BYTES)
            .build_arc()?;
        runtime.register_object_store(&files.root, files.store.clone());
        Ok(Ground {
            files,
            engine: settings.engine.clone(),
            runtime,
            in_order: Arc::default(),
        })
    }

    /// The same files, asked by this process.
    pub fn embedding(&self) -> Ground {
        Ground {
            engine: Engine::Embedded,
            ..self.clone()
        }
    }

    /// A session of the engine.
    pub async fn session(&self) -> Result<SessionContext, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        match &self.engine {
            Engine::Embedded => Ok(self.embedded(threads)),
            Engine::Ballista(address) => self.cluster(address, threads).await,
        }
    }

    /// A session in this process that reads a file from its beginning to its end. It is always the
    /// same one, so nothing may be registered in it.
    pub fn in_order(&self) -> &SessionContext {
        self.in_order.get_or_init(|| self.embedded(1))
    }

    /// A session in this process with so many partitions.
    pub fn embedded(&self, partitions: usize) -> SessionContext {
        let config = config(partitions);
        SessionContext::new_with_config_rt(config, self.runtime.clone())
    }

    async fn cluster(&self, address: &str, partitions: usize) -> Result<SessionContext, Error> {
        use ballista::prelude::{SessionConfigExt, SessionContextExt};
        let config = config(partitions.max(2)).upgrade_for_ballista();
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.runtime.clone())
            .with_default_features()
            .build();
        Ok(SessionContext::remote_with_state(address, state).await?)
    }

    /// A table over files that are known, all of one schema; columns that a file lacks are empty.
    pub fn table(
        &self,
        names: &[String],
        schema: SchemaRef,
    ) -> Result<Arc<dyn TableProvider>, Error> {
        let urls: Result<Vec<ListingTableUrl>, _> = names
            .iter()
            .map(|name| ListingTableUrl::parse(self.files.url(name)))
            .collect();
        let format = ParquetFormat::default().with_skip_metadata(true);
        let options = ListingOptions::new(Arc::new(format)).with_file_extension("parquet");
        let config = ListingTableConfig::new_with_multi_paths(urls?)
            .with_listing_options(options)
            .with_schema(schema);
        let statistics = self.runtime.cache_manager.get_file_statistic_cache();
        Ok(Arc::new(
            ListingTable::try_new(config)?.with_cache(statistics),
        ))
    }
}

fn config(partitions: usize) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_collect_statistics(true)
        .with_information_schema(true);
    let parquet = &mut config.options_mut().execution.parquet;
    // Rows that a filter refuses are never decoded in the other columns.
    parquet.pushdown_filters = true;
    parquet.reorder_filters = true;
    parquet.enable_page_index = true;
    // Columns have the types they were written with, which callers rely on.
    parquet.schema_force_view_types = false;
    config
}
