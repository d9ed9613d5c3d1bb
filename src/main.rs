//! Composition root of the page: builds the adapters of the browser and passes a vault to the ui.

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
        notes::BrowserNotes, pdf, preview, save, script, service_worker, spool::BrowserSpool,
        store::BrowserStore, thumbnail::BrowserThumbnailer, webcrypto, worker::WorkerPool,
    };
    use frond::object::Geometry;
    use frond::port::{Clock, Entropy};
    use frond::session::{LockedVault, SnapshotLimits, World};
    use frond::ui;

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
        media: Rc::new(media::BrowserMedia::default()),
        pdf: Rc::new(pdf::BrowserPdf),
        paint: pdf::paint,
        thumbnailer: Rc::new(BrowserThumbnailer),
    })
    .await;
    script::ready();
    service_worker::register();
}

/// The page exists only in a browser; natively there is only the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
