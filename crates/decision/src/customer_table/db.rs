//! Customer tables in the store.

use memory::CustomerId;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};

use super::upload::{Given, Reject, Upload, UploadId, UploadState};
use super::{CustomerTable, Kind, LARGEST_TABLES, TableRow};

const TABLE: &str = "key, title, kind, owner, expires_at, revision, row_count, author, created_at,
    updated_at";
const UPLOAD: &str = "id, table_key, name, state, replaces, next_row, accepted_count,
    rejected_count, author, created_at, updated_at";

impl FromRow for CustomerTable {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(CustomerTable {
            key: row.next()?,
            title: row.next()?,
            kind: Kind::of_word(&row.next::<String>()?).unwrap_or(Kind::Denials),
            owner: row.next()?,
            expires_at: row.next()?,
            revision: row.next()?,
            row_count: row.next()?,
            author: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

impl FromRow for Upload {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Upload {
            id: row.next()?,
            table: row.next()?,
            name: row.next()?,
            state: UploadState::of_word(&row.next::<String>()?),
            replaces: row.next()?,
            next_row: row.next()?,
            accepted_count: row.next()?,
            rejected_count: row.next()?,
            author: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Every table, by key.
pub async fn list(db: &Db) -> Result<Vec<CustomerTable>, Error> {
    let sql = format!("SELECT {TABLE} FROM customer_tables ORDER BY key LIMIT $1");
    db.fetch_all(&sql, params![LARGEST_TABLES]).await
}

/// One table.
pub async fn get(db: &Db, key: &str) -> Result<Option<CustomerTable>, Error> {
    let sql = format!("SELECT {TABLE} FROM customer_tables WHERE key = $1");
    db.fetch_optional(&sql, params![key]).await
}

/// Rows of all tables together.
pub async fn row_count(db: &Db) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(row_count), 0) AS BIGINT) FROM customer_tables";
    let (count,): (i64,) = db.fetch_one(sql, params![]).await?;
    Ok(count)
}

/// Makes a table; false when there is one of that key.
pub async fn insert(tx: &mut Tx, table: &CustomerTable) -> Result<bool, Error> {
    let made = tx
        .execute(
            "INSERT INTO customer_tables (key, title, kind, owner, expires_at, revision, row_count,
                 author, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7, $7) ON CONFLICT (key) DO NOTHING",
            params![
                table.key.as_str(),
                table.title.as_str(),
                table.kind.word(),
                table.owner.as_str(),
                table.expires_at,
                table.author.as_str(),
                table.created_at
            ],
        )
        .await?;
    Ok(made > 0)
}

/// Changes title, owner and end of a table.
pub async fn update(tx: &mut Tx, table: &CustomerTable, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE customer_tables SET title = $2, owner = $3, expires_at = $4, updated_at = $5
         WHERE key = $1",
        params![
            table.key.as_str(),
            table.title.as_str(),
            table.owner.as_str(),
            table.expires_at,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Removes a table with everything in it.
pub async fn delete(tx: &mut Tx, key: &str) -> Result<(), Error> {
    for sql in [
        "DELETE FROM customer_table_staged WHERE upload_id IN
             (SELECT id FROM customer_table_uploads WHERE table_key = $1)",
        "DELETE FROM customer_table_rejects WHERE upload_id IN
             (SELECT id FROM customer_table_uploads WHERE table_key = $1)",
        "DELETE FROM customer_table_uploads WHERE table_key = $1",
        "DELETE FROM customer_table_rows WHERE table_key = $1",
        "DELETE FROM customer_tables WHERE key = $1",
    ] {
        tx.execute(sql, params![key]).await?;
    }
    Ok(())
}

/// One stored row.
pub struct StoredRow {
    /// Whose (the leaf).
    pub customer_id: CustomerId,
    /// Key of the offer.
    pub offer: String,
    /// The score or the rank.
    pub figure: f64,
    /// Until when it counts.
    pub expires_at: Option<Timestamp>,
}

impl FromRow for StoredRow {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(StoredRow {
            customer_id: row.next()?,
            offer: row.next()?,
            figure: row.next()?,
            expires_at: row.next()?,
        })
    }
}

/// Rows of a table after a customer and offer.
pub async fn rows_of_table(
    db: &Db,
    key: &str,
    after: &(CustomerId, String),
    limit: i64,
) -> Result<Vec<StoredRow>, Error> {
    db.fetch_all(
        "SELECT customer_id, offer, figure, expires_at FROM customer_table_rows
         WHERE table_key = $1 AND (customer_id > $2 OR (customer_id = $2 AND offer > $3))
         ORDER BY customer_id, offer LIMIT $4",
        params![key, after.0, after.1.as_str(), limit],
    )
    .await
}

/// What the tables say about some ids of one customer.
pub async fn of_customer(db: &Db, ids: &[CustomerId]) -> Result<Vec<TableRow>, Error> {
    let sql = format!(
        "SELECT r.table_key, t.title, t.kind, t.owner, r.offer, r.figure,
             COALESCE(r.expires_at, t.expires_at)
         FROM customer_table_rows r JOIN customer_tables t ON t.key = r.table_key
         WHERE r.customer_id IN ({}) ORDER BY r.table_key, r.offer LIMIT 1000",
        store::in_list(ids.len(), 1)
    );
    let values = ids.iter().map(|id| store::Value::from(*id)).collect();
    type Columns = (
        String,
        String,
        String,
        String,
        String,
        f64,
        Option<Timestamp>,
    );
    let rows: Vec<Columns> = db.fetch_all(&sql, values).await?;
    let row = |(table, title, kind, owner, offer, figure, expires_at): Columns| TableRow {
        table,
        title,
        kind: Kind::of_word(&kind).unwrap_or(Kind::Denials),
        owner,
        offer,
        figure,
        expires_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Removes what a table says about some ids of one customer and an offer; how many rows.
pub async fn remove_row(
    tx: &mut Tx,
    ids: &[CustomerId],
    table: &str,
    offer: &str,
) -> Result<u64, Error> {
    let mut removed = 0;
    for id in ids {
        removed += tx
            .execute(
                "DELETE FROM customer_table_rows
                 WHERE customer_id = $1 AND table_key = $2 AND offer = $3",
                params![*id, table, offer],
            )
            .await?;
    }
    Ok(removed)
}

/// Says that a table's rows have changed, and counts them.
pub async fn changed(tx: &mut Tx, key: &str, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE customer_tables SET revision = revision + 1, updated_at = $2, row_count =
             (SELECT COUNT(*) FROM customer_table_rows WHERE table_key = $1)
         WHERE key = $1",
        params![key, now],
    )
    .await?;
    Ok(())
}

/// Begins an upload.
pub async fn begin(tx: &mut Tx, upload: &Upload) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO customer_table_uploads (id, table_key, name, state, replaces, next_row,
             accepted_count, rejected_count, author, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7, $7)",
        params![
            upload.id,
            upload.table.as_str(),
            upload.name.as_str(),
            upload.state.word(),
            upload.replaces,
            upload.author.as_str(),
            upload.created_at
        ],
    )
    .await?;
    Ok(())
}

/// One upload.
pub async fn upload(db: &Db, id: UploadId) -> Result<Option<Upload>, Error> {
    let sql = format!("SELECT {UPLOAD} FROM customer_table_uploads WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// The same, locked against others who continue it.
pub async fn upload_locked(tx: &mut Tx, id: UploadId) -> Result<Option<Upload>, Error> {
    let lock = tx.for_update();
    let sql = format!("SELECT {UPLOAD} FROM customer_table_uploads WHERE id = $1{lock}");
    tx.fetch_optional(&sql, params![id]).await
}

/// Uploads into a table, newest first.
pub async fn uploads(
    db: &Db,
    table: &str,
    before: UploadId,
    limit: i64,
) -> Result<Vec<Upload>, Error> {
    let sql = format!(
        "SELECT {UPLOAD} FROM customer_table_uploads WHERE table_key = $1 AND id < $2
         ORDER BY id DESC LIMIT $3"
    );
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    db.fetch_all(&sql, params![table, before, limit]).await
}

/// Writes a chunk of an upload, to wait for its end, and how far it has come.
pub async fn write(
    tx: &mut Tx,
    upload: &Upload,
    rows: Vec<Given>,
    rejects: &[Reject],
) -> Result<(), Error> {
    let rows = rows.into_iter().map(|row| {
        params![
            row.customer_id,
            upload.id,
            row.offer,
            row.figure,
            row.expires_at
        ]
    });
    let columns = ["customer_id", "upload_id", "offer", "figure", "expires_at"];
    let after = "ON CONFLICT (customer_id, upload_id, offer) DO UPDATE SET
        figure = excluded.figure, expires_at = excluded.expires_at";
    tx.insert_many("customer_table_staged", &columns, rows.collect(), after)
        .await?;
    let rejects = rejects.iter().map(|reject| {
        let (reason, detail) = (reject.reason.as_str(), reject.detail.as_str());
        params![upload.id, reject.row_number, reason, detail]
    });
    let columns = ["upload_id", "row_number", "reason", "detail"];
    tx.insert_many("customer_table_rejects", &columns, rejects.collect(), "")
        .await?;
    save(tx, upload).await
}

/// Writes where an upload stands.
pub async fn save(tx: &mut Tx, upload: &Upload) -> Result<(), Error> {
    tx.execute(
        "UPDATE customer_table_uploads SET state = $2, next_row = $3, accepted_count = $4,
             rejected_count = $5, updated_at = $6 WHERE id = $1",
        params![
            upload.id,
            upload.state.word(),
            upload.next_row,
            upload.accepted_count,
            upload.rejected_count,
            upload.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Puts the waiting rows of an upload into its table: from the commit on they count, and where the
/// upload replaces, nothing else does.
pub async fn take_over(tx: &mut Tx, upload: &Upload) -> Result<(), Error> {
    if upload.replaces {
        tx.execute(
            "DELETE FROM customer_table_rows WHERE table_key = $1",
            params![upload.table.as_str()],
        )
        .await?;
    }
    tx.execute(
        "INSERT INTO customer_table_rows
             (customer_id, table_key, offer, figure, expires_at, upload_id)
         SELECT customer_id, $1, offer, figure, expires_at, upload_id
         FROM customer_table_staged WHERE upload_id = $2
         ON CONFLICT (customer_id, table_key, offer) DO UPDATE SET figure = excluded.figure,
             expires_at = excluded.expires_at, upload_id = excluded.upload_id",
        params![upload.table.as_str(), upload.id],
    )
    .await?;
    remove_staged(tx, upload.id).await
}

async fn remove_staged(tx: &mut Tx, id: UploadId) -> Result<(), Error> {
    let sql = "DELETE FROM customer_table_staged WHERE upload_id = $1";
    tx.execute(sql, params![id]).await?;
    Ok(())
}

/// Removes an upload that is not wanted any more, with its waiting rows.
pub async fn discard(tx: &mut Tx, id: UploadId) -> Result<(), Error> {
    remove_staged(tx, id).await?;
    for sql in [
        "DELETE FROM customer_table_rejects WHERE upload_id = $1",
        "DELETE FROM customer_table_uploads WHERE id = $1",
    ] {
        tx.execute(sql, params![id]).await?;
    }
    Ok(())
}

/// Rows of an upload that could not be used.
pub async fn rejects(
    db: &Db,
    upload: UploadId,
    after: i64,
    limit: i64,
) -> Result<Vec<Reject>, Error> {
    let rows: Vec<(i64, String, String)> = db
        .fetch_all(
            "SELECT row_number, reason, detail FROM customer_table_rejects
             WHERE upload_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3",
            params![upload, after, limit],
        )
        .await?;
    let reject = |(row_number, reason, detail)| Reject {
        row_number,
        reason,
        detail,
    };
    Ok(rows.into_iter().map(reject).collect())
}

/// Removes rows that count no more.
pub async fn remove_expired(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let sql = "DELETE FROM customer_table_rows WHERE expires_at <= $1";
    db.execute(sql, params![now]).await
}
