//! What became of an offer, counted over the whole history.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;

use super::DAY_MS;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A contact was presented.
    Presented,
    /// A contact was withheld for comparison.
    Withheld,
    /// It was viewed, for the first time.
    Viewed,
    /// It was clicked, for the first time.
    Clicked,
    /// It was accepted.
    Accepted,
    /// It was rejected.
    Rejected,
    /// A withheld one was accepted.
    AcceptedInControl,
}

/// How often something happened on a day, in a channel, with a version and variant of the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub act: Act,
    /// The day, in days since 1970 (UTC).
    pub day: i64,
    /// The channel of the contact.
    pub channel: String,
    /// The version that was made.
    pub version: Option<i64>,
    /// Which of its variants.
    pub variant: Option<String>,
    /// How often.
    pub count: u64,
    /// What it was worth, in the currency of the offer.
    pub value_cents: i64,
    /// How often it was worth something in another currency only.
    pub other_currency: u64,
}

/// Contacts count on the day on which they were presented; views, clicks, acceptances and
/// rejections once per contact on the day of the first, with the most that was told as its worth in
/// the currency of the offer. Reactions to no contact count each. An amount that names no currency is
/// in that of the offer.
const SQL: &str = r#"
WITH made AS (
    SELECT seq, CAST(channel AS VARCHAR) AS channel, offer_version AS version, control,
        regexp_match(body, '"variant":"([a-z0-9_]+)"')[1] AS variant,
        COALESCE(presented_at, occurred_at) / 86400000 AS day,
        presented_at IS NOT NULL AS presented
    FROM contacts WHERE CAST(offer AS VARCHAR) = $1
), said AS (
    SELECT CAST(r.kind AS VARCHAR) AS kind, r.contact_id, r.in_control,
        CASE WHEN UPPER(COALESCE(CAST(r.currency AS VARCHAR), $4)) = $4
            THEN COALESCE(r.value_cents, 0) ELSE 0 END AS value,
        CASE WHEN UPPER(COALESCE(CAST(r.currency AS VARCHAR), $4)) = $4
            THEN 0 ELSE COALESCE(r.value_cents, 0) END AS elsewhere,
        COALESCE(m.channel, CAST(r.channel AS VARCHAR), 'unknown') AS channel, m.version, m.variant,
        r.occurred_at / 86400000 AS day, r.seq
    FROM responses r LEFT JOIN made m ON m.seq = r.contact_id
    WHERE CAST(r.offer AS VARCHAR) = $1 OR m.seq IS NOT NULL
), once AS (
    SELECT kind, in_control, channel, version, variant, MIN(day) AS day,
        MAX(value) AS value, MAX(elsewhere) AS elsewhere
    FROM said WHERE contact_id IS NOT NULL
    GROUP BY kind, in_control, contact_id, channel, version, variant
    UNION ALL
    SELECT kind, in_control, channel, version, variant, day, value, elsewhere
    FROM said WHERE contact_id IS NULL
)
SELECT act, day, channel, version, SUM(count) AS count, SUM(value) AS value, variant,
    SUM(other) AS other FROM (
    SELECT CASE WHEN control THEN 'withheld' ELSE 'presented' END AS act, day, channel, version, variant,
        1 AS count, 0 AS value, 0 AS other
    FROM made WHERE control OR presented
    UNION ALL
    SELECT kind AS act, day, channel, version, variant, 1 AS count, 0 AS value,
        0 AS other
    FROM once
    WHERE kind IN ('view', 'click')
    UNION ALL
    SELECT CASE WHEN in_control THEN 'control' ELSE kind END AS act, day, channel, version, variant,
        1 AS count, value,
        CASE WHEN value = 0 AND elsewhere > 0 THEN 1 ELSE 0 END AS other
    FROM once WHERE kind = 'accept' OR (kind = 'reject' AND NOT in_control)
) AS acts
WHERE day >= $2 AND day < $3
GROUP BY act, day, channel, version, variant ORDER BY day, act, channel, version, variant"#;

/// What became of an offer from a day until another, exclusive; its amounts are in a currency.
pub async fn facts(
    session: &SessionContext,
    (offer, currency): (&str, &str),
    from: i64,
    until: i64,
) -> Result<Vec<Fact>, store::Error> {
    let values = vec![
        ScalarValue::from(offer),
        ScalarValue::from(from),
        ScalarValue::from(until),
        ScalarValue::from(currency),
    ];
    let frame = session.sql(SQL).await?.with_param_values(values)?;
    let mut facts = vec![];
    for batch in frame.collect().await? {
        let text = |at: usize| cast(batch.column(at), &DataType::Utf8);
        let number = |at: usize| cast(batch.column(at), &DataType::Int64);
        let (acts, channels, variants) = (text(0)?, text(2)?, text(6)?);
        let variants = variants.as_string::<i32>();
        let (days, versions, counts) = (number(1)?, number(3)?, number(4)?);
        let (values, others) = (number(5)?, number(7)?);
        let versions = versions.as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let at = |column: &dyn Array| column.as_primitive::<Int64Type>().value(row);
            let Some(act) = act(acts.as_string::<i32>().value(row)) else {
                continue;
            };
            facts.push(Fact {
                act,
                day: at(&days),
                channel: channels.as_string::<i32>().value(row).to_owned(),
                version: versions.is_valid(row).then(|| versions.value(row)),
                variant: variants
                    .is_valid(row)
                    .then(|| variants.value(row).to_owned()),
                count: at(&counts).unsigned_abs(),
                value_cents: at(&values),
                other_currency: at(&others).unsigned_abs(),
            });
        }
    }
    debug_assert_eq!(DAY_MS, 86_400_000, "the statement counts in days");
    Ok(facts)
}

fn act(word: &str) -> Option<Act> {
    Some(match word {
        "presented" => Act::Presented,
        "withheld" => Act::Withheld,
        "view" => Act::Viewed,
        "click" => Act::Clicked,
        "accept" => Act::Accepted,
        "reject" => Act::Rejected,
        "control" => Act::AcceptedInControl,
        _ => return None,
    })
}
