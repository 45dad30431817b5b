//! Who is calling: a person with a session, a program with a key, or a command on this machine.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Permission, Role, UserId};
use crate::key::{Key, KeyId, Scope};
use crate::problem::{Problem, Result, code};
use crate::{GateState, session};

/// What gives the caller the right to be here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Signed in with a browser.
    Session(UserId, Role),
    /// A key with the scope `manage`: everything but people and keys, so that a lost key cannot
    /// make itself others.
    ManageKey(KeyId),
    /// A command that read the secret of the running program from its data folder.
    Operator,
}

/// Who is calling the management API. Being a parameter of a handler, it refuses strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The right to be here.
    pub access: Access,
    /// Name for lists and logs.
    pub name: String,
    /// Where the call came from.
    pub address: String,
}

impl User {
    /// Refuses callers without the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) {
            return Ok(());
        }
        let word = permission.word();
        Err(Problem::new(code::NOT_ALLOWED)
            .detail(format!("this needs the permission {word}"))
            .hint("ask an administrator for another role")
            .with("permission", word))
    }

    /// Whether the caller has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        match self.access {
            Access::Session(_, role) => role.may(permission),
            Access::ManageKey(_) => {
                !matches!(permission, Permission::ManageUsers | Permission::ManageKeys)
            }
            Access::Operator => true,
        }
    }

    /// Everything the caller may do.
    pub fn permissions(&self) -> Vec<Permission> {
        let mut permissions = Permission::ALL.to_vec();
        permissions.retain(|permission| self.may(*permission));
        permissions
    }

    /// The caller as an id: `usr_…`, `key_…` or `operator`.
    pub fn actor(&self) -> String {
        match self.access {
            Access::Session(id, _) => id.to_string(),
            Access::ManageKey(id) => id.to_string(),
            Access::Operator => "operator".to_owned(),
        }
    }

    /// The account of a person; programs have none.
    pub fn id(&self) -> Option<UserId> {
        match self.access {
            Access::Session(id, _) => Some(id),
            Access::ManageKey(_) | Access::Operator => None,
        }
    }

    /// A command on this machine that works on the store directly.
    pub fn command() -> User {
        User {
            access: Access::Operator,
            name: "command".to_owned(),
            address: "command".to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<User> {
        let gate = GateState::of(&parts.extensions)?;
        let address = crate::observe::address(&parts.extensions);
        if let Some(secret) = crate::key::presented(&parts.headers) {
            if gate.is_operator(&secret) {
                return Ok(User {
                    name: "operator".to_owned(),
                    access: Access::Operator,
                    address,
                });
            }
            return by_key(&gate, &secret, address).await;
        }
        let (access, name) = session::of_request(&gate, parts).await?;
        Ok(User {
            access,
            name,
            address,
        })
    }
}

async fn by_key(gate: &GateState, secret: &str, address: String) -> Result<User> {
    let key: Key = gate.keys.find(&gate.db, secret, &address).await?;
    key.require(Scope::Manage)?;
    Ok(User {
        access: Access::ManageKey(key.id),
        name: key.name.clone(),
        address,
    })
}
