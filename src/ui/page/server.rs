//! What the server can and cannot see.

use frond_view::dom::View;
use frond_view::dom::tag::{a, code, div, h1, h2, li, p, strong, ul};

use crate::ui::page::title;
use crate::ui::route::Route;

/// With a link to what it sees of the vault, if that is open.
pub(super) fn screen(is_open: bool) -> impl View {
    title::named("What the server sees");
    div().attr("class", "prose").child((
        h1().attr("id", "title").attr("tabindex", "-1").child("What the server sees"),
        p().child(
            "Files are encrypted in this tab before they leave it and decrypted after they come \
             back. Two parties are involved: the server that signs you in and the storage that \
             holds your files. This is everything they can see.",
        ),
        h2().child("What only you can see"),
        ul().child((
            li().child("The contents of your files, their names, folders and types."),
            li().child("Your password, your username and every key derived from them."),
        )),
        h2().child("What the storage sees"),
        ul().child((
            li().child(
                "How many encrypted objects you have, and when each was stored, fetched or \
                 deleted.",
            ),
            li().child(
                "Roughly how large each one is. Sizes are padded so that many files look alike, \
                 but they still show the size to within a few per cent.",
            ),
            li().child(
                "Which objects belong to the same account, identified by a random number, and your \
                 IP address.",
            ),
            li().child(
                "Which files have a thumbnail, so that they are pictures, videos or PDF files. \
                 Settings can switch thumbnails off.",
            ),
            li().child((
                "One encrypted record for each way of signing in. Whoever holds it can try out \
                 passwords on their own machines. ",
                strong().child("Only a password that nobody can guess protects you from that."),
            )),
        )),
        (
            is_open.then(|| {
                p().child((
                    a().attr("href", Route::Bucket.href()).child("What the bucket sees"),
                    " shows all of that, from the storage itself.",
                ))
            }),
            h2().child("What the sign-in server sees"),
        ),
        ul().child((
            li().child(
                "A number derived from your username and password, from which neither can be read \
                 back, and a public key.",
            ),
            li().child(
                "Which objects you store or fetch, their padded sizes, when you do so, and your IP \
                 address.",
            ),
            li().child(
                "For each browser in which you are signed in, when it was last used, and a random \
                 secret that is one of two needed to decrypt the keys in that browser. It opens \
                 nothing by itself, and locking the vault deletes it.",
            ),
            li().child("None of your files: they go straight between this tab and the storage."),
        )),
        h2().child("What they could do, and what would happen"),
        ul().child((
            li().child((
                strong().child("Change, truncate or swap a file. "),
                "Frond doesn't open it, and tells you which one it is.",
            )),
            li().child((
                strong().child("Hide files or show an old list. "),
                "A device that has seen more says so and stops changing anything. A new device \
                 can't know: compare the list fingerprint in Settings.",
            )),
            li().child((
                strong().child("Delete files. "),
                "You would notice, but Frond can't undo it. Keep a copy elsewhere.",
            )),
            li().child((
                strong().child("Send a different page. "),
                "This page itself comes from a server. Whoever controls that server could send one \
                 that gives your password away the next time you load it.",
            )),
        )),
        h2().child("How it works"),
        p().child((
            "Everything is encrypted as Fernet tokens (AES-128-CBC and HMAC-SHA256), so any Fernet \
             library can decrypt it with your key. Keys are derived from passwords by \
             PBKDF2-HMAC-SHA256 with 1,200,000 iterations, which costs an attacker time but little \
             memory. The whole format is described in ",
            code().child("docs/FORMAT.md"),
            ".",
        )),
    ))
}
