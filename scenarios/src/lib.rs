//! Stories against the real program, told over HTTP, on both stores.
//!
//! Each story starts a program of its own on an empty store. `RAPPORT_BIN` names the program;
//! without it the debug build beside the test is taken.

pub mod broker;
pub mod program;
pub mod shop;

pub use program::{Program, Store};

/// Declares a story that is told on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! story {
    ($(#[$meta:meta])* async fn $name:ident($store:ident: $type:ty) $body:block) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::Store::Sqlite).await.expect("the story ends well");
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::Store::Postgres).await.expect("the story ends well");
            }
        }

        $(#[$meta])*
        async fn $name($store: $type) -> anyhow::Result<()> $body
    };
}
