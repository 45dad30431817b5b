//! Parsing operators, values and moments.

use store::definition::ProblemCode;

use crate::criteria::check_test::key;
use crate::criteria::operator::Test;
use crate::criteria::suggest::nearest;
use crate::criteria::tree::Named;
use crate::criteria::value::{AttributeValue, recognise_instant};
use crate::criteria::window::Moment;

use super::duration::unit_ms;
use super::lexer::Token;
use super::parser::Parser;
use super::problem::Mistake;

/// The operators, as messages list them.
const OPERATORS: [&str; 22] = [
    "is",
    "is not",
    "is one of",
    "is none of",
    "contains",
    "starts with",
    ">",
    ">=",
    "<",
    "<=",
    "between",
    "before",
    "after",
    "exists",
    "does not exist",
    "at least",
    "at most",
    "more than",
    "less than",
    "one of",
    "none of",
    "since",
];

/// Words that begin a comparison, also behind `is`.
const COMPARISONS: [&str; 10] = [
    "between", "before", "after", "since", "at", "more", "greater", "less", "fewer", "exactly",
];

impl Parser {
    /// A test on something named; `name` was read from `start`.
    pub(super) fn named(&mut self, name: String) -> Result<Named, Mistake> {
        let test = self.test()?;
        Ok(Named { name, test })
    }

    /// Whether a test begins at this distance.
    pub(super) fn test_ahead(&self, distance: usize) -> bool {
        const WORDS: [&str; 8] = [
            "is", "contains", "starts", "exists", "does", "between", "before", "after",
        ];
        match self.ahead(distance) {
            Token::Sign(sign) => !matches!(*sign, "(" | ")" | ","),
            Token::Word(word) => WORDS.contains(&word.to_lowercase().as_str()),
            Token::Name(_) | Token::Text(_) | Token::Number(_) | Token::Instant(_) | Token::End => {
                false
            }
        }
    }

    /// An operator and what it compares with.
    pub(super) fn test(&mut self) -> Result<Test, Mistake> {
        let start = self.place().start;
        let test = self.operator()?;
        self.mark(key(&test), start);
        Ok(test)
    }

    fn operator(&mut self) -> Result<Test, Mistake> {
        if let Token::Sign(sign) = *self.token() {
            return self.sign(sign);
        }
        if self.eat("is") || self.eat("are") {
            return self.after_is();
        }
        if self.eat("contains") {
            return Ok(Test::Contains(self.part()?));
        }
        if self.eat_all(&["starts", "with"]) {
            return Ok(Test::StartsWith(self.part()?));
        }
        if self.eat("exists") {
            return Ok(Test::Exists);
        }
        if self.eat_all(&["does", "not", "exist"]) {
            return Ok(Test::Missing);
        }
        if self.eat_all(&["one", "of"]) {
            return Ok(Test::OneOf(self.values()?));
        }
        if self.eat_all(&["none", "of"]) {
            return Ok(Test::NoneOf(self.values()?));
        }
        if self.sees_any(&COMPARISONS) {
            return self.comparison();
        }
        Err(self.unknown_operator())
    }

