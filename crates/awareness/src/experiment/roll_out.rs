//! Rolling a winner out: everybody gets it, and it can be taken back.

use gate::definition::{Publication, SaveWish, publish, save};
use gate::{GateState, Problem, Result, User};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::{self, Definition, ProblemCode};

use super::{Experiment, KIND_NAME, Replaced, Subject, Winner};

/// Gives everybody a variant: writes it into the definition that it varies, and says so in the
/// experiment, which goes on for those who keep the baseline.
pub(super) async fn roll_out(
    gate: &GateState,
    user: &User,
    key: &str,
    variant: &str,
    now: Timestamp,
) -> Result<Definition> {
    let head = in_use(gate, key).await?;
    let mut experiment = read(&head)?;
    let Some(place) = experiment.variant(variant) else {
        let keys: Vec<&str> = experiment
            .variants
            .iter()
            .map(|one| one.key.as_str())
            .collect();
        let hint = format!("the variants are {}", keys.join(", "));
        let problem = store::definition::Problem::new("/variant", "there is no such variant");
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    };
    if experiment.winner.is_some() {
        let detail = "a winner was rolled out already";
        return Err(Problem::new(gate::problem::code::CONFLICT)
            .detail(detail)
            .hint("take it back first")
            .with("reason", ProblemCode::WinnerAlready));
    }
    no_draft(gate, &head).await?;
    let mut replaced = vec![Replaced {
        kind: KIND_NAME.to_owned(),
        key: key.to_owned(),
        version: head.version,
    }];
    if let Some(target) = target(gate, &experiment.subject).await? {
        no_draft(gate, &target).await?;
        let patch = experiment.variants[place].change.clone();
        let (body, inverse) = patched(&target.body, &patch);
        if body != target.body {
            let note = format!("winner {variant} of experiment {key}");
            put(gate, user, &target, body, &note).await?;
            replaced.push(Replaced {
                kind: target.kind.clone(),
                key: target.key.clone(),
                version: target.version,
            });
        }
        // What was the rule until now has to be said from now on.
        let baseline = &mut experiment.variants[0].change;
        for (field, value) in inverse {
            baseline.entry(field).or_insert(value);
        }
    }
    experiment.winner = Some(Winner {
        variant: variant.to_owned(),
        decided_at: now,
        replaced,
    });
    let body = serde_json::to_value(&experiment).map_err(Problem::internal)?;
    put(
        gate,
        user,
        &head,
        body,
        &format!("winner {variant} rolled out"),
    )
    .await
}

/// Takes the roll-out back: what was in use before is in use again.
pub(super) async fn take_back(gate: &GateState, user: &User, key: &str) -> Result<Definition> {
    let head = in_use(gate, key).await?;
    let experiment = read(&head)?;
    let Some(winner) = experiment.winner else {
        return Err(Problem::new(gate::problem::code::CONFLICT)
            .detail("no winner was rolled out")
            .hint("there is nothing to take back")
            .with("reason", ProblemCode::NoWinner));
    };
    let note = format!("roll-out of experiment {key} taken back");
    // The experiment itself stands first; it is put back last.
    for was in winner.replaced.iter().rev() {
        let (kind, name) = (&was.kind, &was.key);
        let now = definition::one(&gate.db, kind, name).await?;
        let before = definition::version(&gate.db, kind, name, was.version).await?;
        if let (Some(now), Some(before)) = (now, before) {
            put(gate, user, &now, before.body, &note).await?;
        }
    }
    in_use(gate, key).await
}

