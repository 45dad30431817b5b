//! Runs a rewritten Liquid source against one customer's data, within limits.

use std::cell::Cell;
use std::io::Write;

use liquid::ParserBuilder;
use liquid_core::model::{Scalar, Value};
use liquid_core::parser::TagTokenIter;
use liquid_core::{
    Display_filter, Error, Expression, Filter, FilterParameters, FilterReflection,
    FromFilterParameters, Language, ParseFilter, ParseTag, Renderable, Result, Runtime,
    TagReflection, ValueView,
};

use super::money;
use super::scan::Flaw;
use super::strict::{Missing, Strict};

/// Turns of all loops and variables fetched while one part is written.
const MAX_STEPS: u64 = 20_000;
/// Bytes moved while one part is written, and bytes of the part itself.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// A written part; mail programs cut a mail long before this.
pub(super) const MAX_PART_BYTES: usize = 1024 * 1024;
/// One text of the data.
const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Items of one list of the data.
const MAX_ITEMS: i64 = 1000;

/// Why a part could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The value at this place is missing.
    Missing { line: usize, path: String },
    /// The template wants too much.
    Limit { line: usize, what: &'static str },
    /// A filter or a tag cannot work with the value.
    Other { line: usize, message: String },
}

/// A part of a template, parsed once and run for many customers.
pub(super) struct Part {
    strict: Strict,
    template: liquid::Template,
}

/// What one run has used; a run stays on its thread from beginning to end.
#[derive(Clone, Copy, Default)]
struct Meter {
    steps: u64,
    bytes: u64,
    site: usize,
    stop: Option<Stop>,
}

#[derive(Clone, Copy)]
enum Stop {
    Missing,
    Limit(&'static str),
}

thread_local! {
    static METER: Cell<Meter> = const {
        Cell::new(Meter { steps: 0, bytes: 0, site: 0, stop: None })
    };
}

impl Part {
    /// Parses a rewritten source.
    pub fn parse(strict: Strict) -> std::result::Result<Part, Flaw> {
        let parser = ParserBuilder::with_stdlib()
            .tag(Fetch)
            .tag(Turn)
            .filter(Money)
            .build()
            .map_err(|error| Flaw::new(1, first_line(&error), ""))?;
        match parser.parse(&strict.source) {
            Ok(template) => Ok(Part { strict, template }),
            Err(error) => Err(parse_flaw(&error.to_string())),
        }
    }

    /// What the part uses of the data.
    pub fn fields(&self) -> &[super::strict::Field] {
        &self.strict.fields
    }

