//! The tables that queries see, as plans over files and tail. Only functions that every executor
//! has.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::prelude::SessionContext;
use store::lake::{Engine, Ground, encode};

use crate::Error;
use crate::lake::cut::Cut;
use crate::lake::table::{Kept, Table, whole};
use crate::lake::view::View;
use crate::lake::{customers, tail};

/// Columns that only the lake itself reads.
const INNER: [&str; 3] = ["message_hash", "body_hash", "body"];

/// A session of this process in which every table is registered: the view's own, unless that is
/// one of a cluster.
pub(in crate::lake) async fn local(view: &View) -> Result<SessionContext, Error> {
    let inner = &view.inner;
    if !view.far() {
        return Ok(view.session().await?.clone());
    }
    let ground = inner.ground.embedding();
    let session = ground.embedded(2);
    register(&session, &ground, &inner.cut, &mut vec![]).await?;
    Ok(session)
}

/// Registers every table.
pub(in crate::lake) async fn register(
    session: &SessionContext,
    ground: &Ground,
    cut: &Cut,
    scratch: &mut Vec<String>,
) -> Result<(), Error> {
    let mut maker = Maker {
        session,
        ground,
        cut,
        scratch,
        hidden: vec![],
    };
    maker
        .rows("moved", &moved(&cut.moved)?, moved_schema())
        .await?;
    for kept in Kept::ALL {
        maker.kept(kept).await?;
    }
    maker.customers().await?;
    let events = format!(
        "SELECT {} FROM every_events",
        shown_columns(Kept::Events, cut)
    );
    maker.shown(Table::Events, &events).await?;
    for (table, kept) in [
        (Table::Responses, Kept::Responses),
        (Table::Consents, Kept::Consents),
        (Table::Identifies, Kept::Identifies),
        (Table::Decisions, Kept::Decisions),
    ] {
        let columns = format!("{}, body", shown_columns(kept, cut));
        let sql = format!("SELECT {columns} FROM every_{}", kept.word());
        maker.shown(table, &sql).await?;
    }
    maker.shown(Table::Contacts, &contacts(cut)).await?;
    for hidden in std::mem::take(&mut maker.hidden) {
        session
            .deregister_table(hidden)
            .map_err(store::Error::from)?;
    }
    Ok(())
}

fn shown_columns(kept: Kept, cut: &Cut) -> String {
    let schema = kept.schema(&cut.columns);
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let names: Vec<String> = names
        .filter(|name| !INNER.contains(name))
        .map(quoted)
        .collect();
    names.join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Contacts with what became of them: a presented contact stays presented, only a promise can be
/// released, and a direct response shows that there was something to respond to.
fn contacts(cut: &Cut) -> String {
    let columns = shown_columns(Kept::Contacts, cut);
    let columns: Vec<String> = columns
        .split(", ")
        .filter(|name| *name != "\"status\"")
        .map(|name| format!("c.{name}"))
        .collect();
    format!(
        "SELECT {}, c.body, CASE WHEN c.status = 'presented' OR m.presented_at IS NOT NULL THEN 'presented'
                 WHEN c.status = 'released' OR m.released > 0 THEN 'released'
                 ELSE 'reserved' END AS status,
             CASE WHEN c.status = 'presented' THEN c.occurred_at
                 WHEN m.presented_at > c.occurred_at THEN m.presented_at
                 WHEN m.presented_at IS NOT NULL THEN c.occurred_at END AS presented_at
         FROM every_contacts c LEFT JOIN (
             SELECT contact_id,
                 first_value(occurred_at ORDER BY seq) FILTER (WHERE status = 'presented')
                     AS presented_at,
                 sum(CASE WHEN status = 'released' THEN 1 ELSE 0 END) AS released
             FROM (
                 SELECT contact_id, CAST(status AS VARCHAR) AS status, seq, occurred_at
                     FROM every_moves
                 UNION ALL
                 SELECT contact_id, 'presented' AS status, seq, occurred_at FROM every_responses
                     WHERE contact_id IS NOT NULL AND NOT inferred AND NOT in_control
             ) AS steps GROUP BY contact_id
         ) AS m ON m.contact_id = c.seq",
        columns.join(", ")
    )
}

struct Maker<'a> {
    session: &'a SessionContext,
    ground: &'a Ground,
    cut: &'a Cut,
    /// Files that were written for this view only.
    scratch: &'a mut Vec<String>,
    hidden: Vec<String>,
}

