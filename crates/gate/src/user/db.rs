//! Users in the store.

use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};

use super::{Account, Role, UserId};

const COLUMNS: &str = "id, email, name, role, disabled, created_at, updated_at, signed_in_at";

impl FromRow for Account {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let (id, email, name) = (row.next()?, row.next()?, row.next()?);
        let word: String = row.next()?;
        Ok(Account {
            id,
            email,
            name,
            // A word of a newer program is the role that may least.
            role: Role::of_word(&word).unwrap_or(Role::Viewer),
            disabled: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
            signed_in_at: row.next()?,
        })
    }
}

/// Accounts after `after`, by id.
pub async fn list(db: &Db, after: UserId, limit: i64) -> Result<Vec<Account>, Error> {
    db.fetch_all(
        &format!("SELECT {COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2"),
        params![after, limit],
    )
    .await
}

/// One account.
pub async fn one(db: &Db, id: UserId) -> Result<Option<Account>, Error> {
    db.fetch_optional(
        &format!("SELECT {COLUMNS} FROM users WHERE id = $1"),
        params![id],
    )
    .await
}

/// One account, locked until the transaction ends.
pub async fn locked(tx: &mut Tx, id: UserId) -> Result<Option<Account>, Error> {
    let lock = tx.for_update();
    tx.fetch_optional(
        &format!("SELECT {COLUMNS} FROM users WHERE id = $1{lock}"),
        params![id],
    )
    .await
}

/// How many administrators can sign in; they stay as they are until the transaction ends.
pub async fn lock_administrators(tx: &mut Tx) -> Result<i64, Error> {
    let lock = tx.for_update();
    let rows: Vec<(i64,)> = tx
        .fetch_all(
            &format!(
                "SELECT id FROM users WHERE role = 'administrator' AND disabled = 0
                 ORDER BY id LIMIT 1000{lock}"
            ),
            params![],
        )
        .await?;
    Ok(rows.len() as i64)
}

/// Whether anybody can sign in at all.
pub async fn any(db: &Db) -> Result<bool, Error> {
    let row: Option<(i64,)> = db
        .fetch_optional("SELECT id FROM users LIMIT 1", params![])
        .await?;
    Ok(row.is_some())
}

/// Takes the right to make the first account; false when somebody else has it.
pub async fn claim_setup(tx: &mut Tx, now: Timestamp) -> Result<bool, Error> {
    let claimed = tx
        .execute(
            "INSERT INTO settings (name, body, updated_at) VALUES ('set_up', 'true', $1)
             ON CONFLICT (name) DO NOTHING",
            params![now],
        )
        .await?;
    Ok(claimed == 1)
}

/// Adds an account with the hash of its password.
pub async fn insert(tx: &mut Tx, account: &Account, password_hash: &str) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO users (id, email, name, role, password_hash, disabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            account.id,
            &account.email,
            &account.name,
            account.role.word(),
            password_hash,
            account.disabled,
            account.created_at,
            account.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes name, role and state of an account.
pub async fn update(tx: &mut Tx, account: &Account) -> Result<(), Error> {
    tx.execute(
        "UPDATE users SET name = $2, role = $3, disabled = $4, updated_at = $5 WHERE id = $1",
        params![
            account.id,
            &account.name,
            account.role.word(),
            account.disabled,
            account.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Replaces the password and ends every session of the account but `except`.
pub async fn replace_password(
    tx: &mut Tx,
    id: UserId,
    password_hash: &str,
    except: &str,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1",
        params![id, password_hash, now],
    )
    .await?;
    tx.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2",
        params![id, except],
    )
    .await?;
    Ok(())
}

/// The account of an address with the hash of its password.
pub async fn by_email(db: &Db, email: &str) -> Result<Option<(UserId, String, bool)>, Error> {
    db.fetch_optional(
        "SELECT id, password_hash, disabled FROM users WHERE email = $1",
        params![email],
    )
    .await
}

/// The hash of an account's password.
pub async fn password_hash(db: &Db, id: UserId) -> Result<Option<String>, Error> {
    let row: Option<(String,)> = db
        .fetch_optional("SELECT password_hash FROM users WHERE id = $1", params![id])
        .await?;
    Ok(row.map(|(hash,)| hash))
}
