//! Questions in SQL over the wire of PostgreSQL, for tools that speak it. Read-only; whoever
//! connects gives an API key with the scope `query` as the password, under any name.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::setup_pg_catalog;
use datafusion_postgres::hooks::HookClient;
use datafusion_postgres::hooks::cursor::CursorStatementHook;
use datafusion_postgres::hooks::set_show::SetShowHook;
use datafusion_postgres::hooks::transactions::TransactionStatementHook;
use datafusion_postgres::pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use datafusion_postgres::pgwire::api::portal::{Format, Portal};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::{FieldInfo, Response};
use datafusion_postgres::pgwire::api::stmt::{QueryParser, StoredStatement};
use datafusion_postgres::pgwire::api::store::PortalStore;
use datafusion_postgres::pgwire::api::{
    ClientInfo, ClientPortalStore, PgWireConnectionState, PgWireServerHandlers, Type,
};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::startup::Authentication;
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use datafusion_postgres::pgwire::tokio::process_socket;
use datafusion_postgres::{DfSessionService, Parser, QueryHook};
use futures::{Sink, SinkExt};
use gate::{GateState, Scope};
use memory::Memory;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Connections at once.
const CONNECTIONS: usize = 50;
/// The catalog that the engine calls its own.
const CATALOG: &str = "datafusion";

/// Answers whoever connects, until `stop` is true.
pub async fn serve(
    listener: TcpListener,
    memory: Memory,
    gate: GateState,
    mut stop: watch::Receiver<bool>,
) {
    let service = Arc::new(Service {
        parser: Arc::new(Questions(memory.clone())),
        memory,
    });
    let doors = Arc::new(Door(gate));
    let handlers = Arc::new(Handlers { service, doors });
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let socket = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => socket,
                Err(error) => {
                    tracing::warn!(%error, "a connection for SQL could not be taken");
                    continue;
                }
            },
        };
        // Whoever finds no room is told so by the connection's end.
        let Ok(place) = room.clone().try_acquire_owned() else {
            continue;
        };
        let (handlers, mut stop) = (handlers.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                done = process_socket(socket, None, handlers) => if let Err(error) = done {
                    tracing::debug!(%error, "a connection for SQL ended");
                },
            }
        });
    }
}

struct Handlers {
    service: Arc<Service>,
    doors: Arc<Door>,
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.service.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.service.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        self.doors.clone()
    }
}

/// Lets in who has a key.
struct Door(GateState);

#[async_trait]
impl StartupHandler for Door {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(ref startup) => {
                protocol_negotiation(client, startup).await?;
                save_startup_parameters_to_metadata(client, startup);
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let ask = Authentication::CleartextPassword;
                client
                    .send(PgWireBackendMessage::Authentication(ask))
                    .await?;
            }
            PgWireFrontendMessage::PasswordMessageFamily(password) => {
                let secret = password.into_password()?.password;
                let address = client.socket_addr().ip().to_string();
                let key = self.0.keys.find(&self.0.db, &secret, &address).await;
                if !key.is_ok_and(|key| key.require(Scope::Query).is_ok()) {
                    let text = "the password must be an API key with the scope query";
                    return Err(refused("28P01", text));
                }
                let mut parameters = DefaultServerParameterProvider::default();
                parameters.default_transaction_read_only = true;
                finish_authentication(client, &parameters).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn refused(code: &str, text: &str) -> PgWireError {
    let (severity, code) = ("ERROR".to_owned(), code.to_owned());
    PgWireError::UserError(Box::new(ErrorInfo::new(severity, code, text.to_owned())))
}

/// Every question sees everything that is committed when it is asked.
async fn fresh(memory: &Memory) -> PgWireResult<DfSessionService> {
    let view = memory.lake().view().await;
    let view = view.map_err(|error| PgWireError::ApiError(Box::new(error)))?;
    // The view's session is everybody's; settings and the catalog's tables are this question's.
    let session = view.session().await;
    let session = session.map_err(|error| PgWireError::ApiError(Box::new(error)))?;
    let session = SessionContext::new_with_state(session.state());
    let catalog = setup_pg_catalog(&session, CATALOG, EmptyContextProvider);
    catalog.map_err(|error| PgWireError::ApiError(error))?;
    let hooks: Vec<Arc<dyn QueryHook>> = vec![
        Arc::new(OnlyReads),
        Arc::new(CursorStatementHook),
        Arc::new(SetShowHook),
        Arc::new(TransactionStatementHook),
    ];
    Ok(DfSessionService::new_with_hooks(Arc::new(session), hooks))
}

struct Service {
    memory: Memory,
    parser: Arc<Questions>,
}

type Asked = <DfSessionService as ExtendedQueryHandler>::Statement;

#[async_trait]
impl SimpleQueryHandler for Service {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let service = fresh(&self.memory).await?;
        SimpleQueryHandler::do_query(&service, client, query).await
    }
}

#[async_trait]
impl ExtendedQueryHandler for Service {
    type Statement = Asked;
    type QueryParser = Questions;

