//! Every file of `corpus/` through its target, whole and with small changes: what a search found is
//! never lost again.

use std::fs;
use std::path::{Path, PathBuf};

use frond_fuzz::{TARGETS, seeds};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder(target)).unwrap_or_else(|_| panic!("no corpus of {target}"));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn every_file_of_the_corpus_is_withstood() {
    for (name, target) in TARGETS {
        let mut accepted = Vec::new();
        for (path, bytes) in corpus(name) {
            println!("{}", path.display());
            accepted.push(target(&bytes));
        }
        assert!(accepted.contains(&true) && accepted.contains(&false), "{name}: both kinds");
    }
}

/// Cuts, flips and doublings of each seed, not many: the search is `make fuzz`.
#[test]
fn small_changes_of_every_seed_are_withstood() {
    for (name, file, seed) in seeds() {
        let target = frond_fuzz::target(name).unwrap();
        for i in 0..100 {
            let at = i * seed.len() / 100;
            println!("{name} {file} {at}");
            target(&seed[..at]);
            target(&seed[at..]);
            target(&[&seed[..at], &seed[..]].concat());
            let mut flipped = seed.clone();
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1 << (i % 8);
            }
            target(&flipped);
        }
    }
}

#[test]
fn the_seeds_are_in_the_corpus() {
    for (target, name, bytes) in seeds() {
        let path = folder(target).join(name);
        assert_eq!(
            fs::read(&path).ok().as_ref(),
            Some(&bytes),
            "{}: cargo test -- --ignored writes it",
            path.display()
        );
    }
}

/// Writes the seeds; what a search found stands beside them under its hash.
#[test]
#[ignore = "writes into the tree"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds() {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    }
}
