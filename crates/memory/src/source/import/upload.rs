//! Uploads: a stream of bytes becomes a file in the data folder.

use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Largest upload: 2 GB.
pub const LIMIT_BYTES: u64 = 2 << 30;

/// Why an upload failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It is too large.
    #[error("a file has at most 2 GB; pack it with gzip, or cut it into several")]
    TooLarge,
    /// The disk failed or is full.
    #[error("the file cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
}

/// A file that is being written; it vanishes unless it is finished.
pub struct Upload {
    file: File,
    path: PathBuf,
    length: u64,
    finished: bool,
}

impl Upload {
    /// Begins a file.
    pub async fn begin(path: &Path) -> Result<Upload, Failure> {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        Ok(Upload {
            file: File::create(path).await?,
            path: path.to_owned(),
            length: 0,
            finished: false,
        })
    }

    /// Adds bytes.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.length += bytes.len() as u64;
        if self.length > LIMIT_BYTES {
            return Err(Failure::TooLarge);
        }
        Ok(self.file.write_all(bytes).await?)
    }

    /// Makes the file durable; a start after a crash must find all of it.
    pub async fn finish(mut self) -> Result<u64, Failure> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        self.finished = true;
        Ok(self.length)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
