//! Every route of execution, but for those of journeys.

use utoipa_axum::router::OpenApiRouter;

use crate::{ExecutionState, message, template};

/// Messages, mailbox, templates, and the pages that customers see.
pub fn routes() -> OpenApiRouter<ExecutionState> {
    OpenApiRouter::default()
        .merge(message::api::routes())
        .merge(message::mailbox::api::routes())
        .merge(message::page::api::routes())
        .merge(template::api::routes())
}
