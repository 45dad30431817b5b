//! Files for pulls: in the folder that is open to feeds, or in a bucket.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use store::definition::Problem;
use store::lake::{Files, Listed, Place};

use super::pull::Failure;
use super::{Origin, Places, places};
use crate::source::import::file::Unreadable;
use crate::source::import::upload;

/// Files of a folder that are looked at.
const FILES_LIMIT: usize = 10_000;
/// How deep folders may lie in each other.
const DEPTH_LIMIT: usize = 8;
/// A file that is still being written changes within this time.
const SETTLE: Duration = Duration::from_millis(500);

/// Where files lie.
pub(super) enum Shelf {
    /// In a folder; nothing outside it is read.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(Files),
}

/// What is wrong with the path of a folder.
pub(super) fn problem(path: &str) -> Option<Problem> {
    let strange = path.starts_with('/')
        || path.contains(['\\', '\0'])
        || path.split('/').any(|part| part == "..");
    strange.then(|| {
        let problem = Problem::new("/path", "the folder must lie below the one that is open");
        problem.hint("write it without a slash at the beginning and without ..")
    })
}

/// Whether a path fits a pattern: `*` stands for any letters of a name, `?` for one.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), path.chars().collect());
    // Where the last star stood, and how much of the path it has taken.
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < path.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some('?') if path[from] != '/' => (at, from) = (at + 1, from + 1),
            Some(letter) if *letter == path[from] && *letter != '?' => {
                (at, from) = (at + 1, from + 1);
            }
            Some(_) | None => match star {
                Some((place, taken)) if path[taken] != '/' => {
                    star = Some((place, taken + 1));
                    (at, from) = (place + 1, taken + 1);
                }
                Some(_) | None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Names of files that are not finished, or not meant.
fn hidden(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let endings = [".tmp", ".part", ".partial", ".crdownload"];
    name.starts_with(['.', '_']) || endings.iter().any(|ending| name.ends_with(ending))
}

/// Tells one content of a path from another.
pub(super) fn mark(listed: &Listed) -> String {
    match &listed.tag {
        Some(tag) => tag.clone(),
        None => format!("{}-{}", listed.size_bytes, listed.changed_ms),
    }
}

impl Shelf {
    /// The place of a feed's files.
    pub(super) fn of(places: &Places, origin: &Origin) -> Result<Shelf, Failure> {
        match origin {
            Origin::Folder { .. } => match &places.folder {
                Some(folder) => Ok(Shelf::Folder(folder.clone())),
                None => Err(Failure::Said(
                    "no folder is open to feeds; whoever runs the server sets feeds.folder"
                        .to_owned(),
                )),
            },
            Origin::Bucket { bucket, .. } => {
                let setting = "feeds.buckets";
                let named = places::named(&places.buckets, "bucket", setting, bucket);
                let bucket = named.map_err(Failure::Said)?;
                let opened = Files::open(&Place::Bucket(bucket.clone()));
                Ok(Shelf::Bucket(opened.map_err(unreachable)?))
            }
            Origin::Query { .. } | Origin::Nats { .. } | Origin::Kafka { .. } => {
                Err(Failure::Said("this feed has no files".to_owned()))
            }
        }
    }

    /// The files of a feed, oldest first.
    pub(super) async fn list(&self, origin: &Origin) -> Result<Vec<Listed>, Failure> {
        let (Origin::Folder { path, files } | Origin::Bucket { path, files, .. }) = origin else {
            return Ok(vec![]);
        };
        let mut found = match self {
            Shelf::Bucket(store) => {
                let found = store.list(path.trim_matches('/'), FILES_LIMIT + 1).await;
                found.map_err(unreachable)?
            }
            Shelf::Folder(root) => {
                let first = in_folder(root.clone(), path.clone()).await?;
                tokio::time::sleep(SETTLE).await;
                let again = in_folder(root.clone(), path.clone()).await?;
                let first: HashSet<String> = first.iter().map(whole).collect();
                let settled = again.into_iter();
                settled.filter(|one| first.contains(&whole(one))).collect()
            }
        };
        if found.len() > FILES_LIMIT {
            return Err(Failure::Said(format!(
                "the folder has more than {FILES_LIMIT} files; move away what was brought in"
            )));
        }
        let above = match path.trim_matches('/') {
            "" => String::new(),
            path => format!("{path}/"),
        };
        found.retain(|one| {
            let name = one.name.strip_prefix(&above);
            name.is_some_and(|name| !hidden(name) && fits(files, name))
        });
        found.sort_by(|a, b| (a.changed_ms, &a.name).cmp(&(b.changed_ms, &b.name)));
        Ok(found)
    }

    /// Copies a file, or its beginning, to a path.
    pub(super) async fn fetch(
        &self,
        listed: &Listed,
        to: &Path,
        first_bytes: Option<u64>,
    ) -> Result<(), Failure> {
        if first_bytes.is_none() && listed.size_bytes > upload::LIMIT_BYTES {
            return Err(Failure::File(Unreadable::new(
                "the file has more than 2 GB",
                "pack it with gzip, or cut it into several",
            )));
        }
        match self {
            Shelf::Bucket(store) => {
                let got = store.download(&listed.name, to, first_bytes).await;
                got.map_err(unreachable)
            }
            Shelf::Folder(root) => {
                let (root, name, to) = (root.clone(), listed.name.clone(), to.to_owned());
                let copied = tokio::task::spawn_blocking(move || copy(&root, &name, &to));
                let copied = copied.await.map_err(std::io::Error::other);
                copied.flatten().map_err(|error| {
                    let message = format!("the file cannot be read: {error}");
                    Failure::File(Unreadable::new(
                        message,
                        "see whether the server may read it",
                    ))
                })
            }
        }
    }
}

fn unreachable(error: store::Error) -> Failure {
    Failure::Said(format!("the bucket cannot be read: {error}"))
}

fn whole(listed: &Listed) -> String {
    format!("{}\0{}", listed.name, mark(listed))
}

/// A path within a folder; an error when it leads out of it.
fn inside(root: &Path, name: &str) -> std::io::Result<PathBuf> {
    let root = root.canonicalize()?;
    let path = root.join(name).canonicalize()?;
    match path.starts_with(&root) {
        true => Ok(path),
        false => Err(std::io::Error::other("it lies outside the folder")),
    }
}

fn copy(root: &Path, name: &str, to: &Path) -> std::io::Result<()> {
    let mut from = std::fs::File::open(inside(root, name)?)?;
    let mut target = std::fs::File::create(to)?;
    std::io::copy(&mut from, &mut target)?;
    target.sync_all()
}

async fn in_folder(root: PathBuf, path: String) -> Result<Vec<Listed>, Failure> {
    let walked = tokio::task::spawn_blocking(move || {
        let folder = inside(&root, path.trim_matches('/'))?;
        let mut found = vec![];
        walk(&root.canonicalize()?, &folder, 0, &mut found)?;
        Ok::<_, std::io::Error>(found)
    });
    let walked = walked.await.map_err(std::io::Error::other).flatten();
    walked.map_err(|error| Failure::Said(format!("the folder cannot be read: {error}")))
}

/// Collects files; links are not followed, so that nothing outside is reached.
fn walk(root: &Path, folder: &Path, depth: usize, found: &mut Vec<Listed>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let facts = match entry.metadata() {
            Ok(facts) => facts,
            // Gone since the folder was read.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let path = entry.path();
        if facts.is_dir() && depth < DEPTH_LIMIT {
            walk(root, &path, depth + 1, found)?;
        }
        let name = path.strip_prefix(root).ok().and_then(Path::to_str);
        let (Some(name), true) = (name, facts.is_file()) else {
            continue;
        };
        let changed = facts.modified()?.duration_since(UNIX_EPOCH);
        found.push(Listed {
            name: name.to_owned(),
            size_bytes: facts.len(),
            changed_ms: changed.map_or(0, |since| since.as_millis() as i64),
            tag: None,
        });
        if found.len() > FILES_LIMIT {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_names_within_a_folder() {
        let table = [
            ("*.csv", "a.csv", true),
            ("*.csv", "deep/a.csv", false),
            ("*/*.csv", "deep/a.csv", true),
            ("orders-????.csv*", "orders-2026.csv.gz", true),
            ("orders-????.csv", "orders-26.csv", false),
            ("a*b*c", "aXbXbYc", true),
            ("a*b*c", "aXbXbY", false),
            ("*", "", true),
            ("a", "", false),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_folder_cannot_be_left() {
        for path in ["/etc", "../etc", "a/../../etc", "a\\..\\b"] {
            assert!(problem(path).is_some(), "{path}");
        }
        assert!(problem("a/b..c").is_none());
        let folder = tempfile::tempdir().unwrap();
        let (open, other) = (folder.path().join("open"), folder.path().join("other"));
        std::fs::create_dir_all(&open).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join("secret.csv"), "a").unwrap();
        std::os::unix::fs::symlink(&other, open.join("link")).unwrap();
        std::os::unix::fs::symlink(other.join("secret.csv"), open.join("a.csv")).unwrap();
        assert!(inside(&open, "link").is_err());
        assert!(inside(&open, "../other/secret.csv").is_err());
        assert!(copy(&open, "a.csv", &folder.path().join("out")).is_err());
        let mut found = vec![];
        let root = open.canonicalize().unwrap();
        walk(&root, &root, 0, &mut found).unwrap();
        assert_eq!(found, []);
    }
}
