//! Criteria in the description of the HTTP API.

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::read_test::KEYS;
use super::tree::Criteria;
use super::value::AttributeValue;

type Named = (String, RefOr<Schema>);

impl PartialSchema for Criteria {
    fn schema() -> RefOr<Schema> {
        let list = json!({ "type": "array", "items": reference("Criteria") });
        let name = json!({ "type": "string" });
        let mut forms = vec![
            object("All of these hold.", &[("all", list.clone())], &[]),
            object("At least one of these holds.", &[("any", list)], &[]),
            object(
                "This does not hold.",
                &[("not", reference("Criteria"))],
                &[],
            ),
            object(
                "The customer is in a segment.",
                &[("segment", name.clone())],
                &[],
            ),
            consent(),
            sequence(),
        ];
        for (key, text) in [
            ("attribute", "A test on an attribute of the customer."),
            ("context", "A test on the context of a decision."),
            ("score", "A test on a score of the customer."),
        ] {
            forms.push(tested(text, &[(key, name.clone())], &[]));
        }
        forms.extend(aggregates());
        schema(json!({
            "description": "A rule on one customer; see the guide on criteria.",
            "oneOf": forms,
            "example": {
                "event": "Order Completed", "at_least": 2, "within": { "rolling_days": 90 },
            },
        }))
    }
}

impl ToSchema for Criteria {
    fn schemas(schemas: &mut Vec<Named>) {
        schemas.push(("CriteriaEvents".to_owned(), schema(events())));
        schemas.push(("CriteriaWindow".to_owned(), schema(window())));
        schemas.push(("CriteriaMoment".to_owned(), schema(moment())));
        schemas.push(("PropertyTest".to_owned(), schema(property_test())));
        schemas.push(("AttributeValue".to_owned(), AttributeValue::schema()));
    }
}

