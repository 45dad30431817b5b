//! Questions in SQL, and what is refused.

use serde_json::json;

use super::csv_line;

#[test]
fn a_cell_cannot_be_taken_for_a_formula() {
    let line = csv_line([json!("=1+1"), json!("a,\"b\""), json!(null), json!(2.5)].iter());
    assert_eq!(line, "\"'=1+1\",\"a,\"\"b\"\"\",,2.5\r\n");
}
