//! The ground of the lake: Parquet files in a folder or a bucket, which of them are live, and
//! sessions that query them.

pub mod db;
mod files;
mod session;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

pub use files::{Files, Listed};
pub use session::{Engine, Ground};
pub use write::{Shape, encode};

/// Where files are kept and who answers queries.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the files are.
    pub place: Place,
    /// Who answers queries.
    pub engine: Engine,
}

impl Settings {
    /// Files in a folder, queries in this process.
    pub fn folder(folder: PathBuf) -> Settings {
        Settings {
            place: Place::Folder(folder),
            engine: Engine::Embedded,
        }
    }
}

/// Where the files are.
#[derive(Clone)]
pub enum Place {
    /// In a folder that every process of the installation reaches.
    Folder(PathBuf),
    /// In a bucket that speaks S3.
    Bucket(Bucket),
}

/// A bucket that speaks S3.
#[derive(Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The folder within it; may be empty.
    pub prefix: String,
    /// Where it is asked for, unless it is Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The id of the access key; from the environment unless given.
    pub access_key: Option<String>,
    /// The secret of the access key.
    pub secret_key: Option<String>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Folder(folder) => write!(f, "{}", folder.display()),
            Place::Bucket(bucket) => write!(f, "s3://{}/{}", bucket.name, bucket.prefix),
        }
    }
}