impl PartialSchema for AttributeValue {
    fn schema() -> RefOr<Schema> {
        schema(json!({
            "description": "True or false, a number, text (a date in ISO form is a date), or a \
                            list of texts.",
            "oneOf": [
                { "type": "boolean" },
                { "type": "number" },
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
        }))
    }
}

impl ToSchema for AttributeValue {}

fn schema(json: Value) -> RefOr<Schema> {
    RefOr::T(serde_json::from_value(json).expect("the schemas in this file are well-formed"))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with required and optional properties and no others.
fn object(text: &str, required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let both = required.iter().chain(optional);
    let properties: serde_json::Map<String, Value> = both
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    let required: Vec<&str> = required.iter().map(|(key, _)| *key).collect();
    json!({
        "type": "object",
        "description": text,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// An object that also carries one operator.
fn tested(text: &str, required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let mut optional = optional.to_vec();
    for key in KEYS {
        let value = match key {
            "equals" | "not_equals" => reference("AttributeValue"),
            "one_of" | "none_of" => {
                json!({ "type": "array", "items": reference("AttributeValue") })
            }
            "contains" | "starts_with" => json!({ "type": "string" }),
            "between" => {
                let number = json!({ "type": "number" });
                json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 })
            }
            "before" | "after" => reference("CriteriaMoment"),
            "exists" => json!({ "type": "boolean" }),
            _ => json!({ "type": "number" }),
        };
        optional.push((key, value));
    }
    object(text, required, &optional)
}

fn property_test() -> Value {
    let text = "A test on a property of an event, by its dotted path.";
    tested(text, &[("property", json!({ "type": "string" }))], &[])
}

fn property_tests() -> Value {
    json!({ "type": "array", "items": reference("PropertyTest") })
}

fn events() -> Value {
    let name = json!({ "type": "string" });
    object(
        "Events of one name.",
        &[("event", name)],
        &[("where", property_tests())],
    )
}

fn consent() -> Value {
    let name = json!({ "type": "string" });
    let about = object(
        "A channel and a purpose.",
        &[("channel", name.clone()), ("purpose", name)],
        &[],
    );
    let answer = json!({ "type": "string", "enum": ["granted", "denied", "unknown"] });
    object(
        "What the customer said about being addressed.",
        &[("consent", about), ("is", answer)],
        &[],
    )
}

fn sequence() -> Value {
    let steps = json!({ "type": "array", "items": reference("CriteriaEvents"), "minItems": 1 });
    object(
        "Events one after the other, and nothing of \"without\" in between.",
        &[("sequence", steps)],
        &[
            ("without", reference("CriteriaEvents")),
            ("within_ms", json!({ "type": "integer", "format": "int64" })),
            ("within", reference("CriteriaWindow")),
        ],
    )
}

fn aggregates() -> Vec<Value> {
    let name = json!({ "type": "string" });
    let measures = [
        "count", "sum", "average", "min", "max", "distinct", "last", "first",
    ];
    let measure = json!({ "type": "string", "enum": measures, "default": "count" });
    let fields = |keys: &[&str]| -> Vec<(&'static str, Value)> {
        let known = ["channel", "offer", "category", "placement", "kind"];
        let kept = known.into_iter().filter(|key| keys.contains(key));
        kept.map(|key| (key, name.clone())).collect()
    };
    let contacts = fields(&["channel", "offer", "category", "placement"]);
    let mut responses = fields(&["kind", "offer", "category"]);
    responses.push(("inferred", json!({ "type": "boolean" })));
    let common = [
        ("measure", measure),
        ("of", name.clone()),
        ("within", reference("CriteriaWindow")),
    ];
    let with_where = [&common[..], &[("where", property_tests())]].concat();
    vec![
        tested(
            "A measure over events.",
            &[("event", name.clone())],
            &with_where,
        ),
        tested(
            "A measure over contacts.",
            &[("contacts", object("Which contacts.", &[], &contacts))],
            &common,
        ),
        tested(
            "A measure over responses.",
            &[("responses", object("Which responses.", &[], &responses))],
            &common,
        ),
    ]
}

fn window() -> Value {
    let whole = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    let unit = json!({ "type": "string", "enum": ["day", "week", "month", "year"] });
    let moment = reference("CriteriaMoment");
    json!({
        "description": "When it happened; without a window, ever.",
        "oneOf": [
            object("The last days.", &[("rolling_days", whole.clone())], &[]),
            object("The last milliseconds.", &[("rolling_ms", whole.clone())], &[]),
            object("Longer ago than days.", &[("before_days", whole.clone())], &[]),
            object("Longer ago than milliseconds.", &[("before_ms", whole.clone())], &[]),
            object("A unit of the customer's calendar.", &[("calendar", unit)], &[("ago", whole)]),
            object(
                "From a moment (included) until a moment (excluded).",
                &[],
                &[("from", moment.clone()), ("until", moment)],
            ),
        ],
    })
}

fn moment() -> Value {
    let whole = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    let relative = ["days_ago", "ms_ago", "days_ahead", "ms_ahead"]
        .map(|key| object("A moment relative to now.", &[(key, whole.clone())], &[]));
    let mut forms = vec![json!({ "type": "string", "description": "A date or moment, ISO 8601." })];
    forms.extend(relative);
    json!({ "oneOf": forms })
}

#[test]
fn the_schema_describes_every_form_and_names_what_it_refers_to() {
    let mut schemas: Vec<Named> = Vec::new();
    <Criteria as ToSchema>::schemas(&mut schemas);
    schemas.push(("Criteria".to_owned(), Criteria::schema()));
    let text = serde_json::to_string(&schemas).unwrap();
    for referred in text.split("#/components/schemas/").skip(1) {
        let name = referred.split('"').next().unwrap();
        assert!(schemas.iter().any(|(known, _)| known == name), "{name}");
    }
    let root = serde_json::to_value(Criteria::schema()).unwrap();
    assert_eq!(root["oneOf"].as_array().unwrap().len(), 12);
    assert_eq!(root["oneOf"][0]["properties"]["all"]["type"], "array");
    assert_eq!(root["oneOf"][6]["properties"]["between"]["minItems"], 2);
    assert_eq!(root["oneOf"][0]["additionalProperties"], false);
}
