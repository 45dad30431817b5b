//! Paging: `?limit=50&cursor=…` is answered with `{items, next_cursor}`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Problem, code};

/// Items of a page unless the caller says otherwise.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most items one page can hold.
pub const LARGEST_LIMIT: u32 = 500;

/// What the caller wants of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items, 1 to 500; 50 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before; absent for the first page.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl PageQuery {
    /// How many items the page may hold.
    pub fn limit(&self) -> i64 {
        i64::from(self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, LARGEST_LIMIT))
    }

    /// The place after which the page starts, as it was given to [`Page::of`].
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let place = place.and_then(|text| text.parse().ok());
        place.map(Some).ok_or_else(|| {
            Problem::new(code::INVALID_QUERY)
                .detail("the cursor is not one of ours")
                .hint("send next_cursor of the page before, or no cursor for the first page")
        })
    }
}

impl<T> Page<T> {
    /// A page of items, and the place where the next one starts if there is one.
    pub fn until<P: ToString>(items: Vec<T>, next: Option<P>) -> Page<T> {
        let next_cursor = next.map(|place| URL_SAFE_NO_PAD.encode(place.to_string()));
        Page { items, next_cursor }
    }

    /// Makes a page of `limit` items from rows of which one more was asked for; `place` names the
    /// place of an item.
    pub fn of<P: ToString>(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> P) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|last| URL_SAFE_NO_PAD.encode(place(last).to_string()));
        Page {
            items: rows,
            next_cursor,
        }
    }
}

#[test]
fn a_cursor_leads_to_where_the_page_ended() {
    let page = Page::of(vec![1, 2, 3], 2, |n| *n);
    assert_eq!(page.items, [1, 2]);
    let query = PageQuery {
        limit: Some(2),
        cursor: page.next_cursor,
    };
    assert_eq!(query.after::<i64>().unwrap(), Some(2));
    assert!(Page::of(vec![1, 2], 2, |n| *n).next_cursor.is_none());
    let wrong = PageQuery {
        limit: None,
        cursor: Some("%".to_owned()),
    };
    assert!(wrong.after::<i64>().is_err());
}
