//! References to segments, replaced by the rules they stand for.

use std::collections::BTreeSet;

use super::tree::Criteria;

/// The most conditions and groups after segments are put in: what one customer's verdict may cost.
pub const MAX_EXPANDED: usize = 5_000;

/// Why references cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tangle {
    /// A segment refers to itself, along these keys; the first and the last are the same.
    Cycle(Vec<String>),
    /// Too many conditions come together.
    TooLarge,
}

/// The same rule with every reference replaced for which `rule_of` knows a rule. The others are
/// asked of [`super::Facts::segment`].
pub fn expand<'a>(
    criteria: &Criteria,
    rule_of: &impl Fn(&str) -> Option<&'a Criteria>,
) -> Result<Criteria, Tangle> {
    let mut left = MAX_EXPANDED;
    replace(criteria, rule_of, &mut vec![], &mut left)
}

fn replace<'a>(
    criteria: &Criteria,
    rule_of: &impl Fn(&str) -> Option<&'a Criteria>,
    path: &mut Vec<String>,
    left: &mut usize,
) -> Result<Criteria, Tangle> {
    *left = left.checked_sub(1).ok_or(Tangle::TooLarge)?;
    let mut parts = |parts: &[Criteria]| -> Result<Vec<Criteria>, Tangle> {
        let parts = parts.iter();
        parts
            .map(|part| replace(part, rule_of, path, left))
            .collect()
    };
    Ok(match criteria {
        Criteria::All(all) => Criteria::All(parts(all)?),
        Criteria::Any(any) => Criteria::Any(parts(any)?),
        Criteria::Not(part) => Criteria::Not(Box::new(replace(part, rule_of, path, left)?)),
        Criteria::Segment(key) => {
            if let Some(from) = path.iter().position(|known| known == key) {
                let circle = path[from..].iter().cloned().chain([key.clone()]);
                return Err(Tangle::Cycle(circle.collect()));
            }
            let Some(rule) = rule_of(key) else {
                return Ok(criteria.clone());
            };
            path.push(key.clone());
            let rule = replace(rule, rule_of, path, left)?;
            path.pop();
            rule
        }
        Criteria::Attribute(_)
        | Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => criteria.clone(),
    })
}

/// The segments that a rule refers to.
#[must_use]
pub fn segments(criteria: &Criteria) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    criteria.walk(&mut |node| {
        if let Criteria::Segment(key) = node {
            found.insert(key.as_str());
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(key: &str) -> Criteria {
        Criteria::Segment(key.to_owned())
    }

    #[test]
    fn rules_take_the_place_of_their_names_and_unknown_names_stay() {
        let inner = Criteria::Not(Box::new(segment("uploaded")));
        let rule_of = |key: &str| (key == "quiet").then_some(&inner);
        let rule = Criteria::Any(vec![segment("quiet"), segment("other")]);
        let expanded = expand(&rule, &rule_of).unwrap();
        assert_eq!(
            expanded,
            Criteria::Any(vec![inner.clone(), segment("other")])
        );
        assert_eq!(segments(&expanded), BTreeSet::from(["other", "uploaded"]));
    }

    #[test]
    fn a_circle_is_told_with_its_path() {
        let (a, b) = (segment("b"), Criteria::Not(Box::new(segment("c"))));
        let c = segment("b");
        let rule_of = |key: &str| match key {
            "a" => Some(&a),
            "b" => Some(&b),
            _ => Some(&c),
        };
        let tangle = expand(&segment("a"), &rule_of).unwrap_err();
        let path = ["b", "c", "b"].map(str::to_owned).to_vec();
        assert_eq!(tangle, Tangle::Cycle(path));
    }
}
