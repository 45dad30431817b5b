//! The lake: everything that ever happened, as sorted columns under the log, for questions about
//! many customers.
//!
//! Rows leave the log exactly once into Parquet files, sorted by customer and time. Which files
//! are live is a table of the store, so a view is one state of everything: the files, and the tail
//! that is in none yet. Rows keep the leaf customer they were written for; a view shows the
//! customer they belong to now.

/// A place where tests let the lake's work fail, for each store by itself.
macro_rules! fail_here {
    ($lake:expr, $name:literal) => {
        match $lake.db().log_order() {
            "seq" => fail::fail_point!(concat!($name, "_seq"), |_| Err(Error::Closed)),
            _ => fail::fail_point!(concat!($name, "_tx"), |_| Err(Error::Closed)),
        }
    };
}

pub mod api;
mod archive;
mod batch;
mod column;
mod compact;
mod customers;
mod cut;
#[cfg(test)]
mod cut_tests;
mod db;
mod each;
mod erase;
#[cfg(test)]
pub(crate) mod far_tests;
mod job;
#[cfg(test)]
mod keep_tests;
mod look;
mod mention;
mod order;
mod plan;
mod scan;
mod seen;
mod table;
mod tail;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use std::sync::Arc;

use store::lake::Ground;
use tokio::sync::Mutex;

use crate::Error;
use crate::log::Kept;

pub use column::{AttributeColumn, PropertyColumns};
pub use job::{Round, Upkeep};
pub use table::Table;
pub use view::{Scan, View};

/// A cheap handle to the lake.
#[derive(Clone)]
pub struct Lake(Arc<Inner>);

/// Where the lake is, who answers, and what is done when.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where files are kept and who answers queries.
    pub ground: store::lake::Settings,
    /// What is done when.
    pub upkeep: Upkeep,
}

struct Inner {
    kept: Arc<Kept>,
    ground: Ground,
    upkeep: Upkeep,
    /// The live files as of a generation, for looking up single rows.
    files: parking_lot::Mutex<Option<(i64, Arc<Vec<store::lake::db::File>>)>>,
    /// What tells whether a statement is in a file already.
    seen: Mutex<seen::Seen>,
    /// What is known from the last view, and that view.
    last: Mutex<(cut::Known, Option<View>)>,
}

impl Lake {
    pub(crate) fn open(kept: Arc<Kept>, settings: &Settings) -> Result<Lake, Error> {
        let ground = Ground::open(&settings.ground)?;
        Ok(Lake(Arc::new(Inner {
            kept,
            ground,
            upkeep: settings.upkeep,
            files: parking_lot::Mutex::default(),
            seen: Mutex::default(),
            last: Mutex::default(),
        })))
    }

    /// Where files lie unless the installation says otherwise: beside the embedded store, or in
    /// the folder for temporary files under a name that every process of the store finds.
    pub(crate) async fn usual_place(db: &store::Db) -> Result<Settings, Error> {
        let folder = match db.file().and_then(std::path::Path::parent) {
            Some(beside) => beside.join("lake"),
            None => std::env::temp_dir().join(format!("rapport-lake-{}", db::own_name(db).await?)),
        };
        Ok(Settings {
            ground: store::lake::Settings::folder(folder),
            upkeep: Upkeep::default(),
        })
    }

    fn db(&self) -> &store::Db {
        &self.0.kept.db
    }

    /// One consistent state of everything: committed files and the tail, never torn. It is made in
    /// a task of its own, because half of a cut is none: who stops waiting leaves it whole.
    pub async fn view(&self) -> Result<View, Error> {
        let lake = self.clone();
        let made = tokio::spawn(async move { lake.newest_view().await });
        made.await.map_err(|_| Error::Closed)?
    }

    async fn newest_view(&self) -> Result<View, Error> {
        let mut last = self.0.last.lock().await;
        // It is given back when it is whole: what was half read is read again from the beginning.
        let (mut known, view) = std::mem::take(&mut *last);
        let view = match known.cut(&self.0.kept).await? {
            Some(cut) => View::new(&self.0.ground, cut),
            None => {
                let mut again = view.ok_or(Error::Closed)?;
                again.as_of = self.0.kept.db.now();
                again
            }
        };
        *last = (known, Some(view.clone()));
        Ok(view)
    }
}
