//! Signing in with a password, and the first administrator.

use crate::GateState;
use crate::audit::{self, Entry};
use crate::problem::{Problem, Result, code};
use crate::session::SignIn;
use crate::user::{self, Access, Account, NewAccount, User, UserId};

/// Checks address and password, slowly and the same way for accounts that do not exist.
pub async fn sign_in(gate: &GateState, address: &str, sign_in: SignIn) -> Result<Account> {
    let email = user::normal_email(&sign_in.email);
    gate.limits.sign_in(address, &email)?;
    let found = user::db::by_email(&gate.db, &email).await?;
    let (id, kept) = match found {
        Some((id, hash, false)) => (Some(id), Some(hash)),
        Some((_, _, true)) | None => (None, None),
    };
    let right = gate.passwords.verify(sign_in.password, kept).await;
    let Some(id) = id.filter(|_| right) else {
        tracing::warn!(address, "a sign-in was refused");
        return Err(Problem::new(code::WRONG_CREDENTIALS));
    };
    let account = user::db::one(&gate.db, id).await?;
    account.ok_or_else(|| Problem::new(code::WRONG_CREDENTIALS))
}

/// Makes the first administrator; of two who try at the same time, one succeeds.
pub async fn first_administrator(
    gate: &GateState,
    address: &str,
    new: NewAccount,
) -> Result<Account> {
    if user::db::any(&gate.db).await? {
        return Err(Problem::new(code::ALREADY_SET_UP));
    }
    gate.limits.sign_in(address, "")?;
    let problems = user::problems(&new);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let account = new_account(gate, &new).await?;
    let hash = gate.passwords.hash(new.password).await;
    let mut tx = gate.db.begin().await?;
    if !user::db::claim_setup(&mut tx, gate.db.now()).await? {
        return Err(Problem::new(code::ALREADY_SET_UP));
    }
    user::db::insert(&mut tx, &account, &hash).await?;
    let actor = User {
        access: Access::Session(account.id, account.role),
        name: account.name.clone(),
        address: address.to_owned(),
    };
    let entry = Entry::new("set_up", "user", &account.id.to_string()).after(&account);
    audit::append(&mut tx, gate.db.now(), &actor, entry).await?;
    tx.commit().await?;
    Ok(account)
}

/// An account with an id of its own, not yet in the store.
pub(crate) async fn new_account(gate: &GateState, new: &NewAccount) -> Result<Account> {
    let now = gate.db.now();
    let number = gate.db.take_numbers("users", 1).await?;
    Ok(Account {
        id: UserId(u64::try_from(number).unwrap_or_default()),
        email: user::normal_email(&new.email),
        name: new.name.trim().to_owned(),
        role: new.role,
        disabled: false,
        created_at: now,
        updated_at: now,
        signed_in_at: None,
    })
}
