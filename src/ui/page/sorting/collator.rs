//! The order of names: by weights where names have them, else by the browser.

use std::cmp::Ordering;
use std::rc::Rc;

use js_sys::{Array, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::ui::collation::Weights;

/// Compares names by the browser's rules.
pub(super) struct Collator {
    browser: Browser,
    weights: Option<Weights>,
}

impl Collator {
    pub(super) fn new() -> Self {
        let browser = Browser::new();
        let weights = Weights::of(|a, b| browser.compare(&a.into(), &b.into()));
        Self { browser, weights }
    }

    /// The text of a name that the browser compares; `None` for one that has weights.
    pub(super) fn text(&self, name: &str) -> Option<JsValue> {
        let is_weighed = self.weights.is_some() && Weights::has(name);
        (!is_weighed).then(|| name.into())
    }

    /// Compares two names, each with its text.
    pub(super) fn compare(
        &self,
        (a, text): (&Rc<str>, Option<&JsValue>),
        (b, other): (&Rc<str>, Option<&JsValue>),
    ) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let by_weights = match (&self.weights, text, other) {
            (Some(weights), None, None) => weights.compare(a, b),
            _ => None,
        };
        let text_of = |name: &str, text: Option<&JsValue>| {
            text.cloned().unwrap_or_else(|| JsValue::from_str(name))
        };
        by_weights.unwrap_or_else(|| self.browser.compare(&text_of(a, text), &text_of(b, other)))
    }
}

/// The browser's comparison.
struct Browser(Function);

impl Browser {
    fn new() -> Self {
        let options = Object::new();
        let _ = Reflect::set(&options, &"numeric".into(), &JsValue::TRUE);
        Self(Intl::Collator::new(&Array::new(), &options).compare())
    }

    fn compare(&self, a: &JsValue, b: &JsValue) -> Ordering {
        let order = self.0.call2(&JsValue::UNDEFINED, a, b).ok();
        order.and_then(|order| order.as_f64()).unwrap_or_default().total_cmp(&0.0)
    }
}
