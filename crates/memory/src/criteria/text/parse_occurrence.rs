//! Parsing what happened: events, contacts, responses and sequences.

use store::definition::ProblemCode;

use crate::criteria::operator::Test;
use crate::criteria::tree::{
    Aggregate, ContactFilter, Criteria, Measure, Named, Occurrence, Pattern, ResponseFilter,
    Sequence,
};
use crate::criteria::value::AttributeValue;
use crate::criteria::window::Window;

use super::lexer::Token;
use super::parser::Parser;
use super::problem::Mistake;

/// What an aggregate looks for, gathered while reading it.
struct Tail {
    test: Option<Test>,
    window: Option<Window>,
}

impl Parser {
    /// `"Event" where …`, the start of everything about events.
    fn pattern(&mut self) -> Result<Pattern, Mistake> {
        let start = self.place().start;
        let Token::Text(event) = self.token().clone() else {
            let mistake = self
                .expected("an event")
                .with("example", "did \"Order Completed\"");
            return Err(mistake.hint("write its name in quotes: did \"Order Completed\""));
        };
        self.advance();
        self.mark("event", start);
        let tests = if self.sees("where") {
            self.property_tests()?
        } else {
            Vec::new()
        };
        Ok(Pattern { event, tests })
    }

    /// `where total > 50` or `where (total > 50 and currency is "GBP")`.
    fn property_tests(&mut self) -> Result<Vec<Named>, Mistake> {
        let mut tests = Vec::new();
        let outer = self.prefix.clone();
        self.advance();
        let start = self.place().start;
        let several = self.eat_sign("(");
        loop {
            self.prefix = format!("{outer}/where/{}", tests.len());
            let start = self.place().start;
            let name = self.name("a property")?;
            self.mark("property", start);
            tests.push(self.named(name)?);
            if !several || !self.eat("and") {
                break;
            }
        }
        self.prefix = outer;
        if several {
            if self.sees("or") {
                let hint = "use one of (…), or two conditions joined with \"or\"";
                let mistake = self.mistake("tests of properties are joined with \"and\"");
                return Err(mistake.hint(hint));
            }
            self.close("this bracket", start)?;
        }
        Ok(tests)
    }

    pub(super) fn never(&mut self) -> Result<Criteria, Mistake> {
        let none = Some(Test::Equals(AttributeValue::Number(0.0)));
        self.advance();
        if self.eat("did") {
            return self.events(none);
        }
        if self.eat("responded") {
            return self.responded(none);
        }
        let example = "never did \"Order Completed\"";
        let mistake = self.expected("\"did\"").with("example", example);
        Err(mistake.hint(example))
    }

    /// What follows `did`: one event with a count, or a sequence.
    pub(super) fn events(&mut self, test: Option<Test>) -> Result<Criteria, Mistake> {
        let first = self.pattern()?;
        if test.is_none() && self.sees_any(&["then", "without"]) {
            return self.sequence(first).map(Criteria::Sequence);
        }
        self.counted(Occurrence::Events(first), test)
    }

    fn sequence(&mut self, first: Pattern) -> Result<Sequence, Mistake> {
        let mut steps = vec![first];
        while self.eat("then") {
            self.prefix = format!("/sequence/{}", steps.len());
            steps.push(self.pattern()?);
        }
        self.prefix = String::new();
        let mut without = None;
        if self.eat("without") {
            self.prefix = "/without".to_owned();
            without = Some(self.pattern()?);
            self.prefix = String::new();
        }
        let mut within_ms = None;
        if self.sees("within") && matches!(self.ahead(1), Token::Number(_)) {
            let start = self.place().start;
            self.advance();
            within_ms = Some(self.duration()?);
            self.mark("within_ms", start);
        }
        let window = self.window()?.unwrap_or(Window::Ever);
        Ok(Sequence {
            steps,
            within_ms,
            without,
            window,
        })
    }

    pub(super) fn contacted(&mut self) -> Result<Criteria, Mistake> {
        self.advance();
        let never = self.eat("never") || self.eat("not");
        self.expect("contacted", "was contacted by email in the last 7 days")?;
        let filter = self.contact_filter()?;
        let none = never.then_some(Test::Equals(AttributeValue::Number(0.0)));
        self.counted(Occurrence::Contacts(filter), none)
    }

    pub(super) fn responded(&mut self, test: Option<Test>) -> Result<Criteria, Mistake> {
        let filter = self.response_filter()?;
        self.counted(Occurrence::Responses(filter), test)
    }

    fn contact_filter(&mut self) -> Result<ContactFilter, Mistake> {
        let mut filter = ContactFilter::default();
        loop {
            let start = self.place().start;
            let (field, pointer) = match self.word_ahead(0).as_deref() {
                Some("by") => (&mut filter.channel, "channel"),
                Some("with") => (&mut filter.offer, "offer"),
                Some("about") => (&mut filter.category, "category"),
                Some("on") => (&mut filter.placement, "placement"),
                Some(_) | None => return Ok(filter),
            };
            self.advance();
            if pointer == "offer" {
                self.eat("offer");
            }
            *field = Some(self.name(&format!("a {pointer}"))?);
            self.mark(&format!("contacts/{pointer}"), start);
        }
    }

