//! The page's URL, and the deployment that it was built for.

/// The page's URL up to its last `/`, without query or fragment; empty outside a page.
#[must_use]
pub fn base_url() -> String {
    let location = web_sys::window().map(|window| window.location());
    let parts =
        location.and_then(|location| Some((location.origin().ok()?, location.pathname().ok()?)));
    let Some((origin, path)) = parts else { return String::new() };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{origin}{folder}/")
}

/// The deployment configured in this page by its operator (`<meta name="frond-deployment">`), if
/// any.
#[must_use]
pub fn deployment() -> Option<String> {
    let document = web_sys::window()?.document()?;
    let meta = document.query_selector("meta[name=frond-deployment]").ok()??;
    meta.get_attribute("content").filter(|name| !name.is_empty())
}
