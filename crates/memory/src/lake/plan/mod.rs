//! The tables that queries see; in `db` stands their SQL.

pub(super) mod db;
