//! Signed tokens of the links in a message: click, open, unsubscribe and preferences.
//!
//! A token says who and which message, never where to: the target of a click comes from the
//! stored message, so nobody can make us redirect to a place we did not write to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes before the signature: key id, kind, customer, subject, index.
const PAYLOAD_BYTES: usize = 1 + 1 + 8 + 8 + 2;
/// Bytes of the signature. 128 bits cannot be guessed and keep the token at 48 characters.
const MAC_BYTES: usize = 16;
const TOKEN_BYTES: usize = PAYLOAD_BYTES + MAC_BYTES;
/// Separates these signatures from every other use of the same secret.
const CONTEXT: &str = "rapport 1 signed links of messages";

/// What a signed link is for; a token of one kind is worthless for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `/t/{token}`: the customer follows a link.
    Click,
    /// `/o/{token}`: the customer's mail program loads the pixel.
    Open,
    /// `/u/{token}`: the customer wants no more of these.
    Unsubscribe,
    /// `/p/{token}`: the customer chooses what to receive.
    Preferences,
}

impl Kind {
    /// The path segment in front of the token.
    pub fn path(self) -> &'static str {
        match self {
            Kind::Click => "t",
            Kind::Open => "o",
            Kind::Unsubscribe => "u",
            Kind::Preferences => "p",
        }
    }

    fn byte(self) -> u8 {
        match self {
            Kind::Click => 1,
            Kind::Open => 2,
            Kind::Unsubscribe => 3,
            Kind::Preferences => 4,
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// What the link is for.
    pub kind: Kind,
    /// The customer the message was written to.
    pub customer_id: u64,
    /// The message or the contact the link belongs to.
    pub subject_id: u64,
    /// Which link of the message, counted from 0.
    pub index: u16,
}

/// A token that was not written by us, or not for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link is not valid")]
pub struct Invalid;

/// One signing secret with the number that tokens carry.
#[derive(Clone)]
pub struct Key {
    /// Written into each token, so that older keys keep working after a rotation.
    pub id: u8,
    secret: [u8; 32],
}

impl Key {
    /// A key from the installation's secret.
    pub fn new(id: u8, secret: &[u8]) -> Self {
        Key {
            id,
            secret: blake3::derive_key(CONTEXT, secret),
        }
    }
}

/// The key that signs and the older ones that are still honoured.
#[derive(Clone)]
pub struct Keys {
    current: Key,
    previous: Vec<Key>,
}

impl Keys {
    /// Signs with `current`; tokens of `previous` keys stay valid.
    pub fn new(current: Key, previous: Vec<Key>) -> Self {
        Keys { current, previous }
    }

    /// The token for a payload: 48 characters that are safe in a URL.
    pub fn sign(&self, payload: &Payload) -> String {
        let mut bytes = [0_u8; TOKEN_BYTES];
        bytes[0] = self.current.id;
        bytes[1] = payload.kind.byte();
        bytes[2..10].copy_from_slice(&payload.customer_id.to_be_bytes());
        bytes[10..18].copy_from_slice(&payload.subject_id.to_be_bytes());
        bytes[18..20].copy_from_slice(&payload.index.to_be_bytes());
        let mac = mac(&self.current, &bytes[..PAYLOAD_BYTES]);
        bytes[PAYLOAD_BYTES..].copy_from_slice(&mac.as_bytes()[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token says, if we signed it for a link of this kind.
    pub fn verify(&self, kind: Kind, token: &str) -> Result<Payload, Invalid> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        let length = URL_SAFE_NO_PAD
            .decode_slice(token, &mut bytes)
            .map_err(|_| Invalid)?;
        if length != TOKEN_BYTES {
            return Err(Invalid);
        }
        let (payload, signature) = bytes.split_at(PAYLOAD_BYTES);
        let key = self.key(payload[0]).ok_or(Invalid)?;
        if !same(&mac(key, payload), signature) || payload[1] != kind.byte() {
            return Err(Invalid);
        }
        Ok(Payload {
            kind,
            customer_id: u64::from_be_bytes(array(&payload[2..10])),
            subject_id: u64::from_be_bytes(array(&payload[10..18])),
            index: u16::from_be_bytes(array(&payload[18..20])),
        })
    }

    fn key(&self, id: u8) -> Option<&Key> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.id == id)
    }
}

fn mac(key: &Key, payload: &[u8]) -> blake3::Hash {
    blake3::keyed_hash(&key.secret, payload)
}

/// Compares in constant time: equality of `blake3::Hash` does not stop at the first difference.
fn same(expected: &blake3::Hash, signature: &[u8]) -> bool {
    let mut left = [0_u8; 32];
    let mut right = [0_u8; 32];
    left[..MAC_BYTES].copy_from_slice(&expected.as_bytes()[..MAC_BYTES]);
    right[..MAC_BYTES].copy_from_slice(signature);
    blake3::Hash::from_bytes(left) == blake3::Hash::from_bytes(right)
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the caller slices exactly N bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keys {
        Keys::new(Key::new(7, b"secret of the installation"), Vec::new())
    }

    fn click() -> Payload {
        Payload {
            kind: Kind::Click,
            customer_id: 42,
            subject_id: u64::MAX,
            index: 3,
        }
    }

    #[test]
    fn a_token_says_what_was_signed_and_fits_in_a_url() {
        let token = keys().sign(&click());
        assert_eq!(token.len(), 48);
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(keys().verify(Kind::Click, &token), Ok(click()));
    }

    #[test]
    fn changing_any_single_bit_makes_a_token_invalid() {
        let token = keys().sign(&click());
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut tampered = bytes.clone();
            tampered[bit / 8] ^= 1 << (bit % 8);
            let tampered = URL_SAFE_NO_PAD.encode(&tampered);
            assert_eq!(
                keys().verify(Kind::Click, &tampered),
                Err(Invalid),
                "bit {bit}"
            );
        }
        for bit in 0..token.len() * 8 {
            let mut text = token.clone().into_bytes();
            text[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = String::from_utf8(text) {
                assert_eq!(
                    keys().verify(Kind::Click, &text),
                    Err(Invalid),
                    "text bit {bit}"
                );
            }
        }
    }

    #[test]
    fn a_token_of_one_kind_opens_no_other_door() {
        let token = keys().sign(&click());
        for kind in [Kind::Open, Kind::Unsubscribe, Kind::Preferences] {
            assert_eq!(keys().verify(kind, &token), Err(Invalid));
        }
    }

    #[test]
    fn a_rotated_key_keeps_old_links_alive_until_it_is_removed() {
        let token = keys().sign(&click());
        let new = Key::new(8, b"new secret");
        let rotated = Keys::new(
            new.clone(),
            vec![Key::new(7, b"secret of the installation")],
        );
        assert_eq!(rotated.verify(Kind::Click, &token), Ok(click()));
        assert_eq!(
            Keys::new(new, Vec::new()).verify(Kind::Click, &token),
            Err(Invalid)
        );
    }

    #[test]
    fn the_same_key_number_with_another_secret_is_refused() {
        let other = Keys::new(Key::new(7, b"another installation"), Vec::new());
        assert_eq!(
            other.verify(Kind::Click, &keys().sign(&click())),
            Err(Invalid)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sent_never_panics_and_is_never_accepted(text in ".{0,80}") {
            prop_assert_eq!(keys().verify(Kind::Click, &text), Err(Invalid));
        }

        #[test]
        fn every_payload_survives(customer_id: u64, subject_id: u64, index: u16) {
            let payload = Payload { kind: Kind::Open, customer_id, subject_id, index };
            prop_assert_eq!(keys().verify(Kind::Open, &keys().sign(&payload)), Ok(payload));
        }
    }
}
