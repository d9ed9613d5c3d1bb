//! What a bucket may do with the journal's pages (threat T33).

use super::*;

/// The bucket shows one page under nine hundred numbers: an upload of four parts has at most four.
#[test]
fn a_page_counts_in_its_own_place_only() {
    let file = File::new(LARGE, 0);
    let first_page = |fake: &FakeDevice| {
        let journals = fake.store.journals.borrow();
        let ((object, part), page) = journals.iter().next().unwrap();
        (object.clone(), *part, page.clone())
    };

    let fake = half_sent(&file);
    let (object, _, page) = first_page(&fake);
    for part in 1..=900 {
        fake.store.journals.borrow_mut().insert((object.clone(), part), page.clone());
    }
    fake.store.seen.borrow_mut().clear();
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    let fetched = fake.store.count("get-journal");
    assert!(fetched <= 4, "{fetched} pages of four parts");
    assert!(
        fake.store.count("upload-part") <= 3,
        "what the page says in its own place still counts"
    );

    // In another place it says nothing: its part is sent again.
    let fake = half_sent(&file);
    let (object, part, page) = first_page(&fake);
    fake.store.journals.borrow_mut().clear();
    fake.store.journals.borrow_mut().insert((object, part % 4 + 1), page);
    fake.store.seen.borrow_mut().clear();
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    assert_eq!(fake.store.count("upload-part"), 4);
}
