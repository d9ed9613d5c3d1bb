//! Composition root of the page: builds the adapters of the browser and passes a vault to the ui.
//!
//! `#[wasm_split(NAME, …)]` makes a function the entrance of the module NAME: what the program
//! reaches only through it is put there, and fetched with it (tools/split.mjs). The function becomes
//! `async`.

#[cfg(target_arch = "wasm32")]
use {
    frond::session::Session,
    frond::ui::{self, App, Part, Screen},
    frond_view::dom::Drawn,
    futures_util::FutureExt,
    wasm_split_helpers::{SplitLoaderError as NotLoaded, wasm_split},
};

#[cfg(target_arch = "wasm32")]
fn main() {
    wasm_bindgen_futures::spawn_local(page());
}

#[cfg(target_arch = "wasm32")]
async fn page() {
    use std::rc::Rc;

    use frond::browser::{
        clock::BrowserClock, dropped, entropy::SystemEntropy, file, handles::BrowserHandles,
        http::BrowserHttp, keys::BrowserKeys, location, media, meter::BrowserMeter,
        notes::BrowserNotes, pdf, preview, save, script, search, service_worker,
        spool::BrowserSpool, store::BrowserStore, thumbnail::BrowserThumbnailer, webcrypto,
        worker::WorkerPool,
    };
    use frond::object::Geometry;
    use frond::port::{Clock, Entropy};
    use frond::session::{LockedVault, SnapshotLimits, World};

    /// The database of this origin.
    const DATABASE: &str = "frond";

    let clock: Rc<dyn Clock> = Rc::new(BrowserClock);
    let entropy: Rc<dyn Entropy> = Rc::new(SystemEntropy::new());
    let locked = LockedVault::new(Rc::new(World {
        http: Rc::new(BrowserHttp),
        clock: Rc::clone(&clock),
        entropy: Rc::clone(&entropy),
        cipher: webcrypto::engine().await,
        store: Rc::new(BrowserStore::new(DATABASE)),
        keys: Rc::new(BrowserKeys::new(DATABASE)),
        notes: Rc::new(BrowserNotes::new(DATABASE)),
        session_seconds: None,
        runner: Rc::new(WorkerPool::new()),
        spool: Rc::new(BrowserSpool),
        handles: Rc::new(BrowserHandles::new(DATABASE)),
        geometry: Geometry::FORMAT_1,
        snapshots: SnapshotLimits::DEFAULT,
        search: Some(Rc::new(search::BrowserSearch::default())),
        meter: Rc::new(BrowserMeter::default()),
        base_url: location::base_url(),
        deployment: location::deployment(),
    }));
    ui::start(ui::PagePorts {
        locked,
        entropy,
        clock,
        sources: file::sources,
        dropped: dropped::dropped,
        previewer: Rc::new(preview::BrowserPreviewer),
        image: preview::image,
        save: save::save_bytes,
        folders: Rc::new(save::BrowserFolders),
        media: Rc::new(media::BrowserMedia::default()),
        pdf: Rc::new(pdf::BrowserPdf),
        paint: pdf::paint,
        thumbnailer: Rc::new(BrowserThumbnailer),
        vault: Part {
            load: || load_vault().map(|loaded| loaded.is_ok()).boxed_local(),
            draw: |app, session| vault(app, session).now_or_never()?.ok(),
        },
        screens: Part {
            load: || load_screens().map(|loaded| loaded.is_ok()).boxed_local(),
            draw: |app, screen| screens(app, screen).now_or_never()?.ok(),
        },
    })
    .await;
    script::ready();
    // What comes next: over a slow line it arrives while the form is filled in, and the service
    // worker, which fetches what is left, does not delay it. A failure shows when it is needed.
    let _ = load_vault().await;
    service_worker::register();
}

#[cfg(target_arch = "wasm32")]
#[wasm_split(vault, fallible, preload(load_vault))]
fn vault(app: App, session: Session) -> Result<Drawn, NotLoaded> {
    Ok(ui::open(app, session))
}

#[cfg(target_arch = "wasm32")]
#[wasm_split(screens, fallible, preload(load_screens))]
fn screens(app: App, screen: Screen) -> Result<Drawn, NotLoaded> {
    Ok(ui::draw(app, screen))
}

/// The page exists only in a browser; natively there is only the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
