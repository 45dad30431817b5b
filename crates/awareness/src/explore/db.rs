//! What explore reads of the store: members of segments and saved views.

use roaring::RoaringTreemap;
use store::{Db, Error, params};

/// Members read at once.
const MEMBERS_PAGE: i64 = 50_000;

/// The members of a segment.
pub async fn members(db: &Db, segment: &str) -> Result<RoaringTreemap, Error> {
    let mut members = RoaringTreemap::new();
    let mut after = -1_i64;
    loop {
        let rows: Vec<(i64,)> = db
            .fetch_all(
                "SELECT customer_id FROM segment_members
                 WHERE segment_key = $1 AND inside = 1 AND customer_id > $2
                 ORDER BY customer_id LIMIT $3",
                params![segment, after, MEMBERS_PAGE],
            )
            .await?;
        let Some((last,)) = rows.last() else {
            return Ok(members);
        };
        after = *last;
        members.extend(rows.iter().map(|(id,)| id.unsigned_abs()));
    }
}
