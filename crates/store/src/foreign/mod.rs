//! Databases of others: a query is read row by row as JSON, and nothing is ever written there.

mod mysql;
mod postgres;
#[cfg(test)]
mod tests;

use std::time::Duration;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the database may work on one query.
const WORK_SECONDS: u64 = 300;

/// A database of somebody else, with the right to read it. It is never printed.
#[derive(Clone)]
pub struct Foreign {
    speaks: Speaks,
    url: String,
}

/// What a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
}

impl std::fmt::Debug for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} (secret)", self.speaks)
    }
}

/// Why a database could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address names no database that is spoken here.
    #[error("the address must begin with postgres:// or mysql://")]
    Address,
    /// Nobody answers, or not in time.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database said no: the query is wrong, or not allowed, or took too long.
    #[error("the database refuses: {0}")]
    Refused(String),
    /// What was read could not be kept.
    #[error("what was read cannot be kept: {0}")]
    Kept(#[from] std::io::Error),
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// A query without a semicolon.
    pub sql: &'a str,
    /// The column that only rises: rows come in its order, and rows without it do not come.
    pub cursor: Option<&'a str>,
    /// Only rows from this value of the cursor on, itself included.
    pub since: Option<&'a str>,
    /// At most so many rows.
    pub limit: u64,
}

/// A row of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The row as a JSON object.
    pub json: String,
    /// The value of its cursor.
    pub cursor: Option<String>,
}

impl Foreign {
    /// A database by its address.
    pub fn new(url: &str) -> Result<Foreign, Failure> {
        let speaks = match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Speaks::Postgres,
            Some(("mysql" | "mariadb", _)) => Speaks::Mysql,
            Some(_) | None => return Err(Failure::Address),
        };
        let url = url.replacen("mariadb://", "mysql://", 1);
        Ok(Foreign { speaks, url })
    }

    /// What it speaks.
    pub fn speaks(&self) -> Speaks {
        self.speaks
    }

    /// Reads rows one after another, in a transaction that cannot write; the number of rows.
    pub async fn read(
        &self,
        question: Question<'_>,
        mut each: impl FnMut(Told) -> std::io::Result<()>,
    ) -> Result<u64, Failure> {
        match self.speaks {
            Speaks::Postgres => postgres::read(&self.url, question, &mut each).await,
            Speaks::Mysql => mysql::read(&self.url, question, &mut each).await,
        }
    }
}

/// Waits for a connection, not for ever.
async fn connected<C>(
    connecting: impl Future<Output = Result<C, sqlx::Error>>,
) -> Result<C, Failure> {
    match tokio::time::timeout(CONNECT, connecting).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(failure(error)),
        Err(_) => Err(Failure::Unreachable("no answer within 10 s".to_owned())),
    }
}

/// A failure in the database's words; none of them holds the address.
fn failure(error: sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Database(error) => Failure::Refused(error.message().to_owned()),
        sqlx::Error::Io(error) => Failure::Unreachable(error.kind().to_string()),
        sqlx::Error::Tls(_) => Failure::Unreachable("TLS could not be agreed on".to_owned()),
        sqlx::Error::Configuration(_) => Failure::Address,
        other => Failure::Refused(other.to_string()),
    }
}