/// Refuses to write over a draft that somebody has not published yet.
async fn no_draft(gate: &GateState, in_use: &Definition) -> Result<()> {
    let (kind, key) = (&in_use.kind, &in_use.key);
    let newest = definition::one(&gate.db, kind, key).await?;
    let draft = newest.filter(|newest| newest.version > in_use.version);
    if draft.is_none_or(|draft| draft.body == in_use.body) {
        return Ok(());
    }
    Err(Problem::new(gate::problem::code::CONFLICT)
        .detail(format!("{kind} {key} has a draft that is not in use yet"))
        .hint("publish the draft, or save what is in use over it, then try again")
        .with("reason", ProblemCode::HasDraft)
        .with("kind", kind.as_str())
        .with("key", key.as_str()))
}

/// Saves a body as the newest version and puts it into use.
async fn put(
    gate: &GateState,
    user: &User,
    over: &Definition,
    body: Value,
    note: &str,
) -> Result<Definition> {
    let newest = definition::one(&gate.db, &over.kind, &over.key).await?;
    let hash = newest.map(|newest| newest.hash);
    let wish = SaveWish {
        body,
        note: note.to_owned(),
    };
    save(gate, user, &over.kind, &over.key, wish, hash.as_deref()).await?;
    publish(gate, user, &over.kind, &over.key, Publication::default()).await
}

/// The version of an experiment that is in use.
pub(super) async fn in_use(gate: &GateState, key: &str) -> Result<Definition> {
    let published = gate.published.now();
    let found = published
        .of_kind(KIND_NAME)
        .find(|one| one.key == key)
        .cloned();
    found.ok_or_else(|| {
        Problem::not_found(format!("there is no experiment {key} in use")).hint("publish it first")
    })
}

pub(super) fn read(definition: &Definition) -> Result<Experiment> {
    serde_json::from_value(definition.body.clone()).map_err(Problem::internal)
}

/// The definition that an experiment varies, in the version in use.
async fn target(gate: &GateState, subject: &Subject) -> Result<Option<Definition>> {
    let published = gate.published.now();
    let (kind, key) = match subject {
        Subject::Placement { key } => ("placement", key),
        Subject::Strategy { key } => ("strategy", key),
        Subject::Offer { .. }
        | Subject::Offers {}
        | Subject::Journey { .. }
        | Subject::Touchpoint {} => return Ok(None),
    };
    let found = published.of_kind(kind).find(|one| one.key == *key).cloned();
    found.map(Some).ok_or_else(|| {
        Problem::not_found(format!("there is no {kind} {key} in use"))
            .hint("publish it, then roll out again")
    })
}

/// A body with a merge patch over it (RFC 7396), and the patch that undoes it.
pub fn patched(body: &Value, patch: &Map<String, Value>) -> (Value, Map<String, Value>) {
    let mut result = body.clone();
    let mut inverse = Map::new();
    let Some(fields) = result.as_object_mut() else {
        return (result, inverse);
    };
    for (field, wanted) in patch {
        let before = fields.get(field).cloned();
        let (after, undo) = match (&before, wanted) {
            (_, Value::Null) => (None, before.clone().unwrap_or_default()),
            (Some(Value::Object(_)), Value::Object(inner)) => {
                let (after, undo) = patched(before.as_ref().unwrap_or(&Value::Null), inner);
                (Some(after), Value::Object(undo))
            }
            (_, other) => (Some(other.clone()), before.clone().unwrap_or_default()),
        };
        match after {
            Some(after) => fields.insert(field.clone(), after),
            None => fields.remove(field),
        };
        inverse.insert(field.clone(), undo);
    }
    (result, inverse)
}

#[test]
fn a_patch_can_be_undone() {
    let body = serde_json::json!({"a": 1, "levers": {"x": 2.0, "y": 3.0}, "b": "stays"});
    let patch = serde_json::json!({"a": 5, "levers": {"x": 1.0, "z": 4.0}, "c": [1], "b": null});
    let (after, undo) = patched(&body, patch.as_object().unwrap());
    let expected = serde_json::json!({"a": 5, "levers": {"x": 1.0, "y": 3.0, "z": 4.0}, "c": [1]});
    assert_eq!(after, expected);
    assert_eq!(patched(&after, &undo).0, body);
}
