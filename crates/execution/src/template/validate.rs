//! Checks a template definition before it may be saved.

use store::definition::{Kind, Problem, ProblemCode};

use super::{Compiled, Field, PartName, Purpose, ROOTS, Template, mjml, nearest};

/// The definition kind `template`.
pub const KIND: Kind = Kind {
    name: "template",
    validate,
};

/// What must be known about the links of a marketing mail.
const UNSUBSCRIBE: &str = "links.unsubscribe";

/// Everything that is wrong with a template, each with its place and a remedy.
pub fn validate(body: &serde_json::Value) -> Vec<Problem> {
    let template: Template = match serde_json::from_value(body.clone()) {
        Ok(template) => template,
        Err(error) => {
            let hint = "A template has name, channel, purpose and variants.";
            return vec![Problem::unreadable("", &error.to_string()).hint(hint)];
        }
    };
    let mut problems = Vec::new();
    if template.channel != "email" {
        let message = format!(
            "there are no templates for the channel {:?}",
            template.channel
        );
        let problem = Problem::new("/channel", (ProblemCode::CannotSend, message));
        let problem = problem.with("channel", template.channel.as_str());
        problems.push(problem.hint("Write \"email\"."));
    }
    if template.variants.is_empty() {
        let said = (ProblemCode::Empty, "a template needs at least one language");
        let problem = Problem::new("/variants", said);
        problems.push(problem.hint("Add a variant, for example \"en\"."));
    }
    for (language, variant) in &template.variants {
        let path = |part: PartName| format!("/variants/{}/{}", pointer(language), part.key());
        if variant.subject.trim().is_empty() {
            let said = (ProblemCode::Empty, "the subject is empty");
            let problem = Problem::new(path(PartName::Subject), said);
            problems.push(problem.hint("Say in a few words what the mail is about."));
        }
        if let Err(flaw) = mjml::check(&variant.mjml) {
            let message = format!("line {}: {}", flaw.line, flaw.message);
            problems.push(Problem::new(path(PartName::Mjml), message).hint(flaw.hint));
        }
    }
    match Compiled::compile(&template) {
        Ok(compiled) => {
            for (language, fields) in compiled.fields_used() {
                problems.extend(unknown_roots(&language, &fields));
                if template.purpose == Purpose::Marketing {
                    problems.extend(without_unsubscribe(&language, &fields));
                }
            }
        }
        Err(flaws) => problems.extend(flaws.into_iter().map(|(place, flaw)| {
            let path = format!(
                "/variants/{}/{}",
                pointer(&place.language),
                place.part.key()
            );
            let problem = Problem::new(path, format!("line {}: {}", flaw.line, flaw.message));
            if flaw.hint.is_empty() {
                problem
            } else {
                problem.hint(flaw.hint)
            }
        })),
    }
    problems
}

fn unknown_roots(language: &str, fields: &[Field]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for field in fields {
        let root = field.path.split(['.', '[']).next().unwrap_or_default();
        if ROOTS.contains(&root) {
            continue;
        }
        let near = nearest(root, &ROOTS);
        let hint = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("Templates know {}.", ROOTS.join(", ")),
        };
        let message = format!("line {}: there is no `{}`", field.line, field.path);
        let path = format!("/variants/{}", pointer(language));
        problems.push(
            Problem::new(path, (ProblemCode::NoSuchField, message))
                .with("line", field.line)
                .with("name", field.path.as_str())
                .with("meant", near)
                .with("choices", ROOTS.join(", "))
                .hint(hint),
        );
    }
    problems
}

/// The law and every large mail receiver ask for it.
fn without_unsubscribe(language: &str, fields: &[Field]) -> Option<Problem> {
    if fields.iter().any(|field| field.path == UNSUBSCRIBE) {
        return None;
    }
    let path = format!("/variants/{}/mjml", pointer(language));
    let message = "a marketing mail needs an unsubscribe link";
    let problem = Problem::new(path, (ProblemCode::NoUnsubscribe, message));
    let example = "<a href=\"{{ links.unsubscribe }}\">Unsubscribe</a>";
    let hint = format!("Add {example} to a <mj-text>.");
    Some(problem.with("example", example).hint(hint))
}

/// A key as a part of a JSON pointer.
fn pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
