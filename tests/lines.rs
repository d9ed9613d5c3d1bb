//! Lines of Rust have at most 100 columns, also where `rustfmt` leaves them alone: in comments, in
//! strings, and in macros.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

/// Columns, counted in characters.
const MOST: usize = 100;

#[test]
fn no_line_is_too_long() {
    let mut long = Vec::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")), &mut |path, source| {
        let lines = source.lines().enumerate().filter(|(_, line)| is_too_long(line));
        long.extend(lines.map(|(at, _)| format!("{}:{}", path.display(), at + 1)));
    });
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn only_a_url_may_be_longer() {
    let url = format!("https://example.test/{}", "x".repeat(MOST));
    assert!(!is_too_long(&"ä".repeat(MOST)));
    assert!(is_too_long(&"x".repeat(MOST + 1)));
    assert!(!is_too_long(&format!("    /// [page]({url}).")));
    assert!(!is_too_long(&format!("//! {url}")));
    assert!(is_too_long(&format!("/// See {url}")));
    assert!(is_too_long(&format!("let url = \"{url}\";")));
}

/// A comment that is one URL cannot be broken.
fn is_too_long(line: &str) -> bool {
    let words = line.split_whitespace().collect::<Vec<_>>();
    let is_url = matches!(words[..], ["//" | "///" | "//!", word] if word.contains("://"));
    line.chars().count() > MOST && !is_url
}

/// All Rust files of the repository.
fn walk(folder: &Path, found: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && !["dist", "node_modules", "target"].contains(&name) {
                walk(&path, found);
            }
        } else if name.ends_with(".rs") {
            found(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}
