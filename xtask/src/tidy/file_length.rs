//! A file has at most 500 lines.

use super::Finding;

const LINES: usize = 500;

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let counted = [".rs", ".ts", ".tsx", ".css"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let generated = path.ends_with(".gen.ts") || path.contains("/snapshots/");
    let lines = text.lines().count();
    if !counted || generated || lines <= LINES {
        return Vec::new();
    }
    let message = format!("has {lines} lines, the limit is {LINES}; give a part its own file");
    vec![Finding::new(path, LINES + 1, message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_behind_the_limit_is_found() {
        let full = "x\n".repeat(LINES);
        let over = "x\n".repeat(LINES + 1);
        assert_eq!(check("crates/memory/src/lib.rs", &full), []);
        assert_eq!(check("crates/memory/src/lib.rs", &over).len(), 1);
        assert_eq!(check("web/src/main.tsx", &over).len(), 1);
        assert_eq!(check("web/src/api/schema.gen.ts", &over), []);
        assert_eq!(check("docs/long.md", &over), []);
    }
}
