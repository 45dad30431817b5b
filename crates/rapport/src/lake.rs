//! What an installation decides about the lake.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use memory::lake::{Settings, Upkeep};
use serde::{Deserialize, Serialize};
use store::lake::{Bucket, Engine, Place, Settings as Ground};

use crate::config::Secret;

const HOUR_MS: i64 = 3_600_000;

/// Where the files under the log are, who answers queries, and what is kept how long.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lake {
    /// A folder, or `s3://bucket/folder`; the folder `lake` in `data` unless given.
    pub place: Option<String>,
    /// `embedded`, or `ballista://host:port` of a cluster's scheduler that reaches the same files.
    pub engine: String,
    /// Where the bucket is asked for, unless it is Amazon's.
    pub endpoint: Option<String>,
    /// The region of the bucket.
    pub region: Option<String>,
    /// The id of the bucket's access key; from the usual variables of AWS unless given.
    pub access_key: Option<String>,
    /// The secret of the access key.
    pub secret_key: Option<Secret>,
    /// How many rows wait in the log before they move to files.
    pub archive_rows: i64,
    /// How old the oldest waiting row gets before rows move to files.
    pub archive_after_minutes: i64,
    /// How long rows stay in the log, too, after they moved to files.
    pub keep_log_hours: i64,
    /// How long events and decisions are kept; for ever unless given.
    pub keep_days: Option<i64>,
}

impl Default for Lake {
    fn default() -> Lake {
        let upkeep = Upkeep::default();
        Lake {
            place: None,
            engine: "embedded".to_owned(),
            endpoint: None,
            region: None,
            access_key: None,
            secret_key: None,
            archive_rows: upkeep.archive_rows,
            archive_after_minutes: upkeep.archive_after_ms / 60_000,
            keep_log_hours: upkeep.keep_log_ms / HOUR_MS,
            keep_days: None,
        }
    }
}

impl Lake {
    /// The settings as the lake takes them.
    pub fn settings(&self, data: &Path) -> anyhow::Result<Settings> {
        ensure!(
            self.archive_rows > 0,
            "lake.archive_rows must be at least 1"
        );
        ensure!(
            self.archive_after_minutes >= 0 && self.keep_log_hours >= 0,
            "lake.archive_after_minutes and lake.keep_log_hours must not be negative"
        );
        ensure!(
            self.keep_days.is_none_or(|days| days > 0),
            "lake.keep_days must be at least 1"
        );
        Ok(Settings {
            ground: Ground {
                place: self.place(data)?,
                engine: self.engine()?,
            },
            upkeep: Upkeep {
                archive_rows: self.archive_rows,
                archive_after_ms: self.archive_after_minutes * 60_000,
                keep_log_ms: self.keep_log_hours * HOUR_MS,
                keep_ms: self.keep_days.map(|days| days * 24 * HOUR_MS),
                ..Upkeep::default()
            },
        })
    }

    fn engine(&self) -> anyhow::Result<Engine> {
        if self.engine == "embedded" {
            return Ok(Engine::Embedded);
        }
        match self.engine.strip_prefix("ballista://") {
            Some(address) if address.contains(':') => {
                Ok(Engine::Ballista(format!("http://{address}")))
            }
            Some(_) | None => bail!(
                "lake.engine is {:?}; it must be embedded or ballista://host:port",
                self.engine
            ),
        }
    }

    fn place(&self, data: &Path) -> anyhow::Result<Place> {
        let Some(place) = &self.place else {
            return Ok(Place::Folder(data.join("lake")));
        };
        if !place.starts_with("s3://") {
            ensure!(
                !place.contains("://"),
                "lake.place is {place:?}; it must be a folder or s3://bucket/folder"
            );
            return Ok(Place::Folder(PathBuf::from(place)));
        }
        Ok(Place::Bucket(Bucket {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone().map(|Secret(text)| text),
            ..bucket(place, "lake.place")?
        }))
    }

    /// The folder with the files; `None` when they are in a bucket.
    pub fn folder(&self, data: &Path) -> anyhow::Result<Option<PathBuf>> {
        match self.place(data).context("lake.place")? {
            Place::Folder(folder) => Ok(Some(folder)),
            Place::Bucket(_) => Ok(None),
        }
    }
}

/// The bucket of an address like `s3://bucket/folder`, without a key to it.
pub(crate) fn bucket(place: &str, setting: &str) -> anyhow::Result<Bucket> {
    let named = place.strip_prefix("s3://");
    let named = named.with_context(|| format!("{setting} must be s3://bucket/folder"))?;
    let (name, prefix) = named.split_once('/').unwrap_or((named, ""));
    ensure!(!name.is_empty(), "{setting} names no bucket");
    Ok(Bucket {
        name: name.to_owned(),
        prefix: prefix.trim_matches('/').to_owned(),
        endpoint: None,
        region: None,
        access_key: None,
        secret_key: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_an_engine_are_read() {
        let lake = Lake {
            place: Some("s3://shop/rapport/lake/".to_owned()),
            engine: "ballista://scheduler:50050".to_owned(),
            ..Lake::default()
        };
        let settings = lake.settings(Path::new("data")).unwrap();
        assert_eq!(
            format!("{:?}", settings.ground.place),
            "s3://shop/rapport/lake"
        );
        let scheduler = Engine::Ballista("http://scheduler:50050".to_owned());
        assert_eq!(settings.ground.engine, scheduler);
        for (place, engine) in [("ftp://there", "embedded"), ("here", "spark://there:1")] {
            let (place, engine) = (Some(place.to_owned()), engine.to_owned());
            let lake = Lake {
                place,
                engine,
                ..Lake::default()
            };
            assert!(lake.settings(Path::new("data")).is_err());
        }
    }
}
