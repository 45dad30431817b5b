//! Raw append: the least that durable ingestion costs, the same bytes written and synced.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Appends bodies in groups, each made durable before the next, and returns bodies per second.
pub fn bodies_per_s(folder: &Path, bodies: &[String], group: usize) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("append"))?;
    let start = Instant::now();
    let mut together = Vec::new();
    for group in bodies.chunks(group) {
        together.clear();
        for body in group {
            together.extend_from_slice(body.as_bytes());
        }
        file.write_all(&together)?;
        file.sync_all()?;
    }
    Ok(bodies.len() as f64 / start.elapsed().as_secs_f64())
}
