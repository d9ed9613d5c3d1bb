use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_name_says_why() {
    for (path, why) in [
        ("", BadName::Empty),
        ("/a", BadName::Empty),
        ("a/", BadName::Empty),
        ("a//b", BadName::Empty),
        (".", BadName::Dots),
        ("..", BadName::Dots),
        ("../up.txt", BadName::Dots),
        ("a/./b", BadName::Dots),
        (" ", BadName::Invisible),
        ("\t\u{a0}\u{3000}", BadName::Invisible),
        ("\u{200b}\u{feff}", BadName::Invisible),
        ("a/\u{2800}\u{3164}/b", BadName::Invisible),
        ("\u{200d}", BadName::Invisible),
    ] {
        assert_eq!(check(path), Err(why), "{path:?}");
    }
    assert_eq!(check(&"x".repeat(256)), Err(BadName::TooLong));
    assert_eq!(check(&"絵".repeat(86)), Err(BadName::TooLong));
    assert_eq!(check(&"x/".repeat(2100)), Err(BadName::PathTooLong));
}

#[test]
fn ordinary_names_are_names() {
    let longest = "x".repeat(255);
    for path in [
        "a",
        "a/b.txt",
        "...",
        ".hidden",
        " a",
        "..a",
        "a b",
        "👩\u{200d}🚀",
        "نام\u{200c}ها",
        "絵/絵",
        &longest,
    ] {
        assert_eq!(check(path), Ok(()), "{path:?}");
        assert_eq!(mended(path), path);
    }
}

#[test]
fn a_rename_takes_one_name() {
    assert_eq!(renamed("a/b/c.txt", "d.txt"), Ok("a/b/d.txt".to_owned()));
    assert_eq!(renamed("c.txt", "d.txt"), Ok("d.txt".to_owned()));
    assert_eq!(renamed("c.txt", "a/b.txt"), Err(BadName::Slash));
    assert_eq!(renamed("c.txt", "../b.txt"), Err(BadName::Slash));
    assert_eq!(renamed("c.txt", ".."), Err(BadName::Dots));
    assert_eq!(renamed("c.txt", " "), Err(BadName::Invisible));
}

#[test]
fn paths_that_break_the_rule_are_shown_mended() {
    for (path, shown) in [
        ("../up.txt", "__/up.txt"),
        ("./a", "_/a"),
        ("/a", "_/a"),
        ("a//b", "a/_/b"),
        (" ", "_"),
        ("a/\u{200b}", "a/_"),
    ] {
        assert_eq!(mended(path), shown, "{path:?}");
    }
    let long = format!("{}.jpeg", "絵".repeat(100));
    assert!(mended(&long).ends_with("絵.jpeg") && mended(&long).len() > 250);
}

/// Names as they come, and those that break the rule.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[./ \u{200b}\u{feff}_a]{0,6}",
        ("[a絵 .]{0,4}", 200..400_usize, "[.a絵]{0,20}")
            .prop_map(|(a, n, b)| format!("{}{b}", a.repeat(n))),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_keeps_the_rule(names in prop::collection::vec(names(), 1..5)) {
        let path = names.join("/");
        let shown = mended(&path);
        let kept = path.split('/').all(|name| check_name(name).is_ok());
        prop_assert_eq!(kept, shown == path);
        prop_assert!(shown.split('/').all(|name| check_name(name).is_ok()), "{:?}", shown);
        prop_assert_eq!(shown.split('/').count(), path.split('/').count());
        prop_assert_eq!(&mended(&shown), &shown);
    }

    #[test]
    fn a_cut_keeps_whole_characters_and_the_ending(name in names(), room in 24..300_usize) {
        let short = shortened(&name, room);
        prop_assert!(short.len() <= room);
        prop_assert_eq!(name.len() <= room, short == name);
        let (_, ending) = split_ending(&name);
        prop_assert!(short.ends_with(ending));
        // Four bytes are the longest character.
        prop_assert!(name.len() <= room || short.len() + 4 > room);
    }

    #[test]
    fn a_rename_stays_in_its_folder(path in "[a-c]{1,3}(/[a-c]{1,3}){0,3}", name in names()) {
        match renamed(&path, &name) {
            Ok(new) => {
                prop_assert_eq!(check(&new), Ok(()));
                let [old, new] = [&path, &new].map(|path| path.rsplit_once('/'));
                prop_assert_eq!(old.map(|(folder, _)| folder), new.map(|(folder, _)| folder));
            }
            Err(_) => prop_assert!(check_name(&name).is_err()),
        }
    }
}
