//! Edge cases of sizes, times and names.

use super::*;

/// 2026-11-23 14:05:00 UTC.
const NOW: i64 = 1_795_442_700_000;
const HOUR: i64 = 3_600_000;

#[test]
fn sizes_round_down() {
    let cases = [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_999, "1.9 kB"),
        (9_999_999, "9.9 MB"),
        (25_000_000, "25 MB"),
        (999_999_999, "999 MB"),
        (1_099_511_627_776, "1 TB"),
        (u64::MAX, "1844674 TB"),
    ];
    for (bytes, words) in cases {
        assert_eq!(size(bytes), words);
    }
}

#[test]
fn a_part_is_told_in_the_unit_of_the_whole() {
    assert_eq!(part(12_000_000, 80_000_000), "12 of 80 MB");
    assert_eq!(part(1_000, 80_000_000), "0 of 80 MB");
    assert_eq!(part(300_000, 3_000_000), "0.3 of 3 MB");
    assert_eq!(part(0, 0), "0 of 0 bytes");
    assert_eq!(part(9, 5), "5 of 5 bytes");
}

#[test]
fn per_cent_is_whole_only_when_all_is_done() {
    assert_eq!(percent(0, 0), 100);
    assert_eq!(percent(999, 1_000), 99);
    assert_eq!(percent(1_000, 1_000), 100);
    assert_eq!(percent(u64::MAX, 1), 100);
}

#[test]
fn time_left_is_short() {
    assert_eq!(left(17), "17 s left");
    assert_eq!(left(90), "2 min left");
    assert_eq!(left(3_600), "60 min left");
    assert_eq!(left(7_200), "2 h left");
}

#[test]
fn moments_are_told_as_people_tell_them() {
    assert_eq!(when(NOW, NOW, 0), "today 14:05");
    assert_eq!(when(NOW - 24 * HOUR, NOW, 0), "yesterday 14:05");
    assert_eq!(when(NOW - 200 * 24 * HOUR, NOW, 0), "7 May");
    assert_eq!(when(0, NOW, 0), "1 January 1970");
    assert_eq!(when(-DAY, NOW, 0), "31 December 1969");
    assert_eq!(moment(951_782_400_000, 0), "29 February 2000, 0:00");
}

#[test]
fn the_day_is_the_day_here() {
    assert_eq!(when(NOW, NOW, 600), "today 0:05");
    assert_eq!(when(NOW - HOUR, NOW, 600), "yesterday 23:05");
    assert_eq!(when(NOW, NOW, -480), "today 6:05");
}

#[test]
fn no_moment_is_out_of_range() {
    for at in [i64::MIN, i64::MAX] {
        assert!(!when(at, NOW, 600).is_empty());
        assert!(!moment(at, -600).is_empty());
    }
}

#[test]
fn what_hides_is_written_out() {
    assert_eq!(visible("Zoë's \"photo\" 絵.jpg"), "Zoë's \"photo\" 絵.jpg");
    assert_eq!(visible("cod\u{202e}gpj.exe"), "cod‹U+202E›gpj.exe");
    assert_eq!(visible("a\nb\u{0}\u{200b}\u{feff}"), "a‹U+000A›b‹U+0000›‹U+200B›‹U+FEFF›");
    assert_eq!(visible("tag\u{e0041}"), "tag‹U+E0041›");
    assert_eq!(visible("<img onerror=x>"), "<img onerror=x>");
}

#[test]
fn joiners_stay_where_scripts_need_them() {
    assert_eq!(visible("👩\u{200d}👧.png"), "👩\u{200d}👧.png");
    assert_eq!(visible("می\u{200c}خواهم"), "می\u{200c}خواهم");
    assert_eq!(visible("pass\u{200d}port"), "pass‹U+200D›port");
    assert_eq!(visible("\u{200d}a"), "‹U+200D›a");
}

#[test]
fn long_names_keep_their_ending() {
    assert_eq!(cut("short.txt", 9), "short.txt");
    assert_eq!(cut("abcdefghijklmnopqrstuvwxyz.pdf", 12), "abcdefg….pdf");
    assert_eq!(cut(&"é".repeat(300), 60).chars().count(), 60);
    assert_eq!(cut("abc", 0), "…");
}

#[test]
fn an_expiry_is_a_day_or_soon() {
    let now = u64::try_from(NOW).unwrap();
    let day = 86_400_000;
    for (at, words) in [
        (0, "deleted soon"),
        (now, "deleted soon"),
        (now + 1, "deleted after 23 November"),
        (now + 37 * day, "deleted after 30 December"),
        (now + 40 * day, "deleted after 2 January 2027"),
    ] {
        assert_eq!(expiry(at, now, 0), words);
    }
    // In Auckland it is the day after.
    assert_eq!(expiry(now + 1, now, 13 * 60), "deleted after 24 November");
}
