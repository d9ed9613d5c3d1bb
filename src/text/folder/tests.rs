//! Folders from paths.

use super::*;

#[test]
fn crumbs_lead_down() {
    assert!(crumbs("").is_empty());
    assert_eq!(crumbs("a"), ["a"]);
    assert_eq!(crumbs("a/é/c"), ["a", "a/é", "a/é/c"]);
}

#[test]
fn name_and_parent_take_a_path_apart() {
    assert_eq!((parent("a/b/c"), name("a/b/c")), ("a/b", "c"));
    assert_eq!((parent("c"), name("c")), ("", "c"));
}
