//! Where the page is, as people type it.

use reqwest::Url;

use crate::cli::failure::Failure;

/// Where the page is: `https` unless something else is said, or it is on this machine.
pub(super) fn address(text: &str) -> Result<Url, Failure> {
    let wrong = || Failure::usage("This is no address of a page. It looks like https://files.example.org");
    let mut url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => {
            let plain = Url::parse(&format!("http://{text}")).map_err(|_| wrong())?;
            if is_loopback(&plain) {
                plain
            } else {
                Url::parse(&format!("https://{text}")).map_err(|_| wrong())?
            }
        }
    };
    if url.host_str().is_none_or(str::is_empty) || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    // What ends in a file's name, is the page in its folder.
    let folder = url
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, file)| if file.contains('.') { folder } else { url.path() });
    let folder = format!("{}/", folder.trim_end_matches('/'));
    url.set_path(&folder);
    Ok(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some(host) => host == "localhost" || host == "[::1]" || host.starts_with("127."),
        None => false,
    }
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
