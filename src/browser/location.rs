//! Where the page came from.

/// The page's URL up to its last `/`, without query or fragment; empty where there is no page.
#[must_use]
pub fn base_url() -> String {
    let location = web_sys::window().map(|window| window.location());
    let parts = location.and_then(|location| Some((location.origin().ok()?, location.pathname().ok()?)));
    let Some((origin, path)) = parts else { return String::new() };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{origin}{folder}/")
}
