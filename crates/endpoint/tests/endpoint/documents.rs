//! docs/THREATS.md and docs/DEPLOY.md name a test for each claim: every test that they name is
//! there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(&path))
        .unwrap_or_else(|_| panic!("no {}", path.as_ref().display()))
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// `1b: …`: a story.
fn is_story(text: &str) -> bool {
    let number = text.split_once(": ").map_or("", |(number, _)| number);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `tests/fernet.rs::every_flipped_bit…`: a test.
fn is_test(text: &str) -> bool {
    text.split_once("::").is_some_and(|(file, _)| file.contains('/'))
}

/// All sources of stories.
fn stories() -> String {
    ["tests/browser/stories", "tests/browser/large"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).unwrap())
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap_or_default())
        .collect()
}

/// Titles with a part that varies.
fn quoted_titles(stories: &str) -> impl Iterator<Item = &str> {
    let calls = stories.split("story(").skip(1);
    calls.filter_map(|call| call.trim_start().strip_prefix('`')?.split('`').next())
}

/// `17: a ${part} …` fits whatever stands for the part.
fn fits(title: &str, name: &str) -> bool {
    let Some((before, rest)) = title.split_once("${") else { return title == name };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    name.starts_with(before) && name.ends_with(after)
}

fn is_there(name: &str, stories: &str) -> bool {
    if is_story(name) {
        return stories.contains(&format!("\"{name}\""))
            || quoted_titles(stories).any(|title| fits(title, name));
    }
    let (file, test) = name.split_once("::").unwrap();
    let keyword = if file.ends_with(".py") { "def" } else { "fn" };
    read(file).contains(&format!("{keyword} {test}("))
}

#[test]
fn every_test_that_is_named_exists() {
    let stories = stories();
    let mut named = 0;
    for document in ["docs/THREATS.md", "docs/DEPLOY.md"] {
        let text = read(document);
        for name in quoted(&text).filter(|name| is_test(name) || is_story(name)) {
            assert!(is_there(name, &stories), "{document} names {name}");
            named += 1;
        }
    }
    assert!(named > 60, "{named}");
    // And it would be noticed.
    assert!(!is_there("tests/fernet.rs::every_other_bit_is_refused", &stories));
    assert!(!is_there("1: a second day with Frond", &stories));
}

#[test]
fn every_claim_names_a_test() {
    let text = read("docs/THREATS.md");
    let withstood = text.split("## Withstood").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<_> = withstood
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| ---"))
        .collect();
    let claims: Vec<_> = rows.iter().filter(|row| !row.starts_with("| If somebody")).collect();
    assert!(claims.len() > 30);
    for claim in claims {
        let shown = claim.trim_end_matches('|').rsplit('|').next().unwrap();
        assert!(quoted(shown).any(|name| is_test(name) || is_story(name)), "no test: {claim}");
    }
}

#[test]
fn every_file_that_contributing_names_exists() {
    let text = read("CONTRIBUTING.md");
    let sources = |name: &&str| name.starts_with("src/") || name.starts_with("www/");
    let named: Vec<_> = quoted(&text).filter(sources).collect();
    assert!(named.len() > 30, "the walks: {named:?}");
    for name in named {
        assert!(root().join(name).exists(), "{name}");
    }
}
