//! Paths that collide, and paths that are none.

use std::collections::BTreeSet;

use frond::catalog::{Event, EventHash, disambiguate};
use proptest::prelude::*;

use super::support::*;

proptest! {
    #[test]
    fn shown_paths_are_apart_on_any_file_system(
        paths in prop::collection::vec("[aAäÄ]{1,2}( \\([23]\\))?(\\.x)?", 0..20),
    ) {
        let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
        let shown = disambiguate(ids.iter().zip(paths.iter().map(String::as_str)));
        let mut folded: Vec<_> = shown.iter().map(|path| path.to_lowercase()).collect();
        folded.sort();
        folded.dedup();
        prop_assert_eq!(folded.len(), paths.len());
    }
}

#[test]
fn paths_that_collide() {
    let named = |paths: &[&str]| -> Vec<String> {
        let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
        disambiguate(ids.iter().zip(paths.iter().copied()))
    };
    assert_eq!(named(&["a.txt", "a.txt", "a.txt"]), ["a.txt", "a (2).txt", "a (3).txt"]);
    assert_eq!(named(&["a.txt", "A.TXT"]), ["a.txt", "A (2).TXT"]);
    assert_eq!(named(&["\u{e9}", "e\u{301}"]), ["\u{e9}", "e\u{301} (2)"]);
    assert_eq!(named(&["ΑΣ", "ας", "ασ"]), ["ΑΣ", "ας", "ασ (2)"]);
    assert_eq!(
        named(&["a", "a", "a (2)"]),
        ["a", "a (3)", "a (2)"],
        "a name that somebody gave is kept"
    );
    assert_eq!(
        named(&["d.x/a", "d.x/a", ".hidden", ".hidden"]),
        ["d.x/a", "d.x/a (2)", ".hidden", ".hidden (2)"]
    );
    assert_eq!(named(&["a.tar.gz", "a.tar.gz"]), ["a.tar.gz", "a.tar (2).gz"]);
}

/// Events that older versions wrote: any path is read, and every path that is shown is one.
#[test]
fn paths_that_are_none_are_shown_as_paths() {
    let mut a = Device::new(1);
    let written = ["../up", "", "ok/x", " ", "..", "ok/\u{200b}", "_"];
    let ops = (0..)
        .zip(written)
        .filter(|(_, path)| !path.is_empty())
        .map(|(n, path)| add(n, path, 1))
        .collect();
    let (_, event) = a.make(1, ops);
    let event = Event::decode(&event.encode().unwrap()).unwrap();
    let kept = index(&[(EventHash::of(b"x"), event)]);
    let shown = kept.state().files.keys().map(|id| kept.row(id).unwrap().path);
    assert_eq!(shown.collect::<Vec<_>>(), ["__/up", "ok/x", "_", "__", "ok/_", "_ (2)"]);
}

#[test]
fn a_number_leaves_room_for_the_ending() {
    let named = |path: &str| disambiguate([object(0), object(1)].iter().map(|id| (id, path)));
    let long = format!("dir/{}.txt", "x".repeat(250));
    assert_eq!(named(&long), [long.clone(), format!("dir/{} (2).txt", "x".repeat(247))]);
    let wide = "絵".repeat(85);
    assert_eq!(named(&wide), [wide.clone(), format!("{} (2)", "絵".repeat(83))]);
    let paths = vec![format!("{}.txt", "x".repeat(250)); 12];
    let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
    let shown = disambiguate(ids.iter().zip(paths.iter().map(String::as_str)));
    assert!(shown.iter().all(|path| path.len() <= 255 && path.ends_with(".txt")));
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), paths.len());
}
