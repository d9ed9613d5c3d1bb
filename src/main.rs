//! Composition root of the page: builds the adapters of the browser and passes a vault to the ui.
//!
//! `#[wasm_split(NAME, …)]` makes a function the entrance of the module NAME: what the program
//! reaches only through it is put there, and fetched with it (tools/split.mjs). The function
//! becomes `async`.

#[cfg(target_arch = "wasm32")]
use {
    frond::browser::late::Adapters,
    frond::session::Session,
    frond::ui::{self, Action, App, Background, LazyModule, Screen},
    frond_view::dom::Drawn,
    futures_util::future::{FutureExt, LocalBoxFuture, join4},
    std::rc::Rc,
    wasm_split_helpers::{SplitLoaderError as NotLoaded, wasm_split},
};

#[cfg(target_arch = "wasm32")]
fn main() {
    wasm_bindgen_futures::spawn_local(page());
}

#[cfg(target_arch = "wasm32")]
async fn page() {
    use frond::browser::{
        clock::BrowserClock, dropped, entropy::SystemEntropy, file, handles::BrowserHandles,
        http::BrowserHttp, keys::BrowserKeys, late::Late, location, notes::BrowserNotes, passkeys,
        pdf, preview, save, script, service_worker, spool::BrowserSpool, store::BrowserStore,
        webcrypto,
    };
    use frond::object::Geometry;
    use frond::port::{Clock, Entropy};
    use frond::session::{LockedVault, SnapshotLimits, World};
    use frond::software::Software;

    /// The database of this origin.
    const DATABASE: &str = "frond";

    let clock: Rc<dyn Clock> = Rc::new(BrowserClock);
    let late = Rc::new(Late::new(|| adapters().map(Result::ok).boxed_local()));
    let entropy: Rc<dyn Entropy> = Rc::new(SystemEntropy::new());
    let locked = LockedVault::new(Rc::new(World {
        http: Rc::new(BrowserHttp),
        clock: Rc::clone(&clock),
        entropy: Rc::clone(&entropy),
        cipher: webcrypto::engine(Rc::new(Software)).await,
        store: Rc::new(BrowserStore::new(DATABASE)),
        keys: Rc::new(BrowserKeys::new(DATABASE)),
        notes: Rc::new(BrowserNotes::new(DATABASE)),
        session_seconds: None,
        runner: late.clone(),
        spool: Rc::new(BrowserSpool),
        handles: Rc::new(BrowserHandles::new(DATABASE)),
        geometry: Geometry::FORMAT_1,
        snapshots: SnapshotLimits::DEFAULT,
        search: Some(late.clone()),
        meter: late.clone(),
        base_url: location::base_url(),
        deployment: location::deployment(),
    }));
    ui::start(ui::PagePorts {
        locked,
        link: script::take_link,
        entropy,
        clock,
        sources: file::sources,
        dropped: dropped::dropped,
        previewer: late.clone(),
        image: preview::image,
        save: save::save_bytes,
        folders: late.clone(),
        media: late.clone(),
        pdf: late.clone(),
        paint: pdf::paint,
        thumbnailer: late.clone(),
        passkeys: late,
        has_passkeys: || passkeys::are_there().boxed_local(),
        vault: LazyModule {
            load: || load_vault().map(|loaded| loaded.is_ok()).boxed_local(),
            enter: |app, session| vault(app, session).now_or_never()?.ok(),
        },
        screens: LazyModule {
            load: || later().boxed_local(),
            enter: |app, screen| screens(app, screen).now_or_never()?.ok(),
        },
        actions: LazyModule {
            load: || later().boxed_local(),
            enter: |app, action| act(app, action).now_or_never()?.ok(),
        },
        background: LazyModule {
            load: || later().boxed_local(),
            enter: |app, vault| work(app, vault).now_or_never()?.ok(),
        },
    })
    .await;
    script::ready();
    // What comes next: over a slow line it arrives while the form is filled in, and the service
    // worker, which fetches what is left, does not delay it. A failure shows when it is needed.
    let _ = load_vault().await;
    service_worker::register();
}

/// Fetches the module `screens`; whether all its entrances are ready.
#[cfg(target_arch = "wasm32")]
async fn later() -> bool {
    let entrances = join4(load_screens(), load_act(), load_work(), load_adapters());
    let (screens, act, work, adapters) = entrances.await;
    screens.is_ok() && act.is_ok() && work.is_ok() && adapters.is_ok()
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

#[cfg(target_arch = "wasm32")]
#[wasm_split(screens, fallible, preload(load_act))]
fn act(app: App, action: Action) -> Result<(), NotLoaded> {
    ui::run(app, action);
    Ok(())
}

#[cfg(target_arch = "wasm32")]
#[wasm_split(screens, fallible, preload(load_adapters))]
fn adapters() -> Result<Adapters, NotLoaded> {
    use frond::browser::{
        media::BrowserMedia, meter::BrowserMeter, passkeys::BrowserPasskeys, pdf::BrowserPdf,
        preview::BrowserPreviewer, save::BrowserFolders, search::BrowserSearch,
        thumbnail::BrowserThumbnailer, worker::WorkerPool,
    };

    Ok(Adapters {
        runner: Rc::new(WorkerPool::new()),
        search: Rc::new(BrowserSearch::default()),
        previewer: Rc::new(BrowserPreviewer),
        folders: Rc::new(BrowserFolders),
        media: Rc::new(BrowserMedia::default()),
        pdf: Rc::new(BrowserPdf),
        thumbnailer: Rc::new(BrowserThumbnailer),
        meter: Rc::new(BrowserMeter::default()),
        passkeys: Rc::new(BrowserPasskeys),
    })
}

#[cfg(target_arch = "wasm32")]
#[wasm_split(screens, fallible, preload(load_work))]
fn work(app: App, vault: Background) -> Result<LocalBoxFuture<'static, ()>, NotLoaded> {
    Ok(ui::work(app, vault))
}

/// The page exists only in a browser; natively there is only the library.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
