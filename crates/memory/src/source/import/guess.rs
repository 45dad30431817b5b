//! A first guess of what the columns of a file mean, from their names and values.

use super::decimal::DecimalMark;
use super::file::{Column, ColumnKind, Facts, Format};
use super::mapping::{
    EventName, Field, FieldKind, Grouping, Mapping, Place, Rule, Target, TimeColumn, Total,
    Unidentified,
};
use super::time::TimeFormat;

const USER: [&str; 12] = [
    "userid",
    "customerid",
    "customerno",
    "customernumber",
    "customer",
    "user",
    "clientid",
    "memberid",
    "memberno",
    "loyaltyid",
    "accountid",
    "personid",
];
const ANONYMOUS: [&str; 6] = [
    "anonymousid",
    "visitorid",
    "deviceid",
    "cookieid",
    "sessionid",
    "clientcookie",
];
const EVENT: [&str; 5] = ["event", "eventname", "eventtype", "action", "activity"];
const TIME: [&str; 15] = [
    "timestamp",
    "time",
    "datetime",
    "date",
    "occurredat",
    "createdat",
    "eventtime",
    "eventdate",
    "orderdate",
    "ordertime",
    "invoicedate",
    "purchasedate",
    "transactiondate",
    "visitedat",
    "at",
];
const ORDER: [&str; 9] = [
    "invoiceno",
    "invoice",
    "invoicenumber",
    "orderid",
    "orderno",
    "ordernumber",
    "order",
    "transactionid",
    "receiptno",
];
const PRODUCT: [&str; 8] = [
    "stockcode",
    "sku",
    "productid",
    "productcode",
    "itemid",
    "articleno",
    "article",
    "ean",
];
const QUANTITY: [&str; 5] = ["quantity", "qty", "units", "count", "pieces"];
const PRICE: [&str; 6] = [
    "unitprice",
    "price",
    "itemprice",
    "priceperunit",
    "unitcost",
    "amount",
];
const TITLE: [&str; 5] = ["description", "productname", "itemname", "title", "product"];

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn named<'a>(facts: &'a Facts, words: &[&str]) -> Option<&'a Column> {
    // The words stand in order of likelihood.
    let column = |word: &&str| {
        facts
            .columns
            .iter()
            .find(|column| plain(&column.name) == **word)
    };
    words.iter().find_map(column)
}

/// Guesses what a file's columns mean; `target` says what the rows are, when that is known.
pub fn guess(facts: &Facts, target: Option<Target>) -> Mapping {
    if facts.format == Format::AccessLog {
        return access_log();
    }
    let time = time_column(facts);
    let order = named(facts, &ORDER);
    let line = named(facts, &PRODUCT).is_some() && named(facts, &QUANTITY).is_some();
    let events = match target {
        Some(target) => target == Target::Events,
        None => named(facts, &EVENT).is_some() || (time.is_some() && order.is_some()),
    };
    let mut mapping = Mapping {
        target: if events {
            Target::Events
        } else {
            Target::Customers
        },
        user_id: named(facts, &USER).map(|column| column.name.clone()),
        anonymous_id: named(facts, &ANONYMOUS).map(|column| column.name.clone()),
        unidentified: Unidentified::Reject,
        event: None,
        time,
        group: None,
        fields: vec![],
        constants: serde_json::Map::new(),
        message_id: named(facts, &["messageid", "eventid"]).map(|column| column.name.clone()),
        decimal: facts.decimal,
    };
    if mapping.user_id.is_none() && mapping.anonymous_id.is_none() {
        let known = named(facts, &["id", "email", "emailaddress", "mail"]);
        mapping.user_id = known.map(|column| column.name.clone());
    }
    match order {
        Some(order) if events && line => orders(&mut mapping, facts, order),
        Some(_) | None if events => name_events(&mut mapping, facts),
        Some(_) | None => {}
    }
    other_fields(&mut mapping, facts);
    mapping
}

