//! The dialog that deletes the account, once its password is entered.

use frond_view::dom::tag::{button, div, form, p};
use frond_view::dom::{Element, Ref, before_paint, event};
use frond_view::reactive::{Memo, Signal};
use frond_wire::LoginKind;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use crate::catalog::Usage;
use crate::secret::Password;
use crate::session::{LoginError, Proof};
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Modal;
use crate::ui::page::entry::Submission;
use crate::ui::page::field;
use crate::ui::page::vault::Vault;

pub(super) fn ask(app: App, vault: Vault) -> Element {
    let (modal, submission) = (Modal::new(), Submission::new());
    let password = Ref::<HtmlInputElement>::new();
    // The number of objects deleted so far, once some were.
    let deleted = Signal::new(None::<u64>);
    // Whether a part of the account may be deleted.
    let is_cut = Signal::new(false);
    before_paint(move || field::select(password));
    let leave = move || {
        vault.dialog.set(None);
        if is_cut.get_untracked() {
            app.lock(vault.session(), Some(message::login(&LoginError::HalfDeleted)));
        }
    };
    // Whether one of the account's passkeys may take the place of the password.
    let has_passkey = Signal::new(false);
    let session = vault.session();
    spawn_local(async move {
        let rows = session.logins().list().await.unwrap_or_default();
        has_passkey.set(rows.iter().any(|row| row.kind == LoginKind::Passkey));
    });
    let delete = move |typed: Option<Password>| {
        let session = vault.session();
        submission.run(async move {
            let (passkeys, counted) = (app.passkeys(), |objects| deleted.set(Some(objects)));
            let proof = match &typed {
                Some(password) => Proof::Password(password),
                None => Proof::Passkey(&*passkeys),
            };
            let why = session.delete_account(proof, &counted).await.err()?;
            is_cut.set(why == LoginError::HalfDeleted);
            if vault.dialog.try_get().is_some_and(|dialog| dialog.is_none()) {
                leave();
            }
            field::select(password);
            Some(message::login(&why))
        });
    };
    let submit = move || {
        let typed = Password::new(field::value(password));
        // EXPOSE: only whether it is empty.
        if typed.expose().is_empty() {
            submission.refuse(message::NO_CURRENT_PASSWORD);
            return field::select(password);
        }
        delete(Some(typed));
    };
    let by_passkey = move || {
        has_passkey.get().then(|| {
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, submission.on(move || delete(None)))
                .child("Delete with a passkey")
        })
    };
    let progress = Memo::new(move || match (submission.busy.get(), deleted.get()) {
        (false, _) => String::new(),
        (true, None) => "Deleting…".to_owned(),
        (true, Some(objects)) => format!("Deleting… {objects} objects deleted."),
    });
    let asked = form().attr("class", "asked").attr("novalidate", true);
    let content = asked.on(event::SUBMIT, submission.on(submit)).child((
        p().child(lost(vault)),
        p().child(
            "All devices are signed out, and no login opens the vault any more. Nobody can bring \
                 anything back.",
        ),
        field::current_password("deletes-account", password),
        submission.alert(),
        p().attr("class", "status").attr("role", "status").child(move || progress.get()),
        div().attr("class", "buttons").child((
            modal.cancel(),
            by_passkey,
            submission.button("Delete account", "destructive"),
        )),
    ));
    modal.view("delete-account", "Delete this account?", leave, content)
}

/// What is lost, in one sentence.
pub(super) fn lost(vault: Vault) -> String {
    let all = Usage::of(&vault.session().files().index(), |_| ()).all();
    format!(
        "This deletes {} ({}), older versions and the trash included.",
        words::count(all.files, "file"),
        words::size(all.bytes)
    )
}
