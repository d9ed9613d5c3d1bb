//! Composition root: builds the adapters, hands a session to the ui.

fn main() {
    #[cfg(target_arch = "wasm32")]
    frond::ui::start();
}
