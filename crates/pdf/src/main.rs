//! The program of the Worker that draws the pages of one PDF file (`www/pdf.js`).

#[cfg(target_arch = "wasm32")]
mod worker {
    use frond_pdf::{Document, Line, Picture, Unreadable};
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

        /// The text of a page, counted from 0.
        #[must_use]
        pub fn read(&self, page: usize) -> Written {
            Written(self.0.lines(page))
        }
    }

    /// The text of a page.
    #[wasm_bindgen]
    pub struct Written(Vec<Line>);

    #[wasm_bindgen]
    impl Written {
        /// What each line says.
        #[must_use]
        pub fn texts(&self) -> Vec<String> {
            self.0.iter().map(|line| line.text.clone()).collect()
        }

        /// Of each line x, y, length, size and angle, as [`Line`] has them.
        #[must_use]
        pub fn places(&self) -> Vec<f32> {
            let place = |line: &Line| [line.x, line.y, line.length, line.size, line.angle];
            self.0.iter().flat_map(place).collect()
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
