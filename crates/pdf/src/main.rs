//! The program of the Worker that draws the pages of one PDF file (`www/pdf.js`).

#[cfg(target_arch = "wasm32")]
mod worker {
    use frond_pdf::{Document, Picture, Unreadable};
    use wasm_bindgen::prelude::*;

    /// The file.
    #[wasm_bindgen]
    pub struct File(Document);

    #[wasm_bindgen]
    impl File {
        /// Opens it; fails with what the page is told.
        ///
        /// # Errors
        /// If it has nothing to show.
        pub fn open(bytes: Vec<u8>) -> Result<File, JsValue> {
            Document::open(bytes).map(File).map_err(|why| match why {
                Unreadable::Encrypted => JsValue::from_str("encrypted"),
                Unreadable::Damaged => JsValue::from_str("damaged"),
            })
        }

        /// How many pages it has.
        #[must_use]
        pub fn pages(&self) -> usize {
            self.0.pages()
        }

        /// Draws a page, counted from 0, at most so wide in pixels.
        #[must_use]
        pub fn draw(&self, page: usize, width: u32) -> Option<Drawn> {
            self.0.picture(page, width).map(Drawn)
        }
    }

    /// A page.
    #[wasm_bindgen]
    pub struct Drawn(Picture);

    #[wasm_bindgen]
    impl Drawn {
        /// In pixels.
        #[must_use]
        pub fn width(&self) -> u16 {
            self.0.width
        }

        /// Its pixels, once.
        #[must_use]
        pub fn pixels(self) -> Vec<u8> {
            self.0.pixels
        }
    }
}

fn main() {}
