//! Tests of the first page's figures.

use store::{Timestamp, params};

use super::{Counter, DAY_MS, FigureKey, HOUR_MS, WEEK_MS};

const SINCE: Timestamp = Timestamp(20_000 * DAY_MS);

async fn log(db: &store::Db, seq: i64, kind: i64, at_ms: i64, body: &str) {
    let at = SINCE.plus_ms(at_ms);
    db.execute(
        "INSERT INTO log (customer_id, seq, kind, occurred_at, received_at, source_id, body)
         VALUES (1, $1, $2, $3, $4, 1, $5)",
        params![seq, kind, at, at, body],
    )
    .await
    .unwrap();
}

async fn today(counter: &Counter, db: &store::Db, key: FigureKey) -> (u64, u64, Vec<u64>) {
    let figures = counter.figures(db, SINCE).await.unwrap();
    let figure = figures
        .into_iter()
        .find(|figure| figure.key == key)
        .unwrap();
    (figure.today, figure.same_weekday_last_week, figure.by_hour)
}

store::test! {
    async fn each_row_counts_once_in_its_hour(db: store::Db) {
        let order = r#"{"name":"Order Completed"}"#;
        log(&db, 1, 1, -WEEK_MS - 1, order).await;
        log(&db, 2, 1, -WEEK_MS, order).await;
        log(&db, 3, 6, -WEEK_MS + DAY_MS, "{}").await;
        log(&db, 4, 1, 0, r#"{"name":"Page Viewed"}"#).await;
        log(&db, 5, 1, 2 * HOUR_MS, order).await;
        log(&db, 6, 4, 2 * HOUR_MS, r#"{"status":"reserved"}"#).await;
        let counter = Counter::default();
        let (orders, last_week, by_hour) = today(&counter, &db, FigureKey::Orders).await;
        assert_eq!((orders, last_week, by_hour[2]), (1, 1, 1));
        assert_eq!(today(&counter, &db, FigureKey::Events).await.0, 2);
        assert_eq!(today(&counter, &db, FigureKey::Contacts).await.0, 0);
        log(&db, 7, 9, 3 * HOUR_MS, r#"{"status":"presented"}"#).await;
        log(&db, 8, 1, 3 * HOUR_MS, order).await;
        assert_eq!(today(&counter, &db, FigureKey::Contacts).await.0, 1);
        log(&db, 9, 5, 3 * HOUR_MS, r#"{"kind":"view","channel":"web"}"#).await;
        log(&db, 10, 5, 3 * HOUR_MS, r#"{"kind":"view","channel":"email"}"#).await;
        log(&db, 11, 5, 3 * HOUR_MS, r#"{"kind":"click","channel":"web"}"#).await;
        assert_eq!(today(&counter, &db, FigureKey::Contacts).await.0, 2);
        assert_eq!(today(&counter, &db, FigureKey::Responses).await.0, 2);
        assert_eq!(today(&counter, &db, FigureKey::Events).await.0, 3);
        assert_eq!(today(&counter, &db, FigureKey::Decisions).await.1, 0);
    }
}
