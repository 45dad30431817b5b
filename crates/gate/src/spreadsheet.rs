//! CSV that spreadsheets cannot be tricked with.

/// One line of a CSV file (RFC 4180).
pub fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(&harmless(cell))).collect();
    cells.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula: those that begin like one get an apostrophe,
/// as OWASP's page on CSV injection advises. Numbers stay numbers.
pub fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && cell.parse::<f64>().is_err() {
        return format!("'{cell}");
    }
    cell.to_owned()
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

#[test]
fn formulas_are_escaped_and_quotes_doubled() {
    let cells = [
        "=cmd|' /C calc'!A0",
        "-3.5",
        "@SUM(1)",
        "a \"b\", c",
        "plain",
    ];
    let expected = "'=cmd|' /C calc'!A0,-3.5,'@SUM(1),\"a \"\"b\"\", c\",plain\r\n";
    assert_eq!(line(&cells), expected);
}
