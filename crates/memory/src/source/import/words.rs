//! Words of cells: whole numbers, truth values, the beginnings of long values.

use serde_json::Value;

use super::build::Wrong;

/// Characters of a value that a message shows.
const SHOWN_CHARS: usize = 100;

/// Numbers of customers that a spreadsheet has written as 13085.0.
pub(super) fn whole(text: String) -> String {
    match text.strip_suffix(".0") {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.to_owned()
        }
        Some(_) | None => text,
    }
}

/// Reads true or false as spreadsheets write it.
pub(super) fn truth(text: &str) -> Result<bool, Wrong> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "t" => Ok(true),
        "false" | "no" | "n" | "0" | "f" => Ok(false),
        _ => Err((
            "this is neither true nor false".into(),
            "write true or false".into(),
        )),
    }
}

/// The beginning of a value, for messages.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(SHOWN_CHARS).collect()
}