impl Maker<'_> {
    fn hide(&mut self, name: String, table: Arc<dyn TableProvider>) -> Result<(), Error> {
        self.session
            .register_table(name.as_str(), table)
            .map_err(store::Error::from)?;
        self.hidden.push(name);
        Ok(())
    }

    /// A table of rows that are in memory; a cluster gets them as a file.
    async fn rows(
        &mut self,
        name: &str,
        batches: &[RecordBatch],
        schema: SchemaRef,
    ) -> Result<(), Error> {
        let table: Arc<dyn TableProvider> = match &self.ground.engine {
            Engine::Embedded => Arc::new(
                MemTable::try_new(schema, vec![batches.to_vec()]).map_err(store::Error::from)?,
            ),
            Engine::Ballista(_) => {
                let file = format!("views/{}-{name}.parquet", self.cut.scratch_name);
                let empty = [RecordBatch::new_empty(schema.clone())];
                let batches = if batches.is_empty() { &empty } else { batches };
                self.ground
                    .files
                    .put(&file, encode(batches, &Default::default())?)
                    .await?;
                self.scratch.push(file.clone());
                self.ground.table(&[file], schema)?
            }
        };
        self.hide(name.to_owned(), table)
    }

    /// A table of files and the tail, with the customers that rows belong to now.
    async fn kept(&mut self, kept: Kept) -> Result<(), Error> {
        let schema = kept.schema(&self.cut.columns);
        let word = kept.word();
        let names = schema.fields().iter().map(|field| quoted(field.name()));
        let names: Vec<String> = names.collect();
        let (all, rest) = (names.join(", "), names[1..].join(", "));
        let mut parts = vec![];
        let files = self.cut.files_of(word);
        if !files.is_empty() {
            self.hide(
                format!("files_{word}"),
                self.ground.table(&files, schema.clone())?,
            )?;
            if self.cut.moved.is_empty() {
                parts.push(format!("SELECT {all} FROM files_{word}"));
            } else {
                parts.push(format!(
                    "SELECT {all} FROM files_{word} LEFT ANTI JOIN moved
                     ON files_{word}.leaf_id = moved.moved_leaf"
                ));
                parts.push(format!(
                    "SELECT moved.root_id AS customer_id, {rest} FROM moved JOIN files_{word}
                     ON files_{word}.leaf_id = moved.moved_leaf"
                ));
            }
        }
        let tail = tail::rooted(&self.cut.chunks, kept, &self.cut.roots, &schema)?;
        self.rows(&format!("tail_{word}"), &tail, schema).await?;
        parts.push(format!("SELECT {all} FROM tail_{word}"));
        self.view(&format!("every_{word}"), &parts.join(" UNION ALL "))
            .await?;
        self.hidden.push(format!("every_{word}"));
        Ok(())
    }

    async fn customers(&mut self) -> Result<(), Error> {
        let schema = customers::schema(&self.cut.columns);
        let names = schema.fields().iter().map(|field| quoted(field.name()));
        let all = names.collect::<Vec<String>>().join(", ");
        let changed = &self.cut.changed;
        let rows: Vec<RecordBatch> = changed
            .rows
            .iter()
            .map(|(_, batch)| batch.clone())
            .collect();
        self.rows("changed_customers", &rows, schema.clone())
            .await?;
        let mut parts = vec![format!("SELECT {all} FROM changed_customers")];
        let files = self.cut.files_of(customers::CUSTOMERS);
        if !files.is_empty() {
            let gone = changed.gone.iter().copied().collect::<Int64Array>();
            let gone_schema: SchemaRef = Arc::new(Schema::new(vec![whole("gone_id")]));
            let gone = RecordBatch::try_new(gone_schema.clone(), vec![Arc::new(gone)])
                .map_err(store::Error::from)?;
            self.rows("gone", &[gone], gone_schema).await?;
            self.hide(
                "files_customers".to_owned(),
                self.ground.table(&files, schema)?,
            )?;
            parts.push(match changed.gone.is_empty() {
                true => format!("SELECT {all} FROM files_customers"),
                false => format!(
                    "SELECT {all} FROM files_customers LEFT ANTI JOIN gone
                     ON files_customers.customer_id = gone.gone_id"
                ),
            });
        }
        self.shown(Table::Customers, &parts.join(" UNION ALL "))
            .await
    }

    async fn shown(&mut self, table: Table, sql: &str) -> Result<(), Error> {
        self.view(table.word(), sql).await
    }

    async fn view(&mut self, name: &str, sql: &str) -> Result<(), Error> {
        let plan = self.session.state().create_logical_plan(sql).await;
        let plan = plan.map_err(store::Error::from)?;
        let view = datafusion::datasource::ViewTable::new(plan, None);
        self.session
            .register_table(name, Arc::new(view))
            .map_err(store::Error::from)?;
        Ok(())
    }
}

fn moved_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![whole("moved_leaf"), whole("root_id")]))
}

fn moved(moved: &HashMap<i64, i64>) -> Result<Vec<RecordBatch>, Error> {
    let leaves = moved.keys().copied().collect::<Int64Array>();
    let roots = moved.values().copied().collect::<Int64Array>();
    let batch = RecordBatch::try_new(moved_schema(), vec![Arc::new(leaves), Arc::new(roots)]);
    Ok(vec![batch.map_err(store::Error::from)?])
}
