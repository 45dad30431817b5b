//! TypeScript is not talked out of its types.

use super::Finding;

/// Split in two, so that a search for them finds offenders only.
const ESCAPES: [(&str, &str); 3] = [("as ", "any"), ("@ts-", "ignore"), ("@ts-", "nocheck")];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let typescript = path.ends_with(".ts") || path.ends_with(".tsx");
    if !typescript || path.ends_with(".gen.ts") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (start, end) in ESCAPES {
            if escapes(line, &format!("{start}{end}")) {
                let message = format!("`{start}{end}` switches the types off; state the type");
                findings.push(Finding::new(path, number + 1, message));
            }
        }
    }
    findings
}

fn escapes(line: &str, escape: &str) -> bool {
    line.match_indices(escape).any(|(offset, _)| {
        let before = line[..offset].chars().next_back();
        let after = line[offset + escape.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_found() {
        for (start, end) in ESCAPES {
            let line = format!("const a = 1; // \nconst b = c {start}{end};\n");
            let findings = check("web/src/main.ts", &line);
            assert_eq!(findings.len(), 1, "{line}");
            assert_eq!(findings[0].line, 2);
            assert_eq!(check("web/src/api/schema.gen.ts", &line), []);
        }
    }

    #[test]
    fn ordinary_words_are_fine() {
        assert_eq!(
            check("web/src/main.ts", "const was anything; // has any\n"),
            []
        );
    }
}
