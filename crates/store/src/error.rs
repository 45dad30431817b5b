//! What can go wrong with the store.

/// A failure of the store, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The address of the store is neither `sqlite:` nor `postgres:`.
    #[error("store address must start with \"sqlite:\" or \"postgres:\"")]
    Address,
    /// A row did not have the shape the code expects.
    #[error("column {column}: expected {expected}, found {found}")]
    Column {
        /// Position of the column, from 0.
        column: usize,
        /// What the code asked for.
        expected: &'static str,
        /// What the row holds.
        found: &'static str,
    },
    /// A row was expected and there was none.
    #[error("no row where one must be")]
    NoRow,
    /// A stored JSON text does not have the shape the code expects.
    #[error("stored JSON is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// Somebody else saved the definition meanwhile.
    #[error("definition {kind}/{key} was changed meanwhile: it is at version {version} now")]
    Changed {
        /// Kind of the definition.
        kind: String,
        /// Key of the definition.
        key: String,
        /// Its version now.
        version: i64,
        /// The content hash of that version.
        hash: String,
        /// Who saved it.
        author: String,
    },
    /// There is no such definition or version.
    #[error("there is no definition {kind}/{key}")]
    NoDefinition {
        /// Kind asked for.
        kind: String,
        /// Key asked for.
        key: String,
    },
    /// A lease is held by somebody else, or the fence has moved on.
    #[error("the lease {0} is no longer held")]
    LeaseLost(String),
    /// The file system failed (backup, restore).
    #[error("file operation failed: {0}")]
    File(#[from] std::io::Error),
    /// A file of the lake could not be read or written.
    #[error("a file of the lake failed: {0}")]
    Object(#[from] object_store::Error),
    /// A query of the lake failed.
    #[error("a query of the lake failed: {0}")]
    Query(Box<datafusion::error::DataFusionError>),
    /// Somebody read so long that the journal could not be emptied.
    #[error("the store's journal is being read and cannot be emptied")]
    Busy,
    /// Stored data has a newer format than this program knows.
    #[error("the store is at migration {found}, this program knows {known}; use a newer program")]
    TooNew {
        /// Newest migration in the store.
        found: i64,
        /// Newest migration of this program.
        known: i64,
    },
}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(error: datafusion::error::DataFusionError) -> Error {
        Error::Query(Box::new(error))
    }
}

impl From<datafusion::arrow::error::ArrowError> for Error {
    fn from(error: datafusion::arrow::error::ArrowError) -> Error {
        datafusion::error::DataFusionError::from(error).into()
    }
}

impl Error {
    /// True when a unique or primary key was violated.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Error::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// True when the transaction lost a race and may be tried again as a whole.
    pub fn is_retryable(&self) -> bool {
        let Error::Database(sqlx::Error::Database(e)) = self else {
            return false;
        };
        matches!(
            e.code().as_deref(),
            Some("40001" | "40P01" | "5" | "517" | "261")
        )
    }
}
