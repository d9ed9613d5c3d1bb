#![allow(missing_docs, clippy::all, clippy::pedantic)]
//! Measures.
use frond_search::*;
use std::{fs, path::Path, time::Instant};
fn walk(p: &Path, ext: &[&str], out: &mut Vec<String>, max: usize) {
    let Ok(d) = fs::read_dir(p) else { return };
    let mut d: Vec<_> = d.flatten().map(|e| e.path()).collect();
    d.sort();
    for p in d {
        if out.len() >= max {
            return;
        }
        if p.is_dir() {
            walk(&p, ext, out, max)
        } else if p.extension().and_then(|e| e.to_str()).is_some_and(|e| ext.contains(&e)) {
            if let Ok(t) = fs::read_to_string(&p) {
                if t.len() > 500 && t.len() < 200000 {
                    out.push(t)
                }
            }
        }
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut texts = Vec::new();
    walk(Path::new(&a[1]), &a[2].split(',').collect::<Vec<_>>(), &mut texts, 10000);
    let total: usize = texts.iter().map(|t| t.len()).sum();
    let t = Instant::now();
    let mut b = Builder::default();
    for x in &texts {
        b.add(x)
    }
    let bytes = b.finish();
    let s = t.elapsed().as_secs_f64();
    let i = Index::read(texts.len() as u32, &bytes).unwrap();
    let t2 = Instant::now();
    let q = Query::new(["a", "the", "re"]);
    let n = q.find(&i).len();
    println!(
        "{} docs {:.1} MB mean {} index {:.2}% build {:.1} MB/s words {} query {:?} n {}",
        texts.len(),
        total as f64 / 1e6,
        total / texts.len().max(1),
        100.0 * bytes.len() as f64 / total as f64,
        total as f64 / 1e6 / s,
        i.words().len(),
        t2.elapsed(),
        n
    );
    // the smaller: first 1000 docs
}