/// The pages of an access log; all other lines are left out.
fn access_log() -> Mapping {
    let field = |column: &str, kind: FieldKind| Field {
        column: column.to_owned(),
        to: Place::Property,
        name: column.to_owned(),
        kind,
    };
    let skip = |kind: &str| Rule {
        column: "kind".to_owned(),
        equals: Some(kind.to_owned()),
        skip: true,
        ..Rule::default()
    };
    Mapping {
        target: Target::Events,
        user_id: None,
        anonymous_id: Some("visitor".to_owned()),
        unidentified: Unidentified::Reject,
        event: Some(EventName {
            name: Some("Page Viewed".to_owned()),
            column: None,
            rules: ["asset", "bot", "error", "other"].map(skip).into(),
        }),
        time: Some(TimeColumn {
            column: "time".to_owned(),
            format: TimeFormat::default(),
            zone: "UTC".to_owned(),
        }),
        group: None,
        fields: ["path", "url", "referrer", "user_agent"]
            .map(|column| field(column, FieldKind::Text))
            .into_iter()
            .chain([
                field("status", FieldKind::Number),
                field("bytes", FieldKind::Number),
            ])
            .collect(),
        constants: serde_json::Map::new(),
        message_id: None,
        decimal: DecimalMark::Point,
    }
}

fn time_column(facts: &Facts) -> Option<TimeColumn> {
    let fits = |column: &&Column| column.kind == ColumnKind::Time;
    let by_name = named(facts, &TIME).filter(fits);
    let column = by_name.or_else(|| {
        let mut times = facts.columns.iter().filter(fits);
        times
            .next()
            .filter(|column| !plain(&column.name).contains("birth"))
    })?;
    Some(TimeColumn {
        column: column.name.clone(),
        format: column.time_format.unwrap_or_default(),
        zone: "UTC".to_owned(),
    })
}

/// Lines of orders: one event per order, with its products and its total.
fn orders(mapping: &mut Mapping, facts: &Facts, order: &Column) {
    let mut add = |column: Option<&Column>, to: Place, name: &str, kind: FieldKind| {
        if let Some(column) = column {
            let (column, name) = (column.name.clone(), name.to_owned());
            mapping.fields.push(Field {
                column,
                to,
                name,
                kind,
            });
        }
    };
    add(Some(order), Place::Property, "order_id", FieldKind::Text);
    add(
        named(facts, &PRODUCT),
        Place::Line,
        "product_id",
        FieldKind::Text,
    );
    add(named(facts, &TITLE), Place::Line, "name", FieldKind::Text);
    add(
        named(facts, &QUANTITY),
        Place::Line,
        "quantity",
        FieldKind::Number,
    );
    let price = named(facts, &PRICE).filter(|column| column.kind == ColumnKind::Number);
    add(price, Place::Line, "price", FieldKind::Number);
    let name = |text: &str| Some(text.to_owned());
    let mut rules = vec![];
    if plain(&order.name).starts_with("invoice") && named(facts, &["stockcode"]).is_some() {
        // Online Retail: an invoice that begins with C is a cancellation, one with A adjusts debt.
        // A fifth of its lines name no customer.
        mapping.unidentified = Unidentified::Anonymous;
        mapping.constants.insert("currency".into(), "GBP".into());
        if let Some(time) = &mut mapping.time {
            time.zone = "Europe/London".to_owned();
        }
        rules.push(Rule {
            column: order.name.clone(),
            starts_with: name("C"),
            name: name("Order Refunded"),
            negate: vec!["quantity".to_owned()],
            ..Rule::default()
        });
        rules.push(Rule {
            column: order.name.clone(),
            starts_with: name("A"),
            skip: true,
            ..Rule::default()
        });
    }
    mapping.event = Some(EventName {
        name: name("Order Completed"),
        column: None,
        rules,
    });
    mapping.group = Some(Grouping {
        column: order.name.clone(),
        lines: "products".to_owned(),
        total: price.map(|_| Total {
            name: "total".to_owned(),
            multiply: vec!["quantity".to_owned(), "price".to_owned()],
        }),
    });
}

