//! Parsing windows.

use store::definition::ProblemCode;

use crate::criteria::window::{CalendarUnit, Window};

use super::duration::unit_ms;
use super::parser::Parser;
use super::problem::Mistake;

const UNITS: &str = "day, week, month, year";

impl Parser {
    /// A window, if one begins here.
    pub(super) fn window(&mut self) -> Result<Option<Window>, Mistake> {
        let start = self.place().start;
        let window = self.window_here()?;
        if window.is_some() {
            self.mark("within", start);
        }
        Ok(window)
    }

    fn window_here(&mut self) -> Result<Option<Window>, Mistake> {
        if let Some(window) = self.named_day_or_unit() {
            return Ok(Some(window));
        }
        if self.eat_all(&["more", "than"]) {
            let ms = self.duration()?;
            self.expect("ago", "more than 30 days ago")?;
            return Ok(Some(Window::Before(ms)));
        }
        if self.eat("from") || self.eat("since") {
            let from = Some(self.moment()?);
            let until = if self.eat("until") {
                Some(self.moment()?)
            } else {
                None
            };
            return Ok(Some(Window::Between { from, until }));
        }
        if self.eat("until") {
            return Ok(Some(Window::Between {
                from: None,
                until: Some(self.moment()?),
            }));
        }
        if self.sees("in") || (self.sees("within") && self.word_ahead(1).is_some()) {
            self.advance();
            self.eat("the");
            return self.after_in().map(Some);
        }
        Ok(None)
    }

    /// `today`, `yesterday`, `this month`, `last week`.
    fn named_day_or_unit(&mut self) -> Option<Window> {
        let calendar = |unit, ago| Some(Window::Calendar { unit, ago });
        if self.eat("today") {
            return calendar(CalendarUnit::Day, 0);
        }
        if self.eat("yesterday") {
            return calendar(CalendarUnit::Day, 1);
        }
        let ago = match self.word_ahead(0).as_deref() {
            Some("this") => 0,
            Some("last") => 1,
            Some(_) | None => return None,
        };
        let unit = self.word_ahead(1).as_deref().and_then(calendar_unit)?;
        self.advance();
        self.advance();
        calendar(unit, ago)
    }

    /// What follows `in the`: `last 30 days`, `last hour`, `calendar month 2 months ago`.
    fn after_in(&mut self) -> Result<Window, Mistake> {
        if self.eat("last") {
            if let Some(ms) = self.word_ahead(0).as_deref().and_then(unit_ms) {
                self.advance();
                return Ok(Window::Rolling(ms));
            }
            if let Some(unit) = self.word_ahead(0).as_deref().and_then(calendar_unit) {
                let hint = format!(
                    "a month or year has no fixed length; write last {}",
                    unit.word()
                );
                let message = "expected a number of days or hours";
                let mistake = self.mistake((ProblemCode::Expected, message));
                let mistake = mistake.with("expected", "a number of days or hours");
                return Err(mistake.with("found", self.token().written()).hint(hint));
            }
            return self.duration().map(Window::Rolling);
        }
        self.expect("calendar", "in the last 30 days")?;
        let Some(unit) = self.word_ahead(0).as_deref().and_then(calendar_unit) else {
            let mistake = self.expected("a unit").with("choices", UNITS);
            return Err(mistake.hint(format!("one of: {UNITS}")));
        };
        self.advance();
        let example = "in the calendar month 2 months ago";
        let ago = self.number("calendar month")?;
        match self.word_ahead(0).as_deref().and_then(calendar_unit) {
            Some(word) if word == unit => self.advance(),
            Some(_) | None => {
                let wanted = format!("\"{}s\"", unit.word());
                return Err(self.expected(&wanted).example(example));
            }
        }
        self.expect("ago", example)?;
        if ago.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&ago) {
            let message = format!("{ago} is no whole number of {}s", unit.word());
            return Err(self.mistake(message).example(example));
        }
        Ok(Window::Calendar {
            unit,
            ago: ago as u32,
        })
    }
}

fn calendar_unit(word: &str) -> Option<CalendarUnit> {
    match word.strip_suffix('s').unwrap_or(word) {
        "day" => Some(CalendarUnit::Day),
        "week" => Some(CalendarUnit::Week),
        "month" => Some(CalendarUnit::Month),
        "year" => Some(CalendarUnit::Year),
        _ => None,
    }
}
