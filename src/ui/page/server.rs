//! What the server sees, and what it does not.

use frond_view::dom::View;
use frond_view::dom::tag::{code, div, h1, h2, li, p, strong, ul};

use crate::ui::page::title;

pub(super) fn screen() -> impl View {
    title::named("What the server sees");
    div().attr("class", "prose").child((
        h1().attr("id", "title").attr("tabindex", "-1").child("What the server sees"),
        p().child(
            "Files are encrypted in this tab before they leave it, and decrypted in it after they come back. Two parties are on \
             the way: the server that lets you in, and the storage that holds your files. This is all they get.",
        ),
        h2().child("What nobody but you sees"),
        ul().child((
            li().child("What is in your files, what they are called, which folders they are in, and of which type they are."),
            li().child("Your password, your username, and every key made from them."),
        )),
        h2().child("What the storage sees"),
        ul().child((
            li().child("How many locked objects you have, and when each was stored, fetched or deleted."),
            li().child(
                "Roughly how large each is. Sizes are padded, so that many files look alike; a size is told within some \
                 per cent.",
            ),
            li().child("That objects belong to one account, by a random number, and the address of your connection."),
            li().child((
                "For each way of signing in, one locked record. Whoever holds it can try passwords on machines of their own. ",
                strong().child("Only a password that nobody can guess withstands that."),
            )),
        )),
        h2().child("What the server that lets you in sees"),
        ul().child((
            li().child("A number made from your username and password, from which neither can be read back, and a public key."),
            li().child("Which objects you ask to store or fetch, their padded sizes, when, and the address of your connection."),
            li().child(
                "For each browser in which you are signed in, when it was last used, and a random half of what encrypts the \
                 keys in that browser. Half of it opens nothing. When you lock, it is deleted.",
            ),
            li().child("No file: those go straight between this tab and the storage."),
        )),
        h2().child("What they could do, and what happens then"),
        ul().child((
            li().child((strong().child("Change, cut or swap a file. "), "It is not opened, and you are told which one.")),
            li().child((
                strong().child("Hide files, or show an old list. "),
                "A device that saw more before stops changing anything and says so. A new device cannot know: compare the \
                 code in Settings.",
            )),
            li().child((strong().child("Delete files. "), "That can be seen, but not undone from here. SessionKeyStore a copy elsewhere.")),
            li().child((
                strong().child("Send another page. "),
                "This page is itself sent by a server. Whoever controls that server can send one that betrays you, the next \
                 time you load it.",
            )),
        )),
        h2().child("What it is made of"),
        p().child((
            "Everything locked is a Fernet token (AES-128-CBC and HMAC-SHA256), or a row of them, so any Fernet library opens \
             it with your key. Passwords become keys by PBKDF2-HMAC-SHA256 with 1,200,000 rounds, which costs an attacker time \
             but little memory. The whole format is in ",
            code().child("docs/FORMAT.md"),
            ".",
        )),
    ))
}
