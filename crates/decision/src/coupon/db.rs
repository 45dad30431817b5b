//! Keys of coupons in the store.

use store::{Db, Error, FromRow, Row, Timestamp, params};

use super::CouponKey;

/// Keys that are still believed; older ones have signed nothing that is valid.
const LARGEST: i64 = 50;

impl FromRow for CouponKey {
    fn from_row(row: &mut Row) -> Result<CouponKey, Error> {
        let id = row.next()?;
        let secret: Vec<u8> = row.next()?;
        let secret: [u8; 32] = secret.try_into().map_err(|_| Error::NoRow)?;
        let created_at = row.next()?;
        let mut key = CouponKey::new(id, &secret, created_at);
        key.retired_at = row.next()?;
        Ok(key)
    }
}

/// All keys, newest first.
pub async fn all(db: &Db) -> Result<Vec<CouponKey>, Error> {
    db.fetch_all(
        "SELECT id, secret, created_at, retired_at FROM coupon_keys ORDER BY id DESC LIMIT $1",
        params![LARGEST],
    )
    .await
}

/// Keeps the first key unless another process was faster.
pub async fn first(db: &Db, secret: &[u8; 32]) -> Result<(), Error> {
    db.execute(
        "INSERT INTO coupon_keys (id, secret, created_at, retired_at) VALUES (1, $1, $2, $3)
         ON CONFLICT (id) DO NOTHING",
        params![secret.to_vec(), db.now(), Option::<Timestamp>::None],
    )
    .await?;
    Ok(())
}

/// Keeps a new key and retires the one that signed until now; the new number.
pub async fn rotate(db: &Db, secret: &[u8; 32]) -> Result<i64, Error> {
    let mut tx = db.begin().await?;
    tx.execute(
        "UPDATE coupon_keys SET retired_at = $1 WHERE retired_at IS NULL",
        params![db.now()],
    )
    .await?;
    let (id,): (i64,) = tx
        .fetch_one(
            "INSERT INTO coupon_keys (id, secret, created_at, retired_at)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3 FROM coupon_keys RETURNING id",
            params![secret.to_vec(), db.now(), Option::<Timestamp>::None],
        )
        .await?;
    tx.commit().await?;
    Ok(id)
}