    /// Writes the part for one customer.
    pub fn run(&self, data: &liquid::Object) -> std::result::Result<String, Failure> {
        METER.set(Meter::default());
        let mut writer = Limited(Vec::new());
        let result = self.template.render_to(&mut writer, data);
        let meter = METER.get();
        let site = self.strict.sites.get(meter.site);
        let line = site.map_or(1, |site| site.line);
        match (result, meter.stop) {
            (Ok(()), _) => Ok(String::from_utf8_lossy(&writer.0).into_owned()),
            (Err(_), Some(Stop::Missing)) => {
                let path = site.map_or_else(String::new, |site| site.path.clone());
                Err(Failure::Missing { line, path })
            }
            (Err(_), Some(Stop::Limit(what))) => Err(Failure::Limit { line, what }),
            (Err(_), None) if writer.0.len() >= MAX_PART_BYTES => Err(Failure::Limit {
                line,
                what: "the text is longer than 1 MB",
            }),
            (Err(error), None) => Err(Failure::Other {
                line,
                message: first_line(&error),
            }),
        }
    }
}

fn stop(reason: Stop) -> Error {
    METER.set(Meter {
        stop: Some(reason),
        ..METER.get()
    });
    Error::with_msg("stopped")
}

fn charge(bytes: usize) -> Result<()> {
    let mut meter = METER.get();
    meter.steps += 1;
    meter.bytes += bytes as u64;
    METER.set(meter);
    if meter.steps > MAX_STEPS {
        return Err(stop(Stop::Limit("more than 20,000 steps")));
    }
    if meter.bytes > MAX_BYTES {
        return Err(stop(Stop::Limit("more than 4 MB of text are moved")));
    }
    Ok(())
}

/// Stops writing when the part is too long.
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = MAX_PART_BYTES - self.0.len();
        if bytes.len() > room {
            self.0.extend_from_slice(&bytes[..room]);
            return Err(std::io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `{% __fetch site missing path %}`: puts the value of a path under the name `__site`.
#[derive(Clone)]
struct Fetch;

#[derive(Debug)]
struct FetchAt {
    site: usize,
    name: String,
    missing: Missing,
    path: Expression,
}

impl TagReflection for Fetch {
    fn tag(&self) -> &str {
        "__fetch"
    }

    fn description(&self) -> &str {
        ""
    }
}

impl ParseTag for Fetch {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        _options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let site = usize::try_from(integer(&mut arguments)?).unwrap_or(0);
        let missing = match integer(&mut arguments)? {
            0 => Missing::Fails,
            1 => Missing::IsNothing,
            _other => Missing::IsEmpty,
        };
        let path = arguments
            .expect_next("a path")?
            .expect_value()
            .into_result()?;
        arguments.expect_nothing()?;
        Ok(Box::new(FetchAt {
            site,
            name: format!("__{site}"),
            missing,
            path,
        }))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self
    }
}

impl Renderable for FetchAt {
    fn render_to(&self, _writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        METER.set(Meter {
            site: self.site,
            ..METER.get()
        });
        let found = self
            .path
            .try_evaluate(runtime)
            .filter(|value| !value.is_nil());
        let value = match (found, self.missing) {
            (Some(value), _) => {
                charge(cost(value.as_view())?)?;
                value.into_owned()
            }
            (None, Missing::Fails) => return Err(stop(Stop::Missing)),
            (None, Missing::IsNothing) => Value::Nil,
            (None, Missing::IsEmpty) => Value::Array(Vec::new()),
        };
        runtime.set_global(self.name.clone().into(), value);
        Ok(())
    }
}

fn cost(value: &dyn ValueView) -> Result<usize> {
    if value
        .as_array()
        .is_some_and(|array| array.size() > MAX_ITEMS)
    {
        return Err(stop(Stop::Limit("a list has more than 1,000 items")));
    }
    let bytes = if value.is_scalar() {
        value.to_kstr().len()
    } else {
        0
    };
    if bytes > MAX_TEXT_BYTES {
        return Err(stop(Stop::Limit("one value is longer than 64 kB")));
    }
    Ok(bytes)
}

fn integer(arguments: &mut TagTokenIter<'_>) -> Result<i64> {
    let literal = arguments
        .expect_next("a number")?
        .expect_literal()
        .into_result()?;
    let integer = literal.as_scalar().and_then(|scalar| scalar.to_integer());
    integer.ok_or_else(|| Error::with_msg("a number is expected"))
}

/// `{% __turn bytes %}`: one turn of a loop whose body is so long.
#[derive(Clone)]
struct Turn;

#[derive(Debug)]
struct TurnOf {
    bytes: usize,
}

impl TagReflection for Turn {
    fn tag(&self) -> &str {
        "__turn"
    }

    fn description(&self) -> &str {
        ""
    }
}

impl ParseTag for Turn {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        _options: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let bytes = usize::try_from(integer(&mut arguments)?).unwrap_or(0);
        Ok(Box::new(TurnOf { bytes }))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self
    }
}

impl Renderable for TurnOf {
    fn render_to(&self, _writer: &mut dyn Write, _runtime: &dyn Runtime) -> Result<()> {
        charge(self.bytes)
    }
}

#[derive(Debug, FilterParameters)]
struct MoneyArguments {
    #[parameter(description = "The currency, for example GBP.", arg_type = "str")]
    currency: Expression,
}

#[derive(Clone, ParseFilter, FilterReflection)]
#[filter(
    name = "money",
    description = "Cents as an amount of money.",
    parameters(MoneyArguments),
    parsed(MoneyFilter)
)]
struct Money;

#[derive(Debug, FromFilterParameters, Display_filter)]
#[name = "money"]
struct MoneyFilter {
    #[parameters]
    args: MoneyArguments,
}

impl Filter for MoneyFilter {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let arguments = self.args.evaluate(runtime)?;
        let cents = input.as_scalar().and_then(|scalar| scalar.to_integer());
        let cents =
            cents.ok_or_else(|| Error::with_msg("`money` needs a whole number of cents"))?;
        Ok(Value::Scalar(Scalar::new(money::format(
            cents,
            arguments.currency.as_str(),
        ))))
    }
}

/// The first line of Liquid's message without its prefix.
fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("liquid: ")
        .unwrap_or(line)
        .trim()
        .to_owned()
}

/// Liquid's parser says ` --> line:column` and ends with ` = expected …`.
fn parse_flaw(text: &str) -> Flaw {
    let place = text
        .split("--> ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    let line = place.and_then(|line| line.trim().parse().ok()).unwrap_or(1);
    let said = text
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("= "));
    let first = text.lines().next().unwrap_or_default();
    let message = said.unwrap_or(first.strip_prefix("liquid: ").unwrap_or(first));
    Flaw::new(line, message.trim(), "Check the tag on this line.")
}
