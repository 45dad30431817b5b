//! Rewrites a Liquid source so that it is strict, safe and bounded.
//!
//! - Each variable is fetched by a tag of ours that knows its line: where it is printed a
//!   missing value is an error (unless the `default` filter follows), where it is tested it is
//!   simply not there.
//! - What is printed into HTML is escaped, unless the author writes `| raw`.
//! - Each turn of a loop is counted, so that no template can run for ever.

use std::collections::BTreeMap;

use super::chain::{FILTERS, Filter, split_chain};
use super::scan::{Flaw, Path, Piece, Step, Token, Trim, pieces, tokens};

/// What a fetch does when there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The message cannot be written.
    Fails = 0,
    /// It is nothing: a test fails, the `default` filter steps in.
    IsNothing = 1,
    /// It is an empty list, for `contains`.
    IsEmpty = 2,
}

/// Whether printed values are escaped for HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    Html,
    Nothing,
}

/// A place where a value is fetched, by its number in the rewritten source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub line: usize,
    pub path: String,
}

/// A variable of the customer's data that a template uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// `customer.first_name`, `cart.lines[].title`.
    pub path: String,
    /// The line it is used on.
    pub line: usize,
    /// Whether the message cannot be written without it.
    pub required: bool,
}

/// A source the Liquid parser can run, and what is known about it.
#[derive(Debug)]
pub(super) struct Strict {
    pub source: String,
    pub sites: Vec<Site>,
    pub fields: Vec<Field>,
}

/// Rewrites a source, or says everything that is wrong with it.
pub(super) fn strict(source: &str, escape: Escape) -> Result<Strict, Vec<Flaw>> {
    let pieces = pieces(source).map_err(|flaw| vec![flaw])?;
    let mut writer = Writer {
        out: Vec::new(),
        sites: Vec::new(),
        fields: Vec::new(),
        flaws: Vec::new(),
        blocks: Vec::new(),
        items: Vec::new(),
        defined: BTreeMap::new(),
        escape,
    };
    for piece in &pieces {
        let written = match piece {
            Piece::Text(text) => {
                writer.out.push((*text).to_owned());
                Ok(())
            }
            Piece::Output { inside, line, trim } => writer.output(inside, *line, *trim),
            Piece::Tag {
                name,
                rest,
                line,
                trim,
            } => writer.tag(name, rest, *line, *trim),
        };
        writer.flaws.extend(written.err());
    }
    if let Some(block) = writer.blocks.last() {
        let message = format!("`{{% {} %}}` is never ended", block.name);
        let hint = format!("Write `{{% end{} %}}` where it ends.", block.name);
        writer.flaws.push(Flaw::new(block.line, message, hint));
    }
    if writer.flaws.is_empty() {
        let source = writer.out.concat();
        Ok(Strict {
            source,
            sites: writer.sites,
            fields: writer.fields,
        })
    } else {
        Err(writer.flaws)
    }
}

pub(super) struct Writer {
    pub out: Vec<String>,
    pub sites: Vec<Site>,
    pub fields: Vec<Field>,
    pub flaws: Vec<Flaw>,
    pub blocks: Vec<Block>,
    /// Names of the loops that are open, innermost last.
    pub items: Vec<(String, Name)>,
    /// Names made by `assign` and `capture`; they outlive the block they stand in.
    pub defined: BTreeMap<String, Name>,
    pub escape: Escape,
}

pub(super) struct Block {
    pub name: &'static str,
    pub line: usize,
    /// Where fetches for its conditions go: in front of its opening tag.
    pub before: usize,
    /// Where a loop counts its turns.
    pub counter: usize,
    /// How many names of loops were known outside.
    pub items: usize,
}

/// What a name of the template itself stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// The items of a list of the customer's data.
    Item(Option<String>),
    /// Made by `assign`, or `forloop`.
    Own,
    /// Made by `capture`: already escaped.
    Captured,
}

impl Writer {
    fn output(&mut self, inside: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        let tokens = tokens(inside, line)?;
        if tokens.is_empty() {
            return Err(Flaw::new(line, "`{{ }}` is empty", "Name what to print."));
        }
        let before = self.out.len();
        self.out.push(String::new());
        let chain = self.chain(&tokens, line, before, trim, self.escape)?;
        let (open, close) = braces("{{", "}}", trim);
        self.out.push(format!("{open} {chain} {close}"));
        Ok(())
    }

