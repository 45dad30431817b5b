//! Rewrites the tags of a template: tests, loops, names.

use super::scan::{Flaw, Path, Token, Trim, tokens};
use super::strict::{Block, Escape, Missing, Name, Writer, braces};

/// Blocks inside blocks; the parser recurses, so the depth must have an end.
const MAX_BLOCK_DEPTH: usize = 16;
/// Turns of a loop over numbers.
const MAX_RANGE: i64 = 1000;

const TAGS: [&str; 10] = [
    "assign", "break", "capture", "case", "comment", "continue", "for", "if", "raw", "unless",
];

impl Writer {
    pub(super) fn tag(
        &mut self,
        name: &str,
        rest: &str,
        line: usize,
        trim: Trim,
    ) -> Result<(), Flaw> {
        match name {
            "if" | "unless" => {
                let name = if name == "if" { "if" } else { "unless" };
                self.open(name, line)?;
                self.condition(name, rest, line, trim)
            }
            "case" => {
                self.open("case", line)?;
                self.condition("case", rest, line, trim)
            }
            "elsif" => {
                self.inside(&["if"], name, line)?;
                self.condition("elsif", rest, line, trim)
            }
            "when" => {
                self.inside(&["case"], name, line)?;
                self.condition("when", rest, line, trim)
            }
            "else" => {
                self.inside(&["if", "unless", "case", "for"], name, line)?;
                self.plain(name, rest, line, trim)
            }
            "for" => self.begin_loop(rest, line, trim),
            "break" | "continue" => self.plain(name, rest, line, trim),
            "raw" | "endraw" => self.plain(name, rest, line, trim),
            "assign" => self.assign(rest, line, trim),
            "capture" => self.capture(rest, line, trim),
            "endif" | "endunless" | "endcase" | "endfor" | "endcapture" => {
                self.close(name, line)?;
                self.plain(name, rest, line, trim)
            }
            _unknown => Err(unknown_tag(name, line)),
        }
    }

    fn plain(&mut self, name: &str, rest: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        if !rest.is_empty() {
            let message = format!("`{name}` takes nothing after it");
            return Err(Flaw::new(line, message, format!("Remove `{rest}`.")));
        }
        let (open, close) = braces("{%", "%}", trim);
        self.out.push(format!("{open} {name} {close}"));
        Ok(())
    }

    fn open(&mut self, name: &'static str, line: usize) -> Result<(), Flaw> {
        if self.blocks.len() >= MAX_BLOCK_DEPTH {
            let message = format!("more than {MAX_BLOCK_DEPTH} blocks inside each other");
            return Err(Flaw::new(line, message, "Make the template simpler."));
        }
        let before = self.out.len();
        self.out.push(String::new());
        let block = Block {
            name,
            line,
            before,
            counter: before,
            items: self.items.len(),
        };
        self.blocks.push(block);
        Ok(())
    }

    fn inside(&self, names: &[&str], name: &str, line: usize) -> Result<(), Flaw> {
        match self.blocks.last() {
            Some(block) if names.contains(&block.name) => Ok(()),
            Some(_) | None => {
                let message = format!(
                    "`{{% {name} %}}` stands outside of `{}`",
                    names.join("`, `")
                );
                Err(Flaw::new(
                    line,
                    message,
                    "Check which blocks are open here.",
                ))
            }
        }
    }

    fn close(&mut self, name: &str, line: usize) -> Result<(), Flaw> {
        let Some(block) = self
            .blocks
            .pop_if(|block| name.strip_prefix("end") == Some(block.name))
        else {
            let open = self.blocks.last().map(|block| (block.name, block.line));
            let hint = match open {
                Some((open, at)) => format!("`{{% {open} %}}` of line {at} is still open."),
                None => "No block is open here.".to_owned(),
            };
            return Err(Flaw::new(
                line,
                format!("`{{% {name} %}}` ends nothing"),
                hint,
            ));
        };
        if block.name == "for" {
            let body: usize = self.out[block.counter..].iter().map(String::len).sum();
            self.out[block.counter] = format!("{{% __turn {body} %}}");
            self.items.truncate(block.items);
        }
        Ok(())
    }

    /// Tests never fail for a missing value; fetches go in front of the whole block.
    fn condition(&mut self, name: &str, rest: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        let tokens = tokens(rest, line)?;
        if tokens.is_empty() {
            return Err(Flaw::new(
                line,
                format!("`{name}` tests nothing"),
                "Write what to test.",
            ));
        }
        let before = self.blocks.last().map_or(0, |block| block.before);
        let opens = !["elsif", "when"].contains(&name);
        let fetch_trim = if opens { trim } else { Trim::default() };
        let mut text = String::new();
        for (index, token) in tokens.iter().enumerate() {
            let followed_by_contains = matches!(
                tokens.get(index + 1),
                Some(Token::Path(path)) if path.word() == Some("contains")
            );
            let missing = if followed_by_contains {
                Missing::IsEmpty
            } else {
                Missing::IsNothing
            };
            text.push(' ');
            match token {
                Token::Path(path) if is_operator(path) => text.push_str(&path.root),
                Token::Quoted(_) | Token::Number(_) | Token::Path(_) | Token::Symbol(_) => {
                    text.push_str(&self.operand(token, line, before, fetch_trim, missing));
                }
            }
        }
        let (open, close) = braces("{%", "%}", trim);
        self.out.push(format!("{open} {name}{text} {close}"));
        Ok(())
    }

