//! DOM elements, built directly and kept up to date by [`reactive`](super::reactive).
//!
//! `p().attr("class", "hint").child("Text")` creates a real `<p>`: there is no virtual tree.
//! Dynamic parts are closures (a child, [`Element::live`], [`Element::toggle`],
//! [`Element::style`]), rerun when what they read has changed; their earlier output is then
//! removed, with its listeners. Lists keep their rows: [`keyed`].
//!
//! Text only ever becomes a text node or an attribute, so markup in a file name stays text, and
//! Trusted Types have nothing to refuse. A [`View`] is anything that can append itself to a node.

use std::borrow::Cow;
use std::marker::PhantomData;

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, HtmlElement, Node, Window};

use crate::reactive::{Signal, effect, on_cleanup};

pub mod event;
mod list;
pub mod tag;
mod view;

use event::Event;
pub use list::keyed;
pub use view::{Drawn, View};

/// Text of an attribute; `None` for no attribute.
pub type Text = Option<Cow<'static, str>>;

/// A value of an attribute.
pub trait Attribute {
    /// As text.
    fn text(self) -> Text;
}

impl Attribute for &'static str {
    fn text(self) -> Text {
        Some(self.into())
    }
}

impl Attribute for String {
    fn text(self) -> Text {
        Some(self.into())
    }
}

impl Attribute for Cow<'static, str> {
    fn text(self) -> Text {
        Some(self)
    }
}

/// `true`: present and empty; `false`: absent.
impl Attribute for bool {
    fn text(self) -> Text {
        self.then_some(Cow::Borrowed(""))
    }
}

impl<T: Attribute> Attribute for Option<T> {
    fn text(self) -> Text {
        self.and_then(T::text)
    }
}

/// An element in the document, or to be inserted.
#[derive(Clone)]
pub struct Element(web_sys::Element);

impl Element {
    /// The element with that id in the page's own markup. Panics if it is missing: markup and
    /// program are built together.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the page's own markup")]
    pub fn in_markup(id: &str) -> Self {
        Self(document().get_element_by_id(id).expect("an element of the page's markup"))
    }

    /// Removes its contents from the document.
    #[must_use]
    pub fn emptied(self) -> Self {
        self.0.set_text_content(None);
        self
    }

    /// Turns it into a view that can be shown repeatedly.
    #[must_use]
    pub fn lasting(self) -> Lasting {
        Lasting(self)
    }

    /// Sets an attribute.
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl Attribute) -> Self {
        set(&self.0, name, value.text());
        self
    }

    /// Sets an attribute now, and whenever what `value` read has changed.
    #[must_use]
    pub fn live<T: Attribute>(self, name: &'static str, value: impl Fn() -> T + 'static) -> Self {
        self.follow(Box::new(move |element| set(element, name, value().text())))
    }

    /// Sets a class while `on` returns true.
    #[must_use]
    pub fn toggle(self, class: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow(Box::new(move |element| {
            let _ = element.class_list().toggle_with_force(class, on());
        }))
    }

    /// Keeps a style property up to date, set from script as the CSP requires, never in markup.
    #[must_use]
    pub fn style(self, property: &'static str, value: impl Fn() -> String + 'static) -> Self {
        self.follow(Box::new(move |element| {
            let _ = element.unchecked_ref::<HtmlElement>().style().set_property(property, &value());
        }))
    }

    /// Sets the value of an input.
    #[must_use]
    pub fn value(self, text: &str) -> Self {
        let _ = Reflect::set(&self.0, &"value".into(), &text.into());
        self
    }

    /// Sets a property, such as `checked` of a checkbox, now, and whenever what `on` read has
    /// changed.
    #[must_use]
    pub fn property(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow(Box::new(move |element| {
            let _ = Reflect::set(element, &name.into(), &on().into());
        }))
    }

    /// Appends a child.
    #[must_use]
    pub fn child(self, child: impl View) -> Self {
        child.append_to(&self.0);
        self
    }

    /// Calls `act` on an event, until the current owner reruns or ends.
    #[must_use]
    pub fn on<E: JsCast>(self, event: Event<E>, act: impl FnMut(E) + 'static) -> Self {
        event.listen(&self.0, act);
        self
    }

    /// Removes it from the document.
    pub fn remove(&self) {
        self.0.remove();
    }

    /// Stores it in `there`.
    #[must_use]
    pub fn known<T: JsCast>(self, there: Ref<T>) -> Self {
        there.0.set(Some(self.0.clone()));
        self
    }

    fn follow(self, keep: Box<dyn Fn(&web_sys::Element)>) -> Self {
        let element = self.0.clone();
        effect(move || keep(&element));
        self
    }
}

/// An element that outlives its screen: shown again, it is the same element, with the text typed
/// into it.
///
/// If it is already in the document, as part of the page's markup, it stays in place, because an
/// element that is moved loses focus, selection and input method composition.
#[derive(Clone)]
pub struct Lasting(Element);

impl View for Lasting {
    fn append_to(self, parent: &Node) {
        let Self(element) = self;
        if !element.0.is_connected() {
            element.clone().append_to(parent);
        }
        on_cleanup(move || element.remove());
    }
}

fn set(element: &web_sys::Element, name: &str, value: Text) {
    // Never fails: the program uses only valid names.
    let _ = match value {
        Some(value) => element.set_attribute(name, &value),
        None => element.remove_attribute(name),
    };
}

/// A reference to an element, for the code that made it; empty once its screen is gone.
pub struct Ref<T>(Signal<Option<web_sys::Element>>, PhantomData<fn() -> T>);

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ref<T> {}

impl<T: JsCast> Ref<T> {
    /// An empty reference.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "it belongs to what runs now: not a value like another"
    )]
    pub fn new() -> Self {
        Self(Signal::new(None), PhantomData)
    }

    /// The element.
    #[must_use]
    pub fn get(self) -> Option<T> {
        self.0.try_get().flatten().map(JsCast::unchecked_into)
    }
}

/// The page's window.
#[must_use]
#[expect(clippy::expect_used, reason = "a Worker has no window, and runs none of this")]
pub fn window() -> Window {
    web_sys::window().expect("a window")
}

/// The page's document.
#[must_use]
#[expect(clippy::expect_used, reason = "a window has a document")]
pub fn document() -> Document {
    window().document().expect("a document")
}

/// Adds a view to the page permanently.
pub fn mount(view: impl View) {
    if let Some(body) = document().body() {
        view.append_to(&body);
    }
}

/// Whether no element of the page has the focus.
#[must_use]
pub fn is_unfocused() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Calls `act` before the next paint, when all pending updates have been drawn.
pub fn before_paint(act: impl FnOnce() + 'static) {
    // A window always accepts it.
    let _ = window().request_animation_frame(Closure::once_into_js(act).unchecked_ref());
}

/// Focuses an element; no effect if it is not focusable.
pub fn focus(element: &web_sys::Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}