    /// Rewrites `value | filter: argument | …`.
    pub(super) fn chain(
        &mut self,
        tokens: &[Token],
        line: usize,
        before: usize,
        trim: Trim,
        escape: Escape,
    ) -> Result<String, Flaw> {
        let (entry, filters) = split_chain(tokens, line)?;
        let with_default = filters.iter().any(|filter| filter.name == "default");
        let missing = if with_default {
            Missing::IsNothing
        } else {
            Missing::Fails
        };
        let captured = match entry {
            Token::Path(path) => self.own(path) == Some(&Name::Captured),
            Token::Quoted(_) | Token::Number(_) | Token::Symbol(_) => false,
        };
        let mut chain = self.operand(entry, line, before, trim, missing);
        let raw =
            captured && filters.is_empty() || filters.iter().any(|filter| filter.name == "raw");
        let needs_escape = escape == Escape::Html && !raw;
        let last = filters.last().map_or("", |filter| filter.name.as_str());
        for (index, filter) in filters.iter().enumerate() {
            if needs_escape && last == "newline_to_br" && index + 1 == filters.len() {
                chain.push_str(" | escape");
            }
            chain.push_str(&self.filter(filter, line, before, trim)?);
        }
        if needs_escape && !["escape", "escape_once", "newline_to_br"].contains(&last) {
            chain.push_str(" | escape");
        }
        Ok(chain)
    }

    fn filter(
        &mut self,
        filter: &Filter,
        line: usize,
        before: usize,
        trim: Trim,
    ) -> Result<String, Flaw> {
        let name = filter.name.as_str();
        if !FILTERS.contains(&name) {
            let hint = super::nearest(name, &FILTERS).map_or_else(
                || format!("The filters are {}.", FILTERS.join(", ")),
                |near| format!("Did you mean `{near}`?"),
            );
            return Err(Flaw::new(
                line,
                format!("there is no filter `{name}`"),
                hint,
            ));
        }
        if name == "raw" {
            return Ok(String::new());
        }
        let grows = ["replace", "replace_first", "join"].contains(&name);
        let literal = |token: &Token| !matches!(token, Token::Path(_));
        if grows && !filter.arguments.iter().all(literal) {
            let message = format!("`{name}` takes only texts in quotes");
            return Err(Flaw::new(
                line,
                message,
                "Write the text itself, not a variable.",
            ));
        }
        let mut text = format!(" | {name}");
        for (index, argument) in filter.arguments.iter().enumerate() {
            text.push_str(if index == 0 { ": " } else { ", " });
            text.push_str(&self.operand(argument, line, before, trim, Missing::Fails));
        }
        Ok(text)
    }

    /// A literal as it is; a variable as the name its fetched value gets.
    pub(super) fn operand(
        &mut self,
        token: &Token,
        line: usize,
        before: usize,
        trim: Trim,
        missing: Missing,
    ) -> String {
        match token {
            Token::Quoted(text) | Token::Number(text) => text.clone(),
            Token::Symbol(symbol) => (*symbol).to_owned(),
            Token::Path(path) if is_literal(path) => path.root.clone(),
            Token::Path(path) => self.fetch(path, line, before, trim, missing),
        }
    }

    pub(super) fn fetch(
        &mut self,
        path: &Path,
        line: usize,
        before: usize,
        trim: Trim,
        missing: Missing,
    ) -> String {
        if path.root.starts_with("__") {
            let message = format!("the name {} is reserved", path.root);
            self.flaws
                .push(Flaw::new(line, message, "Names must not begin with `__`."));
        }
        let number = self.sites.len();
        self.sites.push(Site {
            line,
            path: path.readable(),
        });
        self.note(path, line, missing);
        let open = if trim.before { "{%-" } else { "{%" };
        let mode = missing as u8;
        let fetch = format!("{open} __fetch {number} {mode} {} %}}", path.liquid());
        self.out[before].push_str(&fetch);
        format!("__{number}")
    }

    /// Remembers which of the customer's data is used.
    fn note(&mut self, path: &Path, line: usize, missing: Missing) {
        for step in &path.steps {
            if let Step::Variable(inner) = step {
                self.note(inner, line, missing);
            }
        }
        if let Some(path) = self.field(path) {
            let required = missing == Missing::Fails;
            self.fields.push(Field {
                path,
                line,
                required,
            });
        }
    }

    /// The field of the data behind a path, seen through the names of loops.
    pub(super) fn field(&self, path: &Path) -> Option<String> {
        let readable = path.readable();
        match self.own(path) {
            None => Some(readable),
            Some(Name::Item(Some(list))) => {
                Some(format!("{list}[]{}", &readable[path.root.len()..]))
            }
            Some(Name::Item(None) | Name::Own | Name::Captured) => None,
        }
    }

    fn own(&self, path: &Path) -> Option<&Name> {
        let item = self.items.iter().rev().find(|(name, _)| *name == path.root);
        item.map(|(_, name)| name)
            .or_else(|| self.defined.get(&path.root))
    }
}

pub(super) fn braces(open: &'static str, close: &'static str, trim: Trim) -> (String, String) {
    let open = if trim.before {
        format!("{open}-")
    } else {
        open.to_owned()
    };
    let close = if trim.after {
        format!("-{close}")
    } else {
        close.to_owned()
    };
    (open, close)
}

fn is_literal(path: &Path) -> bool {
    let words = ["true", "false", "nil", "null", "empty", "blank"];
    path.word().is_some_and(|word| words.contains(&word))
}
