//! Open views in the store.

use memory::CustomerId;
use memory::interaction::ContactId;
use store::{Db, Error, Timestamp, Tx, params};

/// A view that nobody has answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenView {
    /// Whose (the leaf).
    pub customer_id: CustomerId,
    /// What was seen.
    pub contact: ContactId,
    /// When it counts as ignored.
    pub due_at: Timestamp,
}

/// Puts a view on the list; the first view of a contact counts.
pub async fn open_view(
    tx: &mut Tx,
    customer: CustomerId,
    contact: ContactId,
    due_at: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO open_views (customer_id, contact_seq, due_at) VALUES ($1, $2, $3)
         ON CONFLICT (customer_id, contact_seq) DO NOTHING",
        params![customer, contact, due_at],
    )
    .await?;
    Ok(())
}

/// Views that are due, oldest first.
pub async fn due_views(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<OpenView>, Error> {
    let rows: Vec<(CustomerId, ContactId, Timestamp)> = db
        .fetch_all(
            "SELECT customer_id, contact_seq, due_at FROM open_views WHERE due_at <= $1
             ORDER BY due_at LIMIT $2",
            params![now, limit],
        )
        .await?;
    let view = |(customer_id, contact, due_at)| OpenView {
        customer_id,
        contact,
        due_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Takes a view off the list.
pub async fn close_view(db: &Db, view: &OpenView) -> Result<(), Error> {
    db.execute(
        "DELETE FROM open_views WHERE customer_id = $1 AND contact_seq = $2",
        params![view.customer_id, view.contact],
    )
    .await?;
    Ok(())
}
