//! People who sign in, their roles, and who is calling.

pub mod api;
mod caller;
pub mod db;
pub mod password;
mod role;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::Problem;
use utoipa::ToSchema;

pub use caller::{Access, User};
pub use role::{Permission, Role};

store::id!(
    /// Somebody who signs in.
    UserId,
    "usr"
);

/// An account, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The address to sign in with, in lower case.
    pub email: String,
    /// Name for lists and logs.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// True when the person can no longer sign in.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the person last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_at: Option<Timestamp>,
}

/// An account to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// The address to sign in with.
    #[schema(example = "ann@example.com")]
    pub email: String,
    /// Name for lists and logs.
    #[schema(example = "Ann")]
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The first password, at least 12 characters.
    #[schema(example = "violet tractor 9")]
    pub password: String,
}

/// What changes of an account; absent fields stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// Name for lists and logs.
    pub name: Option<String>,
    /// What the person may do.
    pub role: Option<Role>,
    /// True to close the account, false to open it again.
    pub disabled: Option<bool>,
}

/// The address as it is kept: trimmed and in lower case.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// What is wrong with a new account.
pub fn problems(new: &NewAccount) -> Vec<Problem> {
    let mut problems = Vec::new();
    let email = normal_email(&new.email);
    let parts: Vec<&str> = email.split('@').collect();
    let good = matches!(parts[..], [name, domain] if !name.is_empty() && !domain.is_empty());
    if !good || email.len() > 254 || email.contains(char::is_whitespace) {
        let problem = Problem::new(
            "/email",
            format!("{:?} is not an e-mail address", new.email),
        );
        problems.push(problem.hint("write it like ann@example.com"));
    }
    problems.extend(name_problem(&new.name));
    problems.extend(password::problem(&new.password, &email));
    problems
}

/// What is wrong with a name.
pub fn name_problem(name: &str) -> Option<Problem> {
    let length = name.trim().chars().count();
    (length == 0 || length > 100).then(|| {
        Problem::new("/name", "a name has 1 to 100 characters")
            .hint("give a name, or a shorter one")
    })
}

/// Whether a change would leave the installation without an administrator who can sign in.
pub fn leaves_nobody(account: &Account, change: &AccountChange, administrators: i64) -> bool {
    let counted = account.role == Role::Administrator && !account.disabled;
    let role = change.role.unwrap_or(account.role);
    let disabled = change.disabled.unwrap_or(account.disabled);
    let remains = role == Role::Administrator && !disabled;
    counted && !remains && administrators <= 1
}