    fn begin_loop(&mut self, rest: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        let tokens = tokens(rest, line)?;
        let flaw = || {
            let message = "`for` does not say what to repeat";
            Flaw::new(line, message, "Write {% for line in cart.lines %}.")
        };
        let [Token::Path(item), Token::Path(word), source @ ..] = tokens.as_slice() else {
            return Err(flaw());
        };
        let Some(item) = item.word().filter(|_| word.word() == Some("in")) else {
            return Err(flaw());
        };
        self.open("for", line)?;
        let before = self.out.len() - 1;
        let (source, list, options) = match source {
            [Token::Path(path), options @ ..] => {
                let list = self.field(path);
                (
                    self.fetch(path, line, before, trim, Missing::Fails),
                    list,
                    options,
                )
            }
            [
                Token::Symbol("("),
                Token::Number(from),
                Token::Symbol(".."),
                Token::Number(to),
                Token::Symbol(")"),
                options @ ..,
            ] => (bounded_range(from, to, line)?, None, options),
            [Token::Symbol("("), ..] => {
                let hint = "Write {% for i in (1..3) %}, or repeat a list.";
                return Err(Flaw::new(
                    line,
                    "`for` counts only between two numbers",
                    hint,
                ));
            }
            [] | [Token::Quoted(_) | Token::Number(_) | Token::Symbol(_), ..] => return Err(flaw()),
        };
        let mut text = String::new();
        for option in options {
            text.push(' ');
            match option {
                Token::Path(path) if is_loop_option(path) => text.push_str(&path.root),
                Token::Quoted(_) | Token::Number(_) | Token::Path(_) | Token::Symbol(_) => {
                    text.push_str(&self.operand(option, line, before, trim, Missing::Fails));
                }
            }
        }
        let (open, close) = braces("{%", "%}", trim);
        self.out
            .push(format!("{open} for {item} in {source}{text} {close}"));
        self.items.push(("forloop".to_owned(), Name::Own));
        self.items.push((item.to_owned(), Name::Item(list)));
        let counter = self.out.len();
        self.out.push(String::new());
        self.blocks.last_mut().expect("opened above").counter = counter;
        Ok(())
    }

    fn assign(&mut self, rest: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        let tokens = tokens(rest, line)?;
        let [Token::Path(name), Token::Symbol("="), value @ ..] = tokens.as_slice() else {
            let hint = "Write {% assign name = value %}.";
            return Err(Flaw::new(line, "`assign` is not complete", hint));
        };
        let name = own_name(name, line)?;
        let before = self.out.len();
        self.out.push(String::new());
        let chain = self.chain(value, line, before, trim, Escape::Nothing)?;
        let (open, close) = braces("{%", "%}", trim);
        self.out
            .push(format!("{open} assign {name} = {chain} {close}"));
        self.define(name, Name::Own, line)
    }

    fn capture(&mut self, rest: &str, line: usize, trim: Trim) -> Result<(), Flaw> {
        let tokens = tokens(rest, line)?;
        let [Token::Path(name)] = tokens.as_slice() else {
            let hint = "Write {% capture name %}.";
            return Err(Flaw::new(line, "`capture` is not complete", hint));
        };
        let name = own_name(name, line)?;
        self.open("capture", line)?;
        let (open, close) = braces("{%", "%}", trim);
        self.out.push(format!("{open} capture {name} {close}"));
        self.define(name, Name::Captured, line)
    }

    /// A captured text is printed as it is, so nothing else may ever be under its name.
    fn define(&mut self, name: String, kind: Name, line: usize) -> Result<(), Flaw> {
        match self.defined.get(&name) {
            Some(known) if *known != kind => {
                let message = format!("`{name}` is both captured and assigned");
                Err(Flaw::new(line, message, "Use two names."))
            }
            Some(_) | None => {
                self.defined.insert(name, kind);
                Ok(())
            }
        }
    }
}

fn bounded_range(from: &str, to: &str, line: usize) -> Result<String, Flaw> {
    let turns = match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(from), Ok(to)) => to.saturating_sub(from),
        (Err(_), _) | (_, Err(_)) => i64::MAX,
    };
    if turns >= MAX_RANGE {
        let message = format!("`for` counts at most to {MAX_RANGE}");
        return Err(Flaw::new(
            line,
            message,
            "Write two whole numbers that are closer.",
        ));
    }
    Ok(format!("({from}..{to})"))
}

fn own_name(path: &Path, line: usize) -> Result<String, Flaw> {
    match path.word() {
        Some(name) if name.is_ascii() && !super::ROOTS.contains(&name) => Ok(name.to_owned()),
        Some(_) | None => {
            let message = format!("`{}` cannot be the name of a variable", path.readable());
            let hint = "Use one word of plain letters that is not taken by the data.";
            Err(Flaw::new(line, message, hint))
        }
    }
}

fn unknown_tag(name: &str, line: usize) -> Flaw {
    let hint = match (name, super::nearest(name, &TAGS)) {
        ("include" | "render", _) => "Templates stand alone: copy the text in.".to_owned(),
        (_, Some(near)) => format!("Did you mean `{near}`?"),
        (_, None) => format!("The tags are {}.", TAGS.join(", ")),
    };
    Flaw::new(line, format!("there is no tag `{name}`"), hint)
}

fn is_operator(path: &Path) -> bool {
    path.word()
        .is_some_and(|word| ["and", "or", "contains"].contains(&word))
}

fn is_loop_option(path: &Path) -> bool {
    path.word()
        .is_some_and(|word| ["limit", "offset", "reversed"].contains(&word))
}
