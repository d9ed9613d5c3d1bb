//! "What the bucket sees": everything that the operator of the storage can see of this vault, read
//! from the storage itself. `listed` has all of it, `compared` a file before and after encryption,
//! `requests` what this session asked for.

mod compared;
mod listed;
mod requests;

use std::rc::Rc;

use frond_view::dom::tag::{a, button, code, div, h1, h2, li, p, section, ul};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Signal, effect};

use crate::session::{Direction, Inventory, Overhead, StoredKind, StoredTotals};
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::run_here;
use crate::ui::page::title;
use crate::ui::page::vault::Vault;
use crate::ui::route::Route;

/// What was found.
#[derive(Clone)]
enum Look {
    Looking,
    Failed(&'static str),
    Found(Rc<Inventory>),
}

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    title::named("What the bucket sees");
    let (look, looks) = (Signal::new(Look::Looking), Signal::new(0_u32));
    effect(move || {
        looks.get();
        look.set(Look::Looking);
        let session = vault.session();
        run_here(async move {
            look.set(match session.inventory().await {
                Ok(found) => Look::Found(Rc::new(found)),
                Err(error) => Look::Failed(message::failed(error, Direction::Down)),
            });
        });
    });
    let status = move || match look.get() {
        Look::Looking => "Listing what is in storage…",
        Look::Failed(why) => why,
        Look::Found(_) => "",
    };
    let found = move || match look.get() {
        Look::Found(found) => Some(sections(app, vault, &found)),
        Look::Looking | Look::Failed(_) => None,
    };
    let again = button()
        .attr("type", "button")
        .live("aria-busy", move || look.with(|look| matches!(look, Look::Looking)).to_string())
        .on(event::CLICK, move |_| looks.update(|looks| *looks = looks.wrapping_add(1)))
        .child((icon(icon::RETRY), "Look again"));
    div().attr("class", "prose settings bucket").child((
        h1().attr("id", "title").attr("tabindex", "-1").child("What the bucket sees"),
        p().child((
            "The bucket is where your files are stored. Whoever runs it sees what is on this page \
             and no more: how many things lie there, how large they are, when they were written, \
             and bytes that look like noise. Names and contents are readable only in this tab. \
             What is known about you besides is in ",
            a().attr("href", Route::Server.href()).child("What the server sees"),
            ".",
        )),
        p().attr("role", "status").child(status),
        div().attr("class", "buttons").child(again),
        found,
    ))
}

fn sections(app: App, vault: Vault, found: &Rc<Inventory>) -> Element {
    let session = vault.session();
    let overhead = found.overhead(session.files().index().state());
    let chosen = Signal::new(None);
    div().child((
        section().attr("aria-label", "What is stored").child((
            h2().child("What is stored"),
            p().child((
                "All keys of your vault begin with ",
                code().child(found.prefix().as_str()),
                ", a random number. It does not name you, but everything below it is yours.",
            )),
            ul().attr("aria-label", "Kinds").child(
                found
                    .totals()
                    .into_iter()
                    .map(|(kind, totals)| line(kind, totals))
                    .collect::<Vec<_>>(),
            ),
            p().child(
                "The bucket also has one record for each of your passwords and recovery words, and \
                 one for each browser that is signed in.",
            ),
        )),
        section()
            .attr("aria-label", "Padding")
            .child((h2().child("Padding"), p().child(padding(overhead)))),
        listed::section_of(app, vault, found, chosen),
        compared::section_of(app, vault, chosen),
        requests::section_of(app, vault),
    ))
}

fn line(kind: StoredKind, totals: StoredTotals) -> Element {
    let StoredTotals { count, bytes } = totals;
    li().child(format!("{}, {}: {}", counted(kind, count), words::size(bytes), about(kind)))
}

fn counted(kind: StoredKind, count: usize) -> String {
    match kind {
        StoredKind::File => words::count(count, "file"),
        StoredKind::Change => words::count(count, "change"),
        StoredKind::Snapshot => words::count(count, "part") + " of summaries",
        StoredKind::Journal => words::count(count, "note") + " on unfinished uploads",
        StoredKind::Thumbnail => words::count(count, "thumbnail"),
        StoredKind::Segment => words::count(count, "part") + " of the search index",
    }
}

/// What the operator can tell from things of a kind.
fn about(kind: StoredKind) -> &'static str {
    match kind {
        StoredKind::File => "one object each, its size rounded up.",
        StoredKind::Change => {
            "one object each time you add, move, rename or delete something. Which of these, and \
             of which file, is encrypted."
        }
        StoredKind::Snapshot => "the changes so far, put together so that a new device reads less.",
        StoredKind::Journal => "they say how far an upload is, and go when it is done.",
        StoredKind::Thumbnail => {
            "small pictures of files, of three sizes only. Each names the file that it belongs to, \
             so that file is a picture, a video or a PDF. Settings can switch them off."
        }
        StoredKind::Segment => {
            "their sizes tell about how much text was indexed. Which words, and of which files, is \
             encrypted. Settings can switch the search in contents off."
        }
    }
}

/// What hiding costs, in a sentence.
fn padding(Overhead { plain, padding, stored }: Overhead) -> String {
    if plain == 0 {
        return "You have no files yet. The size of each will be rounded up, so that it does not \
                give away which file it is."
            .to_owned();
    }
    let more = stored.saturating_sub(plain);
    format!(
        "Your files have {}; in storage they take {}. That is {} or {} more: {} of zeros that hide \
         their exact sizes, and {} that encryption itself needs, for keys to be checked and every \
         byte to be verified.",
        words::size(plain),
        words::size(stored),
        words::size(more),
        per_cent(more, plain),
        words::size(padding),
        words::size(more.saturating_sub(padding)),
    )
}

/// A share in per cent, to one digit.
fn per_cent(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    format!("{}.{} %", tenths / 10, tenths % 10)
}
