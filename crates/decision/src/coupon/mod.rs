//! Coupons: signed texts that a till can verify without asking us.
//!
//! `RPC1.<payload>.<signature>`, both parts in URL-safe base64 without padding. The signature
//! (Ed25519, RFC 8032) is over the bytes before the second point. The payload is JSON with short
//! names, see [`Coupon`]. A coupon is made from its contact alone, so it need not be kept.

pub mod api;
mod db;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Digest as _, Sha512, Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::{Decider, Error};

/// How every coupon begins.
pub const PREFIX: &str = "RPC1.";
/// The longest coupon; what is longer is none.
pub const LARGEST: usize = 1_000;
/// How long the keys are kept in memory before they are read again: both the old and the new key
/// are believed after a rotation, so a little delay does no harm.
const KEPT_MS: i64 = 5_000;

/// What a coupon says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coupon {
    /// Number of the key that signed it.
    #[serde(rename = "k")]
    pub key: i64,
    /// Serial number: the number of the contact.
    #[serde(rename = "n")]
    pub serial: u64,
    /// Key of the offer.
    #[serde(rename = "o")]
    pub offer: String,
    /// What it is worth at the till in minor units; 0 when the offer says it otherwise.
    #[serde(rename = "v")]
    pub worth_cents: i64,
    /// Currency of the worth.
    #[serde(rename = "c")]
    pub currency: String,
    /// When it ends, in seconds since 1970.
    #[serde(rename = "e")]
    pub ends_s: i64,
    /// Who may use it, see [`holder`]; absent for whoever brings it.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
}

/// Why a text is no valid coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It does not have the form of a coupon.
    #[error("this is no coupon")]
    Form,
    /// The key that should have signed it is not known.
    #[error("the coupon was signed with a key that is not known")]
    Key,
    /// The signature is not that of the key.
    #[error("the signature is wrong: the coupon was changed or is not ours")]
    Signature,
    /// It has ended.
    #[error("the coupon has ended")]
    Ended,
    /// It is for one customer, and nobody said who brings it.
    #[error("the coupon is for one customer, and the customer's number is missing")]
    NoHolder,
    /// Somebody else may use it.
    #[error("the coupon belongs to another customer")]
    Holder,
}

/// A public key with which tills verify coupons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// Its number, as coupons name it.
    pub id: i64,
    /// Always `Ed25519`.
    pub algorithm: String,
    /// The 32 bytes of the key in URL-safe base64 without padding.
    pub key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped signing; coupons it signed before are valid until they end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

/// A key that signs coupons.
#[derive(Clone)]
pub struct CouponKey {
    id: i64,
    signing: SigningKey,
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
}

impl CouponKey {
    /// A key from its secret.
    pub fn new(id: i64, secret: &[u8; 32], created_at: Timestamp) -> CouponKey {
        CouponKey {
            id,
            signing: SigningKey::from_bytes(secret),
            created_at,
            retired_at: None,
        }
    }

    /// Its number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What everybody may know of it.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id,
            algorithm: "Ed25519".to_owned(),
            key: URL_SAFE_NO_PAD.encode(self.signing.verifying_key().as_bytes()),
            created_at: self.created_at,
            retired_at: self.retired_at,
        }
    }

    /// Writes and signs a coupon.
    pub fn sign(&self, coupon: &Coupon) -> String {
        let payload = serde_json::to_vec(coupon).expect("a coupon of texts and numbers is JSON");
        let signed = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = self.signing.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// Who may use a coupon: the first 16 hexadecimal digits of SHA-512 over `serial:user id`. It
/// tells nobody who the customer is, and is another one on every coupon.
pub fn holder(serial: u64, user_id: &str) -> String {
    let digest = Sha512::digest(format!("{serial}:{user_id}").as_bytes());
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Reads a coupon and verifies who signed it. Whether it has ended, and who may use it, is asked
/// of [`Coupon::usable`].
pub fn verify(text: &str, keys: &[PublicKey]) -> Result<Coupon, Invalid> {
    let text = text.trim();
    if text.len() > LARGEST {
        return Err(Invalid::Form);
    }
    let payload = text.strip_prefix(PREFIX).ok_or(Invalid::Form)?;
    let (payload, signature) = payload.split_once('.').ok_or(Invalid::Form)?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::Form);
    let coupon: Coupon = serde_json::from_slice(&bytes(payload)?).map_err(|_| Invalid::Form)?;
    let signature = Signature::from_slice(&bytes(signature)?).map_err(|_| Invalid::Form)?;
    let known = keys.iter().find(|key| key.id == coupon.key);
    let known = bytes(&known.ok_or(Invalid::Key)?.key).map_err(|_| Invalid::Key)?;
    let known: [u8; 32] = known.try_into().map_err(|_| Invalid::Key)?;
    let key = VerifyingKey::from_bytes(&known).map_err(|_| Invalid::Key)?;
    let signed = &text[..PREFIX.len() + payload.len()];
    key.verify_strict(signed.as_bytes(), &signature)
        .map_err(|_| Invalid::Signature)?;
    Ok(coupon)
}

impl Coupon {
    /// Whether it may be used at a moment, by a customer whose number is known or not.
    pub fn usable(&self, now: Timestamp, user_id: Option<&str>) -> Result<(), Invalid> {
        if now.0 >= self.ends_s.saturating_mul(1_000) {
            return Err(Invalid::Ended);
        }
        match (&self.holder, user_id) {
            (None, _) => Ok(()),
            (Some(wanted), Some(user)) if *wanted == holder(self.serial, user) => Ok(()),
            (Some(_), Some(_)) => Err(Invalid::Holder),
            (Some(_), None) => Err(Invalid::NoHolder),
        }
    }
}

/// The public keys of an installation, newest first.
pub async fn public_keys(db: &store::Db) -> Result<Vec<PublicKey>, store::Error> {
    let keys = db::all(db).await?;
    Ok(keys.iter().map(CouponKey::public).collect())
}

/// Keys that this process has read, and when.
pub(crate) type Kept = Option<(Timestamp, std::sync::Arc<Vec<CouponKey>>)>;

impl Decider {
    /// The keys of coupons, newest first; the first one is made when there is none.
    pub async fn coupon_keys(&self) -> Result<std::sync::Arc<Vec<CouponKey>>, Error> {
        let db = self.memory().db();
        let now = db.now();
        if let Some((at, keys)) = &*self.codes().keys.lock()
            && now.since_ms(*at).abs() < KEPT_MS
        {
            return Ok(keys.clone());
        }
        let mut keys = db::all(db).await?;
        if keys.is_empty() {
            db::first(db, &db.random().bytes()).await?;
            keys = db::all(db).await?;
        }
        let keys = std::sync::Arc::new(keys);
        *self.codes().keys.lock() = Some((now, keys.clone()));
        Ok(keys)
    }

    /// The public keys of coupons, newest first.
    pub async fn coupon_public_keys(&self) -> Result<Vec<PublicKey>, Error> {
        let keys = self.coupon_keys().await?;
        Ok(keys.iter().map(CouponKey::public).collect())
    }

    /// A new key signs from now on; the older ones are still believed.
    pub async fn rotate_coupon_keys(&self) -> Result<PublicKey, Error> {
        let db = self.memory().db();
        self.coupon_keys().await?;
        let id = db::rotate(db, &db.random().bytes()).await?;
        *self.codes().keys.lock() = None;
        let keys = self.coupon_public_keys().await?;
        let new = keys.into_iter().find(|key| key.id == id);
        Ok(new.ok_or(store::Error::NoRow)?)
    }
}
