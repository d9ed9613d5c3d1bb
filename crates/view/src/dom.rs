//! Elements, made as they are named, and kept up to date by [`reactive`](super::reactive).
//!
//! `p().attr("class", "hint").child("Text")` is a real `<p>` as soon as it is written: there is no
//! second tree. What changes is a closure (a child, [`Element::live`], [`Element::toggle`],
//! [`Element::style`]), run again when what it read has changed; what it showed before is then
//! removed, with its listeners. Lists keep their rows: [`keyed`].
//!
//! Text only ever becomes a text node or an attribute, so markup in a file's name stays text, and
//! Trusted Types have nothing to refuse. A [`View`] is whatever can append itself to a node.

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

/// Text of an attribute; `None` is no attribute.
pub type Text = Option<Cow<'static, str>>;

/// What an attribute can be made of.
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

/// There, and empty, or not there.
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

/// An element of the document, or one that becomes part of it.
#[derive(Clone)]
pub struct Element(web_sys::Element);

impl Element {
    /// The element of that id in the page's own markup. Without it the program ends: markup and
    /// program are built together.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the page's own markup")]
    pub fn in_markup(id: &str) -> Self {
        Self(document().get_element_by_id(id).expect("an element of the page's markup"))
    }

    /// Takes out of the document what is in it.
    #[must_use]
    pub fn emptied(self) -> Self {
        self.0.set_text_content(None);
        self
    }

    /// Makes it a view that can be shown again and again.
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

    /// Puts a class on while `on` says so.
    #[must_use]
    pub fn toggle(self, class: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.follow(Box::new(move |element| {
            let _ = element.class_list().toggle_with_force(class, on());
        }))
    }

    /// Keeps a property of its style, set as the policy allows: from a script, never in markup.
    #[must_use]
    pub fn style(self, property: &'static str, value: impl Fn() -> String + 'static) -> Self {
        self.follow(Box::new(move |element| {
            let _ = element.unchecked_ref::<HtmlElement>().style().set_property(property, &value());
        }))
    }

    /// Fills a box in.
    #[must_use]
    pub fn value(self, text: &str) -> Self {
        let _ = Reflect::set(&self.0, &"value".into(), &text.into());
        self
    }

    /// Appends what is in it.
    #[must_use]
    pub fn child(self, child: impl View) -> Self {
        child.append_to(&self.0);
        self
    }

    /// Calls `act` on an event, for as long as what runs now is not run again.
    #[must_use]
    pub fn on<E: JsCast>(self, event: Event<E>, act: impl FnMut(E) + 'static) -> Self {
        event.listen(&self.0, act);
        self
    }

    /// Takes it out of the document.
    pub fn remove(&self) {
        self.0.remove();
    }

    /// Makes it known as `there`.
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

/// An element that outlives the screen it is on: shown again, it is the same element, with what was
/// typed into it.
///
/// Where it stands in the document already, as part of the page's markup, it is shown by staying
/// there, with the focus, the selection and what an input method is composing, all of which an
/// element loses that is moved.
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
    // Names and values are always accepted: the names are this program's own.
    let _ = match value {
        Some(value) => element.set_attribute(name, &value),
        None => element.remove_attribute(name),
    };
}

/// An element by which the code that made it finds it again, as long as its screen is there.
pub struct Ref<T>(Signal<Option<web_sys::Element>>, PhantomData<fn() -> T>);

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ref<T> {}

impl<T: JsCast> Ref<T> {
    /// Of no element yet.
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

/// The window that this page is in.
#[must_use]
#[expect(clippy::expect_used, reason = "a Worker has no window, and runs none of this")]
pub fn window() -> Window {
    web_sys::window().expect("a window")
}

/// The page.
#[must_use]
#[expect(clippy::expect_used, reason = "a window has a document")]
pub fn document() -> Document {
    window().document().expect("a document")
}

/// Adds a view to the page, for ever.
pub fn mount(view: impl View) {
    if let Some(body) = document().body() {
        view.append_to(&body);
    }
}

/// Whether nothing in the page has the focus.
#[must_use]
pub fn is_unfocused() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Calls `act` before the page is painted next, when all that is due has been drawn.
pub fn before_paint(act: impl FnOnce() + 'static) {
    // A window always takes it.
    let _ = window().request_animation_frame(Closure::once_into_js(act).unchecked_ref());
}

/// Puts the focus on an element; one that does not take it is simply not focused.
pub fn focus(element: &web_sys::Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}
