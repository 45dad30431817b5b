//! Saved views in the store.

use store::{Db, Error, FromRow, Row, params};

use super::{NewView, SavedView, VIEWS_LIMIT, ViewPage};

impl FromRow for SavedView {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(SavedView {
            id: row.next()?,
            page: ViewPage::of_word(&row.next::<String>()?),
            name: row.next()?,
            search: row.next()?,
            author: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

const COLUMNS: &str = "id, page, name, search, author, created_at, updated_at";

/// Every view of a page, by name.
pub async fn list(db: &Db, page: ViewPage) -> Result<Vec<SavedView>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM saved_views WHERE page = $1 ORDER BY name, id LIMIT {VIEWS_LIMIT}"
    );
    db.fetch_all(&sql, params![page.word()]).await
}

/// One view.
pub async fn one(db: &Db, id: &str) -> Result<Option<SavedView>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM saved_views WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// Saves a view under its id, or under a new one.
pub async fn save(db: &Db, id: &str, view: &NewView, author: &str) -> Result<(), Error> {
    let now = db.now();
    db.execute(
        "INSERT INTO saved_views (id, page, name, search, author, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (id) DO UPDATE SET name = $3, search = $4, updated_at = $6",
        params![
            id,
            view.page.word(),
            view.name.trim(),
            view.search.as_str(),
            author,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Forgets a view; false when there is none.
pub async fn forget(db: &Db, id: &str) -> Result<bool, Error> {
    let gone = db
        .execute("DELETE FROM saved_views WHERE id = $1", params![id])
        .await?;
    Ok(gone > 0)
}
