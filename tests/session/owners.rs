//! The map in `src/session.rs` is true: what each part of a session uses, by its `use` lines.
//!
//! A line is a part and what it uses, all of it on lines above: so the parts have no circle. A line
//! that begins with an arrow continues the one above it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const MAP: &str = include_str!("../../src/session.rs");

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_parts_of_a_session_use_what_the_map_lists() {
    let mut found = Edges::new();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session");
    walk(&src, &mut vec!["session".to_owned()], &mut found);
    let mut above = BTreeSet::new();
    let mut listed = Edges::new();
    for line in map_lines() {
        let (part, used) = line.split_once("->").unwrap_or((&line, ""));
        let used: BTreeSet<_> = used.split_whitespace().map(str::to_owned).collect();
        assert!(used.is_subset(&above), "{line}: it uses what is on no line above");
        above.insert(part.trim().to_owned());
        listed.insert(part.trim().to_owned(), used);
    }
    assert_eq!(found, listed);
}

#[test]
fn uses_are_read_through_braces_and_supers() {
    let source = "use super::{a::A, b::{self, B}};\npub(super) use crate::session::c;\n\
        use crate::object::D;\nuse super::super::e::E;\n#[cfg(test)]\nmod tests {\n use super::f;\n\
        }\n";
    let here = ["session", "log"].map(str::to_owned);
    let expected = ["a", "b", "c"].map(str::to_owned);
    assert_eq!(uses(source, &here), expected.into_iter().collect());
}

fn map_lines() -> Vec<String> {
    let lines = MAP.lines().filter_map(|line| line.strip_prefix("//!")).map(str::trim);
    let block = lines.skip_while(|line| *line != "```text").skip(1);
    let mut whole: Vec<String> = Vec::new();
    for line in block.take_while(|line| *line != "```") {
        match line.strip_prefix("->") {
            Some(more) => whole.last_mut().unwrap().push_str(more),
            None => whole.push(line.to_owned()),
        }
    }
    whole
}

/// What all files below a folder use, by the part of the session that they belong to.
fn walk(folder: &Path, at: &mut Vec<String>, found: &mut Edges) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        at.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            walk(&path, at, found);
        } else if at.last().unwrap() != "tests" {
            let part = at[1].clone();
            let mut used = uses(&fs::read_to_string(&path).unwrap(), at);
            used.remove(&part);
            found.entry(part).or_default().extend(used);
        }
        at.pop();
    }
}

/// The parts of a session that a file uses; `here` is its module.
fn uses(source: &str, here: &[String]) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut used = BTreeSet::new();
    for statement in source.split(';') {
        let Some((before, tree)) = statement.rsplit_once("use ") else { continue };
        let is_word = before.is_empty() || before.ends_with(['\n', ' ']);
        let is_tree = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_:{},*".contains(c);
        // Prose has other characters.
        if !is_word || !tree.chars().all(is_tree) {
            continue;
        }
        let mut paths = Vec::new();
        expand(&tree.split_whitespace().collect::<String>(), "", &mut paths);
        for path in paths {
            let parts: Vec<_> = path.split("::").collect();
            let supers = parts.iter().take_while(|part| **part == "super").count();
            let module: Vec<_> = match parts[0] {
                "crate" => parts[1..].to_vec(),
                "super" if supers < here.len() => {
                    let base = here[..here.len() - supers].iter().map(String::as_str);
                    base.chain(parts[supers..].iter().copied()).collect()
                }
                _ => continue,
            };
            if let ["session", part, ..] = module[..] {
                used.insert(part.to_owned());
            }
        }
    }
    used
}

/// The paths of a `use` tree without white space.
fn expand(tree: &str, prefix: &str, paths: &mut Vec<String>) {
    let mut depth = 0;
    let items = tree.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    });
    for item in items.filter(|item| !item.is_empty()) {
        match item.split_once('{') {
            Some((before, inner)) => {
                expand(inner.strip_suffix('}').unwrap(), &format!("{prefix}{before}"), paths);
            }
            None => paths.push(format!("{prefix}{item}")),
        }
    }
}
