//! The maps in `src/lib.rs` are true: modules by their paths, crates by Cargo's graph.
//!
//! A line of a map is a name and what it may depend on, all of it on lines above: a map has no
//! circle. A line that begins with an arrow continues the one above it. Tests are no part of a map.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};

const LIB: &str = include_str!("../src/lib.rs");

/// Names and what each depends on.
type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_depend_on_what_the_map_lists() {
    let mut found = Edges::new();
    walk(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), &mut Vec::new(), &mut found);
    let modules: BTreeSet<_> = found.keys().cloned().collect();
    found.values_mut().for_each(|used| used.retain(|name| modules.contains(name)));
    assert_eq!(differences(&map("Modules"), &found), Vec::<String>::new());
}

#[test]
fn crates_depend_on_what_the_map_lists() {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let own = |one: &serde_json::Value| one["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<_> = packages.iter().map(own).collect();
    let used = |package: &serde_json::Value| {
        let used = package["dependencies"].as_array().unwrap().iter();
        let used = used.filter(|used| used["kind"] != "dev").map(own);
        (own(package), used.filter(|name| names.contains(name)).collect())
    };
    let found = packages.iter().map(used).collect();
    assert_eq!(differences(&map("Crates"), &found), Vec::<String>::new());
}

#[test]
fn a_planted_edge_is_seen() {
    let source = r#"
        //! [`crate::comment`]
        use crate::{bytes::Bytes, port::{self, Clock}};
        use super::super::{catalog, Sibling};
        pub(crate) use super::neighbour;
        fn f() { let url = "https://crate::text"; frond::path::check(other::crate_name()); }
        #[cfg(test)]
        mod tests { use crate::session::Session; }
        #[cfg(all(test, target_arch = "wasm32"))]
        mod more;
        mod inner { use super::super::super::share::Share; }
    "#;
    let here = ["object".to_owned(), "opener".to_owned()];
    let used = references(source, &here);
    let expected = ["Sibling", "bytes", "catalog", "path", "port", "share"];
    assert_eq!(used, expected.into_iter().map(str::to_owned).collect());

    let map = read_map(&["bytes", "port -> bytes", "object", "-> port"]);
    let edges = |list: &[(&str, &[&str])]| -> Edges {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        list.iter().map(|(name, used)| ((*name).to_owned(), names(used))).collect()
    };
    let whole = edges(&[("bytes", &[]), ("port", &["bytes"]), ("object", &["port"])]);
    assert_eq!(differences(&map, &whole), Vec::<String>::new());
    let planted = edges(&[("bytes", &["port"]), ("port", &["bytes"]), ("object", &[])]);
    let said = ["bytes -> port is not in the map", "object -> port is in the map, and not used"];
    assert_eq!(differences(&map, &planted), said);
    let circle = read_map(&["bytes -> port", "port -> bytes"]);
    let found = edges(&[("bytes", &["port"]), ("port", &["bytes"])]);
    assert_eq!(differences(&circle, &found), ["bytes -> port points to no line above"]);
}

/// Where found and listed edges differ, and listed ones that point down the map.
fn differences(map: &[(String, BTreeSet<String>)], found: &Edges) -> Vec<String> {
    let mut above = BTreeSet::new();
    let mut said = Vec::new();
    for (name, listed) in map {
        let below = listed.difference(&above);
        said.extend(below.map(|used| format!("{name} -> {used} points to no line above")));
        above.insert(name.clone());
        let used = found.get(name).cloned().unwrap_or_default();
        let unlisted = used.difference(listed).filter(|used| *used != name);
        said.extend(unlisted.map(|used| format!("{name} -> {used} is not in the map")));
        let unused = listed.difference(&used);
        said.extend(unused.map(|used| format!("{name} -> {used} is in the map, and not used")));
    }
    let names: BTreeSet<_> = found.keys().cloned().collect();
    said.extend(names.difference(&above).map(|name| format!("{name} is not in the map")));
    said.extend(
        above.difference(&names).map(|name| format!("{name} is in the map, and not there")),
    );
    said
}

/// The map below this heading of the crate's documentation.
fn map(heading: &str) -> Vec<(String, BTreeSet<String>)> {
    let lines = LIB.lines().filter_map(|line| line.strip_prefix("//!")).map(str::trim);
    let below = lines.skip_while(|line| *line != format!("# {heading}"));
    let block = below.skip_while(|line| !line.starts_with("```")).skip(1);
    read_map(&block.take_while(|line| !line.starts_with("```")).collect::<Vec<_>>())
}

fn read_map(lines: &[&str]) -> Vec<(String, BTreeSet<String>)> {
    let mut map: Vec<(String, BTreeSet<String>)> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let (name, used) = line.split_once("->").unwrap_or((line, ""));
        if !name.is_empty() {
            map.push((name.trim().to_owned(), BTreeSet::new()));
        }
        let used = used.split_whitespace().map(str::to_owned);
        map.last_mut().unwrap().1.extend(used);
    }
    map
}

