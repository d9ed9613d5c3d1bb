//! What holds for the vault as a whole: doubts, trouble, what only this device has.

use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;
use crate::ui::{message, words};
use frond_view::dom::View;
use frond_view::dom::tag::{div, p, span, strong};

pub(super) fn view(vault: Vault) -> impl View {
    let doubts = move || {
        let doubts = vault.doubts.get();
        (!doubts.is_empty()).then(|| {
            let sentences: Vec<_> =
                doubts.into_iter().map(|doubt| format!("{} ", message::doubt(doubt))).collect();
            div().attr("class", "notice bad").attr("role", "alert").child((
                icon(icon::WARNING),
                div().child((
                    p().child(strong().child("This vault is read-only.")),
                    p().child((sentences, message::READ_ONLY)),
                    p().child((
                        "Code of this device: ",
                        span().attr("class", "mono").child(move || vault.code.get()),
                    )),
                )),
            ))
        })
    };
    let quiet = move || {
        let trouble = vault.trouble.get();
        let unsaved = vault.unsaved.get();
        let files = vault.only_here.get();
        let wait = match (files, unsaved) {
            (0, 0) => None,
            (0, changes) => Some(words::count(changes, "change")),
            (files, _) => Some(words::count(files, "file")),
        };
        let wait = wait.map(|what| format!("{what} only on this device."));
        (trouble.is_some() || wait.is_some()).then(|| {
            div().attr("class", "notice wait").child((
                icon(icon::WAITING),
                p().child((
                    wait.map(|words| strong().child(format!("{words} "))),
                    trouble.map(message::trouble),
                )),
            ))
        })
    };
    (doubts, div().attr("role", "status").attr("aria-live", "polite").child(quiet))
}
