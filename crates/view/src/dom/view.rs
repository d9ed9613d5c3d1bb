//! Views: elements, text, several, none, or a closure that returns one and is rerun.

use web_sys::{DocumentFragment, Node};

use super::{Element, document};
use crate::reactive::effect;

/// Anything that can be shown.
pub trait View {
    /// Appends itself to a node.
    fn append_to(self, parent: &Node);

    /// Converts it to a single type, for branches that show different views.
    fn drawn(self) -> Drawn
    where
        Self: Sized,
    {
        let fragment = document().create_document_fragment();
        self.append_to(&fragment);
        Drawn(fragment)
    }
}

/// A view of any kind.
pub struct Drawn(DocumentFragment);

impl View for Drawn {
    fn append_to(self, parent: &Node) {
        append(parent, &self.0);
    }
}

impl View for Element {
    fn append_to(self, parent: &Node) {
        append(parent, &self.0);
    }
}

impl View for &str {
    fn append_to(self, parent: &Node) {
        append(parent, &document().create_text_node(self));
    }
}

impl View for String {
    fn append_to(self, parent: &Node) {
        self.as_str().append_to(parent);
    }
}

impl View for usize {
    fn append_to(self, parent: &Node) {
        self.to_string().append_to(parent);
    }
}

impl<V: View> View for Option<V> {
    fn append_to(self, parent: &Node) {
        if let Some(view) = self {
            view.append_to(parent);
        }
    }
}

impl<V: View> View for Vec<V> {
    fn append_to(self, parent: &Node) {
        for view in self {
            view.append_to(parent);
        }
    }
}

macro_rules! several {
    ($($part:ident)+) => {
        impl<$($part: View),+> View for ($($part,)+) {
            #[expect(non_snake_case, reason = "a part is named like its type")]
            fn append_to(self, parent: &Node) {
                let ($($part,)+) = self;
                $($part.append_to(parent);)+
            }
        }
    };
}

several!(A B);
several!(A B C);
several!(A B C D);
several!(A B C D E);
several!(A B C D E F);
several!(A B C D E F G);
several!(A B C D E F G H);
several!(A B C D E F G H I);
several!(A B C D E F G H I J);
several!(A B C D E F G H I J K);
several!(A B C D E F G H I J K L);

/// Redrawn whenever what the closure read has changed.
impl<V: View, F: Fn() -> V + 'static> View for F {
    fn append_to(self, parent: &Node) {
        follow(parent, Box::new(move |parent| self().append_to(parent)));
    }
}

fn follow(parent: &Node, draw: Box<dyn Fn(&Node)>) {
    let (start, end) = (document().create_comment(""), document().create_comment(""));
    append(parent, &start);
    append(parent, &end);
    effect(move || {
        let new = document().create_document_fragment();
        draw(&new);
        replace(&start, &end, &new);
    });
}

/// Replaces everything between two marks with `new`.
fn replace(start: &Node, end: &Node, new: &Node) {
    let shown = || start.next_sibling().filter(|node| node != end);
    // Unchanged text is left in place, so that live regions do not announce it again.
    let old_text =
        shown().filter(|node| is_text(node) && node.next_sibling().as_ref() == Some(end));
    let new_text = new.first_child().filter(|node| is_text(node) && node.next_sibling().is_none());
    if let (Some(old), Some(new)) = (old_text, new_text) {
        let (old_words, new_words) = (old.text_content(), new.text_content());
        if old_words != new_words {
            old.set_text_content(new_words.as_deref());
        }
        return;
    }
    let Some(parent) = end.parent_node() else { return };
    while let Some(node) = shown() {
        let _ = parent.remove_child(&node);
    }
    let _ = parent.insert_before(new, Some(end));
}

fn is_text(node: &Node) -> bool {
    node.node_type() == Node::TEXT_NODE
}

/// Never fails: no node is appended to itself.
fn append(parent: &Node, child: &Node) {
    let _ = parent.append_child(child);
}
