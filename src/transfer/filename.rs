//! File names that any file system accepts and no shell or file manager misinterprets.

use crate::path::{MAX_NAME, shortened};

/// The name used if nothing of the original remains.
const NAMELESS: &str = "file";

/// The last component of a path, as a file name to save under.
///
/// Never empty, `.` or `..`; at most 255 bytes; without path separators of any system, control
/// characters or bidirectional format characters; without white space or dots at the ends where
/// Windows drops them; never a Windows device name; no leading `-`, which programs take for an
/// option. Each unwanted character becomes `_`.
#[must_use]
pub fn safe_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name: String = name.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    // Truncate before checking: what is cut off may be all that distinguished the name from a
    // device's, or all there was of it.
    let name = shortened(end(name.trim_start()), MAX_NAME);
    let name = end(&name);
    let name = if name.is_empty() { NAMELESS } else { name };
    let guard = if name.starts_with('-') || is_device(name) { "_" } else { "" };
    shortened(&format!("{guard}{name}"), MAX_NAME)
}

/// A path whose every part is a [`safe_name`].
#[must_use]
pub fn safe_path(path: &str) -> String {
    path.split('/').map(safe_name).collect::<Vec<_>>().join("/")
}

/// Strips trailing white space and dots, in any order.
fn end(name: &str) -> &str {
    name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

fn is_safe(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        // Bidirectional controls, invisible fillers, line and paragraph separators, tags. The two
        // joiners are kept: Persian and emoji are spelt with them.
        && !matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `CON`, `nul.txt`, `COM¹ .log`: names that Windows treats as devices, whatever their extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let mut letters = stem.chars();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => {
            let port: String = letters.by_ref().take(3).collect();
            let number = letters.next();
            matches!(port.as_str(), "COM" | "LPT")
                && number.is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'))
                && letters.next().is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{safe_name, safe_path};

    #[test]
    fn names_of_ordinary_files_stay() {
        for name in [
            "a.txt",
            "Zoë's photo 絵.jpg",
            ".bashrc",
            "archive.tar.gz",
            "a-b",
            "نام\u{200c}ها.txt",
            "👩\u{200d}🚀.png",
        ] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn names_that_would_do_harm_do_not() {
        for (name, safe) in [
            ("", "file"),
            (".", "file"),
            ("...", "file"),
            ("   ", "file"),
            ("folder/", "file"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", ".._.._boot.ini"),
            ("C:\\x", "C__x"),
            ("a.txt:stream", "a.txt_stream"),
            ("photo\u{202e}gpj.exe", "photo_gpj.exe"),
            ("\u{2066}a\u{2069}", "_a_"),
            ("a\u{200b}b\u{feff}", "a_b_"),
            ("line\nbreak\u{0}", "line_break_"),
            ("<img onerror=x>.png", "_img onerror=x_.png"),
            ("Zoë's \"photo\" 絵.jpg", "Zoë's _photo_ 絵.jpg"),
            ("name. . ", "name"),
            ("\u{202f}.\u{202f}.", "file"),
            ("name.\u{a0}.\u{3000}", "name"),
            ("-rf", "_-rf"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("Lpt1 .log", "_Lpt1 .log"),
            ("COM²", "_COM²"),
            ("COM10", "COM10"),
            ("console.txt", "console.txt"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn a_path_stays_below_its_folder() {
        assert_eq!(safe_path("a/b c/d.txt"), "a/b c/d.txt");
        assert_eq!(safe_path("/../con/./C:\\x//y"), "file/file/_con/file/C__x/file/y");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let long = format!("{}.jpeg", "絵".repeat(200));
        let name = safe_name(&long);
        assert!(name.len() <= 255 && name.len() > 250, "{}", name.len());
        assert!(name.starts_with("絵絵") && name.ends_with("絵.jpeg"));
        assert_eq!(safe_name(&"x".repeat(300)), "x".repeat(255));
        assert_eq!(safe_name(&format!("-{}", "x".repeat(299))), format!("_-{}", "x".repeat(253)));
        let cut_at_a_dot = format!("{}. .{}", "x".repeat(252), "y".repeat(20));
        assert_eq!(safe_name(&cut_at_a_dot), "x".repeat(252));
        let cut_to_a_device = format!("COM5{}x", " ".repeat(300));
        assert_eq!(safe_name(&cut_to_a_device), "_COM5");
        let cut_to_nothing = format!("..{}x", " ".repeat(300));
        assert_eq!(safe_name(&cut_to_nothing), "file");
    }
}
