//! Numbers, times and names as words.

use crate::date;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Decimal units, as file managers and storage bills count. Below the first, bytes are whole.
const UNITS: [(&str, u64); 4] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];

/// A size: `617 bytes`, `1.2 MB`, `25 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match unit(bytes) {
        Some((name, one)) => format!("{} {name}", in_unit(bytes, one)),
        None if bytes == 1 => "1 byte".to_owned(),
        None => format!("{bytes} bytes"),
    }
}

/// Part of a whole, in the unit of the whole: `12 of 80 MB`.
#[must_use]
pub fn part(done: u64, total: u64) -> String {
    match unit(total) {
        Some((_, one)) => format!("{} of {}", in_unit(done.min(total), one), size(total)),
        None => format!("{} of {}", done.min(total), size(total)),
    }
}

/// Per cent of a whole, rounded down; 100 if the whole is 0.
#[must_use]
pub fn percent(done: u64, total: u64) -> u8 {
    let percent = done.min(total).saturating_mul(100).checked_div(total).unwrap_or(100);
    u8::try_from(percent).unwrap_or(100)
}

/// A rate: `4 MB/s`.
#[must_use]
pub fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", size(bytes_per_second))
}

/// Time left: `17 s left`, `3 min left`, `2 h left`.
#[must_use]
pub fn left(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s left"),
        90..5_400 => format!("{} min left", seconds.div_ceil(60)),
        _ => format!("{} h left", seconds.div_ceil(3_600)),
    }
}

/// A count of something: `1 file`, `12 files`.
#[must_use]
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// A point in time, both in milliseconds since the Unix epoch, `offset` minutes ahead of UTC:
/// `today 14:05`, `yesterday 9:10`, `3 May`, `3 May 2019`.
#[must_use]
pub fn when(at: i64, now: i64, offset: i32) -> String {
    let (at, now) = (local(at, offset), local(now, offset));
    let clock = clock(at);
    let (year, month, day) = date::civil(at.div_euclid(DAY));
    match now.div_euclid(DAY).saturating_sub(at.div_euclid(DAY)) {
        0 => format!("today {clock}"),
        1 => format!("yesterday {clock}"),
        _ if date::civil(now.div_euclid(DAY)).0 == year => format!("{day} {month}"),
        _ => format!("{day} {month} {year}"),
    }
}

/// When the vault deletes something by itself, all in milliseconds since the Unix epoch, `offset`
/// minutes ahead of UTC: `deleted after 30 December`, `deleted soon` where the time has passed.
#[must_use]
pub fn expiry(at: u64, now: u64, offset: i32) -> String {
    let day = |at| local(i64::try_from(at).unwrap_or(i64::MAX), offset).div_euclid(DAY);
    let ((year, month, day), (this_year, ..)) = (date::civil(day(at)), date::civil(day(now)));
    match at <= now {
        true => "deleted soon".to_owned(),
        false if year == this_year => format!("deleted after {day} {month}"),
        false => format!("deleted after {day} {month} {year}"),
    }
}

/// A point in time in full: `3 May 2019, 14:05`.
#[must_use]
pub fn moment(at: i64, offset: i32) -> String {
    let at = local(at, offset);
    let (year, month, day) = date::civil(at.div_euclid(DAY));
    format!("{day} {month} {year}, {}", clock(at))
}

/// A name made safe to display: invisible characters, and those that change the text direction, are
/// written as `‹U+202E›`. The page also isolates names (`<bdi>`).
#[must_use]
pub fn visible(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    let mut before = None;
    let mut rest = name.chars().peekable();
    while let Some(char) = rest.next() {
        let joins = matches!(char, '\u{200c}' | '\u{200d}')
            && before.is_some_and(|c: char| !c.is_ascii())
            && rest.peek().is_some_and(|c| !c.is_ascii());
        if hides(char) && !joins {
            shown.push_str(&format!("‹U+{:04X}›", u32::from(char)));
        } else {
            shown.push(char);
        }
        before = Some(char);
    }
    shown
}

/// A name of at most `room` characters, cut in the middle so that its extension shows.
#[must_use]
pub fn cut(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room {
        return name.to_owned();
    }
    let ending = room / 3;
    let head = room.saturating_sub(ending).saturating_sub(1);
    let tail = length.saturating_sub(ending);
    name.chars().take(head).chain(['…']).chain(name.chars().skip(tail)).collect()
}

/// Control characters, bidirectional marks, and zero-width characters.
fn hides(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn unit(bytes: u64) -> Option<(&'static str, u64)> {
    UNITS.into_iter().find(|(_, one)| bytes >= *one)
}

/// Bytes in a unit: one decimal below ten, none above; rounded down, so that nothing looks done
/// before it is.
fn in_unit(bytes: u64, one: u64) -> String {
    let tenths = bytes.saturating_mul(10).checked_div(one).unwrap_or(0);
    match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth @ 1..) => format!("{whole}.{tenth}"),
        (whole, _) => whole.to_string(),
    }
}

fn local(at: i64, offset: i32) -> i64 {
    at.saturating_add(i64::from(offset).saturating_mul(60_000))
}

fn clock(at: i64) -> String {
    let minutes = at.rem_euclid(DAY) / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests;
