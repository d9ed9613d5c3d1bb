//! Routes: the part of the address after `#`. File and folder names are never part of it, since
//! browsers store addresses.

/// A screen that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The vault's files, or the entry while it is locked.
    Files,
    /// The trash.
    Trash,
    /// Settings.
    Settings,
    /// The Fernet tool, without an account.
    Fernet,
    /// What the server sees.
    Server,
}

impl Route {
    /// All routes.
    pub const ALL: [Self; 5] =
        [Self::Files, Self::Trash, Self::Settings, Self::Fernet, Self::Server];

    /// The route of a fragment, with or without its `#`. Unknown fragments lead to the files.
    #[must_use]
    pub fn parse(fragment: &str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        Self::ALL
            .into_iter()
            .find(|route| route.href().strip_prefix('#') == Some(fragment))
            .unwrap_or(Self::Files)
    }

    /// The fragment, with its `#`.
    #[must_use]
    pub fn href(self) -> &'static str {
        match self {
            Self::Files => "#/",
            Self::Trash => "#/trash",
            Self::Settings => "#/settings",
            Self::Fernet => "#/fernet",
            Self::Server => "#/server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_leads_back_to_itself() {
        for route in Route::ALL {
            assert_eq!(Route::parse(route.href()), route);
        }
    }

    #[test]
    fn the_unknown_leads_to_the_files() {
        for fragment in ["", "#", "#/nowhere", "#/fernet/", "#/Fernet", "javascript:alert(1)"] {
            assert_eq!(Route::parse(fragment), Route::Files, "{fragment}");
        }
    }
}
