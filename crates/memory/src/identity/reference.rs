//! How a caller says which customer is meant.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::IdentifierKind;
use crate::{Customer, CustomerId, Error, Memory};

/// Which customer: our id, or any identifier. The first that is known decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerReference {
    /// Our own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The company's number of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// A browser or device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A loyalty card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loyalty_card: Option<String>,
}

impl CustomerReference {
    /// The identifiers given, in the order in which they are tried.
    pub fn identifiers(&self) -> impl Iterator<Item = (IdentifierKind, &str)> {
        [
            (IdentifierKind::UserId, &self.user_id),
            (IdentifierKind::AnonymousId, &self.anonymous_id),
            (IdentifierKind::LoyaltyCard, &self.loyalty_card),
            (IdentifierKind::Email, &self.email),
            (IdentifierKind::Phone, &self.phone),
        ]
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, value.as_deref()?)))
    }

    /// Whether nobody is named.
    pub fn nobody(&self) -> bool {
        self.customer_id.is_none() && self.identifiers().next().is_none()
    }
}

impl Memory {
    /// The customer a caller means, if we know one.
    pub async fn refer(&self, to: &CustomerReference) -> Result<Option<Customer>, Error> {
        if let Some(id) = to.customer_id {
            return self.customer(id).await;
        }
        for (kind, value) in to.identifiers() {
            if let Some(leaf) = self.find(kind, value).await? {
                return self.customer(leaf).await;
            }
        }
        Ok(None)
    }
}