    fn unknown_operator(&self) -> Mistake {
        match self.token() {
            Token::Word(word) => {
                let two = match self.ahead(1) {
                    Token::Word(second) => format!("{word} {second}"),
                    Token::Name(_)
                    | Token::Text(_)
                    | Token::Number(_)
                    | Token::Instant(_)
                    | Token::Sign(_)
                    | Token::End => String::new(),
                };
                let meant = nearest(word, OPERATORS).or_else(|| nearest(&two, OPERATORS));
                let message = format!("unknown operator \"{word}\"");
                let mistake = self.mistake((ProblemCode::UnknownOperator, message));
                let mistake = mistake.with("found", &**word);
                mistake.meant(meant, "use is, is not, one of, contains, >, before, …")
            }
            Token::Name(_)
            | Token::Text(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => {
                let example = "is \"France\", > 50, exists";
                self.expected("an operator").example(example)
            }
        }
    }

    fn sign(&mut self, sign: &str) -> Result<Test, Mistake> {
        match sign {
            "=" | "!=" | ">" | ">=" | "<" | "<=" => self.advance(),
            _ => return Err(self.unknown_operator()),
        }
        Ok(match sign {
            "=" => Test::Equals(self.value()?),
            "!=" => Test::NotEquals(self.value()?),
            ">" => Test::Greater(self.number(sign)?),
            ">=" => Test::AtLeast(self.number(sign)?),
            "<" => Test::Less(self.number(sign)?),
            _ => Test::AtMost(self.number(sign)?),
        })
    }

    fn after_is(&mut self) -> Result<Test, Mistake> {
        if self.eat_all(&["not", "one", "of"]) || self.eat_all(&["none", "of"]) {
            return Ok(Test::NoneOf(self.values()?));
        }
        if self.eat_all(&["one", "of"]) {
            return Ok(Test::OneOf(self.values()?));
        }
        if self.eat("not") {
            return Ok(Test::NotEquals(self.value()?));
        }
        if let Token::Sign(sign @ (">" | ">=" | "<" | "<=" | "=" | "!=")) = *self.token() {
            return self.sign(sign);
        }
        if self.sees_any(&COMPARISONS) {
            return self.comparison();
        }
        Ok(Test::Equals(self.value()?))
    }

    fn comparison(&mut self) -> Result<Test, Mistake> {
        if self.eat("between") {
            let low = self.number("between")?;
            self.expect("and", "between 18 and 30")?;
            return Ok(Test::Between(low, self.number("between")?));
        }
        if self.eat("before") {
            return Ok(Test::Before(self.moment()?));
        }
        if self.eat("after") || self.eat("since") {
            return Ok(Test::After(self.moment()?));
        }
        if self.eat_all(&["at", "least"]) {
            return Ok(Test::AtLeast(self.number("at least")?));
        }
        if self.eat_all(&["at", "most"]) {
            return Ok(Test::AtMost(self.number("at most")?));
        }
        if self.eat_all(&["more", "than"]) || self.eat_all(&["greater", "than"]) {
            return Ok(Test::Greater(self.number("more than")?));
        }
        if self.eat_all(&["less", "than"]) || self.eat_all(&["fewer", "than"]) {
            return Ok(Test::Less(self.number("less than")?));
        }
        if self.eat("exactly") {
            return Ok(Test::Equals(AttributeValue::Number(
                self.number("exactly")?,
            )));
        }
        Err(self.unknown_operator())
    }

    /// A value to be equal to.
    fn value(&mut self) -> Result<AttributeValue, Mistake> {
        let value = match self.token() {
            Token::Text(text) => AttributeValue::from_text(text),
            Token::Number(number) => AttributeValue::Number(*number),
            Token::Instant(ms) => AttributeValue::Instant(*ms),
            Token::Word(word) if word.eq_ignore_ascii_case("true") => AttributeValue::Bool(true),
            Token::Word(word) if word.eq_ignore_ascii_case("false") => AttributeValue::Bool(false),
            Token::Word(word) | Token::Name(word) => {
                let hint = format!("write text in quotes: \"{word}\"");
                let mistake = self.expected("a value");
                return Err(mistake.with("example", format!("\"{word}\"")).hint(hint));
            }
            Token::Sign(_) | Token::End => {
                let example = "\"France\", 50, true, 2026-03-01";
                return Err(self.expected("a value").example(example));
            }
        };
        self.advance();
        Ok(value)
    }

    fn values(&mut self) -> Result<Vec<AttributeValue>, Mistake> {
        let start = self.place().start;
        if !self.eat_sign("(") {
            let example = "one of (\"France\", \"Spain\")";
            return Err(self.expected("\"(\"").example(example));
        }
        let mut values = vec![self.value()?];
        while self.eat_sign(",") || self.eat("or") {
            values.push(self.value()?);
        }
        self.close("this list", start)?;
        Ok(values)
    }

    fn part(&mut self) -> Result<String, Mistake> {
        match self.token() {
            Token::Text(text) => {
                let text = text.clone();
                self.advance();
                Ok(text)
            }
            Token::Word(_)
            | Token::Name(_)
            | Token::Number(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => Err(self.expected("text").hint("write it in quotes")),
        }
    }

    /// A number behind an operator.
    pub(super) fn number(&mut self, operator: &str) -> Result<f64, Mistake> {
        let mistake = self.expected("a number");
        let example = format!("{operator} 50");
        Err(match self.token() {
            Token::Number(number) => {
                let number = *number;
                self.advance();
                return Ok(number);
            }
            Token::Text(text) if text.trim().parse::<f64>().is_ok() => mistake
                .with("example", text.trim())
                .hint(format!("write it without quotes: {}", text.trim())),
            Token::Instant(_) => mistake
                .with("example", "before 2026-03-01")
                .hint("dates are compared with \"before\" and \"after\""),
            Token::Text(text) => mistake
                .with("example", format!("is \"{text}\""))
                .hint("text is compared with \"is\", \"contains\" or \"one of\""),
            Token::Word(_) | Token::Name(_) | Token::Sign(_) | Token::End => {
                mistake.example(&example)
            }
        })
    }

    /// A moment: a date, `now`, `30 days ago`, `7 days from now`.
    pub(super) fn moment(&mut self) -> Result<Moment, Mistake> {
        let fixed = match self.token() {
            Token::Instant(ms) => Some(*ms),
            Token::Text(text) => recognise_instant(text),
            Token::Word(_) | Token::Name(_) | Token::Number(_) | Token::Sign(_) | Token::End => {
                None
            }
        };
        if let Some(ms) = fixed {
            self.advance();
            return Ok(Moment::At(ms));
        }
        if self.eat("now") {
            return Ok(Moment::Ago(0));
        }
        if let Token::Number(_) = self.token() {
            let ms = self.duration()?;
            if self.eat("ago") {
                return Ok(Moment::Ago(ms));
            }
            if self.eat_all(&["from", "now"]) {
                return Ok(Moment::Ahead(ms));
            }
            let mistake = self.expected("\"ago\"").with("example", "30 days ago");
            return Err(mistake.hint("30 days ago or 7 days from now"));
        }
        let example = "2026-03-01, 30 days ago, 7 days from now, now";
        Err(self.expected("a date").example(example))
    }

    /// A whole number of units of time, in milliseconds.
    pub(super) fn duration(&mut self) -> Result<i64, Mistake> {
        const LONGEST: f64 = 1_000_000_000_000_000.0;
        let amount = match self.token() {
            Token::Number(amount) if amount.fract() == 0.0 && (0.0..LONGEST).contains(amount) => {
                *amount as i64
            }
            Token::Number(_)
            | Token::Word(_)
            | Token::Name(_)
            | Token::Text(_)
            | Token::Instant(_)
            | Token::Sign(_)
            | Token::End => {
                return Err(self.expected("a whole number").example("30 days"));
            }
        };
        let unit = self.word_ahead(1).as_deref().and_then(unit_ms);
        self.advance();
        match unit.and_then(|unit_ms| unit_ms.checked_mul(amount)) {
            Some(ms) => {
                self.advance();
                Ok(ms)
            }
            None => {
                let units = [
                    "days",
                    "hours",
                    "minutes",
                    "seconds",
                    "weeks",
                    "milliseconds",
                ];
                let word = self.word_ahead(0).unwrap_or_default();
                let hint = format!("one of: {}", units.join(", "));
                let mistake = self
                    .expected("a unit of time")
                    .with("choices", units.join(", "));
                Err(mistake.meant(nearest(&word, units), &hint))
            }
        }
    }
}
