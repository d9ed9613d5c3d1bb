//! The calendar: times as text and days as dates. The header `Date` has one form (IMF-fixdate,
//! RFC 9110 §5.6.7), S3's XML another.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `Sun, 06 Nov 1994 08:49:37 GMT` as Unix seconds.
pub(crate) fn unix_seconds(date: &str) -> Option<u64> {
    let mut words = date.split_once(", ")?.1.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = u64::try_from(MONTHS.iter().position(|name| name.get(..3) == Some(month))?)
        .ok()?
        .checked_add(1)?;
    let date = (year.parse().ok()?, month, day.parse().ok()?);
    let time = words.next()?;
    if words.next() == Some("GMT") { seconds(date, time) } else { None }
}

/// `1994-11-06T08:49:37.000Z` as Unix seconds; fractions are dropped.
pub(crate) fn iso_seconds(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let date = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    seconds(date, time.split_once('.').map_or(time, |(time, _)| time))
}

/// The first millisecond of `2025`, `2025-03` or `2025-03-09`, in milliseconds since the Unix
/// epoch.
pub(crate) fn first_ms(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next().unwrap_or("1"), parts.next());
    let date = (year.parse().ok()?, month.parse().ok()?, day.unwrap_or("1").parse().ok()?);
    if parts.next().is_some() {
        return None;
    }
    i64::try_from(seconds(date, "0:0:0")?.checked_mul(1000)?).ok()
}

fn seconds((year, month, day): (u64, u64, u64), time: &str) -> Option<u64> {
    let mut clock = time.split(':').map(str::parse::<u64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let sound = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    sound.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 (civil calendar; years counted from March, so that leap days come last).
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    before + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Year, name of the month, and day, of a day counted from the Unix epoch (H. Hinnant,
/// `civil_from_days`).
pub(crate) fn civil(days: i64) -> (i64, &'static str, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (
        year,
        usize::try_from(month)
            .ok()
            .and_then(|month| MONTHS.get(month))
            .copied()
            .unwrap_or_default(),
        day,
    )
}

#[cfg(test)]
mod tests {
    use super::{civil, iso_seconds, unix_seconds};

    #[test]
    fn dates() {
        assert_eq!(unix_seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(unix_seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(unix_seconds("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        assert_eq!(unix_seconds("Fri, 01 Mar 2024 00:00:00 GMT"), Some(1_709_251_200));
        for bad in [
            "",
            "now",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(unix_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_and_dates_are_inverse() {
        let mut seconds = 0;
        for days in 0..200_000 {
            let (year, month, day) = civil(days);
            let text = format!("Sun, {day:02} {} {year} 00:00:00 GMT", month.get(..3).unwrap());
            assert_eq!(unix_seconds(&text), Some(seconds), "{text}");
            seconds += 86_400;
        }
        assert_eq!(civil(-1), (1969, "December", 31));
        assert_eq!(civil(-719_162), (1, "January", 1));
    }

    #[test]
    fn times_of_s3() {
        assert_eq!(iso_seconds("1994-11-06T08:49:37.000Z"), Some(784_111_777));
        assert_eq!(iso_seconds("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        for bad in [
            "",
            "Z",
            "1994-11-06",
            "1994-11-06T08:49:37",
            "1994-13-06T08:49:37Z",
            "1994-00-06T08:49:37Z",
        ] {
            assert_eq!(iso_seconds(bad), None, "{bad}");
        }
    }
}