/// What all files below a folder of `src` refer to, by the module of the crate that they belong to.
fn walk(folder: &Path, at: &mut Vec<String>, found: &mut Edges) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        at.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            walk(&path, at, found);
        } else if *at != ["lib"] && at.last().is_none_or(|name| name != "tests") {
            let used = references(&fs::read_to_string(&path).unwrap(), at);
            found.entry(at[0].clone()).or_default().extend(used);
        }
        at.pop();
    }
}

/// First names of all paths in a source file that begin at the crate's root; `at` is its module.
fn references(source: &str, at: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    scan(source.parse().unwrap(), at, &mut found);
    found
}

fn scan(tokens: TokenStream, at: &[String], found: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let text = |i: usize| tokens.get(i).map(ToString::to_string).unwrap_or_default();
    let colons = |i: usize| text(i) == ":" && text(i + 1) == ":";
    let mut i = 0;
    while i < tokens.len() {
        let head = i < 2 || !colons(i - 2);
        match &tokens[i] {
            TokenTree::Punct(sign) if sign.as_char() == '#' && is_test(&text(i + 1)) => {
                let end = |token: &TokenTree| {
                    let text = token.to_string();
                    text == ";" || text.starts_with('{')
                };
                i += tokens[i..].iter().position(end).unwrap_or(0);
            }
            TokenTree::Ident(name) if *name == "mod" && text(i + 2).starts_with('{') => {
                if let TokenTree::Group(body) = &tokens[i + 2] {
                    scan(body.stream(), &[at, &[text(i + 1)]].concat(), found);
                }
                i += 2;
            }
            TokenTree::Ident(_) if head && colons(i + 1) => {
                let mut up = usize::from(text(i) == "super");
                while up > 0 && text(i + 3) == "super" && colons(i + 4) {
                    (up, i) = (up + 1, i + 3);
                }
                let root = ["crate", "frond"].contains(&text(i).as_str());
                if let Some(first) = tokens.get(i + 3)
                    && (root || up == at.len())
                {
                    names(first.clone(), found);
                }
                i += 2;
            }
            TokenTree::Group(body) => scan(body.stream(), at, found),
            _ => {}
        }
        i += 1;
    }
}

/// The first names of what follows the crate's root: one, or each of a group.
fn names(first: TokenTree, found: &mut BTreeSet<String>) {
    match first {
        TokenTree::Ident(name) => drop(found.insert(name.to_string())),
        TokenTree::Group(group) => {
            let mut begins = true;
            for token in group.stream() {
                let is_name = begins && matches!(token, TokenTree::Ident(_));
                begins = token.to_string() == ",";
                if is_name {
                    names(token, found);
                }
            }
        }
        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
    }
}

/// Whether an attribute leaves its item to tests alone.
fn is_test(attribute: &str) -> bool {
    let words: String = attribute.split_whitespace().collect();
    words == "[cfg(test)]" || words.starts_with("[cfg(all(test,")
}