    fn query_parser(&self) -> Arc<Questions> {
        self.parser.clone()
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Asked>,
        max_rows: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Asked>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let service = fresh(&self.memory).await?;
        // A prepared question was planned over the tables of that time; it is planned again.
        let asked = &portal.statement;
        let (sql, types) = (&asked.statement.0, &asked.parameter_types);
        let Some(planned) = self.parser.parse_sql(&*client, sql, types).await? else {
            return ExtendedQueryHandler::do_query(&service, client, portal, max_rows).await;
        };
        let statement = StoredStatement::new(asked.id.clone(), planned, types.clone());
        let mut renewed = Portal::default();
        renewed.name.clone_from(&portal.name);
        renewed.statement = Arc::new(statement);
        renewed.parameter_format = portal.parameter_format.clone();
        renewed.parameters.clone_from(&portal.parameters);
        renewed.result_column_format = portal.result_column_format.clone();
        renewed.state = portal.state.clone();
        ExtendedQueryHandler::do_query(&service, client, &renewed, max_rows).await
    }
}

/// Reads questions; the tables they name are those of the moment.
struct Questions(Memory);

impl Questions {
    /// What needs no tables.
    fn plain() -> Arc<Parser> {
        let session = Arc::new(SessionContext::new());
        DfSessionService::new(session).query_parser()
    }
}

#[async_trait]
impl QueryParser for Questions {
    type Statement = Asked;

    async fn parse_sql<C>(
        &self,
        client: &C,
        sql: &str,
        types: &[Option<Type>],
    ) -> PgWireResult<Option<Asked>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let service = fresh(&self.0).await?;
        service.query_parser().parse_sql(client, sql, types).await
    }

    fn get_parameter_types(&self, asked: &Asked) -> PgWireResult<Vec<Type>> {
        Questions::plain().get_parameter_types(asked)
    }

    fn get_result_schema(
        &self,
        asked: &Asked,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        Questions::plain().get_result_schema(asked, format)
    }
}

/// Refuses whatever would change anything.
struct OnlyReads;

fn refusal(statement: &Statement) -> Option<PgWireError> {
    let reads = matches!(
        statement,
        Statement::Query(_)
            | Statement::Explain { .. }
            | Statement::ExplainTable { .. }
            | Statement::ShowVariable { .. }
            | Statement::ShowVariables { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowColumns { .. }
            | Statement::Set(_)
            | Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Declare { .. }
            | Statement::Fetch { .. }
            | Statement::Close { .. }
            | Statement::Discard { .. }
    );
    (!reads).then(|| refused("25006", "this connection only reads"))
}

#[async_trait]
impl QueryHook for OnlyReads {
    async fn handle_simple_query(
        &self,
        statement: &Statement,
        _: &SessionContext,
        _: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        refusal(statement).map(Err)
    }

    async fn handle_extended_parse_query(
        &self,
        statement: &Statement,
        _: &SessionContext,
        _: &(dyn ClientInfo + Send + Sync),
    ) -> Option<PgWireResult<LogicalPlan>> {
        refusal(statement).map(Err)
    }

    async fn handle_extended_query(
        &self,
        statement: &Statement,
        _: &LogicalPlan,
        _: &ParamValues,
        _: &SessionContext,
        _: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        refusal(statement).map(Err)
    }
}
