//! How a caller says which customer is meant.

use gate::problem::FieldProblem;
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

    /// What of it the key of a page may not name, because anybody could guess it.
    pub fn beyond_page(&self, allowed: &[IdentifierKind]) -> Vec<FieldProblem> {
        let ours = self.customer_id.iter().map(|_| "customer_id");
        let named = self.identifiers().map(|(kind, _)| kind);
        let beyond = named.filter(|kind| !allowed.contains(kind));
        let fields = ours.chain(beyond.map(IdentifierKind::word));
        let problem = |field| beyond_page(&format!("/customer/{field}"));
        fields.map(problem).collect()
    }

    /// Whether nobody is named.
    pub fn nobody(&self) -> bool {
        self.customer_id.is_none() && self.identifiers().next().is_none()
    }
}

/// That the key of a page may not name a customer in this way.
pub fn beyond_page(path: &str) -> FieldProblem {
    let problem = FieldProblem::new(path, "the key of a page does not reach customers by this");
    problem.hint("name the anonymous_id of the browser, or call from a server with another key")
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
