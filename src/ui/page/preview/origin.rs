//! Where previewed files come from: a list of the vault, or a link.

use std::ops::Range;
use std::rc::Rc;

use futures_util::stream::Stream;

use crate::bytes::Bytes;
use crate::catalog::{FileRow, Row, RowId};
use crate::object::ObjectId;
use crate::port::RangeRequest;
use crate::text::message;
use crate::transfer::{Progress, TransferError};
use crate::ui::page::app::App;
use crate::ui::page::list::List;
use crate::ui::page::shared::Shared;
use crate::ui::page::vault::Vault;

/// One of the two.
#[derive(Clone)]
pub(in crate::ui::page) enum Origin {
    /// A list of the vault.
    List(Box<(Vault, List)>),
    /// The files of a link.
    Shared(Shared),
}

/// The files beside one of them.
#[derive(Default, PartialEq)]
pub(super) struct Near {
    pub previous: Option<Rc<FileRow>>,
    pub next: Option<Rc<FileRow>>,
}

impl Origin {
    pub(super) fn near(&self, file: Option<&FileRow>) -> Near {
        let Some(file) = file else { return Near::default() };
        match self {
            Self::List(of) => {
                let list = of.1;
                let (previous, next) = list.beside(file.id);
                let row = |id: Option<RowId>| match list.row(&id?)? {
                    Row::File(file) => Some(file),
                    Row::Folder { .. } => None,
                };
                Near { previous: row(previous), next: row(next) }
            }
            Self::Shared(shared) => {
                let rows = shared.files.rows();
                let at = rows.iter().position(|row| row.id == file.id);
                let row = |at: Option<usize>| rows.get(at?).cloned();
                Near {
                    previous: row(at.and_then(|at| at.checked_sub(1))),
                    next: row(at.and_then(|at| at.checked_add(1))),
                }
            }
        }
    }

    pub(super) fn download(&self, app: App, file: &FileRow) {
        match self {
            Self::List(of) => {
                if let Err(error) = of.0.session().transfers().download(file.id) {
                    app.warn(message::change(error));
                }
            }
            Self::Shared(shared) => shared.download(file),
        }
    }

    /// The vault, where thumbnails of its files are kept.
    pub(super) fn vault(&self) -> Option<Vault> {
        match self {
            Self::List(of) => Some(of.0),
            Self::Shared(_) => None,
        }
    }

    pub(super) async fn read(
        &self,
        id: ObjectId,
        range: Range<u64>,
        told: impl Fn(Progress) + 'static,
    ) -> Result<Bytes, TransferError> {
        match self {
            Self::List(of) => of.0.session().files().read(id, range, told).await,
            Self::Shared(shared) => shared.files.read(id, range, told).await,
        }
    }

    pub(super) async fn serve(
        &self,
        id: ObjectId,
        requests: impl Stream<Item = RangeRequest> + Unpin,
        told: impl Fn(Progress) + 'static,
    ) -> Result<(), TransferError> {
        match self {
            Self::List(of) => of.0.session().files().serve(id, requests, told).await,
            Self::Shared(shared) => shared.files.serve(id, requests, told).await,
        }
    }
}
