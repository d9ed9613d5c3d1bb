//! Dynamic lists: a row keeps its element as long as its key is present.

use web_sys::Node;

use super::{Element, View, document};
use crate::reactive::{Scope, effect};

/// One row per item, in the order of `items`. Items are matched to existing rows by key; a row is
/// drawn once and removed when its key is gone.
pub fn keyed<T, K: PartialEq + 'static>(
    items: impl Fn() -> Vec<T> + 'static,
    key: impl Fn(&T) -> K + 'static,
    draw: impl Fn(T) -> Element + 'static,
) -> impl View {
    Keyed { items, key, draw }
}

struct Keyed<I, N, D> {
    items: I,
    key: N,
    draw: D,
}

struct Row<K> {
    key: K,
    scope: Scope,
    element: Element,
}

impl<T, K, I, N, D> View for Keyed<I, N, D>
where
    K: PartialEq + 'static,
    I: Fn() -> Vec<T> + 'static,
    N: Fn(&T) -> K + 'static,
    D: Fn(T) -> Element + 'static,
{
    fn append_to(self, parent: &Node) {
        let Self { items, key, draw } = self;
        let start = Node::from(document().create_comment(""));
        let _ = parent.append_child(&start);
        // Rows outlive the runs of the effect: the list owns them.
        let list = Scope::new();
        let mut rows = Vec::<Row<K>>::new();
        effect(move || {
            let mut old: Vec<_> = rows.drain(..).map(Some).collect();
            // Most rows keep their order: the search starts after those already matched.
            let mut first = 0;
            for item in items() {
                let key = key(&item);
                let rest = old.iter().enumerate().skip(first);
                let found = rest
                    .filter(|(_, row)| row.as_ref().is_some_and(|row| row.key == key))
                    .map(|(at, _)| at)
                    .next();
                let known = found.and_then(|at| old.get_mut(at)?.take());
                while old.get(first).is_some_and(Option::is_none) {
                    first += 1;
                }
                rows.push(known.unwrap_or_else(|| {
                    let scope = list.within(Scope::new);
                    let element = scope.within(|| draw(item));
                    Row { key, scope, element }
                }));
            }
            for row in old.into_iter().flatten() {
                row.element.0.remove();
                row.scope.end();
            }
            place(&start, &rows.iter().map(|row| &*row.element.0).collect::<Vec<_>>());
        });
    }
}

/// Puts elements in order after `start`. Those already in place are not touched, nor is the one
/// that has the focus, which it would lose.
fn place(start: &Node, elements: &[&Node]) {
    let Some(parent) = start.parent_node() else { return };
    let focus = document().active_element();
    let has_focus =
        |element: &&Node| focus.as_deref().is_some_and(|focus| element.contains(Some(focus)));
    let (after, mut next) = match elements.iter().position(has_focus) {
        None => (elements, start.next_sibling()),
        Some(at) => {
            let (before, rest) = elements.split_at_checked(at).unwrap_or_default();
            let Some((stays, after)) = rest.split_first() else { return };
            let mut next = Some((*stays).clone());
            for element in before.iter().rev() {
                if element.next_sibling() != next {
                    let _ = parent.insert_before(element, next.as_ref());
                }
                next = Some((*element).clone());
            }
            (after, stays.next_sibling())
        }
    };
    for element in after {
        if next.as_ref() == Some(element) {
            next = element.next_sibling();
        } else {
            let _ = parent.insert_before(element, next.as_ref());
        }
    }
}
