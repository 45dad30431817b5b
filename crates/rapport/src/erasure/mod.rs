//! Erasing a customer: what forbids to write to them survives as a hash, everything else goes.

pub mod api;
#[cfg(test)]
mod tests;

use std::path::Path;

use gate::audit::{self, Entry};
use gate::{Problem, User};
use memory::consent::ConsentState;
use memory::erasure::Reach;
use memory::erasure::trace::TRACES;
use memory::identity::IdentifierKind;
use memory::{Customer, CustomerId, Error};

use crate::App;

/// Where customers leave traces: the tables of every crate, and the files in the data folder.
pub fn reach(data: &Path) -> Reach {
    let all = [
        TRACES,
        awareness::erasure::TRACES,
        decision::erasure::TRACES,
        execution::erasure::TRACES,
    ];
    Reach {
        traces: all.concat(),
        data_folder: Some(data.to_owned()),
    }
}

/// Which identifiers are addresses of a channel.
fn channel(kind: IdentifierKind) -> Option<&'static str> {
    match kind {
        IdentifierKind::Email => Some("email"),
        IdentifierKind::Phone => Some("sms"),
        IdentifierKind::UserId | IdentifierKind::AnonymousId | IdentifierKind::LoyaltyCard => None,
    }
}

/// Addresses that must not be written to again, with their channels: whoever said no stays
/// protected when their address comes back from some list.
fn refused(customer: &Customer) -> Vec<(&'static str, &str)> {
    let consents = &customer.state.consents;
    let denied = |channel: &str| {
        let mut said = consents.iter();
        said.any(|c| c.channel == channel && c.state == ConsentState::Denied)
    };
    let known = customer.state.identifiers.iter();
    let addresses = known.filter_map(|i| Some((channel(i.kind)?, i.value.as_str())));
    addresses.filter(|(channel, _)| denied(channel)).collect()
}

/// Erases a customer, with a line in the audit log that names nobody.
pub async fn erase(app: &App, user: &User, id: CustomerId) -> Result<(), Problem> {
    let memory = &app.installed.memory;
    let customer = memory.customer(id).await?;
    let customer = customer.ok_or(Error::NoCustomer(id))?;
    let mut tx = app.db.begin().await?;
    for (channel, address) in refused(&customer) {
        execution::message::db::suppress_address(
            &mut tx,
            channel,
            address,
            "erased",
            "said no before they were erased",
            app.db.now(),
        )
        .await?;
    }
    let mut leaves = customer.state.members.clone();
    leaves.push(customer.id);
    decision::erasure::forget(&mut tx, &customer, &leaves).await?;
    let entry = Entry::new("erase", "customer", &customer.id.to_string());
    audit::append(&mut tx, app.db.now(), user, entry).await?;
    tx.commit().await?;
    memory.erase(customer.id).await?;
    Ok(())
}
