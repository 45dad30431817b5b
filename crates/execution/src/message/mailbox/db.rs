//! The development mailbox in the store.

use memory::CustomerId;
use store::{Db, Error, FromRow, Row, Value, in_list, params};

use super::{Letter, LetterId, OpenLetter};

const COLUMNS: &str = "id, customer_id, message_id, recipient, subject, received_at, read_at";

impl FromRow for Letter {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Letter {
            id: row.next()?,
            customer_id: row.next()?,
            message_id: row.next()?,
            recipient: row.next()?,
            subject: row.next()?,
            received_at: row.next()?,
            read_at: row.next()?,
        })
    }
}

impl FromRow for OpenLetter {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(OpenLetter {
            letter: Letter::from_row(row)?,
            html: row.next()?,
            text: row.next()?,
            raw: row.next()?,
        })
    }
}

/// Puts a letter in.
pub async fn insert(db: &Db, open: &OpenLetter) -> Result<(), Error> {
    let letter = &open.letter;
    db.execute(
        "INSERT INTO mailbox (customer_id, id, message_id, recipient, subject, html, text, raw,
             received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            letter.customer_id,
            letter.id,
            letter.message_id,
            letter.recipient.as_str(),
            letter.subject.as_str(),
            open.html.as_str(),
            open.text.as_str(),
            open.raw.as_str(),
            letter.received_at,
        ],
    )
    .await?;
    Ok(())
}

/// Letters, newest first, older than `before`, of some customers or (none named) of all.
pub async fn page(
    db: &Db,
    customers: &[CustomerId],
    unread: bool,
    before: i64,
    limit: i64,
) -> Result<Vec<Letter>, Error> {
    let mut values = params![before, limit];
    let mut conditions = String::new();
    if unread {
        conditions.push_str(" AND read_at IS NULL");
    }
    if !customers.is_empty() {
        conditions.push_str(&format!(
            " AND customer_id IN ({})",
            in_list(customers.len(), 3)
        ));
        values.extend(customers.iter().map(|id| Value::from(*id)));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM mailbox WHERE id < $1{conditions} ORDER BY id DESC LIMIT $2"
    );
    db.fetch_all(&sql, values).await
}

/// One letter with its content.
pub async fn one(db: &Db, id: LetterId) -> Result<Option<OpenLetter>, Error> {
    let sql = format!("SELECT {COLUMNS}, html, text, raw FROM mailbox WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// Notes that a letter was read; false when there is none.
pub async fn read(db: &Db, id: LetterId) -> Result<bool, Error> {
    let changed = db
        .execute(
            "UPDATE mailbox SET read_at = COALESCE(read_at, $2) WHERE id = $1",
            params![id, db.now()],
        )
        .await?;
    Ok(changed > 0)
}