fn name_events(mapping: &mut Mapping, facts: &Facts) {
    let column = named(facts, &EVENT).map(|column| column.name.clone());
    let name = column.is_none().then(|| "Order Completed".to_owned());
    mapping.event = Some(EventName {
        name,
        column,
        rules: vec![],
    });
}

/// Every column that has no meaning yet keeps its own name.
fn other_fields(mapping: &mut Mapping, facts: &Facts) {
    let grouped = mapping.group.is_some();
    let events = mapping.target == Target::Events;
    for column in &facts.columns {
        let plain = plain(&column.name);
        let address =
            ["email", "emailaddress", "mail", "phone", "mobile"].contains(&plain.as_str());
        let country = ["country", "city", "region"].contains(&plain.as_str());
        if used(mapping, &column.name)
            && !(address && mapping.user_id.as_ref() == Some(&column.name))
        {
            continue;
        }
        let to = match events && !address && !(grouped && country) {
            true => Place::Property,
            false => Place::Attribute,
        };
        let name = match plain.as_str() {
            "emailaddress" | "mail" => "email".to_owned(),
            "mobile" => "phone".to_owned(),
            _ => slug(&column.name),
        };
        let kind = match column.kind {
            // Postcodes and article numbers look like numbers and are none.
            ColumnKind::Number if !numbered(column) => FieldKind::Number,
            ColumnKind::Boolean => FieldKind::Boolean,
            ColumnKind::Time => FieldKind::Time,
            ColumnKind::Number | ColumnKind::Text => FieldKind::Text,
            ColumnKind::Nested | ColumnKind::Empty => FieldKind::Auto,
        };
        let column = column.name.clone();
        mapping.fields.push(Field {
            column,
            to,
            name,
            kind,
        });
    }
}

fn used(mapping: &Mapping, column: &str) -> bool {
    let event = mapping
        .event
        .as_ref()
        .and_then(|event| event.column.as_deref());
    let alone = [
        mapping.user_id.as_deref(),
        mapping.anonymous_id.as_deref(),
        mapping.message_id.as_deref(),
        mapping.time.as_ref().map(|time| time.column.as_str()),
        event,
    ];
    alone.contains(&Some(column)) || mapping.fields.iter().any(|field| field.column == column)
}

/// Whether the numbers of a column only name things.
fn numbered(column: &Column) -> bool {
    let name = plain(&column.name);
    let ends = [
        "id", "no", "number", "code", "zip", "postcode", "phone", "mobile", "ean", "fax",
    ];
    ends.iter().any(|end| name.ends_with(end))
        || column
            .examples
            .iter()
            .any(|text| text.len() > 1 && text.starts_with('0') && !text.contains('.'))
}

/// A name in small letters with underscores: `First Name` and `FirstName` become `first_name`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut lower = false;
    for letter in name.trim().chars() {
        if !letter.is_alphanumeric() {
            if !slug.is_empty() && !slug.ends_with('_') {
                slug.push('_');
            }
            lower = false;
            continue;
        }
        if letter.is_uppercase() && lower {
            slug.push('_');
        }
        lower = letter.is_lowercase() || letter.is_numeric();
        slug.extend(letter.to_lowercase());
    }
    slug.trim_end_matches('_').to_owned()
}

#[test]
fn names_become_slugs() {
    let table = [
        ("First Name", "first_name"),
        ("InvoiceNo", "invoice_no"),
        ("SKU", "sku"),
        ("e-mail", "e_mail"),
        (" Plan (2026) ", "plan_2026"),
    ];
    for (name, expected) in table {
        assert_eq!(slug(name), expected);
    }
}
