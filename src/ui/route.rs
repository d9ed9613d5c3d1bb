//! Routes: the part of the address after `#`. File and folder names are never part of it, since
//! browsers store addresses.

use std::borrow::Cow;

use crate::session::FolderAddress;

/// What precedes the address of a folder.
const FOLDER: &str = "/folder/";

/// A screen that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The vault's files, or the entry while it is locked.
    Files,
    /// A folder of the vault.
    Folder(FolderAddress),
    /// The trash.
    Trash,
    /// Settings.
    Settings,
    /// The Fernet tool, without an account.
    Fernet,
    /// What the server sees.
    Server,
    /// What the bucket sees of the open vault.
    Bucket,
    /// The files of a link, whose secret www/start.js took out of the address.
    Shared,
}

impl Route {
    /// All routes except those of folders.
    pub const SCREENS: [Self; 7] = [
        Self::Files,
        Self::Trash,
        Self::Settings,
        Self::Fernet,
        Self::Server,
        Self::Bucket,
        Self::Shared,
    ];

    /// The route of a fragment, with or without its `#`. Unknown fragments lead to the files.
    #[must_use]
    pub fn parse(fragment: &str) -> Self {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let folder = fragment.strip_prefix(FOLDER).and_then(FolderAddress::parse);
        let screen = || {
            Self::SCREENS.into_iter().find(|route| route.href().strip_prefix('#') == Some(fragment))
        };
        folder.map(Self::Folder).or_else(screen).unwrap_or(Self::Files)
    }

    /// The fragment, with its `#`.
    #[must_use]
    pub fn href(self) -> Cow<'static, str> {
        match self {
            Self::Files => "#/".into(),
            Self::Folder(address) => format!("#{FOLDER}{address}").into(),
            Self::Trash => "#/trash".into(),
            Self::Settings => "#/settings".into(),
            Self::Fernet => "#/fernet".into(),
            Self::Server => "#/server".into(),
            Self::Bucket => "#/bucket".into(),
            Self::Shared => "#/shared".into(),
        }
    }

    /// Whether it shows files that are not in the trash.
    #[must_use]
    pub fn is_files(self) -> bool {
        matches!(self, Self::Files | Self::Folder(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_leads_back_to_itself() {
        let folder = FolderAddress::parse("f0e1d2c3b4a5968778695a4b3c2d1e0f").map(Route::Folder);
        for route in Route::SCREENS.into_iter().chain(folder) {
            assert_eq!(Route::parse(&route.href()), route);
        }
        assert!(folder.is_some_and(Route::is_files));
    }

    #[test]
    fn the_unknown_leads_to_the_files() {
        for fragment in [
            "",
            "#",
            "#/nowhere",
            "#/fernet/",
            "#/Fernet",
            "javascript:alert(1)",
            "#/folder/",
            "#/folder/Letters",
            "#/folder/F0E1D2C3B4A5968778695A4B3C2D1E0F",
        ] {
            assert_eq!(Route::parse(fragment), Route::Files, "{fragment}");
        }
    }
}
