//! Reading and writing whole files of the lake. A file is written once and never changed.

use std::path::Path as FilePath;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;
use url::Url;

use super::{Bucket, Place};
use crate::Error;

/// The place of the files.
#[derive(Clone, Debug)]
pub struct Files {
    pub(super) store: Arc<dyn ObjectStore>,
    /// What the store answers for, for example `file:///` or `s3://bucket/`.
    pub(super) root: Url,
    /// The folder of the lake within it.
    prefix: Path,
    /// True when files are in a folder of this machine, which has to be told to keep them.
    local: bool,
}

/// A file that somebody put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name, from the folder on that was opened.
    pub name: String,
    /// How large it is.
    pub size_bytes: u64,
    /// When it was last written, in milliseconds since the epoch.
    pub changed_ms: i64,
    /// What the store says of its content, if it says so.
    pub tag: Option<String>,
}

impl Files {
    /// Opens (and creates) the place.
    pub fn open(place: &Place) -> Result<Files, Error> {
        match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let folder = folder.canonicalize()?;
                Ok(Files {
                    store: Arc::new(LocalFileSystem::new()),
                    root: Url::parse("file:///").expect("a constant that is a URL"),
                    prefix: Path::from_absolute_path(&folder).map_err(object_store::Error::from)?,
                    local: true,
                })
            }
            Place::Bucket(bucket) => open_bucket(bucket),
        }
    }

    /// Where the files are, for people.
    pub fn place(&self) -> String {
        match self.local {
            true => format!("/{}", self.prefix),
            false => format!("{}{}", self.root, self.prefix),
        }
    }

    /// The address of a file for queries.
    pub fn url(&self, name: &str) -> String {
        format!("{}{}", self.root, self.path(name))
    }

    /// The place of a file within the store.
    pub fn path(&self, name: &str) -> Path {
        let whole = format!("{}/{name}", self.prefix);
        Path::from(whole.trim_start_matches('/'))
    }

    /// Writes a file; it is complete and safe when this returns.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        if !self.local {
            self.store.put(&self.path(name), bytes.into()).await?;
            return Ok(());
        }
        let target = FilePath::new("/").join(self.path(name).as_ref());
        let written = tokio::task::spawn_blocking(move || keep(&target, &bytes));
        written.await.map_err(std::io::Error::other)??;
        Ok(())
    }

    /// Reads a file.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>, Error> {
        let found = self.store.get(&self.path(name)).await?;
        Ok(found.bytes().await?.into())
    }

    /// The files below a folder, in no order; more than `limit` is an error of whoever asks.
    pub async fn list(&self, under: &str, limit: usize) -> Result<Vec<Listed>, Error> {
        let whole = self.path(under);
        let mut found = self.store.list(Some(&whole)).take(limit);
        let above = format!("{}/", self.prefix);
        let above = above.trim_start_matches('/');
        let mut listed = vec![];
        while let Some(meta) = found.try_next().await? {
            let name = meta.location.as_ref();
            listed.push(Listed {
                name: name.strip_prefix(above).unwrap_or(name).to_owned(),
                size_bytes: meta.size,
                changed_ms: meta.last_modified.timestamp_millis(),
                tag: meta.e_tag,
            });
        }
        Ok(listed)
    }

    /// Copies a file, or its first bytes, to a path on this machine.
    pub async fn download(
        &self,
        name: &str,
        to: &FilePath,
        first_bytes: Option<u64>,
    ) -> Result<(), Error> {
        let options = GetOptions {
            range: first_bytes.map(|end| GetRange::Bounded(0..end)),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&self.path(name), options).await?;
        let mut chunks = found.into_stream();
        let mut file = tokio::fs::File::create(to).await?;
        while let Some(chunk) = chunks.try_next().await? {
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(file.sync_all().await?)
    }

    /// Removes a file; one that is gone already is no error.
    pub async fn remove(&self, name: &str) -> Result<(), Error> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Writes beside the target, makes the disk keep it, and puts it in place.
fn keep(target: &FilePath, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = target.parent().unwrap_or(FilePath::new("/"));
    std::fs::create_dir_all(folder)?;
    let partial = target.with_extension("partial");
    let mut file = std::fs::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&partial, target)?;
    std::fs::File::open(folder)?.sync_all()
}

fn open_bucket(bucket: &Bucket) -> Result<Files, Error> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(&bucket.name);
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(region) = &bucket.region {
        builder = builder.with_region(region);
    }
    if let Some(key) = &bucket.access_key {
        builder = builder.with_access_key_id(key);
    }
    if let Some(secret) = &bucket.secret_key {
        builder = builder.with_secret_access_key(secret);
    }
    let root = Url::parse(&format!("s3://{}/", bucket.name)).map_err(std::io::Error::other)?;
    Ok(Files {
        store: Arc::new(builder.build()?),
        root,
        prefix: Path::from(bucket.prefix.as_str()),
        local: false,
    })
}
