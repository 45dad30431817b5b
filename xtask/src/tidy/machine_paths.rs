//! Nothing in the tree knows the machine it was written on.

use super::Finding;

/// Folders at the root of somebody's machine; behind the last one follows a name.
const FOLDERS: [&str; 4] = ["work", "root", "home", "Users"];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for folder in FOLDERS {
            if names_folder(line, &format!("/{folder}/")) {
                let message = "an absolute path of one machine; make it relative";
                findings.push(Finding::new(path, number + 1, message));
            }
        }
    }
    findings
}

fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(offset, _)| {
        let before = line[..offset].chars().next_back();
        let after = line[offset + folder.len()..].chars().next();
        let inside_a_path =
            before.is_some_and(|letter| letter.is_alphanumeric() || "._-/}*".contains(letter));
        !inside_a_path && after.is_some_and(|letter| letter.is_alphanumeric() || letter == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in FOLDERS {
            let line = format!("see \"/{folder}/x/y\"");
            assert_eq!(check("docs/a.md", &line).len(), 1, "{line}");
        }
    }

    #[test]
    fn relative_paths_and_addresses_are_fine() {
        for folder in FOLDERS {
            let line =
                format!("https://example.com/{folder}/x a/{folder}/x '/{folder}/:id' /{folder}");
            assert_eq!(check("docs/a.md", &line), [], "{line}");
        }
    }
}