    fn response_filter(&mut self) -> Result<ResponseFilter, Mistake> {
        let mut filter = ResponseFilter::default();
        loop {
            let start = self.place().start;
            if self.eat("directly") {
                filter.inferred = Some(false);
                continue;
            }
            if self.eat_all(&["by", "inference"]) {
                filter.inferred = Some(true);
                continue;
            }
            let (field, pointer) = match self.word_ahead(0).as_deref() {
                Some("with") => (&mut filter.kind, "kind"),
                Some("to") => (&mut filter.offer, "offer"),
                Some("about") => (&mut filter.category, "category"),
                Some(_) | None => return Ok(filter),
            };
            self.advance();
            if pointer == "offer" {
                self.eat("offer");
            }
            *field = Some(self.name(&format!("a {pointer}"))?);
            self.mark(&format!("responses/{pointer}"), start);
        }
    }

    fn counted(&mut self, of: Occurrence, test: Option<Test>) -> Result<Criteria, Mistake> {
        let never = test.is_some();
        let (of, tail) = self.tail(of, test, !never)?;
        Ok(Criteria::Aggregate(Aggregate {
            of,
            measure: Measure::Count,
            window: tail.window.unwrap_or(Window::Ever),
            test: tail.test.unwrap_or(Test::AtLeast(1.0)),
        }))
    }

    /// The number of times, the window and `where`, in any order, each once.
    fn tail(
        &mut self,
        mut of: Occurrence,
        test: Option<Test>,
        count: bool,
    ) -> Result<(Occurrence, Tail), Mistake> {
        let mut tail = Tail { test, window: None };
        loop {
            if count && tail.test.is_none() && self.count_ahead() {
                tail.test = Some(self.count()?);
                continue;
            }
            if tail.window.is_none() {
                tail.window = self.window()?;
                if tail.window.is_some() {
                    continue;
                }
            }
            match &mut of {
                Occurrence::Events(pattern) if pattern.tests.is_empty() && self.sees("where") => {
                    pattern.tests = self.property_tests()?;
                }
                Occurrence::Events(_) | Occurrence::Contacts(_) | Occurrence::Responses(_) => {
                    return Ok((of, tail));
                }
            }
        }
    }

    /// Whether a number of times follows; `more than 30 days ago` is a window instead.
    fn count_ahead(&self) -> bool {
        match self.word_ahead(0).as_deref() {
            Some("at" | "exactly" | "between") => true,
            Some("more" | "fewer" | "less") => {
                matches!(self.word_ahead(3).as_deref(), Some("time" | "times"))
            }
            Some(_) | None => false,
        }
    }

    fn count(&mut self) -> Result<Test, Mistake> {
        let test = self.test()?;
        if !self.eat("times") && !self.eat("time") {
            return Err(self.expected("\"times\"").example("at least 2 times"));
        }
        Ok(test)
    }

    /// `sum of total of "Order Completed" >= 100 in the last 90 days`.
    pub(super) fn measured(&mut self, word: &str) -> Result<Criteria, Mistake> {
        self.advance();
        self.eat("of");
        let property = if self.subject_ahead() {
            None
        } else {
            let start = self.place().start;
            let property = self.name("a property or event")?;
            self.mark("of", start);
            self.expect("of", "sum of total of \"Order Completed\" >= 100")?;
            Some(property)
        };
        let measure = self.measure(word, property)?;
        let of = if self.eat("contacts") || self.eat("contact") {
            Occurrence::Contacts(self.contact_filter()?)
        } else if self.eat("responses") || self.eat("response") {
            Occurrence::Responses(self.response_filter()?)
        } else {
            Occurrence::Events(self.pattern()?)
        };
        let test = self.test()?;
        let (of, tail) = self.tail(of, Some(test), false)?;
        let window = tail.window.unwrap_or(Window::Ever);
        let test = tail.test.unwrap_or(Test::Exists);
        Ok(Criteria::Aggregate(Aggregate {
            of,
            measure,
            window,
            test,
        }))
    }

    fn subject_ahead(&self) -> bool {
        matches!(self.token(), Token::Text(_)) && self.word_ahead(1).is_none_or(|next| next != "of")
            || self.sees_any(&["contact", "contacts", "response", "responses"])
    }

    fn measure(&self, word: &str, property: Option<String>) -> Result<Measure, Mistake> {
        let example = "name the property: sum of total of \"Order Completed\"";
        Ok(match (word, property) {
            ("count", None) => Measure::Count,
            ("last", None) => Measure::LastTime,
            ("first", None) => Measure::FirstTime,
            ("last", Some(of)) => Measure::LastValue(of),
            ("first", Some(of)) => Measure::FirstValue(of),
            ("sum", Some(of)) => Measure::Sum(of),
            ("average", Some(of)) => Measure::Average(of),
            ("min" | "smallest" | "lowest", Some(of)) => Measure::Min(of),
            ("max" | "greatest" | "highest", Some(of)) => Measure::Max(of),
            ("distinct", Some(of)) => Measure::Distinct(of),
            ("count", Some(_)) => {
                let hint = "write: distinct … of …, or count of \"Order Completed\"";
                return Err(self.mistake("\"count\" measures no property").hint(hint));
            }
            (word, _) => {
                let message = format!("\"{word}\" of which property?");
                let mistake = self.mistake((ProblemCode::Expected, message));
                let mistake = mistake.with("expected", "the name of a property");
                return Err(mistake.with("found", self.token().written()).hint(example));
            }
        })
    }
}
