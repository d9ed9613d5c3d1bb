//! The page's view layer in a real document: what is shown follows what it read, listeners go with
//! their elements, rows stay the same elements, and text is never markup.

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::rc::Rc;

use frond_view::dom::tag::{button, div, input, li, p, ul};
use frond_view::dom::{Element, Ref, View, document, event, keyed, window};
use frond_view::reactive::{Scope, Signal, flush};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlInputElement};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A place in the document, emptied when the test is over.
struct Stage(HtmlElement, Option<Scope>);

impl Stage {
    fn new<V: View>(view: impl FnOnce() -> V) -> Self {
        let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&place).unwrap();
        let scope = Scope::new();
        scope.within(|| view().append_to(&place));
        Self(place, Some(scope))
    }

    /// The markup, without the marks of what may change.
    fn html(&self) -> String {
        flush();
        self.0.inner_html().replace("<!---->", "")
    }

    fn find(&self, selector: &str) -> HtmlElement {
        self.0.query_selector(selector).unwrap().unwrap().unchecked_into()
    }

    fn close(&mut self) {
        self.1.take().unwrap().end();
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.0.remove();
    }
}

#[wasm_bindgen_test]
fn elements_are_what_was_written() {
    let stage = Stage::new(|| {
        let parts =
            (p().child("a"), None::<Element>, vec![p().child(1), p().child("b".to_owned())]);
        div()
            .attr("class", "x")
            .attr("hidden", false)
            .attr("title", None::<String>)
            .attr("inert", true)
            .child(parts)
    });
    assert_eq!(stage.html(), r#"<div class="x" inert=""><p>a</p><p>1</p><p>b</p></div>"#);
}

#[wasm_bindgen_test]
fn text_is_never_markup() {
    let name = "<img src=x onerror=alert(1)>\"&amp;";
    let stage = Stage::new(move || p().attr("title", name).child((name, move || name.to_owned())));
    let shown = stage.find("p");
    assert_eq!(shown.text_content().unwrap(), name.repeat(2));
    assert_eq!(shown.get_attribute("title").unwrap(), name);
    assert_eq!(shown.child_element_count(), 0);
}

#[wasm_bindgen_test]
fn what_changes_is_drawn_anew_and_the_rest_stays() {
    let n = Signal::new(1);
    let stage = Stage::new(move || {
        let many = move || (n.get() > 1).then(|| p().child("many"));
        div()
            .live("title", move || (n.get() != 2).then(|| n.get().to_string()))
            .toggle("odd", move || n.get() % 2 == 1)
            .style("width", move || format!("{}px", n.get()))
            .child(("n", many, move || n.get()))
    });
    let element = stage.find("div");
    assert_eq!(stage.html(), r#"<div title="1" class="odd" style="width: 1px;">n1</div>"#);
    n.set(2);
    assert_eq!(stage.html(), r#"<div class="" style="width: 2px;">n<p>many</p>2</div>"#);
    n.set(3);
    assert_eq!(
        stage.html(),
        r#"<div class="odd" style="width: 3px;" title="3">n<p>many</p>3</div>"#
    );
    assert!(element == stage.find("div"));
}

/// The browser takes the focus from an element that is moved.
#[wasm_bindgen_test]
fn rows_move_around_the_one_with_the_focus() {
    let order = Signal::new(vec!["a", "b", "c", "d"]);
    let row = |name: &'static str| li().child(button().child(name));
    let stage = Stage::new(move || ul().child(keyed(move || order.get(), |name| *name, row)));
    let last = stage.0.query_selector_all("button").unwrap().get(3).unwrap();
    let last: HtmlElement = last.unchecked_into();
    last.focus().unwrap();
    for (new, expected) in [(vec!["d", "a", "c"], "dac"), (vec!["x", "c", "d", "y"], "xcdy")] {
        order.set(new);
        flush();
        assert_eq!(stage.0.text_content().unwrap(), expected);
        assert!(document().active_element().unwrap() == *last, "after {expected}");
    }
}

/// A person changes the property and leaves the attribute: only the property can be set back.
#[wasm_bindgen_test]
fn a_property_is_set_whatever_the_attribute_says() {
    let on = Signal::new(true);
    let stage =
        Stage::new(move || input().attr("type", "checkbox").property("checked", move || on.get()));
    let checkbox: HtmlInputElement = stage.find("input").unchecked_into();
    assert!(checkbox.checked());
    checkbox.click();
    assert!(!checkbox.checked());
    on.set(true);
    flush();
    assert!(checkbox.checked());
    assert!(!checkbox.has_attribute("checked"));
}

/// A live region is read out when it changes, so text that stays the same must not.
#[wasm_bindgen_test]
fn text_stays_in_place() {
    let n = Signal::new(1);
    let stage = Stage::new(move || p().child(move || if n.get() > 9 { "many" } else { "few" }));
    let node = || stage.find("p").first_child().unwrap().next_sibling().unwrap();
    let first = node();
    n.set(2);
    flush();
    assert!(node() == first);
    n.set(10);
    assert_eq!(stage.html(), "<p>many</p>");
    assert!(node() == first, "the same node says something else");
}

#[wasm_bindgen_test]
fn listeners_go_with_what_they_belong_to() {
    let (clicks, keys) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let again = Signal::new(());
    let (clicked, pressed) = (Rc::clone(&clicks), Rc::clone(&keys));
    let mut stage = Stage::new(move || {
        event::KEY_DOWN.listen(&window(), move |_| pressed.set(pressed.get() + 1));
        move || {
            again.get();
            let clicked = Rc::clone(&clicked);
            button().on(event::CLICK, move |_| clicked.set(clicked.get() + 1))
        }
    });
    let press = || {
        window().dispatch_event(&web_sys::KeyboardEvent::new("keydown").unwrap()).unwrap();
    };
    let first = stage.find("button");
    first.click();
    press();
    again.set(());
    flush();
    first.click();
    assert_eq!(clicks.get(), 1, "the button that was replaced is deaf");
    stage.find("button").click();
    assert_eq!((clicks.get(), keys.get()), (2, 1));
    let last = stage.find("button");
    stage.close();
    last.click();
    press();
    assert_eq!((clicks.get(), keys.get()), (2, 1));
}

/// What a listener reads is not what the effect reads in whose middle the browser calls it.
#[wasm_bindgen_test]
fn a_listener_that_is_called_in_the_middle_of_an_effect() {
    let (pressed, other, drawn) = (Signal::new(false), Signal::new(1), Rc::new(Cell::new(0)));
    let (heard, count) = (Rc::new(Cell::new(0)), Rc::clone(&drawn));
    let hear = Rc::clone(&heard);
    let stage = Stage::new(move || {
        let node = Ref::<HtmlElement>::new();
        let button = button().known(node).on(event::CLICK, move |_| hear.set(other.get()));
        let press = move || {
            count.set(count.get() + 1);
            pressed.get().then(|| node.get().unwrap().click())
        };
        (button, move || press().is_some().then_some("pressed"))
    });
    pressed.set(true);
    assert_eq!(stage.html(), "<button></button>pressed");
    assert_eq!(heard.get(), 1);
    other.set(2);
    flush();
    assert_eq!(drawn.get(), 2);
}

#[wasm_bindgen_test]
fn a_reference_lasts_as_long_as_its_screen() {
    let there = Rc::new(Cell::new(None));
    let known = Rc::clone(&there);
    let mut stage = Stage::new(move || {
        let node = Ref::<HtmlInputElement>::new();
        known.set(Some(node));
        input().known(node).value("typed")
    });
    let node = there.get().unwrap();
    assert_eq!(node.get().unwrap().value(), "typed");
    stage.close();
    assert!(node.get().is_none());
}

#[wasm_bindgen_test]
fn rows_stay_the_same_elements() {
    let items = Signal::new(vec!["a", "b", "c", "d"]);
    let stage = Stage::new(move || {
        ul().child(keyed(
            move || items.get(),
            |item| *item,
            |item| li().attr("tabindex", "0").child(item),
        ))
    });
    let row = |nth: usize| stage.find(&format!("li:nth-child({nth})"));
    let show = |rows: &[&'static str]| {
        items.set(rows.to_vec());
        flush();
        let texts = (1..=rows.len()).map(|nth| row(nth).text_content().unwrap());
        assert_eq!(texts.collect::<Vec<_>>(), rows);
        assert_eq!(stage.find("ul").child_element_count(), u32::try_from(rows.len()).unwrap());
    };
    let (b, d) = (row(2), row(4));
    b.focus().unwrap();
    show(&["b", "x", "c", "d"]);
    assert!(row(1) == b && row(4) == d);
    assert!(document().active_element().unwrap() == *b, "a row that stays keeps the focus");
    show(&["d", "b"]);
    assert!(row(1) == d && row(2) == b);
    assert!(document().active_element().unwrap() == *b, "also when another one comes before it");
    show(&[]);
    show(&["c", "b", "a", "d", "e"]);
    assert!(row(2) != b, "a row that was gone is another one");
    show(&["e", "d", "c", "b", "a"]);
    show(&["a", "a"]);
}

#[wasm_bindgen_test]
fn what_a_row_made_goes_with_it() {
    let (items, n, drawn) = (Signal::new(vec![1, 2]), Signal::new(0), Rc::new(Cell::new(0)));
    let count = Rc::clone(&drawn);
    let stage = Stage::new(move || {
        let row = move |item: i32| {
            let count = Rc::clone(&count);
            li().child(move || {
                count.set(count.get() + 1);
                format!("{item}{}", n.get())
            })
        };
        ul().child(keyed(move || items.get(), |item| *item, row))
    });
    assert_eq!(stage.html(), "<ul><li>10</li><li>20</li></ul>");
    items.set(vec![2]);
    n.set(1);
    assert_eq!(stage.html(), "<ul><li>21</li></ul>");
    assert_eq!(drawn.get(), 3, "the row that went was not drawn again");
}

#[wasm_bindgen_test]
fn an_element_of_the_markup_is_taken_over_where_it_stands() {
    let markup = document().create_element("div").unwrap();
    markup.set_inner_html(r#"<input id="there" value=""><p id="said">before</p>"#);
    document().body().unwrap().append_child(&markup).unwrap();
    let typed: HtmlInputElement = document().get_element_by_id("there").unwrap().unchecked_into();
    typed.set_value("half a na");
    typed.focus().unwrap();
    typed.set_selection_range(2, 6).unwrap();

    let shown = Scope::new();
    let (on, word) = shown.within(|| (Signal::new(true), Signal::new("first")));
    let stage = Stage::new(|| {
        let _ = Element::in_markup("said").emptied().child(move || word.get());
        let there = Element::in_markup("there").lasting();
        div().child(move || on.get().then(|| there.clone()))
    });
    flush();
    assert_eq!(document().get_element_by_id("said").unwrap().text_content().unwrap(), "first");
    assert_eq!(typed.parent_element().unwrap(), markup);
    assert_eq!(document().active_element().unwrap().id(), "there");
    assert_eq!(typed.selection_start().unwrap(), Some(2));
    assert_eq!(typed.selection_end().unwrap(), Some(6));

    on.set(false);
    flush();
    assert!(!typed.is_connected());
    on.set(true);
    flush();
    assert_eq!(stage.find("div > #there").id(), "there");
    assert_eq!(typed.value(), "half a na");
    drop(stage);
    shown.end();
    markup.remove();
}
