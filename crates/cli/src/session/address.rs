//! The page's address, as users type it.

use std::net::IpAddr;

use reqwest::Url;

use crate::failure::Failure;

/// Parses the page's address: `https` unless a scheme is given or the host is this machine.
pub(super) fn address(text: &str) -> Result<Url, Failure> {
    let wrong = || {
        Failure::usage(
            "This is not the address of a page. An address looks like https://files.example.org",
        )
    };
    let parsed = |text: &str| Url::parse(text).map_err(|_| wrong());
    let mut url = if text.contains("://") {
        parsed(text)?
    } else {
        let plain = parsed(&format!("http://{text}"))?;
        if is_loopback(&plain) { plain } else { parsed(&format!("https://{text}"))? }
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    if url.host_str().is_none_or(str::is_empty)
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    // A path that ends in a file name denotes the page in that file's folder.
    let folder = url
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, file)| if file.contains('.') { folder } else { url.path() });
    let folder = format!("{}/", folder.trim_end_matches('/'));
    url.set_path(&folder);
    Ok(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses() {
        for (typed, meant) in [
            ("https://a.example", "https://a.example/"),
            ("a.example", "https://a.example/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("127.0.0.1:1", "http://127.0.0.1:1/"),
            ("[::1]:1", "http://[::1]:1/"),
            ("127.example.org", "https://127.example.org/"),
            ("https://a.example/app", "https://a.example/app/"),
            ("https://a.example/app/index.html?x#/fernet", "https://a.example/app/"),
        ] {
            assert_eq!(address(typed).unwrap().as_str(), meant, "{typed}");
        }
        for wrong in ["", "https://", "ftp://a.example", "https://user:word@a.example", "a b"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
