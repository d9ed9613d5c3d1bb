//! Archives of any size, without their content on the disk: a file with holes where it would be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::process::Command;

use proptest::prelude::*;
use rawzip::Crc32Option;
use tempfile::NamedTempFile;

use super::{FAR, MANY, Written, Zip, length};
use crate::bytes::Bytes;

/// Written at once; memory that nobody touches, as no checksum is made of it.
const ZEROS: usize = 256 << 20;

/// Names as archives have them: safe ones.
const NAMES: &str = "[a-z0-9é絵 ]{0,30}[a-z絵](/[a-z絵~]{1,9})?";

/// Writes an archive of zeros to a file with holes; `crc` as for `rawzip`.
fn sparse(files: &[(String, u64)], crc: Crc32Option) -> NamedTempFile {
    let zeros = Bytes::from(vec![0; ZEROS]);
    let mut file = NamedTempFile::new().unwrap();
    let (mut zip, written) = Zip::new();
    for (name, size) in files {
        let mut entry = zip.entry(name, 0, crc).unwrap();
        records(file.as_file_mut(), &written);
        let mut left = *size;
        while left > 0 {
            let some = left.min(u64::try_from(ZEROS).unwrap());
            entry.write(zeros.cut(0..usize::try_from(some).unwrap()).unwrap());
            written.take();
            left -= some;
        }
        file.seek(SeekFrom::Current(i64::try_from(*size).unwrap())).unwrap();
        entry.end().unwrap();
        records(file.as_file_mut(), &written);
    }
    zip.finish().unwrap();
    records(file.as_file_mut(), &written);
    file
}

fn records(file: &mut File, written: &Written) {
    file.write_all(&written.take().bytes()).unwrap();
}

/// What Python's `zipfile` says of an archive.
fn python(archive: &NamedTempFile, program: &str) -> String {
    let program = format!("import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); {program}");
    let output =
        Command::new("python3").args(["-c", &program]).arg(archive.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn announced(files: &[(String, u64)]) -> u64 {
    length(files.iter().map(|(name, size)| (name.as_str(), *size)))
}

fn is_exact(files: &[(String, u64)]) {
    let archive = sparse(files, Crc32Option::Skip);
    assert_eq!(announced(files), archive.as_file().metadata().unwrap().len());
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..1000_u64, 4 => FAR - 3..FAR + 3, 2 => FAR / 3..FAR, 1 => FAR..1 << 38]
}

proptest! {
    #[test]
    fn the_length_is_known_before(files in prop::collection::vec((NAMES, size()), 0..6)) {
        is_exact(&files);
    }

    /// The second header, and then the directory, begin around 4 GiB.
    #[test]
    fn the_length_is_known_before_around_4_gib(less in 0..200_u64) {
        is_exact(&[("a".to_owned(), FAR - less), ("b".to_owned(), 1)]);
    }
}

#[test]
fn python_reads_more_than_4_gib() {
    let files = [("large", 5 << 30), ("after", 3), ("larger", 9 << 30)]
        .map(|(name, size)| (name.to_owned(), size));
    let archive = sparse(&files, Crc32Option::Skip);
    let sizes = "print([(i.filename, i.file_size, i.compress_size) for i in z.infolist()])";
    let said = python(&archive, sizes);
    let large = "('large', 5368709120, 5368709120), ('after', 3, 3)";
    assert_eq!(said, format!("[{large}, ('larger', 9663676416, 9663676416)]"));
    // No checksum was made; what is read of it lies beyond the first entry's 5 GiB.
    assert_eq!(
        python(&archive, "f = z.open('after'); f._expected_crc = None; print(f.read())"),
        r"b'\x00\x00\x00'"
    );
}

#[test]
fn python_reads_more_than_65_535_files() {
    for count in [MANY - 1, MANY, MANY + 5] {
        let files: Vec<_> = (0..count).map(|i| (format!("folder {}/{i}", i % 7), i % 3)).collect();
        let archive = sparse(&files, Crc32Option::Calculate);
        assert_eq!(announced(&files), archive.as_file().metadata().unwrap().len());
        let said = python(&archive, "print(len(z.namelist()), z.namelist()[-1], z.testzip())");
        let last = files.last().unwrap();
        assert_eq!(said, format!("{count} {} None", last.0));
    }
}
