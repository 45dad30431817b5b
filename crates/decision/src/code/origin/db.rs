//! Origins of codes in the store.

use memory::CustomerId;
use memory::interaction::ContactId;
use store::{Db, Error, Timestamp, Tx, Value, params};

/// The most contacts with one code that are looked at.
const LARGEST: i64 = 1_000;

/// A contact that is to have a code.
#[derive(Debug, Clone, Copy)]
pub struct NewContact<'a> {
    /// The customer.
    pub customer: CustomerId,
    /// Every id the customer has had.
    pub members: &'a [CustomerId],
    /// The contact.
    pub contact: ContactId,
    /// Key of the offer.
    pub offer: &'a str,
    /// Until when a code made with this contact could be redeemed.
    pub ends_at: Timestamp,
}

/// The contact with which the code of a contact was made, if it has one.
pub async fn origin(db: &Db, contact: ContactId) -> Result<Option<ContactId>, Error> {
    // cross-customer: a contact has one customer
    let row: Option<(u64,)> = db
        .fetch_optional(
            "SELECT origin_id FROM code_contacts WHERE contact_id = $1",
            params![contact.0],
        )
        .await?;
    Ok(row.map(|(id,)| ContactId(id)))
}

/// Contacts that have the code which was made with one of them, that one among them.
pub async fn having(db: &Db, origin: ContactId) -> Result<Vec<ContactId>, Error> {
    // cross-customer: a contact has one customer
    let rows: Vec<(u64,)> = db
        .fetch_all(
            "SELECT contact_id FROM code_contacts WHERE origin_id = $1
             ORDER BY contact_id DESC LIMIT $2",
            params![origin.0, LARGEST],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| ContactId(id)).collect())
}

/// Gives a contact the code that stands for its customer and offer, or makes it the origin of a new
/// one; the origin.
pub async fn join(db: &Db, new: &NewContact<'_>) -> Result<ContactId, Error> {
    /// Whoever was faster has committed, so the second round finds what stands.
    const ROUNDS: usize = 5;
    for _ in 1..ROUNDS {
        match try_join(db, new).await {
            Err(error) if error.is_unique_violation() => {}
            settled => return settled,
        }
    }
    try_join(db, new).await
}

async fn try_join(db: &Db, new: &NewContact<'_>) -> Result<ContactId, Error> {
    let now = db.now();
    let mut tx = db.begin().await?;
    let known: Option<(u64,)> = tx
        .fetch_optional(
            "SELECT origin_id FROM code_contacts WHERE customer_id = $1 AND contact_id = $2",
            params![new.customer, new.contact.0],
        )
        .await?;
    if let Some((known,)) = known {
        return Ok(ContactId(known));
    }
    let standing = standing(&mut tx, new, now).await?;
    if standing.is_none() {
        tx.execute(
            "UPDATE code_contacts SET stands_until = NULL
             WHERE customer_id = $1 AND offer = $2 AND stands_until <= $3",
            params![new.customer, new.offer, now],
        )
        .await?;
    }
    let origin = standing.unwrap_or(new.contact);
    let stands_until = standing.is_none().then_some(new.ends_at);
    tx.execute(
        "INSERT INTO code_contacts (customer_id, contact_id, offer, origin_id, stands_until)
         VALUES ($1, $2, $3, $4, $5)",
        params![
            new.customer,
            new.contact.0,
            new.offer,
            origin.0,
            stands_until
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(origin)
}

async fn standing(
    tx: &mut Tx,
    new: &NewContact<'_>,
    now: Timestamp,
) -> Result<Option<ContactId>, Error> {
    let sql = format!(
        "SELECT origin_id FROM code_contacts
         WHERE customer_id IN ({}) AND offer = $1 AND stands_until > $2
         ORDER BY contact_id LIMIT 1",
        store::in_list(new.members.len(), 3)
    );
    let mut values: Vec<Value> = params![new.offer, now];
    values.extend(new.members.iter().map(|id| Value::from(*id)));
    let row: Option<(u64,)> = tx.fetch_optional(&sql, values).await?;
    Ok(row.map(|(id,)| ContactId(id)))
}

/// Notes that a code stands no more: it was redeemed, or went back to its pool.
pub async fn end(tx: &mut Tx, origin: ContactId) -> Result<(), Error> {
    // cross-customer: a contact has one customer
    tx.execute(
        "UPDATE code_contacts SET stands_until = NULL WHERE contact_id = $1",
        params![origin.0],
    )
    .await?;
    Ok(())
}
