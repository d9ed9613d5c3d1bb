//! What the vault deletes by itself, on devices that die meanwhile or do it at the same time.

use frond::catalog::Retention;
use frond::object::ObjectId;

use super::*;

const DAY: u64 = 86_400_000;
const LIMITS: Retention = Retention { versions: Some(1), version_days: None, trash_days: Some(30) };

/// A vault on two devices, of which the limits delete the oldest of three versions, and of two
/// files in the trash the one that has been there for longer.
struct Vault {
    tabs: [Rc<Tab>; 2],
    oldest: ObjectId,
    /// Objects that must stay: the current version, the one before, and the file that was put into
    /// the trash a day ago.
    kept: Vec<ObjectId>,
}

impl Vault {
    async fn new(people: &mut People) -> Self {
        let other = joins(people, "other");
        let tabs = [Rc::clone(&people.tabs[0]), other];
        let tab = &tabs[0];
        for size in [20_000, 5, 6] {
            people.add_one(tab, size);
        }
        until(people, || shows(tab, |view| view.files.len() == 3 && view.unsaved == 0)).await;
        let [oldest, old, young] = [0, 1, 2].map(|number| row(tab, number).unwrap().id);
        let mut kept = vec![young];
        for _ in 0..2 {
            kept.push(add_version(people, tab).await);
        }
        let files = tab.session().unwrap();
        files.files().trash(old).await.unwrap();
        people.net.executor.jump(31 * DAY);
        files.files().trash(young).await.unwrap();
        people.net.executor.jump(DAY);
        // Until it has read the list, a device shows what the other deletes.
        for number in [0, 1] {
            people.model.added.borrow_mut().get_mut(&number).unwrap().unwanted = true;
        }
        files.files().set_retention(LIMITS).await.unwrap();
        let knows = |tab: &Rc<Tab>| {
            let session = tab.session();
            session.is_some_and(|session| session.files().retention() == LIMITS)
        };
        until(people, || tabs.iter().all(knows)).await;
        Self { tabs, oldest, kept }
    }

    /// Begins to delete in this tab.
    fn delete(&self, tab: usize) {
        let session = self.tabs[tab].session().unwrap();
        // Where it waits for the bucket, the session tries again.
        self.tabs[tab].run(async move {
            let _ = session.files().delete_due().await;
        });
    }

    /// Both devices, reopened where they died, come to have deleted what is due and nothing else.
    async fn is_tidied(&self, people: &People) {
        let is_done = |tab: &Rc<Tab>| {
            if !tab.lives() {
                tab.open();
            }
            tab.session().is_some_and(|session| {
                let view = session.look();
                let is_saved = view.listed && view.unsaved == 0 && view.trash.len() == 1;
                is_saved && session.files().due(&LIMITS).is_empty()
            })
        };
        until(people, || self.tabs.iter().all(is_done)).await;
        for tab in &self.tabs {
            let session = tab.session().unwrap();
            let view = session.look();
            let versions = view.files.iter().flat_map(|row| session.files().versions(&row.id));
            let rows = view.files.iter().chain(&view.trash).cloned().chain(versions);
            let mut there: Vec<_> = rows.map(|row| row.id).collect();
            let mut kept = self.kept.clone();
            there.sort();
            kept.sort();
            assert_eq!(there, kept, "{}", tab.name);
        }
        let objects = || {
            let mut objects = people.net.bucket.keys("objects/");
            objects.sort();
            objects
        };
        let mut kept: Vec<_> = self.kept.iter().map(ToString::to_string).collect();
        kept.sort();
        // An object goes after the event that says so.
        until(people, || objects() == kept).await;
    }
}

fn row(tab: &Tab, number: u64) -> Option<FileRow> {
    let files = tab.session()?.look().files;
    files.into_iter().find(|row| crate::source::number(&row.media_type) == number)
}

/// File 0 was changed and is added again.
async fn add_version(people: &People, tab: &Tab) -> ObjectId {
    let file = Rc::clone(&people.model.added.borrow()[&0].file);
    file.sly.set(false);
    file.version.set(file.version.get() + 1);
    let before = row(tab, 0).unwrap().id;
    let source = file.pick().unwrap();
    tab.session().unwrap().transfers().add_versions(vec![source]).unwrap();
    let is_newer = || row(tab, 0).is_some_and(|row| row.id != before);
    until(people, || is_newer() && shows(tab, |view| view.unsaved == 0)).await;
    row(tab, 0).unwrap().id
}

/// Whenever a device dies while it deletes, what is due goes, and nothing else.
#[test]
fn a_device_that_dies_while_it_deletes_goes_on() {
    let (killed, finished) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    for polls in (1..400).step_by(6) {
        let (killed, finished) = (Rc::clone(&killed), Rc::clone(&finished));
        history(async move |people| {
            let vault = Vault::new(people).await;
            vault.delete(0);
            vault.tabs[0].doom(polls);
            // It has died, or deleted all that was due.
            until(people, || {
                let session = vault.tabs[0].session();
                session.is_none_or(|session| {
                    session.files().due(&LIMITS).is_empty() && session.view().unsaved == 0
                })
            })
            .await;
            let ended = if vault.tabs[0].lives() { &finished } else { &killed };
            ended.set(ended.get() + 1);
            vault.is_tidied(people).await;
        });
    }
    let (killed, finished) = (killed.get(), finished.get());
    assert!(killed > 10 && finished > 2, "{killed} died and {finished} did not");
}

/// Two devices delete the same at the same time, one of them a little later, and dies of it.
#[test]
fn two_devices_that_delete_the_same_end_with_one_list() {
    for after in (0..400).step_by(20) {
        for dies in [None, Some(20), Some(60)] {
            history(async move |people| {
                people.net.weather.latency.set(40);
                let vault = Vault::new(people).await;
                vault.delete(0);
                people.net.executor.sleep(after).await;
                vault.delete(1);
                if let Some(polls) = dies {
                    vault.tabs[1].doom(polls);
                }
                vault.is_tidied(people).await;
            });
        }
    }
}

/// A person makes an older version current again while another device deletes it: the version may
/// be gone, but not the file.
#[test]
fn a_version_that_is_restored_while_it_is_deleted_takes_nothing_with_it() {
    for after in (0..400).step_by(20) {
        history(async move |people| {
            people.net.weather.latency.set(40);
            let vault = Vault::new(people).await;
            vault.delete(0);
            people.net.executor.sleep(after).await;
            let (session, oldest) = (vault.tabs[1].session().unwrap(), vault.oldest);
            vault.tabs[1].run(async move {
                // Too late, where it is gone.
                let _ = session.files().restore_version(oldest).await;
            });
            let is_settled = |tab: &Rc<Tab>| {
                tab.session().is_some_and(|session| {
                    session.files().due(&LIMITS).is_empty() && session.view().unsaved == 0
                })
            };
            until(people, || vault.tabs.iter().all(is_settled)).await;
            for tab in &vault.tabs {
                let current = row(tab, 0).unwrap();
                let stored = people.net.bucket.object(&current.id.to_string());
                assert!(stored.is_some(), "{} shows a file without its object", tab.name);
                assert!(current.id == oldest || vault.kept.contains(&current.id));
            }
        });
    }
}
