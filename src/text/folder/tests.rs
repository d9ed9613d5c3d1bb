//! Folders out of paths.

use crate::object::ObjectId;

use super::*;

fn file(path: &str, size: u64) -> FileRow {
    let mut bytes = [0x80; 16];
    bytes[6] = 0x70;
    bytes[..6].copy_from_slice(&size.to_be_bytes()[2..]);
    let id = ObjectId::from_bytes(bytes).unwrap();
    FileRow {
        id,
        path: path.to_owned(),
        size,
        media_type: String::new(),
        modified: None,
        added: 0,
        fault: None,
    }
}

fn vault() -> Vec<FileRow> {
    vec![
        file("b.txt", 1),
        file("Taxes/2024/return.pdf", 2),
        file("Taxes/2025/return.pdf", 3),
        file("Taxes/notes.txt", 4),
        file("TaxesOld/x", 5),
        file("A.txt", 6),
    ]
}

fn paths(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(Entry::path).collect()
}

#[test]
fn folders_come_first_each_in_the_order_of_names() {
    assert_eq!(paths(&list(&vault(), "")), ["Taxes", "TaxesOld", "A.txt", "b.txt"]);
}

#[test]
fn a_folder_counts_all_that_is_below_it() {
    assert_eq!(
        list(&vault(), "").first(),
        Some(&Entry::Folder { path: "Taxes".to_owned(), files: 3, size: 9 })
    );
}

#[test]
fn a_folder_is_not_the_one_whose_name_begins_alike() {
    assert_eq!(paths(&list(&vault(), "Taxes")), ["Taxes/2024", "Taxes/2025", "Taxes/notes.txt"]);
    assert_eq!(paths(&list(&vault(), "Taxes/2024")), ["Taxes/2024/return.pdf"]);
    assert!(list(&vault(), "Taxes/20").is_empty());
}

#[test]
fn no_file_hides_in_a_folder_without_a_name() {
    let odd = [file("/etc/passwd", 1), file("a//b", 2), file("c/", 3)];
    assert_eq!(paths(&list(&odd, "")), ["a", "c", "/etc/passwd"]);
    assert_eq!(paths(&list(&odd, "a")), ["a//b"]);
    assert_eq!(paths(&list(&odd, "c")), ["c/"]);
}

#[test]
fn two_files_of_one_path_are_both_shown() {
    assert_eq!(list(&[file("x", 1), file("x", 2)], "").len(), 2);
}

#[test]
fn every_word_is_looked_for_in_the_whole_path() {
    assert_eq!(
        paths(&search(&vault(), "taxes RETURN")),
        ["Taxes/2024/return.pdf", "Taxes/2025/return.pdf"]
    );
    assert_eq!(search(&vault(), "").len(), 6);
    assert!(search(&vault(), "nothing").is_empty());
}

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
